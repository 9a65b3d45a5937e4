#include "controlplane/selftest/check.h"

// RFC 5508: NAT behavioral requirements for ICMP.
namespace viaduct::selftest {
namespace {

using namespace std::chrono_literals;

Result<Seen> passes_queries(Trial& trial) {
  TRY(trial.set({}));
  const Packet question = ping(trial.guest(), plan::server(0));
  const auto asked = TRY(trial.outward(question));
  const auto answer = asked ? TRY(trial.inward(pong(*asked))) : std::nullopt;
  const bool is_right = answer && answer->destination == question.source && answer->is_sound;
  return Seen{either(is_right, "the answer arrives", "no answer arrives"), is_right};
}

Result<Seen> maps_identifiers_independently(Trial& trial) {
  TRY(trial.set({}));
  const Endpoint guest = trial.guest(1);
  TRY(trial.mapped(Protocol::icmp, {plan::guest(2), guest.port}, trial.server(0)));
  const auto first = TRY(trial.mapped(Protocol::icmp, guest, trial.server(0)));
  const auto second = TRY(trial.mapped(Protocol::icmp, guest, trial.server(1)));
  const bool is_one = first && first == second;
  return Seen{"identifier " + (first ? std::to_string(first->port) : "none") + ", " +
                  (second ? std::to_string(second->port) : "none"),
              is_one};
}

Result<Seen> parts_guests_with_one_identifier(Trial& trial) {
  TRY(trial.set({}));
  const Endpoint first{plan::guest(3), trial.guest().port};
  const Endpoint second{plan::guest(4), first.port};
  const auto first_asked = TRY(trial.outward(ping(first, plan::server(0))));
  const auto second_asked = TRY(trial.outward(ping(second, plan::server(0))));
  if (!first_asked || !second_asked) return Seen{"a ping was lost", false};
  const auto first_answer = TRY(trial.inward(pong(*first_asked)));
  const auto second_answer = TRY(trial.inward(pong(*second_asked)));
  const bool is_right = first_answer && first_answer->destination == first && second_answer &&
                        second_answer->destination == second;
  return Seen{either(is_right, "each gets its own answer", "answers go astray"), is_right};
}

Result<Seen> keeps_queries_for_a_minute(Trial& trial) {
  TRY(trial.set({}));
  const Endpoint guest = trial.guest();
  const Packet question = ping(guest, plan::server(0));
  if (!TRY(trial.outward(question))) return Seen{"a ping was lost", false};
  const auto left = TRY(trial.lifetime({Protocol::icmp, guest, question.destination}));
  return Seen{words(left), left && *left >= 58s};
}

Result<std::optional<Packet>> open_udp(Trial& trial) {
  TRY(trial.set({}));
  return trial.outward(udp(trial.guest(), trial.server()));
}

Result<Seen> drops_errors_with_wrong_checksums(Trial& trial) {
  const auto sent = TRY(open_udp(trial));
  if (!sent) return Seen{"a datagram was lost", false};
  Bytes error = write(icmp_error(icmp::unreachable, 1, plan::server(3), *sent));
  error[23] ^= 0x55;
  trial.guests().forget();
  TRY(trial.send(trial.internet(), {error}));
  TRY(trial.settle(trial.internet()));
  const bool passes =
      trial.guests().heard([](const Packet& p) { return p.is_icmp_error(); }).has_value();
  return Seen{either(passes, "passes", "does not pass"), !passes};
}

Result<Seen> drops_errors_about_broken_headers(Trial& trial) {
  const auto sent = TRY(open_udp(trial));
  if (!sent) return Seen{"a datagram was lost", false};
  Packet error = icmp_error(icmp::unreachable, 1, plan::server(3), *sent);
  error.payload[10] ^= 0x55;
  const bool passes = TRY(trial.inward(error)).has_value();
  return Seen{either(passes, "passes", "does not pass"), !passes};
}

// RFC 5508 3.c: the quoted packet may be cut short, so its own checksum proves nothing.
Result<Seen> passes_errors_with_short_quotes(Trial& trial) {
  const auto sent = TRY(open_udp(trial));
  if (!sent) return Seen{"a datagram was lost", false};
  Packet error = icmp_error(icmp::unreachable, 1, plan::server(3), *sent);
  error.payload.resize(28);
  const auto told = TRY(trial.inward(error));
  return Seen{either(told.has_value(), "passes", "does not pass"), told && told->is_sound};
}

Result<Seen> translates_errors_from_outside(Trial& trial) {
  TRY(trial.set({}));
  const Packet packet = udp(trial.guest(), trial.server());
  const auto sent = TRY(trial.outward(packet));
  if (!sent) return Seen{"a datagram was lost", false};
  const auto told = TRY(trial.inward(icmp_error(icmp::time_exceeded, 0, plan::server(3), *sent)));
  const auto about = told ? quoted(*told) : std::nullopt;
  const bool is_right =
      about && told->source.address == plan::server(3) &&
      told->destination.address == packet.source.address && about->source == packet.source &&
      about->destination == packet.destination && told->is_sound && about->is_sound;
  return Seen{either(is_right, "addresses, ports and checksums are the guest's",
                     "what is quoted is not what the guest sent"),
              is_right};
}

Result<Seen> translates_errors_from_inside(Trial& trial) {
  TRY(trial.set({}));
  const Endpoint guest = trial.guest();
  const Endpoint server = trial.server();
  const auto sent = TRY(trial.outward(udp(guest, server)));
  const auto came = sent ? TRY(trial.inward(udp(server, sent->source))) : std::nullopt;
  if (!came) return Seen{"a datagram was lost", false};
  const auto told = TRY(trial.outward(
      icmp_error(icmp::unreachable, icmp::port_unreachable_code, guest.address, *came)));
  const auto about = told ? quoted(*told) : std::nullopt;
  const bool is_right = about && told->source.address == sent->source.address &&
                        about->source == server && about->destination == sent->source &&
                        told->is_sound && about->is_sound;
  return Seen{either(is_right, "the server hears of the public endpoint",
                     "the server does not hear of its packet"),
              is_right};
}

Result<Seen> keeps_timers_through_errors(Trial& trial) {
  TRY(trial.set({}));
  const Packet packet = udp(trial.guest(), trial.server());
  const auto sent = TRY(trial.outward(packet));
  if (!sent) return Seen{"a datagram was lost", false};
  const Tuple session{Protocol::udp, packet.source, packet.destination};
  TRY(trial.wait(2100ms));
  const auto before = TRY(trial.lifetime(session));
  TRY(trial.inward(icmp_error(icmp::unreachable, 1, plan::server(3), *sent)));
  const auto after = TRY(trial.lifetime(session));
  const bool is_right = before && after && *after <= *before && *before - *after <= 1s;
  return Seen{std::to_string(before ? before->count() : 0) + " s left before, " +
                  std::to_string(after ? after->count() : 0) + " s after",
              is_right};
}

Result<Seen> hairpins_errors(Trial& trial) {
  TRY(trial.set({.filtering = "endpoint-independent"}));
  const Endpoint first = trial.guest(0);
  const auto shown = TRY(trial.mapped(Protocol::udp, first, trial.server()));
  if (!shown) return Seen{"a datagram was lost", false};
  const Packet packet = udp(trial.guest(1), *shown);
  const auto came = TRY(trial.among_guests(packet));
  if (!came) return Seen{"guests do not hear each other", false};
  const auto told = TRY(trial.among_guests(
      icmp_error(icmp::unreachable, icmp::port_unreachable_code, first.address, *came)));
  const auto about = told ? quoted(*told) : std::nullopt;
  const bool is_right = about && told->destination.address == packet.source.address &&
                        told->source.address == shown->address && about->source == packet.source &&
                        about->destination == *shown && told->is_sound && about->is_sound;
  return Seen{either(is_right, "the sender is told, about its own packet",
                     "the sender is not told of its packet"),
              is_right};
}

Result<Seen> tells_when_it_is_full(Trial& trial) {
  TRY(trial.set({.ports_per_guest = 1}));
  constexpr unsigned number = 8;
  TRY(trial.mapped(Protocol::udp, trial.guest(number), trial.server()));
  const Packet refused = udp(trial.guest(number), trial.server());
  const auto told = TRY(trial.answer_to_guest(refused, [&](const Packet& p) {
    const auto about = p.is_icmp_error() ? quoted(p) : std::nullopt;
    return about && about->source == refused.source;
  }));
  if (!told) return Seen{"the guest is not told", false};
  return Seen{"the guest is told: type 3, code " + std::to_string(told->code),
              told->type == icmp::unreachable && told->code == icmp::prohibited_code};
}

Result<Seen> tells_of_exceeded_time(Trial& trial) {
  TRY(trial.set({}));
  Packet packet = udp(trial.guest(), trial.server());
  packet.ttl = 1;
  const auto told = TRY(trial.answer_to_guest(
      packet, [](const Packet& p) { return p.type == icmp::time_exceeded && p.is_icmp_error(); }));
  const auto about = told ? quoted(*told) : std::nullopt;
  const bool is_right = about && about->source == packet.source &&
                        told->source.address == plan::router_inside && told->is_sound;
  return Seen{either(is_right, "the guest is told, about its own packet", "the guest is not told"),
              is_right};
}

constexpr std::array checks{
    Check{"RFC 5508", "REQ-1", "a ping is answered through the NAT", passes_queries},
    Check{"RFC 5508", "REQ-1 a", "one public identifier for all destinations",
          maps_identifiers_independently},
    Check{"RFC 5508", "REQ-1", "two guests may use one identifier",
          parts_guests_with_one_identifier},
    Check{"RFC 5508", "REQ-2", "a query session lasts for 60 s", keeps_queries_for_a_minute},
    Check{"RFC 5508", "REQ-3", "an error with a wrong checksum does not pass",
          drops_errors_with_wrong_checksums, Demand::should},
    Check{"RFC 5508", "REQ-3 a", "nor one that quotes a broken IP header",
          drops_errors_about_broken_headers, Demand::should},
    Check{"RFC 5508", "REQ-3 c", "a quote of 28 bytes is enough", passes_errors_with_short_quotes},
    Check{"RFC 5508", "REQ-4", "errors from outside are translated, inside too",
          translates_errors_from_outside},
    Check{"RFC 5508", "REQ-5", "errors from guests are translated, inside too",
          translates_errors_from_inside},
    Check{"RFC 5508", "REQ-6", "errors neither refresh nor end a mapping",
          keeps_timers_through_errors},
    Check{"RFC 5508", "REQ-7", "errors between guests are translated on both sides",
          hairpins_errors},
    Check{"RFC 5508", "REQ-8", "a guest is told when it gets no session (code 13)",
          tells_when_it_is_full, Demand::should},
    Check{"RFC 5508", "REQ-10", "a guest is told when a packet's hops run out",
          tells_of_exceeded_time},
};

}  // namespace

std::span<const Check> icmp_checks() {
  return checks;
}

}  // namespace viaduct::selftest
