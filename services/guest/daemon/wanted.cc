#include "services/guest/daemon/wanted.h"

namespace viaduct::guestd {
namespace {

using broker::Kind;
using guest::Service;

// What is configured for the interfaces of a router.
struct Configured {
  explicit Configured(const guest::Router& whose) : router(whose) {
    for (const auto& [id, subnet] : router.of<dhcp::Subnet>()) with_dhcp.insert(subnet.interface);
  }
  const guest::Router& router;
  std::set<std::string> with_dhcp;

  [[nodiscard]] bool has(Service service, const std::string& id) const {
    switch (service) {
      case Service::dhcp:
        return with_dhcp.contains(id);
      case Service::dns:
        return !router.of<dns::Settings>().empty();
      case Service::metadata:
        return router.of<metadata::Settings>().contains(id);
      case Service::password:
        return router.of<password::Settings>().contains(id);
    }
    return false;
  }
};

}  // namespace

std::set<Listener> wanted_listeners(const guest::Router& router, bool has_certificate) {
  std::set<Listener> wanted;
  const Configured configured{router};
  const Address for_metadata = parse_address(metadata_address).value_or(Address{});
  for (const auto& [id, interface] : router.of<guest::Interface>()) {
    const auto serves = [&, &name = id, &what = interface](Service service) {
      return what.has(service) && configured.has(service, name);
    };
    if (serves(Service::dhcp)) wanted.insert({id, Kind::dhcp, Address::v4({})});
    const auto want_metadata = [&, &name = id](const Address& at) {
      wanted.insert({name, Kind::metadata, at});
      if (has_certificate) wanted.insert({name, Kind::metadata_tls, at});
    };
    if (serves(Service::metadata)) want_metadata(for_metadata);
    for (const InterfaceAddress& at : interface.addresses) {
      if (serves(Service::dns)) {
        wanted.insert({id, Kind::dns, at.address});
        wanted.insert({id, Kind::dns_stream, at.address});
      }
      if (serves(Service::metadata)) want_metadata(at.address);
      if (serves(Service::password)) wanted.insert({id, Kind::password, at.address});
    }
  }
  return wanted;
}

bool want_the_same(const guest::Router& a, const guest::Router& b) {
  const auto is_same = [&]<class R>() { return a.of<R>() == b.of<R>(); };
  return is_same.operator()<guest::Interface>() && is_same.operator()<dhcp::Subnet>() &&
         is_same.operator()<dns::Settings>() && is_same.operator()<metadata::Settings>() &&
         is_same.operator()<password::Settings>();
}

}  // namespace viaduct::guestd
