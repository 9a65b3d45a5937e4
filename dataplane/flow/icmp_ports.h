#pragma once

#include <rte_icmp.h>

#include "base/net.h"

namespace viaduct::flow {

// ICMP in terms of ports. Who asks has the query's identifier for its port, who answers the type of
// the question: so a session lets pass the answers to its question and nothing else. What is no
// query goes from port 0 to its type and code.
struct IcmpPorts {
  Be16 source;
  Be16 destination;
  bool is_query = false;   // echo or timestamp, question or answer (RFC 792)
  bool is_answer = false;  // it is the answer
};

inline IcmpPorts icmp_ports(const rte_icmp_hdr& icmp) noexcept {
  const Be16 identifier = Be16::raw(icmp.icmp_ident);
  switch (icmp.icmp_type) {
    case 8:   // echo
    case 13:  // timestamp
      return {identifier, Be16::of(icmp.icmp_type), true, false};
    case 0:  // echo reply
      return {Be16::of(8), identifier, true, true};
    case 14:  // timestamp reply
      return {Be16::of(13), identifier, true, true};
    default:
      return {{}, Be16::of(static_cast<std::uint16_t>(icmp.icmp_type << 8 | icmp.icmp_code))};
  }
}

}  // namespace viaduct::flow
