#pragma once

#include <array>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>

#include "services/guest/dhcp/lease.h"

namespace viaduct::dhcp {

// The leases of one network: at most one for an address, at most one for a client.
class Leases {
 public:
  // Is told of each address whose lease comes, goes or gets another state.
  using Watch = std::function<void(const Address& address)>;
  explicit Leases(Watch watch) : watch_(std::move(watch)) {}
  Leases(const Leases&) = delete;
  Leases& operator=(const Leases&) = delete;
  ~Leases() = default;

  // Valid until the next change.
  [[nodiscard]] const Lease* find(const Address& address) const;
  [[nodiscard]] std::optional<Address> address_of(const Client& client) const;

  // Makes it the lease of the address and of its client: what either of them had before goes.
  // A declined one is of its address alone.
  void put(const Address& address, Lease lease);
  void remove(Address address);
  // Changes what becomes of a lease that there is.
  void move(const Address& address, State state, Time until);

  // Ends what is over at `now`: bound leases lapse, offers and declined ones go.
  void advance(Time now);

  // How many there are in a state, and which of them ends first.
  [[nodiscard]] std::size_t count(State state) const { return queue(state).size(); }
  [[nodiscard]] std::optional<Address> oldest(State state) const;
  // Calls visit(address, lease) for each, in no particular order.
  template <class Visit>
  void each(Visit visit) const {
    for (const auto& [address, lease] : by_address_) visit(address, lease);
  }

 private:
  using Queue = std::set<std::pair<Time, Address>>;
  [[nodiscard]] Queue& queue(State state) { return queues_[static_cast<std::size_t>(state)]; }
  [[nodiscard]] const Queue& queue(State state) const {
    return queues_[static_cast<std::size_t>(state)];
  }

  Watch watch_;
  std::unordered_map<Address, Lease, SeededHash> by_address_;
  std::unordered_map<Client, Address, SeededHash> by_client_;  // but those of declined addresses
  std::array<Queue, state_count> queues_;                      // by when they end
};

}  // namespace viaduct::dhcp
