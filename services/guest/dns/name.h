#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "api/codec.h"

// Domain names are kept as they travel, without compression (RFC 1035 3.1): labels, each after a
// byte that holds its length, the last one empty. Functions that take a std::string_view take such
// a name, whole and valid, and where they compare, in lower case.
namespace viaduct::dns {

constexpr std::size_t longest_name = 255;
constexpr std::size_t longest_label = 63;

// A domain name of the configuration: valid, and in lower case.
class Name {
 public:
  Name() : wire_(1, '\0') {}  // the root

  // "web1", "web1.example.com" or "." (the root), with or without a dot at the end. Labels have
  // letters, digits, '-' and '_'. Fault::invalid for anything else.
  static Result<Name> parse(std::string_view text);
  // The name that an address is looked up by (RFC 1035 3.5, RFC 3596 2.5).
  static Name reverse_of(const Address& address);

  [[nodiscard]] const std::string& wire() const noexcept { return wire_; }
  [[nodiscard]] bool is_root() const noexcept { return wire_.size() == 1; }
  [[nodiscard]] bool has_one_label() const noexcept;
  // This name below `domain`; Fault::too_large if that is longer than a name can be.
  [[nodiscard]] Result<Name> within(const Name& domain) const;

  friend bool operator==(const Name&, const Name&) = default;

 private:
  explicit Name(std::string wire) : wire_(std::move(wire)) {}
  std::string wire_;
};

// Without a dot at the end; "." for the root.
std::string to_string(const Name& name);

// The name without its first label. REQUIRES: `name` is not the root.
[[nodiscard]] inline std::string_view parent_of(std::string_view name) noexcept {
  return name.substr(1U + static_cast<unsigned char>(name.front()));
}
[[nodiscard]] inline bool is_root(std::string_view name) noexcept {
  return name.size() == 1;
}
// Whether there is nothing between the name and the root.
[[nodiscard]] inline bool has_one_label(std::string_view name) noexcept {
  return !is_root(name) && is_root(parent_of(name));
}

// Changes letters to lower case. The lengths of labels are below 'A', so they stay.
void make_lower(char* name, std::size_t size) noexcept;

}  // namespace viaduct::dns

namespace viaduct {

template <>
struct api::Codec<dns::Name> {
  static Result<dns::Name> read(const Json& json) {
    return dns::Name::parse(TRY(Codec<std::string>::read(json)));
  }
  static Json write(const dns::Name& value) { return to_string(value); }
  static Json schema() {
    return {{"type", "string"}, {"format", "hostname"}, {"example", "web1.example.com"}};
  }
};

}  // namespace viaduct
