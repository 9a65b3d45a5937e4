#include "dataplane/helper/signalling.h"

#include <algorithm>

#include "dataplane/core/worker.h"
#include "dataplane/helper/announce.h"
#include "dataplane/helper/payload.h"
#include "dataplane/helper/replacements.h"
#include "dataplane/helper/sdp.h"
#include "dataplane/helper/sip.h"

namespace viaduct::helper {
namespace {

using Opens = Expectation::Opens;

// One message, on its way from a guest or to one.
class Translation {
 public:
  Translation(const Packet& packet, const sip::Message& message, Worker& self)
      : packet_(packet), line_(*packet.line), message_(message), self_(self) {}

  [[nodiscard]] Replacements run() noexcept {
    if (is_from_guest(packet_)) {
      say_outside();
    } else {
      say_inside();
    }
    const std::int32_t growth = changes_.growth(message_.body.begin);
    if (message_.content_length && growth != 0) {
      const auto& [at, length] = *message_.content_length;
      changes_.add(Replacement{at}.add(length + static_cast<std::uint32_t>(growth)));
    }
    return changes_;
  }

 private:
  static Endpoint endpoint(Be32 address, Be16 port) noexcept {
    return {Address::v4(address), port.host()};
  }
  void say(const sip::HostPort& host, const std::optional<Endpoint>& as) noexcept {
    if (!as || *as == host.endpoint()) return;
    Replacement said{host.at};
    said.add(as->address);
    if (host.port || as->port != sip::default_port) said.add(':').add(std::uint32_t{as->port});
    changes_.add(said);
  }
  void say(const Range& at, const Address& as) noexcept { changes_.add(Replacement{at}.add(as)); }

  // --- from a guest

  void say_outside() noexcept {
    if (message_.is_request && message_.via) say(*message_.via, known_as(*message_.via));
    for (const sip::HostPort& contact : message_.contacts.all()) {
      if (contact.endpoint() == itself()) expect_answer(packet_, Opens::signalling, self_);
      say(contact, known_as(contact));
    }
    if (message_.describes_session) describe_outside();
  }
  [[nodiscard]] Endpoint itself() const noexcept {
    return endpoint(line_.key.source, line_.key.source_port);
  }
  // An endpoint of the sender, as the receiver has to know it, who may send requests there.
  [[nodiscard]] std::optional<Endpoint> known_as(const sip::HostPort& host) noexcept {
    if (host.endpoint() == itself()) return endpoint(line_.source, line_.source_port);
    if (host.address != itself().address) return std::nullopt;
    return announce(packet_,
                    {.protocol = Protocol::udp, .at = host.endpoint(), .opens = Opens::signalling},
                    self_);
  }
  // All media or none, or some would go to addresses of others.
  void describe_outside() noexcept {
    const auto description = sdp::read(payload(packet_), message_.body);
    if (!description) return;
    Few<Replacement, 16> ports;
    for (const sdp::Medium& medium : description->media.all()) {
      const bool is_own = medium.port.number != 0 && medium.address == itself().address;
      if (is_own && !announce_medium(medium, ports)) return;
    }
    for (const Replacement& port : ports.all()) changes_.add(port);
    const Address known = Address::v4(line_.source);
    for (const auto& [at, address] : description->addresses.all()) {
      if (address == itself().address && address != known) say(at, known);
    }
  }
  // False if it cannot be let in.
  [[nodiscard]] bool announce_medium(const sdp::Medium& medium,
                                     Few<Replacement, 16>& ports) noexcept {
    if (medium.is_rtp && !medium.rtcp) {
      return note_port(medium.port, announce_pair(packet_, at(medium.port), self_), ports);
    }
    return note_port(medium.port, announce(packet_, at(medium.port), self_), ports) &&
           (!medium.rtcp ||
            note_port(*medium.rtcp, announce(packet_, at(*medium.rtcp), self_), ports));
  }
  [[nodiscard]] Announcement at(const NumberAt& port) const noexcept {
    return {.protocol = Protocol::udp,
            .at = {Address::v4(line_.key.source), static_cast<std::uint16_t>(port.number)},
            .call = message_.call};
  }
  static bool note_port(const NumberAt& port, const std::optional<Endpoint>& known,
                        Few<Replacement, 16>& ports) noexcept {
    if (!known) return false;
    const std::uint32_t number = known->port;
    return number == port.number || ports.add(Replacement{port.at}.add(number));
  }

