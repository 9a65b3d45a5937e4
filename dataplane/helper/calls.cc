#include "dataplane/helper/calls.h"

#include <array>

#include "dataplane/core/worker.h"
#include "dataplane/helper/announce.h"
#include "dataplane/helper/payload.h"
#include "dataplane/helper/pptp.h"

namespace viaduct::helper {
namespace {

using Opens = Expectation::Opens;

// What the receiver of a message has to read in the place of the sender's name for a call. Of one
// that is over, GRE comes for a while yet, as this may be sent again.
std::optional<std::uint16_t> name_outside(const Packet& packet, std::uint16_t call, bool is_over,
                                          Worker& self) noexcept {
  const flow::Line& line = *packet.line;
  const Expectation::Session session{self.index,
                                     flow::Table::session_of(self.sessions.id_of(line))};
  const Expectation::Place end{line.key.source, call};
  std::optional<std::uint16_t> known;
  self.expectations->each_of(session, [&](Expectation& each) {
    if (each.listener != end) return;
    known = each.at.port;
    each.opens = is_over ? Opens::one : Opens::many;
    each.since = self.now();
  });
  if (known || is_over) return known;
  const auto announced = announce(
      packet,
      {.protocol = Protocol::gre, .at = {Address::v4(end.address), call}, .opens = Opens::many},
      self);
  return announced ? std::optional{announced->port} : std::nullopt;
}

// What the receiver itself calls what its peer knows by this name.
std::optional<std::uint16_t> name_inside(const Packet& packet, std::uint16_t call,
                                         Worker& self) noexcept {
  const flow::Line& line = *packet.line;
  const Tuple comer{
      Protocol::gre, {Address::v4(line.key.source), 0}, {Address::v4(line.key.destination), call}};
  const auto announced = self.expectations->find(line.key.router(), comer, self.now());
  const bool is_its_own = announced && announced->listener.address == line.destination;
  return is_its_own ? std::optional{announced->listener.port} : std::nullopt;
}

bool say(Edit& edit, const NumberAt& name, std::optional<std::uint16_t> other) noexcept {
  if (!other || *other == name.number) return false;
  const std::array<char, 2> bytes{static_cast<char>(*other >> 8), static_cast<char>(*other)};
  return edit.replace(name.at.begin, name.at.end, {bytes.data(), bytes.size()});
}

}  // namespace

void serve_pptp(Packet& packet, Worker& self) noexcept {
  pptp::Messages messages{payload(packet)};
  Edit edit{packet};
  bool has_changed = false;
  while (const auto message = messages.next()) {
    if (message->call) {
      const auto name = static_cast<std::uint16_t>(message->call->number);
      has_changed |=
          say(edit, *message->call, name_outside(packet, name, message->ends_call, self));
    }
    if (message->peer_call) {
      const auto name = static_cast<std::uint16_t>(message->peer_call->number);
      has_changed |= say(edit, *message->peer_call, name_inside(packet, name, self));
    }
  }
  if (!has_changed) return;
  edit.finish();
  ++self.helper_totals.rewritten;
}

}  // namespace viaduct::helper
