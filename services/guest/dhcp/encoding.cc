#include "services/guest/dhcp/encoding.h"

#include <algorithm>
#include <map>
#include <string_view>

namespace viaduct::dhcp {
namespace {

constexpr std::uint16_t pointer_mark = 0xc000;
constexpr std::size_t largest_pointer = 0x3fff;

}  // namespace

Bytes encode_addresses(const std::vector<Address>& addresses) {
  Bytes bytes;
  for (const Address& address : addresses) append_address(bytes, address);
  return bytes;
}

Bytes encode_search(const std::vector<std::string>& domains) {
  Bytes bytes;
  std::map<std::string_view, std::size_t> known;  // where each end of a name begins
  for (const std::string& domain : domains) {
    std::string_view left = domain;
    while (!left.empty() && !known.contains(left)) {
      if (bytes.size() <= largest_pointer) known.emplace(left, bytes.size());
      const std::size_t length = std::min(left.find('.'), left.size());
      bytes.push_back(static_cast<std::uint8_t>(length));
      append(bytes, bytes_of(left.substr(0, length)));
      left.remove_prefix(std::min(length + 1, left.size()));
    }
    if (left.empty()) {
      bytes.push_back(0);
    } else {
      append16(bytes, static_cast<std::uint16_t>(pointer_mark | known.at(left)));
    }
  }
  return bytes;
}

Bytes encode_routes(const std::vector<Route>& routes) {
  Bytes bytes;
  for (const Route& route : routes) {
    const unsigned length = route.destination.written_length();
    Bytes destination;
    append_address(destination, route.destination.base());
    bytes.push_back(static_cast<std::uint8_t>(length));
    append(bytes, ByteView{destination}.first((length + 7) / 8));
    append_address(bytes, route.gateway);
  }
  return bytes;
}

}  // namespace viaduct::dhcp
