#include "controlplane/document.h"

#include <optional>
#include <utility>

namespace viaduct {
namespace {

// The guest service that packets of a class are for, if they are for one.
std::optional<guest::Service> guest_service(punt::Service service) {
  switch (service) {
    case punt::Service::dhcp:
      return guest::Service::dhcp;
    case punt::Service::dns:
      return guest::Service::dns;
    case punt::Service::metadata:
      return guest::Service::metadata;
    case punt::Service::password:
      return guest::Service::password;
    default:
      return std::nullopt;
  }
}

guest::Interface guest_interface(const interface::Interface& interface) {
  guest::Interface served{.addresses = interface.addresses, .services = {}};
  for (const punt::Service service : interface.effective_services()) {
    if (const auto known = guest_service(service)) served.services.push_back(*known);
  }
  return served;
}

// Only interfaces that guests are served by.
api::Named<guest::Interface> guest_interfaces(const api::Named<interface::Interface>& all,
                                              const api::Named<interface::Interface>& all_before,
                                              api::Named<guest::Interface> served) {
  api::Named<interface::Interface>::compare(
      all_before, all,
      [&](const std::string& id, const interface::Interface*, const interface::Interface* now) {
        guest::Interface next = now == nullptr ? guest::Interface{} : guest_interface(*now);
        const auto known = served.find(id);
        if (next.services.empty()) {
          served.erase(id);
        } else if (known == served.end() || known->second != next) {
          served.insert_or_assign(id, std::move(next));
        }
        return true;
      });
  return served;
}

}  // namespace

api::Json write_document(const ApplianceDocument& document) {
  return api::write_document(document);
}

Documents derive(ApplianceDocument whole, const Documents& before) {
  Documents next{std::move(whole), before.packet_path, before.guests};
  next.packet_path.ports = next.whole.ports;
  const auto derive_router = [&](const std::string& id, const ApplianceRouter* was,
                                 const ApplianceRouter* now) {
    if (now == nullptr) {
      next.packet_path.routers.erase(id);
      next.guests.routers.erase(id);
      return true;
    }
    next.packet_path.routers.insert_or_assign(id, api::part_of<Router>(*now));
    guest::Router served;
    if (was != nullptr) served = before.guests.routers.at(id);
    using interface::Interface;
    static const api::Named<Interface> none;
    served.of<guest::Interface>() =
        guest_interfaces(now->of<Interface>(), was == nullptr ? none : was->of<Interface>(),
                         std::move(served.of<guest::Interface>()));
    guest::Services::for_each_type([&]<class R>() { served.of<R>() = now->of<R>(); });
    next.guests.routers.insert_or_assign(id, std::move(served));
    return true;
  };
  api::Named<ApplianceRouter>::compare(before.whole.routers, next.whole.routers, derive_router);
  return next;
}

Result<void> check(const guest::Document& guests, const guest::Document& before) {
  static const guest::Router none;
  Result<void> outcome;
  api::Named<guest::Router>::compare(
      before.routers, guests.routers,
      [&](const std::string& id, const guest::Router* was, const guest::Router* now) {
        if (now == nullptr) return true;
        const auto fits = guest::check(*now, was == nullptr ? none : *was);
        if (!fits) outcome = fail_within("/routers/" + id, fits.error());
        return fits.has_value();
      });
  return outcome;
}

}  // namespace viaduct

VIADUCT_DEFINE_DOCUMENT(viaduct::ApplianceDocument);
