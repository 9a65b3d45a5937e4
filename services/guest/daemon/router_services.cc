#include "services/guest/daemon/router_services.h"

#include "services/guest/daemon/wanted.h"

namespace viaduct::guestd {
namespace {

using broker::Kind;

// Whether what is under one id is about something else than before, so that the one is removed
// before the other is added.
template <class R>
bool is_another(const R& /*before*/, const R& /*after*/) {
  return false;
}
bool is_another(const dhcp::Subnet& before, const dhcp::Subnet& after) {
  return before.interface != after.interface || before.subnet != after.subnet;
}
bool is_another(const dhcp::Reservation& before, const dhcp::Reservation& after) {
  return before.interface != after.interface || before.address != after.address ||
         before.mac != after.mac || before.client_id != after.client_id;
}
bool is_another(const metadata::Guest& before, const metadata::Guest& after) {
  return before.interface != after.interface || before.address != after.address;
}
bool is_another(const password::Password& before, const password::Password& after) {
  return before.interface != after.interface || before.address != after.address;
}

}  // namespace

RouterServices::RouterServices(Shared& shared, std::string id)
    : shared_(shared),
      id_(std::move(id)),
      dns_(shared.loop,
           [this](const Address& resolver, dns::Transport transport) {
             return listeners_.take_question(resolver, transport == dns::Transport::udp);
           }),
      listeners_(shared.loop, shared.sockets, id_, shared.namespace_path + id_, *this) {}

Result<void> RouterServices::change(const guest::Router& before, const guest::Router& after) {
  guest::Router::for_each_type([&]<class R>() { remove_all<R>(before, after); });
  Result<void> outcome;
  guest::Router::for_each_type([&]<class R>() {
    if (outcome) outcome = set_all<R>(before, after);
  });
  if (outcome && !want_the_same(before, after)) listen(after);
  return outcome;
}

template <class R>
void RouterServices::remove_all(const guest::Router& before, const guest::Router& after) {
  api::Named<R>::compare(before.of<R>(), after.of<R>(),
                         [&](const std::string& id, const R* was, const R* is) {
                           if (was != nullptr && (is == nullptr || is_another(*was, *is))) {
                             remove(id, *was);
                           }
                           return true;
                         });
}

template <class R>
Result<void> RouterServices::set_all(const guest::Router& before, const guest::Router& after) {
  Result<void> outcome;
  api::Named<R>::compare(
      before.of<R>(), after.of<R>(), [&](const std::string& id, const R* /*was*/, const R* is) {
        if (is == nullptr) return true;
        if constexpr (requires { is->interface; }) {
          if (!after.of<guest::Interface>().contains(is->interface)) {
            outcome = fail(Fault::invalid, "/interface",
                           "there is no interface '" + is->interface + "' that serves guests");
          }
        }
        if (outcome) outcome = set(id, *is);
        if (!outcome) {
          const std::string place = "/" + std::string{R::collection} + "/" + id;
          outcome = fail_within(place, outcome.error());
        }
        return outcome.has_value();
      });
  return outcome;
}

void RouterServices::listen(const guest::Router& router) {
  const auto before = std::exchange(wanted_, wanted_listeners(router, shared_.tls != nullptr));
  for (const Listener& listener : before) {
    if (!wanted_.contains(listener)) listeners_.remove(listener);
  }
  for (const Listener& listener : wanted_) listeners_.add(listener);
}

void RouterServices::opened(const Listener& listener, Descriptor socket) {
  const std::string at = network(listener.interface);
  switch (listener.kind) {
    case Kind::dhcp:
      return shared_.dhcp.listen(at, std::move(socket));
    case Kind::dns:
    case Kind::dns_stream:
      open_[listener] =
          dns_.open_door(listener.interface,
                         listener.kind == Kind::dns ? dns::Transport::udp : dns::Transport::tcp,
                         std::move(socket));
      return;
    default:
      serving::WebListener::User* user = &shared_.metadata;
      if (listener.kind == Kind::password) user = &shared_.passwords;
      open_[listener] = std::make_unique<serving::WebListener>(
          shared_.loop, std::move(socket), at, *user,
          listener.kind == Kind::metadata_tls ? shared_.tls : nullptr);
      return;
  }
}

void RouterServices::closed(const Listener& listener) {
  if (listener.kind == Kind::dhcp) {
    return shared_.dhcp.stop_listening(network(listener.interface));
  }
  const auto place = open_.find(listener);
  if (const auto* door = std::get_if<serving::DnsService::Door>(&place->second)) {
    dns_.close_door(*door);
  }
  open_.erase(place);
}

Result<void> RouterServices::set(const std::string& id, const guest::Interface& interface) {
  return dns_.set_network(id, interface.addresses);
}
Result<void> RouterServices::set(const std::string& id, const dhcp::Subnet& subnet) {
  return shared_.dhcp.server().set_subnet(network(subnet.interface), id, subnet);
}
Result<void> RouterServices::set(const std::string& id, const dhcp::Reservation& reservation) {
  return shared_.dhcp.server().set_reservation(network(reservation.interface), id, reservation);
}
Result<void> RouterServices::set(const std::string& /*id*/, const dns::Settings& settings) {
  dns_.server().configure(settings);
  return {};
}
template <class Name>
Result<void> RouterServices::set(const std::string& id, const Name& name) {
  dns_.server().set(id, name);
  return {};
}
Result<void> RouterServices::set(const std::string& id, const metadata::Settings& settings) {
  shared_.metadata.server().set_network(network(id), settings);
  return {};
}
Result<void> RouterServices::set(const std::string& id, const metadata::Guest& guest) {
  return shared_.metadata.server().set_guest(network(guest.interface), id, guest);
}
Result<void> RouterServices::set(const std::string& id, const password::Settings& settings) {
  shared_.passwords.server().set_network(network(id), settings);
  return {};
}
Result<void> RouterServices::set(const std::string& id, const password::Password& password) {
  return shared_.passwords.server().set_password(network(password.interface), id, password);
}

void RouterServices::remove(const std::string& id, const guest::Interface& /*interface*/) {
  dns_.remove_network(id);
  shared_.dhcp.server().remove_network(network(id));
}
void RouterServices::remove(const std::string& id, const dhcp::Subnet& subnet) {
  shared_.dhcp.server().remove_subnet(network(subnet.interface), id);
}
void RouterServices::remove(const std::string& id, const dhcp::Reservation& reservation) {
  shared_.dhcp.server().remove_reservation(network(reservation.interface), id);
}
void RouterServices::remove(const std::string& /*id*/, const dns::Settings& /*settings*/) {
  dns_.server().configure({});
}
void RouterServices::remove(const std::string& id, const dns::Host& /*host*/) {
  dns_.server().remove_host(id);
}
void RouterServices::remove(const std::string& id, const dns::Alias& /*alias*/) {
  dns_.server().remove_alias(id);
}
void RouterServices::remove(const std::string& id, const dns::Wildcard& /*wildcard*/) {
  dns_.server().remove_wildcard(id);
}
void RouterServices::remove(const std::string& id, const dns::Forward& /*forward*/) {
  dns_.server().remove_forward(id);
}
void RouterServices::remove(const std::string& id, const metadata::Settings& /*settings*/) {
  shared_.metadata.server().remove_network(network(id));
}
void RouterServices::remove(const std::string& id, const metadata::Guest& guest) {
  shared_.metadata.server().remove_guest(network(guest.interface), id);
}
void RouterServices::remove(const std::string& id, const password::Settings& /*settings*/) {
  shared_.passwords.server().remove_network(network(id));
}
void RouterServices::remove(const std::string& id, const password::Password& password) {
  shared_.passwords.server().remove_password(network(password.interface), id);
}

}  // namespace viaduct::guestd
