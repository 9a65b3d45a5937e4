#include <set>

#include "controlplane/selftest/check.h"

// What RFC 6888 asks of a NAT that many share, for each subscriber; and BCP 38.
namespace viaduct::selftest {
namespace {

constexpr unsigned limit = 4;

// How many of `count` new conversations of a guest pass, each from a port of its own.
Result<unsigned> opened(Trial& trial, Protocol protocol, unsigned guest, unsigned count) {
  unsigned passed = 0;
  for (unsigned i = 0; i < count; ++i) {
    if (TRY(trial.mapped(protocol, trial.guest(guest), trial.server(i % 4)))) ++passed;
  }
  return passed;
}

Result<Seen> stops_one_guest(Trial& trial, const Terms& terms, unsigned greedy) {
  TRY(trial.set(terms));
  const unsigned first = TRY(opened(trial, Protocol::udp, greedy, 2 * limit));
  const unsigned other = TRY(opened(trial, Protocol::udp, greedy + 1, limit));
  return Seen{"one guest gets " + std::to_string(first) + ", another " + std::to_string(other) +
                  " of " + std::to_string(limit),
              first == limit && other == limit};
}

Result<Seen> limits_ports(Trial& trial) {
  return stops_one_guest(trial, {.ports_per_guest = limit}, 12);
}

Result<Seen> limits_sessions(Trial& trial) {
  TRY(trial.set({.sessions_per_guest = limit}));
  const Endpoint guest = trial.guest(14);
  unsigned passed = 0;
  for (unsigned i = 0; i < 40 && passed < 40; ++i) {
    if (TRY(trial.mapped(Protocol::udp, guest, trial.server(i % 4)))) ++passed;
  }
  const unsigned other = TRY(opened(trial, Protocol::udp, 15, 2));
  return Seen{"one guest gets " + std::to_string(passed) + " of 40, another 2 of 2",
              passed <= limit && other == 2};
}

Result<Seen> keeps_ports_in_blocks(Trial& trial) {
  TRY(trial.set({.port_block = 64}));
  std::set<unsigned> blocks;
  for (unsigned i = 0; i < 8; ++i) {
    const auto shown = TRY(trial.mapped(Protocol::udp, trial.guest(16), trial.server()));
    if (!shown) return Seen{"a datagram was lost", false};
    blocks.insert(shown->port / 64U);
  }
  const std::size_t count = blocks.size();
  return Seen{"8 ports of a guest in " + std::to_string(count) + " block" + (count == 1 ? "" : "s"),
              count == 1};
}

Result<Seen> half_open_hurt_nobody(Trial& trial) {
  TRY(trial.set({.half_open_per_guest = limit}));
  const auto standing = TRY(trial.connect(trial.guest(17), trial.server()));
  const Tuple oldest{Protocol::tcp, trial.guest(17), trial.server()};
  TRY(trial.mapped(Protocol::tcp, oldest.source, oldest.destination));
  const unsigned passed = TRY(opened(trial, Protocol::tcp, 17, 4 * limit));
  const bool is_gone = !TRY(trial.lifetime(oldest));
  const bool is_alive = standing && TRY(trial.is_alive(*standing));
  return Seen{std::to_string(passed) + " of 16 SYNs pass, the oldest session " +
                  either(is_gone, "ended", "is still there") + ", an established one " +
                  either(is_alive, "lives", "is dead"),
              passed == 4 * limit && is_gone && is_alive};
}

Result<Seen> drops_what_guests_forge(Trial& trial) {
  TRY(trial.set({}));
  const bool passes = TRY(trial.outward(udp({plan::server(5), 4000}, trial.server(1)))).has_value();
  return Seen{either(passes, "passes", "does not pass"), !passes};
}

Result<Seen> drops_what_strangers_forge(Trial& trial) {
  TRY(trial.set({.forwards = true}));
  const Endpoint forwarded{plan::router_outside[0], 8080};
  const bool honest = TRY(trial.inward(udp(trial.server(), forwarded))).has_value();
  const bool forged = TRY(trial.inward(udp({plan::guest(2), 4000}, forwarded))).has_value();
  return Seen{std::string{"a server's passes to a port forward, "} +
                  either(forged, "a \"guest's\" too", "a \"guest's\" does not"),
              honest && !forged};
}

constexpr std::array checks{
    Check{"RFC 6888", "REQ-3", "a guest gets no more ports than its limit of 4", limits_ports},
    Check{"RFC 6888", "REQ-4", "a guest gets no more sessions than its limit of 4",
          limits_sessions},
    Check{"RFC 6888", "REQ-14", "a guest's ports can be kept in blocks", keeps_ports_in_blocks,
          Demand::should},
    Check{"RFC 4987", "3", "a flood of SYNs ends the flooder's oldest, nothing else",
          half_open_hurt_nobody},
    Check{"BCP 38", "", "a guest cannot send from an address that is not its network's",
          drops_what_guests_forge},
    Check{"BCP 84", "", "nobody outside can send from a guest's address",
          drops_what_strangers_forge},
};

}  // namespace

std::span<const Check> subscriber_checks() {
  return checks;
}

}  // namespace viaduct::selftest
