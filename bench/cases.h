#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/net.h"
#include "dataplane/document.h"

// What is measured: a router's configuration, and the conversations that go through it.
namespace viaduct::bench {

enum class Kind : std::uint8_t {
  forward,
  nat,
  static_nat,
  port_forward,
  nat_firewall,
  hairpin,
  mix
};
inline constexpr std::array<std::pair<std::string_view, Kind>, 7> kinds{{
    {"forward", Kind::forward},
    {"nat", Kind::nat},
    {"static-nat", Kind::static_nat},
    {"port-forward", Kind::port_forward},
    {"nat-firewall", Kind::nat_firewall},
    {"hairpin", Kind::hairpin},
    {"mix", Kind::mix},
}};
[[nodiscard]] std::string_view name_of(Kind kind);

// A router with one guest network (10.0.0.0/8) and one public one (198.18.0.0/15). Conversations
// are numbered from 0 on; each has a guest, a guest port and a remote host of its own.
class Case {
 public:
  static constexpr std::string_view wan = "wan";
  static constexpr std::string_view lan = "lan";
  static constexpr std::string_view router = "bench";
  static constexpr std::string_view guest_interface = "guest0";
  static constexpr std::string_view public_interface = "public0";
  static constexpr std::uint32_t most_guests = 4096;

  Case(Kind kind, std::uint32_t conversations, std::uint32_t rules);
  // The same, but with as many public addresses for the source NAT as it is told.
  [[nodiscard]] Case with_pool(std::uint32_t addresses) const {
    Case other = *this;
    other.pool_ = addresses;
    return other;
  }

  [[nodiscard]] Kind kind() const { return kind_; }
  [[nodiscard]] std::uint32_t conversations() const { return conversations_; }
  [[nodiscard]] std::uint32_t rules() const { return rules_; }
  [[nodiscard]] std::uint32_t guests() const { return guests_; }
  [[nodiscard]] Document document() const;

  // The first packet of a conversation, and whether it comes from the guest network.
  struct Opening {
    Tuple tuple;
    bool from_guest = true;
  };
  [[nodiscard]] Opening opening(std::uint32_t conversation, Protocol protocol) const;
  // Whether the opening packet of `conversation` may leave as `translated`.
  [[nodiscard]] bool fits(std::uint32_t conversation, const Tuple& translated) const;

  [[nodiscard]] static Address guest(std::uint32_t index);
  [[nodiscard]] static Address gateway();  // next hop of the default route

 private:
  // What one conversation of a mix is, or the kind itself.
  [[nodiscard]] Kind kind_of(std::uint32_t conversation) const;
  [[nodiscard]] Endpoint guest_endpoint(std::uint32_t conversation) const;
  // A guest's endpoint towards other guests serves for as many conversations as it has to: hairpins
  // leave from the router's one address, of which each such endpoint needs a port.
  [[nodiscard]] std::uint32_t hairpin_ports_of_a_guest() const;
  [[nodiscard]] std::uint32_t hairpin_server(std::uint32_t conversation) const;
  [[nodiscard]] static Endpoint remote(std::uint32_t conversation);
  [[nodiscard]] Address pool_address(std::uint32_t index) const;
  [[nodiscard]] static Address own_address(std::uint32_t guest);  // of a guest's static NAT
  [[nodiscard]] static Endpoint forwarded(std::uint32_t guest);   // a guest's public endpoint
  [[nodiscard]] bool has(Kind kind) const { return kind_ == kind || kind_ == Kind::mix; }

  Kind kind_;
  std::uint32_t conversations_;
  std::uint32_t rules_;
  std::uint32_t guests_;
  std::uint32_t pool_;  // public addresses of the source NAT
};

// `count` firewall rules and egress exceptions, as a cloud has them: most for one address and port
// each, some for ranges and for a few sources. `round` makes them differ.
void add_rules(Router& router, std::uint32_t count, std::uint32_t public_addresses,
               std::uint32_t round = 0);

}  // namespace viaduct::bench
