#include "services/guest/dhcp/network.h"

#include <algorithm>
#include <vector>

namespace viaduct::dhcp {

Network::Network(std::string name, Journal& journal)
    : name_(std::move(name)),
      journal_(journal),
      leases_([this](const Address& address) { classify(address); }) {}

Result<void> Network::set_subnet(const std::string& id, Subnet subnet) {
  for (const auto& [other_id, other] : subnets_) {
    if (other_id == id || !other->settings().subnet.overlaps(subnet.subnet)) continue;
    return fail(Fault::conflict, "/subnet",
                to_string(subnet.subnet) + " overlaps " + to_string(other->settings().subnet));
  }
  auto served = std::make_unique<ServedSubnet>(std::move(subnet));
  const Subnet& settings = served->settings();
  if (const auto former = subnets_.find(id); former != subnets_.end()) {
    std::swap(former->second, served);
    if (served->settings().subnet != settings.subnet) drop_leases_outside(served->settings());
  } else {
    subnets_.emplace(id, std::move(served));
  }
  for (const AddressRange& range : settings.ranges) {
    for (std::uint32_t i = 0; i < range.size(); ++i) {
      classify(Address::v4(Be32::of(range.first.as_v4().host() + i)));
    }
  }
  return {};
}

void Network::remove_subnet(const std::string& id) {
  const auto found = subnets_.find(id);
  if (found == subnets_.end()) return;
  const std::unique_ptr<ServedSubnet> former = std::move(found->second);
  subnets_.erase(found);
  drop_leases_outside(former->settings());
}

Result<void> Network::set_reservation(const std::string& id, Reservation reservation) {
  const Reservation* former = reservations_.find(id);
  const std::optional<Address> left = former != nullptr && former->address != reservation.address
                                          ? std::optional{former->address}
                                          : std::nullopt;
  const Address address = reservation.address;
  TRY(reservations_.set(id, std::move(reservation)));
  if (left) drop(*left);
  const Lease* lease = leases_.find(address);
  if (lease != nullptr && !is_for(*reservations_.at(address), lease->client)) drop(address);
  classify(address);
  return {};
}

void Network::remove_reservation(const std::string& id) {
  const Reservation* reservation = reservations_.find(id);
  if (reservation == nullptr) return;
  const Address address = reservation->address;
  reservations_.remove(id);
  drop(address);
}

void Network::restore(const LeaseChange& change) {
  if (change.lease) {
    leases_.put(change.address, *change.lease);
  } else {
    leases_.remove(change.address);
  }
}

void Network::drop_unserved_leases() {
  std::vector<Address> unserved;
  leases_.each([&](const Address& address, const Lease&) {
    if (subnet_of(address) == nullptr) unserved.push_back(address);
  });
  for (const Address& address : unserved) drop(address);
}

// Those of a former subnet that are in none now.
void Network::drop_leases_outside(const Subnet& subnet) {
  std::vector<Address> outside;
  leases_.each([&](const Address& address, const Lease&) {
    if (subnet.subnet.contains(address) && subnet_of(address) == nullptr) {
      outside.push_back(address);
    }
  });
  for (const Address& address : outside) drop(address);
}

ServedSubnet* Network::subnet_of(const Address& address) {
  for (const auto& [id, subnet] : subnets_) {
    if (subnet->settings().subnet.contains(address)) return subnet.get();
  }
  return nullptr;
}

void Network::offer(const Address& address, const Client& client, Time until) {
  bound(State::offered, address);
  leases_.put(address, {.client = client, .state = State::offered, .until = until});
}

void Network::withdraw_offer(const Client& client) {
  const auto address = leases_.address_of(client);
  if (address && leases_.find(*address)->state == State::offered) leases_.remove(*address);
}

std::uint64_t Network::bind(const Address& address, Lease lease) {
  const Lease* had = leases_.find(address);
  const bool is_the_same = had != nullptr && had->client == lease.client &&
                           had->state == State::bound && had->until == lease.until &&
                           had->host_name == lease.host_name;
  if (is_the_same) return had->commit;
  lease.state = State::bound;
  lease.commit = journal_.next_commit();
  leases_.put(address, std::move(lease));
  journal_.add(name_, address, leases_.find(address));
  return journal_.next_commit();
}

void Network::release(const Address& address, Time now) {
  leases_.move(address, State::lapsed, now);
  journal_.add(name_, address, leases_.find(address));
}

void Network::set_aside(const Address& address, Time until) {
  bound(State::declined, address);
  leases_.move(address, State::declined, until);
  journal_.add(name_, address, leases_.find(address));
}

void Network::drop(const Address& address) {
  if (const Lease* lease = leases_.find(address)) {
    if (lease->state != State::offered) journal_.add(name_, address, nullptr);
    leases_.remove(address);
  }
  classify(address);
}

void Network::classify(const Address& address) {
  ServedSubnet* subnet = subnet_of(address);
  if (subnet == nullptr) return;
  const bool is_kept = reservations_.at(address) != nullptr || !subnet->settings().takes(address);
  const Lease* lease = leases_.find(address);
  subnet->kept.set(address, is_kept);
  subnet->unused.set(address, !is_kept && lease == nullptr);
  subnet->lapsed.set(address, !is_kept && lease != nullptr && lease->state == State::lapsed);
}

void Network::bound(State state, const Address& address) {
  constexpr std::size_t always = 16;
  constexpr std::size_t share = 4;
  ServedSubnet* subnet = subnet_of(address);
  const std::size_t most =
      std::max(always, subnet == nullptr ? 0 : subnet->unused.capacity() / share);
  if (leases_.count(state) >= most) drop(*leases_.oldest(state));
}

}  // namespace viaduct::dhcp
