#include <algorithm>

#include "tests/reference/model.h"

// Which public ports source NAT may give to a guest's endpoint.
namespace viaduct::test::reference {
namespace {

// Ports of one public address and protocol, first to last, that are of one guest alone.
struct Block {
  int first = 0;
  int last = 0;
  [[nodiscard]] bool contains(int port) const { return first <= port && port <= last; }
  [[nodiscard]] bool overlaps(const Block& other) const {
    return first <= other.last && other.first <= last;
  }
};

Block block_around(int port, int size) {
  const int first = port / size * size;
  return {first, first + size - 1};
}

// The ports as they are for the guest of `wanted`. A block is its guest's for as long as one of its
// ports is taken.
class Ports {
 public:
  Ports(const RouterDocument& router, const std::vector<Mapping>& taken, const Mapping& wanted)
      : router_(router), taken_(taken), wanted_(wanted) {}

  [[nodiscard]] bool is_free(std::uint16_t port) const {
    if (router_.is_reserved(wanted_.protocol, {wanted_.as.address, port})) return false;
    return std::ranges::none_of(taken_, [&](const Mapping& other) {
      const bool is_anothers = other.block != 0 && !is_of_own_block(other);
      return other.as.port == port || (is_anothers && block_of(other).contains(port));
    });
  }

  // How many ports the guest's block has that a port lies in; 0 if it lies in none.
  [[nodiscard]] std::uint16_t own_block(std::uint16_t port) const {
    const auto found = std::ranges::find_if(taken_, [&](const Mapping& other) {
      return is_of_own_block(other) && block_of(other).contains(port);
    });
    return found == taken_.end() ? std::uint16_t{0} : found->block;
  }

  [[nodiscard]] std::vector<std::uint16_t> free_in_own_blocks() const {
    std::vector<std::uint16_t> free;
    for (const Mapping& other : taken_) {
      if (!is_of_own_block(other)) continue;
      const auto [first, last] = block_of(other);
      for (int port = first; port <= last; ++port) {
        if (is_free(static_cast<std::uint16_t>(port))) {
          free.push_back(static_cast<std::uint16_t>(port));
        }
      }
    }
    return free;
  }

  // Nobody has a part of the block that the guest would get with this port.
  [[nodiscard]] bool may_claim(std::uint16_t port, int size) const {
    const Block block = block_around(port, size);
    return std::ranges::none_of(taken_, [&](const Mapping& other) {
      return block.contains(other.as.port) || (other.block != 0 && block.overlaps(block_of(other)));
    });
  }

 private:
  [[nodiscard]] bool is_of_own_block(const Mapping& other) const {
    return other.block != 0 && other.guest.address == wanted_.guest.address;
  }
  static Block block_of(const Mapping& mapping) {
    return block_around(mapping.as.port, mapping.block);
  }

  const RouterDocument& router_;
  const std::vector<Mapping>& taken_;
  const Mapping& wanted_;
};

}  // namespace

// A free port number is kept, if that is wanted; else it may be any free one, of the same parity if
// that is wanted of UDP (RFC 4787 4.2.2). Where guests have blocks, one of its own before one that
// it gets a block with. Port 0 if `chosen` is none of those.
void Model::choose_port(Mapping& wanted, const network::Settings& network) const {
  const std::vector<Mapping> taken = mappings_at(wanted.protocol, wanted.as.address);
  const Ports ports{router_, taken, wanted};
  const std::uint16_t own = wanted.guest.port;
  const std::uint16_t size = network.port_block;
  const auto is_alike = [&](std::uint16_t port) {
    return wanted.protocol != Protocol::udp || !network.preserve_parity || port % 2 == own % 2;
  };
  const auto may_be_chosen = [&](std::uint16_t port) {
    if (!ports.is_free(port)) return false;
    const auto own_free = size == 0 ? std::vector<std::uint16_t>{} : ports.free_in_own_blocks();
    if (own_free.empty()) return is_alike(port) && (size == 0 || ports.may_claim(port, size));
    const bool has_alike = std::ranges::any_of(own_free, is_alike);
    return ports.own_block(port) != 0 && (is_alike(port) || !has_alike);
  };
  std::uint16_t port = 0;
  if (network.preserve_port && ports.is_free(own) && (size == 0 || ports.own_block(own) != 0)) {
    port = own;
  } else if (chosen_ && chosen_->address == wanted.as.address && may_be_chosen(chosen_->port)) {
    port = chosen_->port;
  }
  wanted.block = ports.own_block(port);
  if (wanted.block == 0) wanted.block = size;
  wanted.as.port = port;
}

}  // namespace viaduct::test::reference
