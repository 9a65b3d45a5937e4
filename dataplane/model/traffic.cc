#include "dataplane/model/traffic.h"

#include <algorithm>

namespace viaduct {

Result<void> Traffic::check() const {
  const bool has_ports = protocol == Protocol::tcp || protocol == Protocol::udp;
  if (ports && !has_ports) {
    return fail(Fault::invalid, "/ports", "only tcp and udp have ports");
  }
  if (icmp_type && protocol != Protocol::icmp) {
    return fail(Fault::invalid, "/icmp_type", "only icmp has types");
  }
  if (icmp_code && !icmp_type) {
    return fail(Fault::invalid, "/icmp_code", "a code means nothing without icmp_type");
  }
  return {};
}

Result<void> check_sources(std::span<const Prefix> sources, const Address& peer) {
  const auto stray = std::ranges::find(sources, !peer.is_v4(), &Prefix::is_v4);
  if (stray == sources.end()) return {};
  return fail(Fault::invalid, "/sources/" + std::to_string(stray - sources.begin()),
              to_string(*stray) + " is of another address family than " + to_string(peer));
}

bool is_listed(std::span<const Prefix> prefixes, const Address& address) {
  return prefixes.empty() ||
         std::ranges::any_of(prefixes, [&](const Prefix& p) { return p.contains(address); });
}

}  // namespace viaduct
