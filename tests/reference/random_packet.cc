#include <algorithm>

#include "tests/model.h"
#include "tests/reference/random.h"

namespace viaduct::test::reference {
namespace {

Address any_address(Random& random, const std::string& in) {
  if (random.chance(15)) {
    return address(random.pick({"0.0.0.0", "255.255.255.255", "127.0.0.1", "224.0.0.18",
                                "240.0.0.1", "10.1.1.255", "10.1.1.1", "10.1.2.1", "203.0.113.255",
                                "172.16.0.2", "10.9.9.9", "198.18.0.2", "169.254.169.254"}));
  }
  if (in == "guest0") {
    return address(random.pick({"10.1.1.11", "10.1.1.12", "10.1.1.20", "192.168.7.9"}));
  }
  if (in == "guest1") return address(random.pick({"10.1.2.11", "10.1.2.12"}));
  if (in == "east") return address(random.pick({"172.20.0.9", "172.20.0.1"}));
  if (in == "west") return address(random.pick({"172.21.0.9", "172.22.0.5"}));
  if (in == "gateway0") return address(random.pick({"172.16.0.9", "10.200.0.5", "198.51.100.9"}));
  return address(
      random.pick({"198.51.100.9", "198.51.100.10", "192.0.2.5", "203.0.113.9", "198.18.0.9"}));
}

Address any_destination(Random& random) {
  if (random.chance(40)) {
    return address(
        random.pick({"203.0.113.2", "203.0.113.3", "203.0.113.4", "203.0.113.12", "203.0.113.13"}));
  }
  return any_address(
      random, random.pick({"guest0", "guest1", "gateway0", "public0", "public0", "east", "west"}));
}

std::string any_interface(const RouterDocument& router, Random& random) {
  const auto& all = router.desired().of<interface::Interface>();
  auto at = all.begin();
  std::advance(at, random.below(static_cast<unsigned>(all.size())));
  return at->first;
}

std::string any_flags(Random& random) {
  return random.pick(
      {"S", "A", "A", "SA", "SA", "FA", "FA", "R", "RA", "PA", "SR", "SF", "", "U", "SAR"});
}

void add_transport(Packet& packet, Random& random) {
  packet.protocol =
      random.pick({Protocol::tcp, Protocol::tcp, Protocol::tcp, Protocol::udp, Protocol::udp,
                   Protocol::udp, Protocol::icmp, Protocol::icmp, Protocol::gre, Protocol{112}});
  const bool has_ports = packet.protocol == Protocol::tcp || packet.protocol == Protocol::udp;
  using Ports = std::initializer_list<std::uint16_t>;
  if (has_ports) {
    packet.source_port = random.pick(Ports{5000, 5001, 40000, 40000, 1024, 80, 61440, 500});
    packet.destination_port =
        random.pick(Ports{80, 80, 8080, 8005, 53, 22, 443, 5000, 40000, 67, 179, 3922, 500});
    if (random.one_in(100) && packet.protocol == Protocol::tcp) packet.source_port = 0;
    if (random.one_in(100)) packet.destination_port = 0;
  }
  if (packet.protocol == Protocol::tcp) packet.flags = random.chance(75) ? "S" : any_flags(random);
  if (packet.protocol == Protocol::icmp) {
    packet.icmp_type = random.pick<std::uint8_t>({8, 8, 8, 13, 0, 14, 10, 17});
    packet.icmp_code = random.one_in(20) ? 1 : 0;
    packet.identifier = random.pick<std::uint16_t>({7, 7, 9, 40000, 0});
    // It has none, and what it has there is nobody's business.
    if (!packet.is_icmp_question() && !packet.is_icmp_answer()) packet.identifier = 0;
  }
}

Packet fresh(const RouterDocument& router, Random& random) {
  Packet packet;
  packet.in = any_interface(router, random);
  add_transport(packet, random);
  packet.source = any_address(random, random.chance(85) ? packet.in : "public0");
  packet.destination = any_destination(random);
  return packet;
}

Packet from_host(const RouterDocument& router, Random& random) {
  Packet packet = fresh(router, random);
  packet.from_host = true;
  if (random.chance(85)) {
    packet.source = address(random.pick({"203.0.113.2", "10.1.1.1", "10.1.2.1", "172.16.0.2"}));
  }
  if (random.chance(40)) packet.source_port = random.pick<std::uint16_t>({53, 80, 67, 61440});
  return packet;
}

const Session& any_session(const Model& model, Random& random) {
  const auto& all = model.sessions();
  // The latest are spoken of most.
  const auto few = std::min<std::size_t>(all.size(), random.chance(60) ? 6 : all.size());
  return all[all.size() - 1 - random.below(static_cast<unsigned>(few))];
}

// What one of the two sides of a live session may send.
Packet of_session(const Model& model, Random& random) {
  const Session& session = any_session(model, random);
  const bool is_answer = random.chance(55);
  Packet packet = packet_of(is_answer ? session.answer_arrives() : session.arrives());
  packet.in = is_answer ? session.decision.out : session.first.in;
  packet.from_host = session.first.from_host && !is_answer;
  if (packet.in.empty() || random.one_in(15)) packet.in = any_interface(model.router(), random);
  if (packet.protocol == Protocol::tcp) {
    packet.flags = random.chance(50) ? any_flags(random) : is_answer ? "SA" : "A";
  }
  return packet;
}

// What a guest endpoint that has spoken already says to another peer.
Packet again(const Model& model, Random& random) {
  const Session& session = any_session(model, random);
  Packet packet = packet_of(session.arrives());
  packet.in = session.first.in;
  packet.from_host = session.first.from_host;
  packet.destination = any_destination(random);
  if (packet.protocol == Protocol::tcp) packet.flags = "S";
  if (random.chance(50)) packet.destination_port = packet.destination_port == 0 ? 0 : 53;
  if (packet.in.empty()) packet.in = any_interface(model.router(), random);
  return packet;
}

// What somebody sends to a public endpoint that source NAT gave to a guest's.
Packet to_mapping(const Model& model, Random& random) {
  const Session& session = any_session(model, random);
  const auto& mapping = session.decision.mapping;
  if (!mapping) return fresh(model.router(), random);
  std::string in = random.pick({"public0", "public0", "guest0", "guest1", "gateway0"});
  if (!model.router().has_interface(in)) in = any_interface(model.router(), random);
  const Address source =
      random.chance(40) ? session.leaves().destination.address : any_address(random, in);
  const bool is_ping = mapping->protocol == Protocol::icmp;
  const auto port =
      is_ping ? std::uint16_t{8} : random.pick<std::uint16_t>({5000, 5001, 40000, 53, 80});
  Packet packet = packet_of({mapping->protocol, {source, port}, mapping->as});
  packet.in = in;
  if (packet.protocol == Protocol::tcp) packet.flags = "S";
  return packet;
}

// What somebody on the way may say about a packet that the router sent.
Packet about_session(const Model& model, Random& random) {
  Packet packet;
  packet.protocol = Protocol::icmp;
  packet.icmp_type = random.pick<std::uint8_t>({3, 3, 11, 12});
  packet.icmp_code = packet.icmp_type == 3 ? random.pick<std::uint8_t>({1, 3, 4}) : std::uint8_t{0};
  Packet quoted;
  if (!model.sessions().empty() && random.chance(90)) {
    const Session& session = any_session(model, random);
    const bool is_answer = random.chance(30);
    quoted = packet_of(is_answer ? session.answer_leaves() : session.leaves());
    packet.in = is_answer ? session.first.in : session.decision.out;
  } else {
    quoted = fresh(model.router(), random);
    // Frames of the tests do without the checksum where there is no port.
    if (quoted.source_port == 0) quoted.source_port = 5000;
    if (quoted.destination_port == 0) quoted.destination_port = 53;
  }
  quoted.flags = "A";
  if (random.one_in(10)) quoted.length = random.pick<std::uint16_t>({560, 1000});
  if (packet.in.empty() || random.one_in(20)) packet.in = any_interface(model.router(), random);
  packet.source = random.chance(70) ? quoted.destination : any_address(random, packet.in);
  packet.destination = quoted.source;
  packet.quoted_bytes = random.pick<std::uint16_t>({0xffff, 0xffff, 28, 28, 40, 20});
  packet.quoted = std::make_shared<const Packet>(quoted);
  return packet;
}

Packet any_packet(const Model& model, Random& random) {
  const unsigned kind = random.below(100);
  const bool has_sessions = !model.sessions().empty();
  if (kind < 5) return from_host(model.router(), random);
  if (kind < 12) return about_session(model, random);
  if (kind < 50 && has_sessions) return of_session(model, random);
  if (kind < 56 && has_sessions) return again(model, random);
  if (kind < 64 && has_sessions) return to_mapping(model, random);
  return fresh(model.router(), random);
}

}  // namespace

Packet random_packet(const Model& model, Random& random) {
  Packet packet = any_packet(model, random);
  if (packet.protocol == Protocol::tcp && random.one_in(3)) {
    packet.mss = random.pick<std::uint16_t>({1460, 1460, 536, 600, 8960});
  }
  if (random.one_in(25)) packet.ttl = random.pick<std::uint8_t>({1, 1, 2, 255});
  if (random.one_in(15) && !packet.quoted) {
    packet.length = random.pick<std::uint16_t>({576, 577, 700, 701, 1500, 1501, 1900});
  }
  packet.is_fragment = random.one_in(50);
  packet.datagram = static_cast<std::uint16_t>(random.below(65'536));
  packet.may_be_fragmented = packet.is_fragment || random.one_in(4);
  packet.has_wrong_checksum = random.one_in(60);
  packet.to_all = !packet.from_host && !model.session_of(tuple_of(packet)) && random.one_in(60);
  return packet;
}

Claim random_claim(const Model& model, Random& random) {
  Claim claim{.interface = random.pick({"guest0", "guest1"})};
  claim.address = address(
      random.pick({"10.1.1.11", "10.1.1.11", "10.1.1.12", "10.1.1.20", "10.1.2.11", "10.1.2.12"}));
  claim.mac = station(claim.address);
  const bool is_known = model.router().owner_of(claim.interface, claim.address).has_value();
  if (is_known && random.chance(60)) claim.mac.bytes[0] ^= 4;
  return claim;
}

}  // namespace viaduct::test::reference
