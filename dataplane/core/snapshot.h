#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "base/flat_map.h"
#include "base/hash.h"
#include "dataplane/core/slot_set.h"
#include "dataplane/document.h"

namespace viaduct {

// A DPDK port number, or none.
using PortId = std::uint16_t;
constexpr PortId no_port = 0xffff;
// Set in the port of a next hop that is another interface of ours on the same wire: no switch would
// send the frame back to us, so it comes in again without having left.
constexpr PortId looped = 0x8000;

// Where usage of one public address is counted: an index into the usage counters; 0 is nowhere.
using UsageIndex = std::uint16_t;

class InterfaceView;

// One router in one generation.
struct RouterView {
  struct HashAddress {
    std::size_t operator()(const Address& address) const noexcept { return hash(address) >> 8; }
  };
  std::shared_ptr<const CompiledRouter> compiled;
  bool is_new = true;                            // it was compiled for this generation
  bool has_calls = false;                        // some network of it wants PPTP's helper
  std::vector<const InterfaceView*> interfaces;  // in the order of interface::Table::all()
  FlatMap<Address, UsageIndex, HashAddress> usage;

  // Asks of every public address where it is counted.
  template <class Usage>
  void meter(Usage ask) {
    usage = decltype(usage){compiled->local_addresses.size()};
    for (const Address& address : compiled->local_addresses) {
      const auto* on = compiled->interfaces->on_link(address);
      if (on == nullptr || on->role != interface::Role::external) continue;
      (void)usage.insert(address, ask(*compiled, address));
    }
  }

  [[nodiscard]] Slot slot() const { return compiled->slot; }
  template <class Table>
  [[nodiscard]] const Table& of() const noexcept {
    return compiled->of<Table>();
  }
  [[nodiscard]] const InterfaceView& view_of(const interface::Compiled& config) const noexcept {
    return *interfaces[static_cast<std::size_t>(&config - compiled->interfaces->all().data())];
  }
};

// One interface in one generation: its configuration and the devices that are behind it now. What
// every packet asks for is copied here, next to each other.
class InterfaceView {
 public:
  InterfaceView(const interface::Compiled& of, const RouterView& in, PortId at, bool tap)
      : config(&of),
        router(&in),
        port(at),
        has_tap(tap),
        is_transit_(of.role == interface::Role::transit),
        is_outside_(of.is_outside()),
        knows_calls_(of.is_outside() ? in.has_calls : of.network.has(network::Helper::pptp)),
        mtu_(of.mtu),
        slot_(of.slot),
        router_slot_(in.slot()) {}

  [[nodiscard]] Slot slot() const { return slot_; }
  [[nodiscard]] Slot router_slot() const { return router_slot_; }
  [[nodiscard]] std::uint16_t mtu() const { return mtu_; }
  [[nodiscard]] bool is_transit() const { return is_transit_; }
  [[nodiscard]] bool is_outside() const { return is_outside_; }
  // Whether PPTP's calls are told apart in what comes in here.
  [[nodiscard]] bool knows_calls() const { return knows_calls_; }
  // Whether the router has `address`, and on this interface's networks.
  [[nodiscard]] bool answers_for(const Address& address) const noexcept;
  // Whether its neighbours need not notice the difference.
  [[nodiscard]] bool is_like(const InterfaceView& other) const noexcept {
    return port == other.port && has_tap == other.has_tap && mtu_ == other.mtu_ &&
           config->vlan == other.config->vlan && config->mac == other.config->mac;
  }

  const interface::Compiled* config;
  const RouterView* router;
  PortId port;
  bool has_tap;

 private:
  bool is_transit_;
  bool is_outside_;
  bool knows_calls_;
  std::uint16_t mtu_;
  Slot slot_;
  Slot router_slot_;
};

inline bool InterfaceView::answers_for(const Address& address) const noexcept {
  if (address == punt::metadata_address) return config->serves(punt::Service::metadata);
  return router->compiled->owns(address) && config->is_on_link(address);
}

// One generation of everything, immutable: what a worker reads during one burst.
class Snapshot {
 public:
  struct Attachment {
    PortId port = no_port;
    bool has_tap = false;
  };

  // `attach` tells the devices behind an interface, `usage` where a public address is counted;
  // what `before` knows of that is taken from there.
  template <class Attach, class Usage>
  Snapshot(std::uint32_t generation, const Configuration& configuration, Attach attach, Usage usage,
           const Snapshot* before = nullptr);
  // The ports to receive from.
  std::vector<PortId> ports;

  [[nodiscard]] std::uint32_t generation() const noexcept { return generation_; }
  [[nodiscard]] const std::vector<std::unique_ptr<RouterView>>& routers() const { return routers_; }

  // The router with this id, or nullptr.
  [[nodiscard]] const RouterView* router(std::string_view id) const noexcept;

  // Whether the interfaces of the generation before are all there, as they were.
  [[nodiscard]] bool keeps_interfaces_of(std::uint32_t generation) const {
    return keeps_interfaces_ && generation == before_;
  }

  // The routers whose sessions can rely on nothing of the generation before, and the rules that
  // have changed or gone, so that those which they let in cannot rely on them.
  [[nodiscard]] const std::vector<Slot>& revoked_routers() const noexcept {
    return revoked_routers_;
  }
  [[nodiscard]] const SlotSet& revoked_rules() const noexcept { return revoked_rules_; }

