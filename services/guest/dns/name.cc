#include "services/guest/dns/name.h"

#include <algorithm>

namespace viaduct::dns {

namespace {

constexpr char lower(char c) noexcept {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
}

bool may_stand_in_label(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
}

void append_label(std::string& wire, std::string_view label) {
  wire += static_cast<char>(label.size());
  wire += label;
}

}  // namespace

void make_lower(char* name, std::size_t size) noexcept {
  for (std::size_t i = 0; i < size; ++i) name[i] = lower(name[i]);
}

Result<Name> Name::parse(std::string_view text) {
  if (text == ".") return Name{};
  if (text.ends_with('.')) text.remove_suffix(1);
  std::string wire;
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find('.', begin), text.size());
    std::string label{text.substr(begin, end - begin)};
    make_lower(label.data(), label.size());
    if (label.empty() || label.size() > longest_label) {
      return fail(Fault::invalid, "", "a label of a domain name has 1 to 63 characters");
    }
    if (!std::ranges::all_of(label, may_stand_in_label)) {
      return fail(Fault::invalid, "",
                  "a label of a domain name has letters, digits, '-' and '_' alone");
    }
    append_label(wire, label);
    begin = end + 1;
  }
  wire += '\0';
  if (wire.size() > longest_name) {
    return fail(Fault::invalid, "", "a domain name has at most 253 characters");
  }
  return Name{std::move(wire)};
}

Name Name::reverse_of(const Address& address) {
  std::string wire;
  if (address.is_v4()) {
    const std::uint32_t bits = address.as_v4().host();
    for (unsigned shift = 0; shift < 32; shift += 8) {
      append_label(wire, std::to_string(bits >> shift & 0xff));
    }
    append_label(wire, "in-addr");
  } else {
    constexpr std::string_view digits = "0123456789abcdef";
    auto bytes = address.bytes();
    std::ranges::reverse(bytes);
    for (const std::uint8_t byte : bytes) {
      append_label(wire, digits.substr(byte & 0xf, 1));
      append_label(wire, digits.substr(byte >> 4, 1));
    }
    append_label(wire, "ip6");
  }
  append_label(wire, "arpa");
  wire += '\0';
  return Name{std::move(wire)};
}

bool Name::has_one_label() const noexcept {
  return dns::has_one_label(wire_);
}

Result<Name> Name::within(const Name& domain) const {
  std::string wire = wire_.substr(0, wire_.size() - 1) + domain.wire_;
  if (wire.size() <= longest_name) return Name{std::move(wire)};
  return fail(Fault::too_large, "",
              to_string(*this) + " is too long a name to stand in " + to_string(domain));
}

std::string to_string(const Name& name) {
  if (name.is_root()) return ".";
  std::string text;
  for (std::string_view rest = name.wire(); !is_root(rest); rest = parent_of(rest)) {
    if (!text.empty()) text += '.';
    text += rest.substr(1, static_cast<unsigned char>(rest.front()));
  }
  return text;
}

}  // namespace viaduct::dns
