#include "services/guest/dhcp/server.h"

#include <utility>

#include "services/guest/dhcp/exchange.h"

namespace viaduct::dhcp {
namespace {

bool has_ethernet_address(const Message& message) {
  return message.hardware_type == ethernet && message.hardware_size == sizeof(Mac) &&
         !message.mac().is_multicast() && message.mac() != Mac{};
}

}  // namespace

void Server::restore(const StoredLeases& stored) {
  for (const LeaseChange& change : stored.changes) make(change.network).restore(change);
}

Result<void> Server::set_subnet(std::string_view network, const std::string& id, Subnet subnet) {
  TRY(subnet.check());
  return make(network).set_subnet(id, std::move(subnet));
}

void Server::remove_subnet(std::string_view network, const std::string& id) {
  if (Network* found = find(network)) found->remove_subnet(id);
}

Result<void> Server::set_reservation(std::string_view network, const std::string& id,
                                     Reservation reservation) {
  TRY(reservation.check());
  return make(network).set_reservation(id, std::move(reservation));
}

void Server::remove_reservation(std::string_view network, const std::string& id) {
  if (Network* found = find(network)) found->remove_reservation(id);
}

void Server::remove_network(std::string_view network) {
  const auto found = networks_.find(network);
  if (found == networks_.end()) return;
  found->second.leases().each([&](const Address& address, const Lease& lease) {
    if (lease.state != State::offered) journal_.add(network, address, nullptr);
  });
  networks_.erase(found);
}

void Server::drop_unserved_leases() {
  for (auto& [name, network] : networks_) network.drop_unserved_leases();
}

std::optional<Reply> Server::handle(std::string_view network, ByteView datagram, Time now) {
  Network* found = find(network);
  if (found == nullptr) return std::nullopt;
  found->count(Event::received);
  const auto message = read_message(datagram);
  if (!message) {
    found->count(Event::malformed);
  } else if (message->operation != Operation::request || !message->kind) {
    found->count(Event::not_from_client);
  } else if (!has_ethernet_address(*message)) {
    found->count(Event::no_ethernet_client);
  } else {
    found->advance(now);
    return Exchange{*found, *message, now}.answer();
  }
  return std::nullopt;
}

std::optional<Batch> Server::next_batch() {
  return journal_.next_batch([this](std::string& record) {
    for (const auto& [name, network] : networks_) {
      network.leases().each([&record, &name = name](const Address& address, const Lease& lease) {
        if (lease.state != State::offered) append_change(record, name, address, &lease);
      });
    }
  });
}

void Server::stored(const Result<bool>& outcome) {
  journal_.stored(outcome.has_value(), outcome.value_or(false));
}

const Network* Server::find(std::string_view network) const {
  const auto found = networks_.find(network);
  return found == networks_.end() ? nullptr : &found->second;
}

Network* Server::find(std::string_view network) {
  return const_cast<Network*>(std::as_const(*this).find(network));
}

Network& Server::make(std::string_view network) {
  if (Network* found = find(network)) return *found;
  const std::string name{network};
  return networks_.try_emplace(name, name, journal_).first->second;
}

}  // namespace viaduct::dhcp
