#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/net.h"
#include "services/guest/dhcp/settings.h"
#include "services/guest/dns/settings.h"

namespace viaduct::serving {

// An interface by which guests are served, with the addresses that they know the server by.
struct Interface {
  std::string name;  // in its network namespace
  std::vector<InterfaceAddress> addresses;
  bool has_dhcp = true;
  friend bool operator==(const Interface&, const Interface&) = default;
};

// What the guests of one network namespace are served, by the ids of resources.
struct Site {
  std::vector<Interface> interfaces;
  std::map<std::string, dhcp::Subnet> subnets;
  std::map<std::string, dhcp::Reservation> reservations;
  bool has_dns = true;
  dns::Settings dns;
  std::map<std::string, dns::Host> hosts;
  std::map<std::string, dns::Alias> aliases;
  std::map<std::string, dns::Wildcard> wildcards;
  std::map<std::string, dns::Forward> forwards;
};

}  // namespace viaduct::serving
