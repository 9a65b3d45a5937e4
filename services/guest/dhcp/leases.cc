#include "services/guest/dhcp/leases.h"

namespace viaduct::dhcp {

const Lease* Leases::find(const Address& address) const {
  const auto found = by_address_.find(address);
  return found == by_address_.end() ? nullptr : &found->second;
}

std::optional<Address> Leases::address_of(const Client& client) const {
  const auto found = by_client_.find(client);
  if (found == by_client_.end()) return std::nullopt;
  return found->second;
}

void Leases::put(const Address& address, Lease lease) {
  remove(address);
  if (lease.state != State::declined) {
    if (const auto former = address_of(lease.client)) remove(*former);
    by_client_.emplace(lease.client, address);
  }
  queue(lease.state).emplace(lease.until, address);
  by_address_.insert_or_assign(address, std::move(lease));
  watch_(address);
}

void Leases::remove(Address address) {  // a copy: it may be of what goes
  const auto found = by_address_.find(address);
  if (found == by_address_.end()) return;
  const Lease& lease = found->second;
  queue(lease.state).erase({lease.until, address});
  if (lease.state != State::declined) by_client_.erase(lease.client);
  by_address_.erase(found);
  watch_(address);
}

void Leases::move(const Address& address, State state, Time until) {
  const auto found = by_address_.find(address);
  if (found == by_address_.end()) return;
  Lease& lease = found->second;
  queue(lease.state).erase({lease.until, address});
  if (state == State::declined && lease.state != state) by_client_.erase(lease.client);
  lease.state = state;
  lease.until = until;
  queue(state).emplace(until, address);
  watch_(address);
}

void Leases::advance(Time now) {
  for (const State state : {State::offered, State::declined}) {
    while (!queue(state).empty() && queue(state).begin()->first <= now) {
      remove(queue(state).begin()->second);
    }
  }
  Queue& bound = queue(State::bound);
  while (!bound.empty() && bound.begin()->first <= now) {
    const auto [until, address] = *bound.begin();
    move(address, State::lapsed, until);
  }
}

std::optional<Address> Leases::oldest(State state) const {
  if (queue(state).empty()) return std::nullopt;
  return queue(state).begin()->second;
}

}  // namespace viaduct::dhcp
