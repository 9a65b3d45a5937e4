#include "dataplane/helper/announce.h"

#include "dataplane/core/worker.h"

namespace viaduct::helper {
namespace {

// Ports below are servers' (RFC 6335 6): nobody gets a stranger in there by announcing them.
constexpr std::uint16_t lowest_port = 1024;

auto give_back(Worker& self) noexcept {
  return [&self](std::uint32_t mapping) { self.rooms().session_closed({.mapping = mapping}); };
}

bool is_from_guest(const Packet& packet) noexcept {
  return packet.in->config->role == interface::Role::guest && !packet.from_host;
}

// Who listens there: as it knows itself, and as the receiver has to know it.
struct Listener {
  Expectation::Place itself;
  Expectation::Place known_as;
  std::uint32_t mapping = 0;
};

bool expect(const Packet& packet, Protocol protocol, const Listener& who, Worker& self) noexcept {
  const flow::Line& line = *packet.line;
  const auto session = flow::Table::session_of(self.sessions.id_of(line));
  const flow::SessionInfo& info = self.sessions.info(session);
  const bool is_known =
      self.expectations->add({.helper = line.helper(),
                              .protocol = protocol,
                              .router = line.key.router(),
                              .guest = is_from_guest(packet) ? line.key.source : line.destination,
                              .from = line.destination,
                              .at = who.known_as,
                              .listener = who.itself,
                              .speak_as = line.key.destination,
                              .mapping = who.mapping,
                              .rule = info.rule,
                              .forward = info.forward,
                              .announced_in = {self.index, session},
                              .since = self.now()},
                             give_back(self));
  if (is_known) {
    ++self.helper_totals.announced;
  } else {
    give_back(self)(who.mapping);
  }
  return is_known;
}

}  // namespace

std::optional<Endpoint> announce(const Packet& packet, Protocol protocol, const Endpoint& said,
                                 Worker& self) noexcept {
  const flow::Line& line = *packet.line;
  const bool is_own =
      said.address == Address::v4(line.key.source) || said.address == Address::v4(line.source);
  if (!is_own || said.port < lowest_port) return std::nullopt;
  flow::GivenEndpoint given{.mapping = 0, .port = said.port};
  if (is_from_guest(packet) && line.source != line.key.source) {
    given = self.rooms().take_endpoint(
        *packet.in->router->compiled,
        {.at = Address::v4(line.source),
         .protocol = protocol,
         .guest = {Address::v4(line.key.source), said.port},
         .peer = {Address::v4(line.destination), line.destination_port.host()},
         .network = &packet.in->config->network});
  }
  if (given.port == 0) return std::nullopt;
  const Listener who{{line.key.source, said.port}, {line.source, given.port}, given.mapping};
  if (!expect(packet, protocol, who, self)) return std::nullopt;
  return Endpoint{Address::v4(line.source), given.port};
}

void expect_answer(const Packet& packet, Worker& self) noexcept {
  const flow::Line& line = *packet.line;
  const auto session = flow::Table::session_of(self.sessions.id_of(line));
  const bool is_mapped = is_from_guest(packet) && line.source != line.key.source;
  const std::uint32_t mapping = is_mapped ? self.sessions.info(session).mapping : 0;
  if (mapping != 0) self.rooms().share(mapping);
  const Listener who{{line.key.source, line.key.source_port.host()},
                     {line.source, line.source_port.host()},
                     mapping};
  (void)expect(packet, packet.protocol(), who, self);
}

}  // namespace viaduct::helper
