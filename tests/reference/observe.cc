#include "tests/reference/observe.h"

#include <algorithm>
#include <string_view>
#include <utility>

namespace viaduct::test::reference {
namespace {

using View = std::span<const std::uint8_t>;

constexpr std::size_t ip_header = 20;
constexpr std::size_t icmp_header = 8;

std::uint16_t get16(View bytes, std::size_t at) {
  return static_cast<std::uint16_t>(bytes[at] << 8 | bytes[at + 1]);
}

Address get_address(View bytes, std::size_t at) {
  return Address::v4(Be32::of(std::uint32_t{get16(bytes, at)} << 16 | get16(bytes, at + 2)));
}

// The tests' packets have no other option.
std::uint16_t mss_of(View tcp) {
  constexpr std::size_t without_options = 20;
  const bool has_it = tcp.size() >= without_options + 4 && tcp[12] >> 4 == 6;
  return has_it ? get16(tcp, without_options + 2) : std::uint16_t{0};
}

// What an IP packet without options says. The packet that an ICMP error quotes is read as well.
Packet read(View ip) {
  Packet packet;
  packet.protocol = Protocol{ip[9]};
  packet.ttl = ip[8];
  packet.source = get_address(ip, 12);
  packet.destination = get_address(ip, 16);
  const View transport = ip.subspan(ip_header);
  if (packet.protocol == Protocol::tcp || packet.protocol == Protocol::udp) {
    packet.source_port = get16(transport, 0);
    packet.destination_port = get16(transport, 2);
    packet.mss = packet.protocol == Protocol::tcp ? mss_of(transport) : std::uint16_t{0};
  } else if (packet.protocol == Protocol::icmp) {
    packet.icmp_type = transport[0];
    packet.icmp_code = transport[1];
    packet.identifier = get16(transport, 4);
    if (packet.is_icmp_error() && transport.size() >= icmp_header + ip_header + icmp_header) {
      packet.quoted = std::make_shared<const Packet>(read(transport.subspan(icmp_header)));
    }
  }
  return packet;
}

// "firewall_rules/web".
std::string rule_of(World& world, Slot slot) {
  const std::string_view name = world.paper.directory.name(slot);
  return std::string{name.substr(std::string_view{"/routers/red/"}.size())};
}

Verdict nonsense(const std::string& told) {
  return dropped("(makes no sense) " + told);
}

// Whose Ethernet address this is: see station().
Address address_of_station(const Mac& mac) {
  return get_address(mac.bytes, 2);
}

// What one frame that left says.
Verdict read_frame(World& world, const Wire::Frame& frame) {
  const Reading reading = test::read_frame(frame.bytes);
  const InterfaceView* by = frame.to_host
                                ? world.now().interface(frame.interface)
                                : world.now().find(frame.port, reading.vlan, reading.from);
  if (by == nullptr) return nonsense("left by no interface of ours");
  const Packet left = read(reading.payload);
  Verdict verdict{.fate = frame.to_host ? Fate::delivered : Fate::forwarded,
                  .interface = by->config->id,
                  .leaves_as = tuple_of(left),
                  .ttl = left.ttl,
                  .mss = left.mss};
  if (left.quoted) verdict.about = tuple_of(*left.quoted);
  if (!frame.to_host) verdict.next_hop = address_of_station(reading.to);
  return verdict;
}

std::string_view rest_after(std::string_view text, std::string_view mark) {
  const auto at = text.find(mark);
  return at == text.npos ? std::string_view{} : text.substr(at + mark.size());
}

// Whether the frame that left answers a ping.
bool is_answer(const Packet& packet, const Verdict& left) {
  return packet.is_icmp_question() && left.fate == Fate::forwarded &&
         left.leaves_as == tuple_of(packet).reversed();
}

// What is told, and what left, in one word.
Verdict read_outcome(World& world, const Packet& packet, const std::string& told) {
  const auto& frames = world.left();
  const std::string_view reason = rest_after(told, "dropped: ");
  if (told == held) return dropped(told);
  // A datagram that left in fragments is known by its first.
  const bool is_one = frames.size() <= 1 || told.find(" part 0-") != told.npos;
  if (!is_one || (frames.empty() && reason.empty())) return nonsense(told);
  if (told.find("larger than the MTU") != told.npos) return nonsense(told);
  if (!packet.has_wrong_checksum && told.find("(bad") != told.npos) return nonsense(told);
  if (frames.empty()) return dropped(std::string{reason});
  Verdict left = read_frame(world, frames.front());
  if (reason.empty()) {
    if (!is_answer(packet, left)) return left;
    return {.fate = Fate::answered, .interface = left.interface, .next_hop = left.next_hop};
  }
  if (left.interface != packet.in || left.leaves_as.destination.address != packet.source ||
      left.about != tuple_of(packet)) {
    return nonsense(told);
  }
  const std::uint16_t type_and_code = left.leaves_as.destination.port;
  Verdict verdict = dropped(std::string{reason});
  verdict.sender_is_told = {static_cast<std::uint8_t>(type_and_code / 256),
                            static_cast<std::uint8_t>(type_and_code)};
  return verdict;
}

// By slot of a rule.
std::vector<std::uint64_t> hits_of(World& world) {
  (void)world.now();  // there may be new rules
  std::vector<std::uint64_t> hits(world.paper.directory.limit());
  for (const auto& worker : world.workers()) {
    for (Slot slot = 0; slot < hits.size(); ++slot) hits[slot] += worker->hits[slot];
  }
  return hits;
}

std::size_t refusals_of(World& world) {
  std::size_t held = 0;
  for (const auto& worker : world.workers()) held += worker->refusals.held();
  return held;
}

// An error about a connection that was refused, to who asked for it.
Verdict read_refusal(const Wire::Frame& frame) {
  const Reading reading = test::read_frame(frame.bytes);
  const Packet left = read(reading.payload);
  if (frame.to_host || !left.quoted || left.destination != left.quoted->source) {
    return nonsense(test::describe(reading));
  }
  Verdict verdict = dropped(std::string{name_of(Reason::denied_inbound)});
  verdict.about = tuple_of(*left.quoted);
  verdict.sender_is_told = {left.icmp_type, left.icmp_code};
  verdict.next_hop = address_of_station(reading.to);
  return verdict;
}

// What explain told, in names of the configuration that it was asked about.
Foretold read_trace(World& world, const Snapshot& snapshot, const Trace& trace) {
  Foretold foretold;
  Verdict& verdict = foretold.verdict;
  std::vector<std::string> rules;
  for (const Step& step : trace.steps()) {
    if (step.stage == "source_nat" && step.endpoint) foretold.chosen = step.endpoint;
    // Of what was decided earlier, it tells the rule as well.
    const bool is_about_session = step.stage == "session" || step.stage == "icmp_error";
    if (step.rule != 0 && !is_about_session) rules.push_back(rule_of(world, step.rule));
  }
  const InterfaceView* egress = snapshot.interface(trace.egress);
  verdict.interface = egress == nullptr ? "" : egress->config->id;
  verdict.leaves_as = trace.leaves_as;
  switch (trace.fate) {
    case viaduct::Fate::forwarded:
      verdict.fate = Fate::forwarded;
      break;
    case viaduct::Fate::delivered:
      verdict.fate = Fate::delivered;
      break;
    case viaduct::Fate::answered:
      verdict.fate = Fate::answered;
      break;
    case viaduct::Fate::dropped:
      verdict = dropped(std::string{name_of(*trace.reason)});
      break;
    case viaduct::Fate::undecided:
      verdict = dropped("(undecided)");
  }
  std::ranges::sort(rules);
  verdict.rules = std::move(rules);
  return foretold;
}

}  // namespace

Foretold explain(World& world, const Packet& packet) {
  const Trace trace = world.trace(draft_of(packet));
  return read_trace(world, world.now(), trace);
}

Verdict explain_under(World& world, const std::string& router, const Packet& packet) {
  Verdict verdict;
  world.try_out("/routers/red", router, [&](const Snapshot& candidate) {
    const Trace trace = world.trace_under(candidate, draft_of(packet));
    verdict = read_trace(world, candidate, trace).verdict;
  });
  return verdict;
}

Verdict send(World& world, const Packet& packet) {
  const auto before = hits_of(world);
  const std::size_t refusals = refusals_of(world);
  const std::string told = world.sends(draft_of(packet));
  Verdict verdict = read_outcome(world, packet, told);
  if (refusals_of(world) != refusals) {
    verdict = dropped(std::string{name_of(Reason::denied_inbound)});
    verdict.is_told_later = true;
  }
  const auto after = hits_of(world);
  for (Slot slot = 0; slot < after.size(); ++slot) {
    for (auto hits = before[slot]; hits < after[slot]; ++hits) {
      verdict.rules.push_back(rule_of(world, slot));
    }
  }
  std::ranges::sort(verdict.rules);
  return verdict;
}

std::vector<Verdict> wait(World& world, unsigned seconds) {
  const std::uint64_t before = world.drops(Reason::denied_inbound);
  (void)world.waits(seconds);
  std::vector<Verdict> outcomes;
  for (const Wire::Frame& frame : world.left()) {
    const bool is_ip = test::read_frame(frame.bytes).type == 0x0800;
    if (is_ip) outcomes.push_back(read_refusal(frame));
  }
  // The others were dropped in silence.
  const std::uint64_t all = world.drops(Reason::denied_inbound) - before;
  while (outcomes.size() < all) outcomes.push_back(dropped("denied_inbound"));
  // The first look at all sessions may begin in the middle.
  for (const auto& worker : world.workers()) worker->expire(worker->sessions.most_sessions());
  return outcomes;
}

}  // namespace viaduct::test::reference
