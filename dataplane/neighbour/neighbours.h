#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "base/hash.h"
#include "base/net.h"
#include "dataplane/core/snapshot.h"
#include "dataplane/flow/session.h"

struct rte_mbuf;

// Who is next door: the Ethernet address of every next hop, learned by ARP (RFC 826), kept fresh
// (RFC 1122 2.3.2.1), and a few packets held while an answer is awaited (2.3.2.2).
namespace viaduct {
class Worker;
}

namespace viaduct::neighbour {

using AdjacencyId = std::uint16_t;  // 0 is none

enum class State : std::uint8_t { free, incomplete, reachable, probing, failed, host };

// Everything needed to send to one next hop; the first cache line is what packets touch.
struct alignas(64) Adjacency {
  std::array<std::uint8_t, 18> header{};  // Ethernet header, with the VLAN tag if there is one
  std::uint8_t header_length = 0;
  State state = State::free;
  PortId port = no_port;
  std::uint16_t mtu = 0;
  Slot interface = 0;
  flow::Ticks last_used = 0;
  flow::Ticks confirmed = 0;  // by an answer
  flow::Ticks asked = 0;
  Address next_hop;
  std::uint8_t questions = 0;  // without an answer so far
  std::uint8_t held = 0;
  std::uint16_t unused = 0;
};
static_assert(sizeof(Adjacency) == 64);

// All neighbours of one worker. Never allocates after construction.
class Neighbours {
 public:
  static constexpr std::size_t most = 32768;
  static constexpr std::size_t most_held = 4;  // packets per next hop
  // A next hop stays known for at least as long after a packet.
  static constexpr flow::Ticks kept_unused = 30 * flow::ticks_per_second;

  Neighbours();

  [[nodiscard]] Adjacency& at(AdjacencyId id) noexcept { return adjacencies_[id]; }
  // The next hop `address` behind `interface`, made if need be; 0 when there is no room. It counts
  // as used, so that whoever keeps its id has it for as long as after a packet.
  [[nodiscard]] AdjacencyId get(const InterfaceView& interface, const Address& address,
                                flow::Ticks now) noexcept;
  // The router's own host behind the TAP of `interface`; 0 when there is no room.
  [[nodiscard]] AdjacencyId host_of(const InterfaceView& interface, flow::Ticks now) noexcept;

  // A neighbour has told its Ethernet address. Updates what is known of it, or, if `make` is set,
  // also what is not; sends what was held for it.
  void learn(Worker& self, const InterfaceView& interface, const Address& address, const Mac& mac,
             bool make) noexcept;

  // Whether to listen to a station that says it is `address`: it is a neighbour with this Ethernet
  // address, or one without an answer so far; and has not been listened to in this very moment.
  [[nodiscard]] bool expects(Slot interface, const Address& address, const Mac& mac,
                             flow::Ticks now) noexcept;

  // Whether the next hop did not answer, so lately that it is not asked again yet.
  [[nodiscard]] bool is_dead(AdjacencyId id, flow::Ticks now) const noexcept {
    const Adjacency& to = adjacencies_[id];
    return to.state == State::failed && now - to.asked < retry_failed_after;
  }

  // The same of a next hop that may not be known.
  [[nodiscard]] bool is_known_dead(Slot interface, const Address& address,
                                   flow::Ticks now) noexcept {
    const AdjacencyId known = find(interface, address);
    return known != 0 && is_dead(known, now);
  }

  void prefetch(AdjacencyId id) const noexcept { __builtin_prefetch(&adjacencies_[id]); }

  // Sends a packet whose IP header begins at `l3` of its data by way of `id`, in fragments if it is
  // larger than the MTU, or holds it until the next hop answers.
  void send(Worker& self, rte_mbuf* mbuf, AdjacencyId id, std::uint8_t l3 = 0) noexcept;

  // Asks again, refreshes, gives up. To be called a few times a second.
  void tick(Worker& self) noexcept;
  // Lets go what was not used for long, and follows interfaces that have moved or gone. A sweep
  // begins with every new epoch, and tick() ends it within a second.
  void begin_sweep(flow::Ticks now) noexcept;
  // Goes on with it, for up to `count` of them.
  void sweep(Worker& self, std::size_t count) noexcept;

  // Whether a next hop found no room: a new epoch would let unused ones go.
  [[nodiscard]] bool is_crowded(flow::Ticks now) const noexcept {
    return crowded_ && now - swept_ > 5 * flow::ticks_per_second;
  }
  [[nodiscard]] std::size_t held() const noexcept { return held_; }

 private:
  static constexpr flow::Ticks retry_failed_after = 2 * flow::ticks_per_second;
  using Held = std::array<rte_mbuf*, most_held>;
  static constexpr std::size_t chains = 65536;

  [[nodiscard]] AdjacencyId& chain(Slot interface, const Address& address) noexcept;
  [[nodiscard]] AdjacencyId find(Slot interface, const Address& address) noexcept;
  [[nodiscard]] AdjacencyId make(const InterfaceView& interface, const Address& address,
                                 flow::Ticks now) noexcept;
  void look_at(Worker& self, AdjacencyId id) noexcept;
  void attend(Worker& self, AdjacencyId id) noexcept;
  void ask(Worker& self, AdjacencyId id) noexcept;
  void settle(Worker& self, AdjacencyId id, const InterfaceView& interface,
              const Mac& mac) noexcept;
  [[nodiscard]] bool find_on_our_wire(Worker& self, AdjacencyId id) noexcept;
  void hold(Worker& self, rte_mbuf* mbuf, AdjacencyId id) noexcept;
  void drop_held(Worker& self, AdjacencyId id) noexcept;
  void remove(Worker& self, AdjacencyId id) noexcept;

  std::uint64_t seed_;
  std::vector<Adjacency> adjacencies_;
  std::vector<Held> holds_;
  std::vector<AdjacencyId> heads_;
  std::vector<AdjacencyId> next_;
  AdjacencyId free_ = 0;
  AdjacencyId high_water_ = 1;
  std::size_t held_ = 0;
  bool crowded_ = false;
  flow::Ticks swept_ = 0;
  flow::Ticks patience_ = 0;  // of this sweep
  AdjacencyId next_swept_ = 0;
  AdjacencyId swept_until_ = 0;
};

}  // namespace viaduct::neighbour
