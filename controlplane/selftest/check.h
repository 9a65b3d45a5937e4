#pragma once

#include <span>
#include <string_view>

#include "controlplane/selftest/trial.h"

namespace viaduct::selftest {

// How strongly a document asks for something (RFC 2119).
enum class Demand : unsigned char { must, should };

// One row of the table.
struct Check {
  std::string_view document;     // "RFC 4787"
  std::string_view requirement;  // "REQ-1"
  std::string_view expected;     // in words
  Result<Seen> (*run)(Trial& trial);
  Demand demand = Demand::must;
};

// RFC 4787 REQ-3 and RFC 5382 REQ-7: guests that speak from one port show different endpoints.
Result<Seen> gives_no_port_twice(Trial& trial, Protocol protocol);

std::span<const Check> udp_checks();         // RFC 4787
std::span<const Check> fragment_checks();    // RFC 4787 REQ-13 and 14
std::span<const Check> tcp_checks();         // RFC 5382, 5961, 7857
std::span<const Check> icmp_checks();        // RFC 5508
std::span<const Check> subscriber_checks();  // RFC 6888, BCP 38
// What coturn's natdiscovery says by RFC 5780; none if it is not installed.
std::span<const Check> discovery_checks();

}  // namespace viaduct::selftest
