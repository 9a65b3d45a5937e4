#include <algorithm>

#include "controlplane/selftest/check.h"

// RFC 5382: NAT behavioral requirements for TCP; RFC 5961: blind attacks; RFC 7857: updates.
namespace viaduct::selftest {
namespace {

using namespace std::chrono_literals;

constexpr auto tcp_protocol = Protocol::tcp;

Result<Seen> maps_independently_of_the_peer(Trial& trial) {
  TRY(trial.set({}));
  const Endpoint guest = trial.guest(1);
  const Endpoint server = trial.server(0);
  // Another guest speaks to the second server from the same port.
  TRY(trial.mapped(tcp_protocol, {plan::guest(2), guest.port}, server));
  std::vector<std::optional<Endpoint>> seen;
  for (const Endpoint& each : {trial.server(1), server, trial.server(2)}) {
    seen.push_back(TRY(trial.mapped(tcp_protocol, guest, each)));
  }
  if (seen[0] && seen[1] == seen[0] && seen[2] == seen[0]) {
    return Seen{words(seen[0]) + " for all", true};
  }
  return Seen{words(seen[0]) + ", " + words(seen[1]) + ", " + words(seen[2]), false};
}

Result<Seen> opens_by_a_handshake(Trial& trial) {
  TRY(trial.set({}));
  const auto connection = TRY(trial.connect(trial.guest(), trial.server()));
  const bool is_alive = connection && TRY(trial.is_alive(*connection));
  return Seen{either(is_alive, "data passes in both directions", "no connection"), is_alive};
}

Result<Seen> opens_from_both_sides(Trial& trial) {
  TRY(trial.set({}));
  const Endpoint guest = trial.guest();
  const Endpoint server = trial.server();
  Packet ours = tcp(guest, server, syn);
  ours.sequence = 71'000'000U + guest.port;
  const auto sent = TRY(trial.outward(ours));
  if (!sent) return Seen{"the guest's SYN does not pass", false};
  Packet theirs = tcp(server, sent->source, syn);
  theirs.sequence = 72'000'000U + guest.port;
  if (!TRY(trial.inward(theirs))) return Seen{"the server's SYN does not pass", false};
  Packet our_answer = tcp(guest, server, syn | ack);
  our_answer.sequence = ours.sequence;
  our_answer.acknowledges = theirs.sequence + 1;
  Packet their_answer = tcp(server, sent->source, syn | ack);
  their_answer.sequence = theirs.sequence;
  their_answer.acknowledges = ours.sequence + 1;
  const bool passes =
      TRY(trial.outward(our_answer)).has_value() && TRY(trial.inward(their_answer)).has_value();
  return Seen{either(passes, "both SYNs and both answers pass", "the answers do not pass"), passes};
}

Result<bool> a_stranger_gets_in(Trial& trial, const std::string& filtering) {
  TRY(trial.set({.filtering = filtering}));
  const auto connection = TRY(trial.connect(trial.guest(), trial.server(0)));
  if (!connection) return false;
  Packet stranger = tcp(trial.server(1), connection->mapped, syn);
  stranger.sequence = 73'000'000U + stranger.source.port;
  return TRY(trial.inward(stranger)).has_value();
}

Result<Seen> filters_endpoint_independently(Trial& trial) {
  const bool gets_in = TRY(a_stranger_gets_in(trial, "endpoint-independent"));
  return Seen{either(gets_in, "a stranger's SYN passes", "a stranger's SYN does not pass"),
              gets_in};
}
Result<Seen> filters_by_endpoint(Trial& trial) {
  const bool gets_in = TRY(a_stranger_gets_in(trial, "address-and-port-dependent"));
  return Seen{either(gets_in, "a stranger's SYN passes", "a stranger's SYN does not pass"),
              !gets_in};
}

bool is_refusal(const Packet& packet, const Endpoint& of) {
  if (packet.protocol == Protocol::tcp) {
    return (packet.flags & rst) != 0 && packet.destination == of;
  }
  const auto about = packet.is_icmp_error() ? quoted(packet) : std::nullopt;
  return about && about->source == of;
}

// The answer to an unsolicited SYN: how long it takes to come; nothing within eight seconds.
Result<Seen> waits_before_it_refuses(Trial& trial) {
  TRY(trial.set({.rejects_unsolicited = true}));
  Packet unsolicited = tcp(trial.server(), {plan::router_outside[0], trial.guest().port}, syn);
  unsolicited.sequence = 74'000'000;
  trial.internet().forget();
  TRY(trial.send(trial.internet(), {write(unsolicited)}));
  const auto began = std::chrono::steady_clock::now();
  std::optional<Packet> refusal;
  while (!refusal && std::chrono::steady_clock::now() - began < 9s) {
    TRY(trial.wait(20ms));
    refusal =
        trial.internet().heard([&](const Packet& p) { return is_refusal(p, unsolicited.source); });
  }
  const auto took = std::chrono::duration<double>(std::chrono::steady_clock::now() - began);
  if (!refusal) return Seen{"no answer", false};
  return Seen{"refused after " + words(took), took >= 5.9s};
}

Result<Seen> refuses_in_silence(Trial& trial) {
  TRY(trial.set({}));
  Packet unsolicited = tcp(trial.server(), {plan::router_outside[0], trial.guest().port}, syn);
  unsolicited.sequence = 75'000'000;
  const auto answer = TRY(trial.answer_to_server(
      unsolicited, [&](const Packet& p) { return is_refusal(p, unsolicited.source); }));
  return Seen{either(answer.has_value(), "refused at once", "no answer"), !answer};
}

Result<Seen> keeps_established_for_hours(Trial& trial) {
  TRY(trial.set({}));
  const auto connection = TRY(trial.connect(trial.guest(), trial.server()));
  if (!connection) return Seen{"no connection", false};
  const auto left = TRY(trial.lifetime({tcp_protocol, connection->guest, connection->server}));
  return Seen{words(left), left && *left >= 7438s};
}

Result<Seen> keeps_half_open_for_minutes(Trial& trial) {
  TRY(trial.set({}));
  const Tuple session{tcp_protocol, trial.guest(), trial.server()};
  TRY(trial.mapped(tcp_protocol, session.source, session.destination));
  const auto left = TRY(trial.lifetime(session));
  return Seen{words(left), left && *left >= 238s};
}

Result<Seen> keeps_closing_for_minutes(Trial& trial) {
  TRY(trial.set({}));
  auto connection = TRY(trial.connect(trial.guest(), trial.server()));
  if (!connection) return Seen{"no connection", false};
  Packet ours = tcp(connection->guest, connection->server, fin | ack);
  ours.sequence = connection->guest_number;
  ours.acknowledges = connection->server_number;
  TRY(trial.outward(ours));
  Packet theirs = tcp(connection->server, connection->mapped, fin | ack);
  theirs.sequence = connection->server_number;
  theirs.acknowledges = connection->guest_number + 1;
  TRY(trial.inward(theirs));
  const auto left = TRY(trial.lifetime({tcp_protocol, connection->guest, connection->server}));
  return Seen{words(left), left && *left >= 238s && *left <= 240s};
}

Result<Seen> leaves_payload_alone(Trial& trial) {
  TRY(trial.set({}));
  const auto connection = TRY(trial.connect(trial.guest(), {plan::server(0), 21}));
  if (!connection) return Seen{"no connection", false};
  Packet packet = tcp(connection->guest, connection->server, ack | psh);
  packet.sequence = connection->guest_number;
  packet.acknowledges = connection->server_number;
  const std::string text = "PORT 10,1,1,10,78,32\r\n";
  packet.payload.assign(text.begin(), text.end());
  const auto came = TRY(trial.outward(packet));
  const bool is_same = came && came->payload == packet.payload;
  return Seen{either(is_same, "FTP's PORT stays as it is", "FTP's PORT was changed"), is_same};
}

Result<Seen> overloads_no_port(Trial& trial) {
  return gives_no_port_twice(trial, tcp_protocol);
}

Result<Seen> hairpins(Trial& trial) {
  TRY(trial.set({.filtering = "endpoint-independent"}));
  const auto first = TRY(trial.connect(trial.guest(0), trial.server()));
  if (!first) return Seen{"no connection", false};
  Packet opening = tcp(trial.guest(1), first->mapped, syn);
  opening.sequence = 76'000'000U + opening.source.port;
  const auto came = TRY(trial.among_guests(opening));
  if (!came) return Seen{"the SYN does not arrive", false};
  Packet answer = tcp(came->destination, came->source, syn | ack);
  answer.sequence = opening.sequence + 500;
  answer.acknowledges = opening.sequence + 1;
  const auto back = TRY(trial.among_guests(answer));
  const bool is_right =
      came->source.address == plan::router_outside[0] && back && back->source == first->mapped;
  return Seen{"the SYN arrives from " + to_string(came->source) + ", the answer " +
                  either(back.has_value(), "too", "does not"),
              is_right};
}

Result<Seen> tells_icmp_errors(Trial& trial) {
  TRY(trial.set({}));
  Packet opening = tcp(trial.guest(), trial.server(), syn);
  opening.sequence = 77'000'000U + opening.source.port;
  const auto sent = TRY(trial.outward(opening));
  if (!sent) return Seen{"a SYN was lost", false};
  const auto told = TRY(trial.inward(icmp_error(icmp::unreachable, 1, plan::server(3), *sent)));
  const auto about = told ? quoted(*told) : std::nullopt;
  const bool is_right = about && about->source == opening.source &&
                        about->destination == opening.destination &&
                        about->sequence == opening.sequence && told->is_sound && about->is_sound;
  return Seen{either(is_right, "the guest is told, about its own packet", "the guest is not told"),
              is_right};
}

Result<Seen> survives_icmp_errors(Trial& trial) {
  TRY(trial.set({}));
  const auto connection = TRY(trial.connect(trial.guest(), trial.server()));
  if (!connection) return Seen{"no connection", false};
  Packet said = tcp(connection->guest, connection->server, ack | psh);
  said.sequence = connection->guest_number;
  said.acknowledges = connection->server_number;
  const auto sent = TRY(trial.outward(said));
  if (!sent) return Seen{"a segment was lost", false};
  for (const std::uint8_t code : {std::uint8_t{1}, icmp::port_unreachable_code}) {
    TRY(trial.inward(icmp_error(icmp::unreachable, code, plan::server(3), *sent)));
  }
  const bool is_alive = TRY(trial.is_alive(*connection));
  return Seen{either(is_alive, "data passes after two errors", "nothing passes after an error"),
              is_alive};
}

Packet reset(const Trial::Connection& connection, std::uint32_t number) {
  Packet packet = tcp(connection.server, connection.mapped, rst);
  packet.sequence = number;
  return packet;
}

Result<Seen> refuses_blind_resets(Trial& trial) {
  TRY(trial.set({}));
  const auto connection = TRY(trial.connect(trial.guest(), trial.server()));
  if (!connection) return Seen{"no connection", false};
  unsigned passed = 0;
  for (const std::uint32_t away : {0x10000000U, 0x40000000U, 0x90000000U, 0xf0000000U}) {
    if (TRY(trial.inward(reset(*connection, connection->server_number + away)))) ++passed;
  }
  const bool is_alive = TRY(trial.is_alive(*connection));
  return Seen{std::to_string(passed) + " of 4 pass, " +
                  either(is_alive, "the connection lives", "the connection is dead"),
              passed == 0 && is_alive};
}

Result<Seen> lets_near_resets_change_nothing(Trial& trial) {
  TRY(trial.set({}));
  const auto connection = TRY(trial.connect(trial.guest(), trial.server()));
  if (!connection) return Seen{"no connection", false};
  TRY(trial.inward(reset(*connection, connection->server_number + 1000)));
  const auto left = TRY(trial.lifetime({tcp_protocol, connection->guest, connection->server}));
  return Seen{words(left), left && *left >= 7438s};
}

Result<Seen> closes_by_an_exact_reset(Trial& trial) {
  TRY(trial.set({}));
  const auto connection = TRY(trial.connect(trial.guest(), trial.server()));
  if (!connection) return Seen{"no connection", false};
  const bool passes = TRY(trial.inward(reset(*connection, connection->server_number))).has_value();
  const auto left = TRY(trial.lifetime({tcp_protocol, connection->guest, connection->server}));
  return Seen{either(passes, "passes, ", "does not pass, ") + words(left),
              passes && left && *left >= 238s && *left <= 240s};
}

Result<Seen> parts_protocols(Trial& trial) {
  TRY(trial.set({.public_addresses = 2}));
  const Endpoint guest = trial.guest(3);
  std::vector<std::optional<Endpoint>> seen;
  for (const Protocol protocol : {tcp_protocol, Protocol::udp, Protocol::icmp}) {
    seen.push_back(TRY(trial.mapped(protocol, guest, trial.server())));
  }
  const bool are_one = std::ranges::all_of(
      seen, [&](const auto& each) { return each && each->address == seen[0]->address; });
  return Seen{either(are_one, "TCP, UDP and ICMP show one address", "different addresses"),
              are_one};
}

constexpr std::array checks{
    Check{"RFC 5382", "REQ-1", "one public endpoint for all destinations",
          maps_independently_of_the_peer},
    Check{"RFC 5382", "REQ-2", "a handshake opens a connection", opens_by_a_handshake},
    Check{"RFC 5382", "REQ-2 a", "both sides may open it at once", opens_from_both_sides},
    Check{"RFC 5382", "REQ-3", "filtering can be endpoint-independent",
          filters_endpoint_independently},
    Check{"RFC 5382", "REQ-3", "by default strangers are kept out", filters_by_endpoint},
    Check{"RFC 5382", "REQ-4", "an unsolicited SYN is dropped in silence", refuses_in_silence},
    Check{"RFC 5382", "REQ-4", "or refused, but not within 6 s", waits_before_it_refuses},
    Check{"RFC 5382", "REQ-5", "an established connection lasts for 7440 s",
          keeps_established_for_hours},
    Check{"RFC 5382", "REQ-5", "one that is opening lasts for 240 s", keeps_half_open_for_minutes},
    Check{"RFC 5382", "REQ-5", "one that is closing lasts for 240 s", keeps_closing_for_minutes},
    Check{"RFC 5382", "REQ-6", "without helpers, payloads pass as they are", leaves_payload_alone},
    Check{"RFC 5382", "REQ-7", "no two guests share a public endpoint", overloads_no_port},
    Check{"RFC 5382", "REQ-8", "guests meet by public endpoints, and show theirs", hairpins},
    Check{"RFC 5382", "REQ-9", "an ICMP error is told, its inside translated", tells_icmp_errors},
    Check{"RFC 5382", "REQ-10", "ICMP errors end no connection", survives_icmp_errors},
    Check{"RFC 5961", "3.2", "resets beyond the window do not pass", refuses_blind_resets},
    Check{"RFC 5961", "3.2", "an inexact reset shortens no session",
          lets_near_resets_change_nothing},
    Check{"RFC 7857", "2.2", "an exact reset passes, and the session ends in 240 s",
          closes_by_an_exact_reset},
    Check{"RFC 7857", "4", "all protocols of a guest show one address", parts_protocols},
};

}  // namespace

std::span<const Check> tcp_checks() {
  return checks;
}

}  // namespace viaduct::selftest
