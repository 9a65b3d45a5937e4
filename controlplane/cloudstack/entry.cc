#include "controlplane/cloudstack/entry.h"

namespace viaduct::cloudstack {

std::string entry_id(std::string_view type, std::string_view key) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string id{type};
  id += '.';
  for (const char c : key) {
    const bool is_plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.';
    if (is_plain) {
      id += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    id += '_';
    id += digits[byte >> 4];
    id += digits[byte & 0xf];
  }
  return id;
}

}  // namespace viaduct::cloudstack

VIADUCT_DEFINE_RESOURCE(viaduct::cloudstack::Entry);
