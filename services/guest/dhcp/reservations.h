#pragma once

#include <string>
#include <unordered_map>

#include "services/guest/dhcp/client.h"
#include "services/guest/dhcp/settings.h"

namespace viaduct::dhcp {

// The reservations of one network, found by id, by client and by address, all in constant time.
class Reservations {
 public:
  // Fault::conflict if another one has the address or the client.
  Result<void> set(const std::string& id, Reservation reservation);
  void remove(const std::string& id);

  // All of these give nullptr if there is none; valid until the next change.
  [[nodiscard]] const Reservation* find(const std::string& id) const;
  // The one that says most of the client: identifier and Ethernet address, or one of them.
  [[nodiscard]] const Reservation* of(const Client& client) const;
  [[nodiscard]] const Reservation* at(const Address& address) const;

 private:
  std::unordered_map<std::string, Reservation> by_id_;
  std::unordered_map<Client, const Reservation*, SeededHash> by_client_;
  std::unordered_map<Address, const Reservation*, SeededHash> by_address_;
};

// The client that it is for; what it does not say of it is left open.
[[nodiscard]] Client client_of(const Reservation& reservation);
[[nodiscard]] bool is_for(const Reservation& reservation, const Client& client);

}  // namespace viaduct::dhcp
