#pragma once

#include "dataplane/network/network.h"
#include "dataplane/source_nat/public_ports.h"
#include "dataplane/source_nat/source_nat.h"

namespace viaduct::source_nat {

// RFC 4787 REQ-3: well-known ports are not given away. Port 0 is none; identifiers may be anything
// else.
constexpr std::uint16_t lowest_port(Protocol protocol) {
  return protocol == Protocol::icmp || protocol == Protocol::gre ? 1 : 1024;
}

// Which public port a guest endpoint gets: its own number if that may be and is free, else a random
// one of the same parity, else any.
class PortChoice {
 public:
  struct Of {
    const Table& table;
    const Table::PublicAddress& at;
    const PublicPorts& ports;
    Protocol protocol;
    std::size_t index;  // of the protocol, among the ports
    const Endpoint& guest;
    const network::Settings& network;
  };
  // `random` is what one draws from; it is another one afterwards.
  PortChoice(const Of& of, std::uint64_t& random) noexcept;

  // Offers ports to take(port), best first, until that is true, and returns that one; 0 when none
  // is left.
  template <class Take>
  [[nodiscard]] std::uint16_t make(Take take) const noexcept {
    const std::uint16_t own = of_.guest.port;
    if (of_.network.preserve_port && may_be(own) && take(own)) return own;
    if (of_.network.port_block.value != 0) {
      if (const std::uint16_t port = search_own_blocks(take); port != 0) return port;
    }
    for (const Parity parity : {parity_, Parity::any}) {
      if (const std::uint16_t above = search(start_, PublicPorts::count, parity, take);
          above != 0) {
        return above;
      }
      if (const std::uint16_t below = search(lowest_, start_, parity, take); below != 0) {
        return below;
      }
      if (parity_ == Parity::any) break;
    }
    return 0;
  }

  // The same of one port alone.
  template <class Take>
  [[nodiscard]] std::uint16_t make_exactly(std::uint16_t port, Take take) const noexcept {
    return may_be(port) && take(port) ? port : std::uint16_t{0};
  }

 private:
  [[nodiscard]] bool may_be(std::uint16_t port) const noexcept;
  [[nodiscard]] std::optional<PortRange> reserved(std::uint32_t port) const noexcept {
    return of_.table.reserved_range(of_.protocol,
                                    {of_.at.address, static_cast<std::uint16_t>(port)});
  }
  [[nodiscard]] bool is_anothers(std::uint32_t port) const noexcept {
    const Be32 owner = of_.ports.owner(of_.index, port);
    return owner != Be32{} && owner != of_.guest.address.as_v4();
  }
  [[nodiscard]] bool is_own_block(std::uint32_t port) const noexcept {
    return of_.ports.owner(of_.index, port) == of_.guest.address.as_v4();
  }

  // The first port in [from, to) that is neither reserved nor another's, and could be taken; or 0.
  template <class Take>
  [[nodiscard]] std::uint16_t search(std::uint32_t from, std::uint32_t to, Parity parity,
                                     Take take) const noexcept {
    for (std::uint32_t port = of_.ports.next_free(of_.index, from, parity); port < to;) {
      std::uint32_t next = port + 1;
      if (const auto range = reserved(port)) {
        next = range->last + 1U;
      } else if (is_anothers(port)) {
        next = (port / PublicPorts::smallest_block + 1) * PublicPorts::smallest_block;
      } else if (take(static_cast<std::uint16_t>(port))) {
        return static_cast<std::uint16_t>(port);
      }
      port = of_.ports.next_free(of_.index, next, parity);
    }
    return 0;
  }
  template <class Take>
  [[nodiscard]] std::uint16_t search_own_blocks(Take take) const noexcept {
    constexpr std::uint32_t unit = PublicPorts::smallest_block;
    for (const Parity parity : {parity_, Parity::any}) {
      for (std::uint32_t first = 0; first < PublicPorts::count; first += unit) {
        if (!is_own_block(first)) continue;
        const std::uint32_t from = std::max<std::uint32_t>(first, lowest_);
        if (const auto port = search(from, first + unit, parity, take); port != 0) return port;
      }
    }
    return 0;
  }

  Of of_;
  std::uint16_t lowest_;
  Parity parity_ = Parity::any;
  std::uint32_t start_;
};

}  // namespace viaduct::source_nat
