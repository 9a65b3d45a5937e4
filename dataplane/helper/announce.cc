#include "dataplane/helper/announce.h"

#include "dataplane/core/worker.h"
#include "dataplane/helper/reader.h"

namespace viaduct::helper {
namespace {

// Ports below are servers' (RFC 6335 6): nobody gets a stranger in there by announcing them.
constexpr std::uint16_t lowest_port = 1024;

auto give_back(Worker& self) noexcept {
  return [&self](std::uint32_t mapping) { self.rooms().session_closed({.mapping = mapping}); };
}

Expectation::Session session_of(const Packet& packet, Worker& self) noexcept {
  return {self.index, flow::Table::session_of(self.sessions.id_of(*packet.line))};
}

// Adds an expectation, which has a mapping or none, or gives that back.
bool expect(const Expectation& wanted, Worker& self) noexcept {
  const bool is_known = self.expectations->add(wanted, give_back(self));
  if (is_known) {
    ++self.helper_totals.announced;
  } else {
    give_back(self)(wanted.mapping);
  }
  return is_known;
}

// Who listens is known to the receiver as what was given.
bool expect(const Packet& packet, const Announcement& said, const flow::GivenEndpoint& given,
            Worker& self) noexcept {
  const flow::Line& line = *packet.line;
  const auto announced_in = session_of(packet, self);
  const flow::SessionInfo& info = self.sessions.info(announced_in.id);
  return expect({.helper = line.helper(),
                 .protocol = said.protocol,
                 .router = line.key.router(),
                 .guest = is_from_guest(packet) ? line.key.source : line.destination,
                 .from = line.destination,
                 .at = {line.source, given.port},
                 .listener = {line.key.source, said.at.port},
                 .speak_as = line.key.destination,
                 .mapping = given.mapping,
                 .rule = info.rule,
                 .forward = info.forward,
                 .announced_in = announced_in,
                 .call = said.call,
                 .opens = said.opens,
                 .since = self.now()},
                self);
}

// The sender's own endpoint, as it knows it or as it is known.
bool may_announce(const Packet& packet, const Announcement& said) noexcept {
  const flow::Line& line = *packet.line;
  const bool is_own = said.at.address == Address::v4(line.key.source) ||
                      said.at.address == Address::v4(line.source);
  return is_own && (said.at.port >= lowest_port || said.protocol == Protocol::gre);
}

// The port that the receiver is to know a port of the sender by: `wanted`, or any if that is 0.
flow::GivenEndpoint take(const Packet& packet, const Announcement& said, std::uint16_t wanted,
                         Worker& self) noexcept {
  const flow::Line& line = *packet.line;
  const bool is_translated = is_from_guest(packet) && line.source != line.key.source;
  if (!is_translated) return {.mapping = 0, .port = said.at.port};
  return self.rooms().take_endpoint(
      *packet.in->router->compiled,
      {.at = Address::v4(line.source),
       .protocol = said.protocol,
       .guest = {Address::v4(line.key.source), said.at.port},
       .peer = {Address::v4(line.destination), line.destination_port.host()},
       .network = &packet.in->config->network,
       .port = wanted});
}

struct GivenPair {
  flow::GivenEndpoint lower;
  flow::GivenEndpoint upper;  // port 0: it could not be had
};

// Two ports in a row for two ports in a row. Where those that come first are taken in part, a few
// others are tried.
GivenPair take_pair(const Packet& packet, const Announcement& lower, const Announcement& upper,
                    Worker& self) noexcept {
  constexpr std::uint16_t farthest = 64;
  const auto above = [](const flow::GivenEndpoint& given) {
    return static_cast<std::uint16_t>(given.port + 1);
  };
  GivenPair pair{take(packet, lower, 0, self), {}};
  if (pair.lower.port == 0) return pair;
  pair.upper = take(packet, upper, above(pair.lower), self);
  const std::uint32_t first = pair.lower.port;
  for (std::uint32_t port = first + 2;
       pair.upper.port == 0 && port < std::min(first + farthest, 0xffffU); port += 2) {
    give_back(self)(pair.lower.mapping);
    pair.lower = take(packet, lower, static_cast<std::uint16_t>(port), self);
    if (pair.lower.port != 0) pair.upper = take(packet, upper, above(pair.lower), self);
  }
  if (pair.lower.port == 0) pair.lower = take(packet, lower, 0, self);
  return pair;
}

Endpoint known_as(const Packet& packet, const flow::GivenEndpoint& given) noexcept {
  return {Address::v4(packet.line->source), given.port};
}

}  // namespace

bool is_from_guest(const Packet& packet) noexcept {
  return packet.in->config->role == interface::Role::guest && !packet.from_host;
}

std::optional<Endpoint> announce(const Packet& packet, const Announcement& said,
                                 Worker& self) noexcept {
  if (!may_announce(packet, said)) return std::nullopt;
  const auto given = take(packet, said, 0, self);
  if (given.port == 0 || !expect(packet, said, given, self)) return std::nullopt;
  return known_as(packet, given);
}

std::optional<Endpoint> announce_pair(const Packet& packet, const Announcement& said,
                                      Worker& self) noexcept {
  if (!may_announce(packet, said) || said.at.port == 0xffff) return std::nullopt;
  Announcement above = said;
  ++above.at.port;
  const GivenPair pair = take_pair(packet, said, above, self);
  if (pair.upper.port != 0) (void)expect(packet, above, pair.upper, self);
  if (pair.lower.port == 0 || !expect(packet, said, pair.lower, self)) return std::nullopt;
  return known_as(packet, pair.lower);
}

void expect_answer(const Packet& packet, Expectation::Opens opens, Worker& self) noexcept {
  const flow::Line& line = *packet.line;
  const bool is_mapped = is_from_guest(packet) && line.source != line.key.source;
  const std::uint32_t mapping =
      is_mapped ? self.sessions.info(session_of(packet, self).id).mapping : 0;
  if (mapping != 0) self.rooms().share(mapping);
  const Endpoint itself{Address::v4(line.key.source), line.key.source_port.host()};
  (void)expect(packet, {.protocol = packet.protocol(), .at = itself, .opens = opens},
               {mapping, line.source_port.host()}, self);
}

void expect_from(const Packet& packet, std::uint32_t call, Be32 address, Worker& self) noexcept {
  Few<Expectation, 16> likewise;
  self.expectations->each_of(session_of(packet, self), [&](const Expectation& each) {
    const bool is_meant =
        each.call == call && each.from != address && each.guest == packet.line->destination &&
        each.listener.address == each.guest && each.opens == Expectation::Opens::one;
    if (!is_meant || !likewise.add(each)) return;
    if (each.mapping != 0) self.rooms().share(each.mapping);
  });
  for (Expectation& each : likewise.all()) {
    each.from = each.speak_as = address;
    each.since = self.now();
    (void)expect(each, self);
  }
}

}  // namespace viaduct::helper
