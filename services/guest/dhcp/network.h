#pragma once

#include <map>
#include <memory>
#include <string>
#include <utility>

#include "services/guest/dhcp/counters.h"
#include "services/guest/dhcp/journal.h"
#include "services/guest/dhcp/leases.h"
#include "services/guest/dhcp/reservations.h"
#include "services/guest/dhcp/served_subnet.h"

namespace viaduct::dhcp {

// What is known of one guest network: its subnets, its reservations, and who has which address.
class Network {
 public:
  // `journal` outlives it, and gets whatever must be stored.
  Network(std::string name, Journal& journal);

  // Fault::conflict if the subnet overlaps another one. What is there under this id is replaced;
  // leases end whose addresses are not in the subnet any more.
  Result<void> set_subnet(const std::string& id, Subnet subnet);
  void remove_subnet(const std::string& id);
  // Fault::conflict if another one has the address or the client. Whoever else has a lease on the
  // address loses it.
  Result<void> set_reservation(const std::string& id, Reservation reservation);
  // Its lease ends at once.
  void remove_reservation(const std::string& id);
  // A lease as it was stored.
  void restore(const LeaseChange& change);
  // Ends leases that are in no subnet.
  void drop_unserved_leases();

  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] const Reservations& reservations() const { return reservations_; }
  [[nodiscard]] const Leases& leases() const { return leases_; }
  [[nodiscard]] const Counters& counters() const { return counters_; }
  // The subnet that `address` is in, or nullptr.
  [[nodiscard]] ServedSubnet* subnet_of(const Address& address);
  // Calls visit(subnet) for each, by id, until it returns true. Returns whether it did.
  template <class Visit>
  bool any_subnet(Visit visit) {
    for (const auto& [id, subnet] : subnets_) {
      if (visit(*subnet)) return true;
    }
    return false;
  }

  void count(Event event) { counters_.add(event); }
  void advance(Time now) { leases_.advance(now); }
  // Keeps an address for a client that is expected to ask for it; a few of a subnet at a time.
  void offer(const Address& address, const Client& client, Time until);
  void withdraw_offer(const Client& client);
  // The client has the address from now on, whoever had it. Returns the commit that stores it.
  std::uint64_t bind(const Address& address, Lease lease);
  // The client has given it back.
  void release(const Address& address, Time now);
  // Nobody gets the address for a while; so for a few of a subnet at a time.
  void set_aside(const Address& address, Time until);

 private:
  void drop(const Address& address);
  void drop_leases_outside(const Subnet& subnet);
  void classify(const Address& address);
  // Makes room for one more in this state, of a subnet's range, by ending the oldest.
  void bound(State state, const Address& address);

  std::string name_;
  Journal& journal_;
  std::map<std::string, std::unique_ptr<ServedSubnet>> subnets_;
  Reservations reservations_;
  Leases leases_;
  Counters counters_;
};

}  // namespace viaduct::dhcp
