#include <algorithm>

#include "controlplane/selftest/check.h"

// RFC 4787: NAT behavioral requirements for unicast UDP.
namespace viaduct::selftest {
namespace {

using namespace std::chrono_literals;

constexpr auto udp_protocol = Protocol::udp;

// Two ports of one server, and another server.
std::array<Endpoint, 3> three_servers(Trial& trial) {
  const Endpoint first = trial.server(0);
  return {first, {first.address, trial.server(0).port}, {plan::server(1), first.port}};
}

Result<Seen> shows_one_endpoint(Trial& trial, const Endpoint& guest,
                                const std::array<Endpoint, 3>& servers) {
  std::array<std::optional<Endpoint>, 3> seen;
  for (std::size_t i = 0; i < seen.size(); ++i) {
    seen[i] = TRY(trial.mapped(udp_protocol, guest, servers[i]));
  }
  const bool is_one = seen[0] && seen[1] == seen[0] && seen[2] == seen[0];
  if (is_one) return Seen{words(seen[0]) + " for all", true};
  return Seen{words(seen[0]) + ", " + words(seen[1]) + ", " + words(seen[2]), false};
}

Result<Seen> maps_independently_of_the_peer(Trial& trial) {
  TRY(trial.set({}));
  return shows_one_endpoint(trial, trial.guest(), three_servers(trial));
}

// Another guest speaks to the second server from the same port.
Result<Seen> behaves_alike_after_a_collision(Trial& trial) {
  TRY(trial.set({}));
  const Endpoint guest = trial.guest(1);
  const auto servers = three_servers(trial);
  TRY(trial.mapped(udp_protocol, {plan::guest(2), guest.port}, servers[1]));
  return shows_one_endpoint(trial, guest, servers);
}

Result<Seen> pairs_addresses(Trial& trial) {
  TRY(trial.set({.public_addresses = 2}));
  std::size_t changed = 0;
  for (unsigned number = 0; number < 6; ++number) {
    std::optional<Address> first;
    for (unsigned server = 0; server < 4; ++server) {
      const auto shown = TRY(trial.mapped(udp_protocol, trial.guest(number), trial.server(server)));
      if (!shown) return Seen{"a datagram was lost", false};
      if (!first) first = shown->address;
      if (shown->address != *first) {
        ++changed;
        break;
      }
    }
  }
  if (changed == 0) return Seen{"each of 6 guests shows one of 2 addresses", true};
  return Seen{std::to_string(changed) + " of 6 guests show both addresses", false};
}

Result<Seen> overloads_no_port(Trial& trial) {
  return gives_no_port_twice(trial, udp_protocol);
}

Result<Seen> keeps_high_ports_high(Trial& trial) {
  TRY(trial.set({}));
  for (unsigned number = 0; number < 8; ++number) {
    const Endpoint guest{plan::guest(number), 1024};
    const auto shown = TRY(trial.mapped(udp_protocol, guest, trial.server()));
    if (!shown || shown->port < 1024) {
      return Seen{"port 1024 became " + words(shown), false};
    }
  }
  return Seen{"8 guests with port 1024 show ports from 1024 on", true};
}

Result<Seen> keeps_parity(Trial& trial) {
  TRY(trial.set({}));
  for (unsigned i = 0; i < 4; ++i) {
    const std::uint16_t port = trial.guest().port;
    for (unsigned number = 0; number < 3; ++number) {
      const auto shown =
          TRY(trial.mapped(udp_protocol, {plan::guest(number), port}, trial.server()));
      if (!shown || shown->port % 2 != port % 2) {
        return Seen{std::to_string(port) + " became " + words(shown), false};
      }
    }
  }
  return Seen{"12 mappings of even and odd ports, 8 of them taken", true};
}

Result<Seen> keeps_mappings_for_minutes(Trial& trial) {
  TRY(trial.set({}));
  const Tuple session{udp_protocol, trial.guest(), trial.server()};
  const auto shown = TRY(trial.mapped(udp_protocol, session.source, session.destination));
  if (!shown) return Seen{"a datagram was lost", false};
  const auto left = TRY(trial.lifetime(session));
  return Seen{words(left), left && *left >= 298s};
}

Result<Seen> ends_mappings_after_their_time(Trial& trial) {
  TRY(trial.set({.udp_timeout = 2}));
  const Tuple session{udp_protocol, trial.guest(), trial.server()};
  const auto shown = TRY(trial.mapped(udp_protocol, session.source, session.destination));
  if (!shown) return Seen{"a datagram was lost", false};
  const auto began = std::chrono::steady_clock::now();
  while (TRY(trial.lifetime(session)) && std::chrono::steady_clock::now() - began < 15s) {
    TRY(trial.wait(50ms));
  }
  const auto took = std::chrono::duration<double>(std::chrono::steady_clock::now() - began);
  const bool passes = TRY(trial.inward(udp(session.destination, *shown))).has_value();
  return Seen{"ended after " + words(took) + ", then " +
                  either(passes, "an answer still passes", "nothing passes"),
              !passes && took > 1.9s};
}

Result<Seen> outward_datagrams_refresh(Trial& trial) {
  TRY(trial.set({.udp_timeout = 2}));
  const Endpoint guest = trial.guest();
  const Endpoint server = trial.server();
  const auto shown = TRY(trial.mapped(udp_protocol, guest, server));
  for (unsigned i = 0; i < 4; ++i) {
    TRY(trial.wait(1s));
    if (TRY(trial.mapped(udp_protocol, guest, server)) != shown) {
      return Seen{"the mapping changed", false};
    }
  }
  const bool passes = shown && TRY(trial.inward(udp(server, *shown)));
  return Seen{
      "after 4 s with a timeout of 2 s an answer " + either(passes, "passes", "does not pass"),
      passes};
}

// Who gets in by a mapping: the endpoint that was spoken to, its address, anybody.
Result<Seen> filters(Trial& trial, const std::string& filtering, unsigned let_in) {
  TRY(trial.set({.filtering = filtering}));
  const Endpoint server = trial.server(0);
  const auto shown = TRY(trial.mapped(udp_protocol, trial.guest(), server));
  if (!shown) return Seen{"a datagram was lost", false};
  const std::array<std::pair<Endpoint, const char*>, 3> callers{
      {{server, "the endpoint"}, {trial.server(0), "its address"}, {trial.server(1), "strangers"}}};
  std::string heard;
  bool is_right = true;
  for (unsigned i = 0; i < callers.size(); ++i) {
    const bool passes = TRY(trial.inward(udp(callers[i].first, *shown))).has_value();
    if (passes) heard += (heard.empty() ? "" : ", ") + std::string{callers[i].second};
    is_right = is_right && passes == (i < let_in);
  }
  return Seen{"lets in " + (heard.empty() ? "nobody" : heard), is_right};
}

Result<Seen> filters_endpoint_independently(Trial& trial) {
  return filters(trial, "endpoint-independent", 3);
}
Result<Seen> filters_by_address(Trial& trial) {
  return filters(trial, "address-dependent", 2);
}
Result<Seen> filters_by_endpoint(Trial& trial) {
  return filters(trial, "address-and-port-dependent", 1);
}

Result<Seen> hairpins(Trial& trial, const std::string& filtering) {
  TRY(trial.set({.filtering = filtering}));
  const Endpoint first = trial.guest(0);
  const Endpoint second = trial.guest(1);
  const auto first_public = TRY(trial.mapped(udp_protocol, first, trial.server()));
  const auto second_public = TRY(trial.mapped(udp_protocol, second, trial.server()));
  if (!first_public || !second_public) return Seen{"a datagram was lost", false};
  // Each punches its hole, as peers behind one NAT do.
  TRY(trial.among_guests(udp(first, *second_public)));
  const auto there = TRY(trial.among_guests(udp(second, *first_public)));
  const auto back = TRY(trial.among_guests(udp(first, *second_public)));
  if (!there || !back) return Seen{"the guests do not hear each other", false};
  const bool is_right = there->source == *second_public && there->destination == first &&
                        back->source == *first_public && back->destination == second;
  return Seen{"guests hear each other, from " + to_string(there->source), is_right};
}
Result<Seen> hairpins_for_anybody(Trial& trial) {
  return hairpins(trial, "endpoint-independent");
}
Result<Seen> hairpins_through_holes(Trial& trial) {
  return hairpins(trial, "address-and-port-dependent");
}

Result<Seen> leaves_payload_alone(Trial& trial) {
  TRY(trial.set({}));
  constexpr std::ptrdiff_t marked = 4;  // bytes that the trial writes over
  const Endpoint guest = trial.guest();
  for (const std::uint16_t port : {std::uint16_t{5060}, std::uint16_t{69}}) {
    Packet packet = udp(guest, {plan::server(0), port});
    const std::string text = "????contact " + to_string(guest);
    packet.payload.assign(text.begin(), text.end());
    const auto came = TRY(trial.outward(packet));
    const bool is_same = came && came->payload.size() == packet.payload.size() &&
                         std::equal(packet.payload.begin() + marked, packet.payload.end(),
                                    came->payload.begin() + marked);
    if (!is_same) return Seen{"a payload to port " + std::to_string(port) + " changed", false};
  }
  return Seen{"addresses in payloads stay as they are", true};
}

Result<Seen> survives_icmp_errors(Trial& trial) {
  TRY(trial.set({}));
  const Endpoint guest = trial.guest();
  const Endpoint server = trial.server();
  const auto sent = TRY(trial.outward(udp(guest, server)));
  if (!sent) return Seen{"a datagram was lost", false};
  const auto error = TRY(trial.inward(
      icmp_error(icmp::unreachable, icmp::port_unreachable_code, plan::server(3), *sent)));
  const auto about = error ? quoted(*error) : std::nullopt;
  const bool is_told = about && about->source == guest && about->destination == server;
  const bool passes = TRY(trial.inward(udp(server, sent->source))).has_value();
  return Seen{std::string{is_told ? "the guest is told" : "the guest is not told"} +
                  ", then an answer " + either(passes, "passes", "does not pass"),
              is_told && passes};
}

constexpr std::array checks{
    Check{"RFC 4787", "REQ-1", "one public endpoint for all destinations",
          maps_independently_of_the_peer},
    Check{"RFC 4787", "REQ-2", "a guest keeps one of several public addresses", pairs_addresses,
          Demand::should},
    Check{"RFC 4787", "REQ-3", "no two guests share a public endpoint", overloads_no_port},
    Check{"RFC 4787", "REQ-3 b", "ports from 1024 on stay there", keeps_high_ports_high},
    Check{"RFC 4787", "REQ-4", "an even port becomes an even one, an odd one odd", keeps_parity,
          Demand::should},
    Check{"RFC 4787", "REQ-5", "a mapping lasts for 300 s", keeps_mappings_for_minutes},
    Check{"RFC 4787", "REQ-5 c", "the time can be set (2 s), and is kept",
          ends_mappings_after_their_time},
    Check{"RFC 4787", "REQ-6", "outward datagrams keep a mapping alive", outward_datagrams_refresh},
    Check{"RFC 4787", "REQ-8", "filtering can be endpoint-independent: lets in all",
          filters_endpoint_independently},
    Check{"RFC 4787", "REQ-8", "filtering can be address-dependent: not strangers",
          filters_by_address},
    Check{"RFC 4787", "REQ-8", "filtering can depend on both: the endpoint alone",
          filters_by_endpoint},
    Check{"RFC 4787", "REQ-9", "guests meet by public endpoints, and show theirs",
          hairpins_for_anybody},
    Check{"RFC 4787", "REQ-9", "the same under strict filtering, once both have spoken",
          hairpins_through_holes},
    Check{"RFC 4787", "REQ-10", "without helpers, payloads pass as they are", leaves_payload_alone},
    Check{"RFC 4787", "REQ-11", "another guest with the same port changes nothing",
          behaves_alike_after_a_collision},
    Check{"RFC 4787", "REQ-12", "an ICMP error is told, and ends no mapping", survives_icmp_errors},
};

}  // namespace

Result<Seen> gives_no_port_twice(Trial& trial, Protocol protocol) {
  TRY(trial.set({}));
  const std::uint16_t port = trial.guest().port;
  std::vector<Endpoint> shown;
  for (unsigned number = 0; number < 3; ++number) {
    const auto each =
        TRY(trial.mapped(protocol, {plan::guest(number), port}, trial.server(number)));
    if (!each) return Seen{"a packet was lost", false};
    shown.push_back(*each);
  }
  std::ranges::sort(shown);
  if (std::ranges::adjacent_find(shown) == shown.end()) {
    return Seen{"3 guests with one port show 3 endpoints", true};
  }
  return Seen{"2 guests show " + to_string(*std::ranges::adjacent_find(shown)), false};
}

std::span<const Check> udp_checks() {
  return checks;
}

}  // namespace viaduct::selftest
