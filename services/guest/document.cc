#include "services/guest/document.h"

#include <algorithm>
#include <string>
#include <unordered_map>

namespace viaduct::guest {
namespace {

// What may be there once, and who has it.
class Claims {
 public:
  // Fault::conflict if another resource of this collection has it already.
  Result<void> claim(const std::string& what, const std::string& id, std::string_view attribute) {
    const auto [holder, is_first] = holders_.try_emplace(what, &id);
    if (is_first) return {};
    return fail(Fault::conflict, "/" + id + "/" + std::string{attribute},
                "is that of " + *holder->second + " already");
  }

 private:
  std::unordered_map<std::string, const std::string*> holders_;
};

Result<void> check_interface(const Router& router, const std::string& id,
                             const std::string& interface) {
  if (router.of<Interface>().contains(interface)) return {};
  return fail(Fault::invalid, "/" + id + "/interface",
              "there is no interface '" + interface + "' that serves guests");
}

Result<void> check_overlap(const api::Named<dhcp::Subnet>& all, const std::string& id,
                           const dhcp::Subnet& subnet) {
  for (const auto& [other, there] : all) {
    if (other == id) break;
    if (there.interface != subnet.interface || !there.subnet.overlaps(subnet.subnet)) continue;
    return fail(Fault::conflict, "/" + id + "/subnet",
                "overlaps " + to_string(there.subnet) + " of " + other);
  }
  return {};
}

Result<void> check_all(const Router& router, const api::Named<dhcp::Subnet>& all) {
  for (const auto& [id, subnet] : all) {
    TRY(check_interface(router, id, subnet.interface));
    if (!router.of<Interface>().at(subnet.interface).owns(subnet.server)) {
      return fail(
          Fault::invalid, "/" + id + "/server",
          to_string(subnet.server) + " is no address of interface '" + subnet.interface + "'");
    }
    TRY(check_overlap(all, id, subnet));
  }
  return {};
}

// Nobody could ever be given it. One that is in no subnet waits for its subnet.
Result<void> check_reserved(const Router& router, const std::string& id,
                            const dhcp::Reservation& reservation) {
  const auto refuse = [&](const std::string& why) {
    return fail(Fault::invalid, "/" + id + "/address", to_string(reservation.address) + " " + why);
  };
  const Interface& interface = router.of<Interface>().at(reservation.interface);
  if (interface.owns(reservation.address)) return refuse("is the router's own");
  for (const InterfaceAddress& own : interface.addresses) {
    if (!own.network.sets_aside(reservation.address)) continue;
    return refuse("is the first or the last one of " + to_string(own.network));
  }
  for (const auto& [name, subnet] : router.of<dhcp::Subnet>()) {
    if (subnet.interface != reservation.interface) continue;
    if (!subnet.subnet.contains(reservation.address) || subnet.takes(reservation.address)) continue;
    return refuse("is no guest's in " + to_string(subnet.subnet) + " of " + name);
  }
  return {};
}

Result<void> check_all(const Router& router, const api::Named<dhcp::Reservation>& all) {
  Claims addresses;
  Claims clients;
  for (const auto& [id, reservation] : all) {
    TRY(check_interface(router, id, reservation.interface));
    TRY(check_reserved(router, id, reservation));
    const std::string at = reservation.interface + " ";
    TRY(addresses.claim(at + to_string(reservation.address), id, "address"));
    const std::string client = (reservation.mac ? to_string(*reservation.mac) : "") + " " +
                               (reservation.client_id ? to_string(*reservation.client_id) : "");
    TRY(clients.claim(at + client, id, reservation.mac ? "mac" : "client_id"));
  }
  return {};
}

Result<void> check_all(const Router& /*router*/, const api::Named<dns::Settings>& all) {
  if (all.size() < 2) return {};
  return fail(Fault::conflict, "/" + std::next(all.begin())->first,
              "a router has one of them at most, and there is " + all.begin()->first);
}

// Settings of a network have the id of its interface.
template <class Settings>
Result<void> check_networks(const Router& router, const api::Named<Settings>& all) {
  for (const auto& [id, settings] : all) {
    if (router.of<Interface>().contains(id)) continue;
    return fail(Fault::invalid, "/" + id, "there is no such interface that serves guests");
  }
  return {};
}

template <class Settings, class Guest>
Result<void> check_guests(const Router& router, const api::Named<Guest>& all) {
  Claims addresses;
  for (const auto& [id, guest] : all) {
    TRY(check_interface(router, id, guest.interface));
    if (!router.of<Settings>().contains(guest.interface)) {
      return fail(
          Fault::invalid, "/" + id + "/interface",
          "there are no " + std::string{Settings::collection} + " '" + guest.interface + "'");
    }
    TRY(addresses.claim(guest.interface + " " + to_string(guest.address), id, "address"));
  }
  return {};
}

Result<void> check_all(const Router& router, const api::Named<metadata::Settings>& all) {
  return check_networks(router, all);
}
Result<void> check_all(const Router& router, const api::Named<metadata::Guest>& all) {
  return check_guests<metadata::Settings>(router, all);
}
Result<void> check_all(const Router& router, const api::Named<password::Settings>& all) {
  return check_networks(router, all);
}
Result<void> check_all(const Router& router, const api::Named<password::Password>& all) {
  return check_guests<password::Settings>(router, all);
}

// Which other collections the resources of a type refer to.
template <class R>
bool refers_to_same(const Router& router, const Router& before) {
  if (router.of<Interface>() != before.of<Interface>()) return false;
  if constexpr (std::is_same_v<R, dhcp::Reservation>) {
    return router.of<dhcp::Subnet>() == before.of<dhcp::Subnet>();
  }
  if constexpr (std::is_same_v<R, metadata::Guest>) {
    return router.of<metadata::Settings>() == before.of<metadata::Settings>();
  }
  if constexpr (std::is_same_v<R, password::Password>) {
    return router.of<password::Settings>() == before.of<password::Settings>();
  }
  return true;
}

}  // namespace

bool Interface::has(Service service) const {
  return std::ranges::find(services, service) != services.end();
}

bool Interface::owns(const Address& address) const {
  return std::ranges::find(addresses, address, &InterfaceAddress::address) != addresses.end();
}

Result<void> check(const Router& router, const Router& before) {
  Result<void> outcome;
  Services::for_each_type([&]<class R>() {
    if constexpr (requires { check_all(router, router.of<R>()); }) {
      if (!outcome) return;
      if (router.of<R>() == before.of<R>() && refers_to_same<R>(router, before)) return;
      if (auto fits = check_all(router, router.of<R>()); !fits) {
        outcome = fail_within("/" + std::string{R::collection}, fits.error());
      }
    }
  });
  return outcome;
}

}  // namespace viaduct::guest

VIADUCT_DEFINE_RESOURCE(viaduct::guest::Interface);
VIADUCT_DEFINE_DOCUMENT(viaduct::guest::Document);