  // --- to a guest

  void say_inside() noexcept {
    if (line_.destination != line_.key.destination) {
      if (message_.target) say(*message_.target, guest_at(*message_.target));
      if (!message_.is_request) say_answered();
    }
    if (message_.describes_session) describe_inside();
  }
  [[nodiscard]] Endpoint known() const noexcept {
    return endpoint(line_.key.destination, line_.key.destination_port);
  }
  // What the receiver itself has said in its request.
  void say_answered() noexcept {
    for (const sip::HostPort& contact : message_.contacts.all()) say(contact, guest_at(contact));
    if (message_.via) say(*message_.via, guest_at(*message_.via));
    const auto& received = message_.received;
    if (!received || received->address != known().address) return;
    const Endpoint guest = endpoint(line_.destination, line_.destination_port);
    say(received->at, guest.address);
    const auto& rport = message_.rport;
    if (rport && rport->number == known().port && rport->number != guest.port) {
      changes_.add(Replacement{rport->at}.add(std::uint32_t{guest.port}));
    }
  }
  // The receiver's own endpoint, as it knows it.
  [[nodiscard]] std::optional<Endpoint> guest_at(const sip::HostPort& host) noexcept {
    if (host.endpoint() == known()) return endpoint(line_.destination, line_.destination_port);
    if (host.address != known().address) return std::nullopt;
    const auto announced = self_.expectations->find(
        line_.key.router(), {Protocol::udp, {Address::v4(line_.key.source), 0}, host.endpoint()},
        self_.now());
    if (!announced || announced->listener.address != line_.destination) return std::nullopt;
    return Endpoint{Address::v4(announced->listener.address), announced->listener.port};
  }
  // Where the far end receives media, and where it sends from: itself, or another one for it.
  void describe_inside() noexcept {
    const auto description = sdp::read(payload(packet_), message_.body);
    if (!description) return;
    for (const sdp::Medium& medium : description->media.all()) {
      if (medium.port.number == 0 || !medium.address.is_unicast()) continue;
      if (medium.address != Address::v4(line_.key.source)) {
        expect_from(packet_, message_.call, medium.address.as_v4(), self_);
      } else if (medium.is_rtp && !medium.rtcp) {
        (void)announce_pair(packet_, at(medium.port), self_);
      } else {
        (void)announce(packet_, at(medium.port), self_);
        if (medium.rtcp) (void)announce(packet_, at(*medium.rtcp), self_);
      }
    }
  }

  const Packet& packet_;
  const flow::Line& line_;
  const sip::Message& message_;
  Worker& self_;
  Replacements changes_;
};

// Who is registered can be called for as long, by way of its session, whether it speaks or not.
void note_registration(const Packet& packet, const sip::Message& message, Worker& self) noexcept {
  constexpr std::uint32_t longest = 3600;  // seconds (RFC 3261 10.2.1.1)
  const bool is_granted = message.is_about_registration && message.status / 100 == 2;
  if (!is_granted) return;
  const auto session = flow::Table::session_of(self.sessions.id_of(*packet.line));
  const flow::Ticks granted =
      std::min(message.expires.value_or(longest), longest) * flow::ticks_per_second;
  self.sessions.forward(session).keep_until(self.now() + granted);
}

}  // namespace

bool serve_sip(Packet& packet, Worker& self) noexcept {
  const auto message = sip::read(payload(packet));
  if (!message) return true;
  note_registration(packet, *message, self);
  Replacements changes = Translation{packet, *message, self}.run();
  if (changes.is_empty() || !changes.is_complete()) return true;
  if (!may_grow(packet, changes.growth(), self)) return false;
  Edit edit{packet};
  if (!changes.apply(edit)) {
    self.drop(packet, Reason::too_big);
    return false;
  }
  edit.finish();
  ++self.helper_totals.rewritten;
  return true;
}

}  // namespace viaduct::helper
