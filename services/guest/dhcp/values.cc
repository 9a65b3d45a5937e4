#include "services/guest/dhcp/values.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "api/collections.h"

namespace viaduct::dhcp {
namespace {

auto invalid(std::string_view text, const std::string& why) {
  return fail(Fault::invalid, "", "'" + std::string{text.substr(0, 64)} + "' " + why);
}

Result<Address> parse_ipv4(std::string_view text) {
  const Address address = TRY(parse_address(text));
  if (!address.is_v4()) return invalid(text, "is not an IPv4 address");
  return address;
}

// What comes before and after the first `mark`; Fault::invalid if there is none.
Result<std::pair<std::string_view, std::string_view>> split(std::string_view text,
                                                            std::string_view mark) {
  const auto at = text.find(mark);
  if (at == std::string_view::npos) {
    return invalid(text, "has no '" + std::string{mark} + "'");
  }
  return std::pair{text.substr(0, at), text.substr(at + mark.size())};
}

Result<std::string> parse_tag(std::string_view text) {
  if (!api::is_id(text)) return invalid(text, "is not a tag: lower-case letters, digits, -, _, .");
  return std::string{text};
}

Result<Code> parse_code(std::string_view text) {
  unsigned number = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (problem != std::errc{} || end != text.data() + text.size() || number < 1 || number > 254) {
    return invalid(text, "is not the number of an option, 1 to 254");
  }
  return Code{static_cast<std::uint8_t>(number)};
}

// The server's own part of the conversation.
bool is_decided_by_server(Code code) {
  constexpr std::array own{Code::requested_address, Code::lease_time,
                           Code::overload,          Code::message_type,
                           Code::server_identifier, Code::parameter_request_list,
                           Code::message,           Code::maximum_message_size,
                           Code::client_identifier, Code::relay_agent_information};
  return std::ranges::find(own, code) != own.end();
}

std::string with_tag(const std::string& tag) {
  return tag.empty() ? "" : tag + ":";
}

std::string number_of(Code code) {
  return std::to_string(static_cast<unsigned>(code));
}

}  // namespace

Result<AddressRange> parse_address_range(std::string_view text) {
  const auto [first, last] = TRY(split(text, "-"));
  const AddressRange range{TRY(parse_ipv4(first)), TRY(parse_ipv4(last))};
  if (range.last < range.first) return invalid(text, "ends before it begins");
  return range;
}

Result<Route> parse_route(std::string_view text) {
  const auto [destination, gateway] = TRY(split(text, " via "));
  const Route route{TRY(parse_prefix(destination)), TRY(parse_ipv4(gateway))};
  if (!route.destination.is_v4()) return invalid(destination, "is not an IPv4 network");
  return route;
}

Result<Option> parse_option(std::string_view text) {
  auto [name, value] = TRY(split(text, "="));
  Option option;
  if (const auto colon = name.find(':'); colon != std::string_view::npos) {
    option.tag = TRY(parse_tag(name.substr(0, colon)));
    name.remove_prefix(colon + 1);
  }
  if (name.ends_with('!')) {
    option.is_forced = true;
    name.remove_suffix(1);
  }
  option.code = TRY(parse_code(name));
  if (is_decided_by_server(option.code)) {
    return invalid(text, "is an option that the server itself decides");
  }
  option.value = TRY(parse_hex(value));
  return option;
}

Result<Match> parse_match(std::string_view text) {
  const auto [name, value] = TRY(split(text, "="));
  const auto [tag, code] = TRY(split(name, ":"));
  Match match{TRY(parse_tag(tag)), TRY(parse_code(code)), TRY(parse_hex(value))};
  if (match.value.empty()) return invalid(text, "has no bytes to look for");
  return match;
}

Result<BootFile> parse_boot_file(std::string_view text) {
  const auto [tag, path] = TRY(split(text, ":"));
  if (path.empty()) return invalid(text, "has no file");
  return BootFile{TRY(parse_tag(tag)), std::string{path}};
}

Result<ClientId> parse_client_id(std::string_view text) {
  ClientId id{TRY(parse_hex(text))};
  if (id.bytes.size() < 2 || id.bytes.size() > 255) return invalid(text, "is not 2 to 255 bytes");
  return id;
}

std::string to_string(const AddressRange& range) {
  return viaduct::to_string(range.first) + "-" + viaduct::to_string(range.last);
}

std::string to_string(const Route& route) {
  return viaduct::to_string(route.destination) + " via " + viaduct::to_string(route.gateway);
}

std::string to_string(const Option& option) {
  return with_tag(option.tag) + number_of(option.code) + (option.is_forced ? "!=" : "=") +
         to_hex(option.value);
}

std::string to_string(const Match& match) {
  return with_tag(match.tag) + number_of(match.code) + "=" + to_hex(match.value);
}

std::string to_string(const BootFile& file) {
  return with_tag(file.tag) + file.path;
}

std::string to_string(const ClientId& id) {
  return to_hex(id.bytes);
}

}  // namespace viaduct::dhcp
