#pragma once

#include "controlplane/cloudstack/site.h"
#include "controlplane/cloudstack/translate.h"

// The parts of a translation.
namespace viaduct::cloudstack {

// Ports, interfaces, routes, and what the networks are like.
void add_networks(const Site& site, const Entries& entries, Translation& out);
// NAT and the firewalls.
void add_rules(const Site& site, const Entries& entries, Translation& out);
// DHCP, DNS, metadata and passwords.
void add_services(const Site& site, const Entries& entries, Translation& out);

// What may leave a guest network.
struct EgressPolicy {
  bool allows = false;
  std::vector<Prefix> apart;  // destinations that are denied all the same
};
[[nodiscard]] EgressPolicy egress_policy(const Site& site, const Network& network,
                                         const Entries& entries);

[[nodiscard]] inline api::Json texts_of(const auto& values) {
  api::Json list = api::Json::array();
  for (const auto& value : values) list.push_back(to_string(value));
  return list;
}

}  // namespace viaduct::cloudstack