  // Whether any interface is for transit.
  [[nodiscard]] bool has_transit() const noexcept { return has_transit_; }
  // The interface with this slot, or nullptr if it is no more.
  [[nodiscard]] const InterfaceView* interface(Slot slot) const noexcept {
    return slot < by_slot_.size() ? by_slot_[slot] : nullptr;
  }
  // The interface that a frame to `mac` on this wire is for, or nullptr.
  [[nodiscard]] const InterfaceView* find(PortId port, std::uint16_t vlan,
                                          const Mac& mac) const noexcept {
    const auto* found = stations_.find({port, vlan, mac});
    return found == nullptr ? nullptr : *found;
  }
  // The other interface on the wire of `from` that answers for `address`, or nullptr.
  [[nodiscard]] const InterfaceView* owner_on_wire(const InterfaceView& from,
                                                   const Address& address) const noexcept;
  // All interfaces on one wire and VLAN.
  [[nodiscard]] const std::vector<const InterfaceView*>* segment(
      PortId port, std::uint16_t vlan) const noexcept {
    const auto* index = segments_.find({port, vlan, {}});
    return index == nullptr ? nullptr : &segment_lists_[*index];
  }

 private:
  void note(const Revoked& revoked, Slot router);
  struct Station {
    PortId port = no_port;
    std::uint16_t vlan = 0;
    Mac mac;
    friend constexpr bool operator==(const Station&, const Station&) = default;
  };
  struct HashStation {
    std::size_t operator()(const Station& station) const noexcept {
      std::uint64_t bits = (std::uint64_t{station.port} << 16) | station.vlan;
      for (const std::uint8_t byte : station.mac.bytes) bits = mix(bits, byte);
      return mix(bits, 1) >> 8;
    }
  };

  std::uint32_t generation_;
  bool has_transit_ = false;
  std::uint32_t before_ = 0;  // generation
  bool keeps_interfaces_ = false;
  std::vector<Slot> revoked_routers_;
  SlotSet revoked_rules_;
  std::vector<std::unique_ptr<RouterView>> routers_;
  std::vector<std::unique_ptr<InterfaceView>> interfaces_;
  std::vector<const InterfaceView*> by_slot_;
  FlatMap<Station, const InterfaceView*, HashStation> stations_;
  FlatMap<Station, std::size_t, HashStation> segments_;
  std::vector<std::vector<const InterfaceView*>> segment_lists_;
};

inline const InterfaceView* Snapshot::owner_on_wire(const InterfaceView& from,
                                                    const Address& address) const noexcept {
  const auto* group = segment(from.port, from.config->vlan);
  if (group == nullptr) return nullptr;
  for (const InterfaceView* other : *group) {
    if (other->router != from.router && other->answers_for(address)) return other;
  }
  return nullptr;
}

inline const RouterView* Snapshot::router(std::string_view id) const noexcept {
  const auto found = std::ranges::lower_bound(
      routers_, id, {}, [](const auto& view) -> std::string_view { return view->compiled->id; });
  return found == routers_.end() || (*found)->compiled->id != id ? nullptr : found->get();
}

inline void Snapshot::note(const Revoked& revoked, Slot router) {
  if (revoked.all) revoked_routers_.push_back(router);
  for (const Slot rule : revoked.rules) revoked_rules_.insert(rule);
}

template <class Attach, class Usage>
Snapshot::Snapshot(std::uint32_t generation, const Configuration& configuration, Attach attach,
                   Usage usage, const Snapshot* before)
    : generation_(generation) {
  std::size_t count = 0;
  for (const auto& router : configuration.routers) count += router->interfaces->all().size();
  stations_ = decltype(stations_){count};
  segments_ = decltype(segments_){count};
  for (const auto& router : configuration.routers) {
    auto view = std::make_unique<RouterView>();
    view->compiled = router;
    const RouterView* known = before == nullptr ? nullptr : before->router(router->id);
    view->has_calls = std::ranges::any_of(
        router->interfaces->all(),
        [](const interface::Compiled& each) { return each.network.has(network::Helper::pptp); });
    view->is_new = known == nullptr || known->compiled != router;
    if (known != nullptr && known->compiled->has_same_addresses(*router)) {
      view->usage = known->usage;
    } else {
      view->meter(usage);
    }
    if (view->is_new) note(router->revoked, router->slot);
    for (const auto& config : router->interfaces->all()) {
      const Attachment attached = attach(*router, config);
      interfaces_.push_back(std::make_unique<InterfaceView>(
          InterfaceView{config, *view, attached.port, attached.has_tap}));
      const InterfaceView* interface = interfaces_.back().get();
      view->interfaces.push_back(interface);
      has_transit_ |= interface->is_transit();
      if (by_slot_.size() <= config.slot) by_slot_.resize(config.slot + 1, nullptr);
      by_slot_[config.slot] = interface;
      if (attached.port == no_port) continue;
      (void)stations_.insert({attached.port, config.vlan, config.mac}, interface);
      const Station wire{attached.port, config.vlan, {}};
      if (segments_.insert(wire, segment_lists_.size())) segment_lists_.emplace_back();
      segment_lists_[*segments_.find(wire)].push_back(interface);
    }
    routers_.push_back(std::move(view));
  }
  if (before == nullptr) return;
  before_ = before->generation();
  keeps_interfaces_ = std::ranges::all_of(before->interfaces_, [&](const auto& one) {
    const InterfaceView* now = interface(one->slot());
    return now != nullptr && now->is_like(*one);
  });
}

}  // namespace viaduct
