#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "api/codec.h"
#include "services/guest/dhcp/bytes.h"
#include "services/guest/dhcp/code.h"

// What attributes of the DHCP resources are made of, and how each is written as one word.
namespace viaduct::dhcp {

// IPv4 addresses, both ends included, first <= last: "10.1.1.10-10.1.1.99".
struct AddressRange {
  Address first;
  Address last;
  [[nodiscard]] bool contains(const Address& address) const {
    return first <= address && address <= last;
  }
  [[nodiscard]] std::uint32_t size() const {
    return last.as_v4().host() - first.as_v4().host() + 1;
  }
  friend bool operator==(const AddressRange&, const AddressRange&) = default;
};

// An IPv4 route that guests are told (RFC 3442): "192.0.2.0/24 via 10.1.1.254".
struct Route {
  Prefix destination;
  Address gateway;
  friend bool operator==(const Route&, const Route&) = default;
};

// An option as it is sent: "43=01020a", "efi:67=677275622e656669", "150!=0a010105".
struct Option {
  Code code{};
  std::string tag;         // only clients that have this tag get it; empty for all
  bool is_forced = false;  // clients get it whether they ask for it or not
  Bytes value;             // none: clients get no option of this code
  friend bool operator==(const Option&, const Option&) = default;
};

// Gives a tag to clients whose option `code` has these bytes in it: "efi:93=0007".
struct Match {
  std::string tag;
  Code code{};
  Bytes value;
  friend bool operator==(const Match&, const Match&) = default;
};

// The boot file of clients that have a tag: "efi:grubx64.efi".
struct BootFile {
  std::string tag;
  std::string path;
  friend bool operator==(const BootFile&, const BootFile&) = default;
};

// What a client calls itself (RFC 2132 9.14), in hexadecimal digits: type and identifier.
struct ClientId {
  Bytes bytes;
  friend bool operator==(const ClientId&, const ClientId&) = default;
};

Result<AddressRange> parse_address_range(std::string_view text);
Result<Route> parse_route(std::string_view text);
Result<Option> parse_option(std::string_view text);  // not of a code that the server itself decides
Result<Match> parse_match(std::string_view text);
Result<BootFile> parse_boot_file(std::string_view text);
Result<ClientId> parse_client_id(std::string_view text);

std::string to_string(const AddressRange& range);
std::string to_string(const Route& route);
std::string to_string(const Option& option);
std::string to_string(const Match& match);
std::string to_string(const BootFile& file);
std::string to_string(const ClientId& id);

}  // namespace viaduct::dhcp

namespace viaduct::api {

// Values that are longer than other words may be.
template <class T>
struct LongText {
  static Json write(const T& value) { return to_string(value); }
  static Json schema(std::string_view example) {
    Json schema = Codec<std::string>::schema();
    schema["example"] = example;
    return schema;
  }
};
template <>
struct Codec<dhcp::Option> : LongText<dhcp::Option> {
  static Result<dhcp::Option> read(const Json& json) {
    return dhcp::parse_option(TRY(Codec<std::string>::read(json)));
  }
  static Json schema() { return LongText::schema("efi:150!=0a010105"); }
};
template <>
struct Codec<dhcp::Match> : LongText<dhcp::Match> {
  static Result<dhcp::Match> read(const Json& json) {
    return dhcp::parse_match(TRY(Codec<std::string>::read(json)));
  }
  static Json schema() { return LongText::schema("efi:93=0007"); }
};
template <>
struct Codec<dhcp::BootFile> : LongText<dhcp::BootFile> {
  static Result<dhcp::BootFile> read(const Json& json) {
    return dhcp::parse_boot_file(TRY(Codec<std::string>::read(json)));
  }
  static Json schema() { return LongText::schema("efi:grubx64.efi"); }
};
template <>
struct Codec<dhcp::ClientId> : LongText<dhcp::ClientId> {
  static Result<dhcp::ClientId> read(const Json& json) {
    return dhcp::parse_client_id(TRY(Codec<std::string>::read(json)));
  }
  static Json schema() { return LongText::schema("0102005e100001"); }
};
template <>
struct Text<dhcp::AddressRange> : TextOf<dhcp::AddressRange> {
  static constexpr std::string_view format = "ip-range";
  static constexpr std::string_view example = "10.1.1.10-10.1.1.99";
  static Result<dhcp::AddressRange> parse(std::string_view s) {
    return dhcp::parse_address_range(s);
  }
};
template <>
struct Text<dhcp::Route> : TextOf<dhcp::Route> {
  static constexpr std::string_view format = "ip-route";
  static constexpr std::string_view example = "192.0.2.0/24 via 10.1.1.254";
  static Result<dhcp::Route> parse(std::string_view s) { return dhcp::parse_route(s); }
};

}  // namespace viaduct::api
