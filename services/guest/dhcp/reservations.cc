#include "services/guest/dhcp/reservations.h"

#include <utility>

namespace viaduct::dhcp {

Client client_of(const Reservation& reservation) {
  Client client;
  if (reservation.mac) client.mac = *reservation.mac;
  if (reservation.client_id) client.id = text_of(reservation.client_id->bytes);
  return client;
}

bool is_for(const Reservation& reservation, const Client& client) {
  return (!reservation.mac || *reservation.mac == client.mac) &&
         (!reservation.client_id || text_of(reservation.client_id->bytes) == client.id);
}

Result<void> Reservations::set(const std::string& id, Reservation reservation) {
  const Reservation* own = find(id);
  if (const Reservation* other = at(reservation.address); other != nullptr && other != own) {
    return fail(Fault::conflict, "/address",
                to_string(reservation.address) + " is reserved for another guest");
  }
  const auto other = by_client_.find(client_of(reservation));
  if (other != by_client_.end() && other->second != own) {
    return fail(Fault::conflict, reservation.mac ? "/mac" : "/client_id",
                "the guest has " + to_string(other->second->address) + " reserved already");
  }
  remove(id);
  const Reservation& placed = by_id_.insert_or_assign(id, std::move(reservation)).first->second;
  by_client_.emplace(client_of(placed), &placed);
  by_address_.emplace(placed.address, &placed);
  return {};
}

void Reservations::remove(const std::string& id) {
  const auto found = by_id_.find(id);
  if (found == by_id_.end()) return;
  by_client_.erase(client_of(found->second));
  by_address_.erase(found->second.address);
  by_id_.erase(found);
}

const Reservation* Reservations::find(const std::string& id) const {
  const auto found = by_id_.find(id);
  return found == by_id_.end() ? nullptr : &found->second;
}

const Reservation* Reservations::of(const Client& client) const {
  for (const Client& known : {client, Client{Mac{}, client.id}, Client{client.mac, ""}}) {
    if (const auto found = by_client_.find(known); found != by_client_.end()) return found->second;
  }
  return nullptr;
}

const Reservation* Reservations::at(const Address& address) const {
  const auto found = by_address_.find(address);
  return found == by_address_.end() ? nullptr : found->second;
}

}  // namespace viaduct::dhcp
