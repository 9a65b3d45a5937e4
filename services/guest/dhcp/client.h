#pragma once

#include <cstdint>
#include <random>
#include <string>

#include "base/hash.h"
#include "base/net.h"

namespace viaduct::dhcp {

// Who asks. Two interfaces of one machine may send the same identifier, and one interface several
// while it boots, so it takes both to tell clients apart.
struct Client {
  Mac mac;         // all zero: not known
  std::string id;  // bytes of the client identifier (RFC 2132 9.14); may be empty
  friend bool operator==(const Client&, const Client&) = default;
};

[[nodiscard]] constexpr std::uint64_t hash(const Client& client, std::uint64_t seed) {
  std::uint64_t mac = 0;
  for (const std::uint8_t byte : client.mac.bytes) mac = mac << 8 | byte;
  std::uint64_t state = mix(mix(seed, mac), client.id.size());
  std::uint64_t word = 0;
  for (std::size_t i = 0; i < client.id.size(); ++i) {
    word = word << 8 | static_cast<std::uint8_t>(client.id[i]);
    if (i % sizeof word == sizeof word - 1 || i + 1 == client.id.size()) state = mix(state, word);
  }
  return state;
}

// For tables whose keys guests choose: nobody outside can tell which keys collide.
struct SeededHash {
  std::uint64_t seed = std::random_device{}();
  std::size_t operator()(const Client& client) const noexcept { return hash(client, seed); }
  std::size_t operator()(const Address& address) const noexcept {
    return viaduct::hash(address, seed);
  }
};

}  // namespace viaduct::dhcp
