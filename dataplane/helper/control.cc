#include "dataplane/helper/control.h"

#include "dataplane/core/worker.h"
#include "dataplane/helper/announce.h"
#include "dataplane/helper/calls.h"
#include "dataplane/helper/ftp.h"
#include "dataplane/helper/numbers.h"
#include "dataplane/helper/payload.h"
#include "dataplane/helper/signalling.h"
#include "dataplane/helper/tftp.h"

namespace viaduct::helper {
namespace {

using network::Helper;

// By where the server has its port, whatever it is from outside.
std::optional<Helper> helper_of(const flow::Line& forward) noexcept {
  constexpr std::uint16_t ftp_control = 21;
  constexpr std::uint16_t tftp_requests = 69;
  constexpr std::uint16_t pptp_control = 1723;
  constexpr std::uint16_t sip_server = 5060;
  const std::uint16_t port = forward.destination_port.host();
  if (forward.key.protocol() == Protocol::tcp) {
    if (port == ftp_control) return Helper::ftp;
    return port == pptp_control ? std::optional{Helper::pptp} : std::nullopt;
  }
  if (forward.key.protocol() != Protocol::udp) return std::nullopt;
  if (port == tftp_requests) return Helper::tftp;
  return port == sip_server ? std::optional{Helper::sip} : std::nullopt;
}

bool is_reply(const Packet& packet, Worker& self) noexcept {
  return flow::Table::is_reply(self.sessions.id_of(*packet.line));
}

// Whether the network still wants what the session was marked for.
bool is_wanted(const Packet& packet, Worker& self) noexcept {
  return self.network_of(*packet.line).has(packet.line->helper());
}

struct Rewording {
  ftp::Announcement of;
  ftp::Words by;
  [[nodiscard]] std::int32_t growth() const noexcept {
    return static_cast<std::int32_t>(by.text().size()) -
           static_cast<std::int32_t>(of.end - of.begin);
  }
};

// What is to be said in the place of an announcement, if there is one that can be kept.
std::optional<Rewording> look_into(const Packet& packet, Worker& self) noexcept {
  if (packet.is_fragment || !is_wanted(packet, self)) return std::nullopt;
  const auto side = is_reply(packet, self) ? ftp::Side::server : ftp::Side::client;
  const auto said = ftp::read(payload(packet), side);
  if (!said) return std::nullopt;
  const Endpoint listener{said->address.value_or(Address::v4(packet.line->key.source)), said->port};
  const auto known_as = announce(packet, {.protocol = Protocol::tcp, .at = listener}, self);
  if (!known_as) return std::nullopt;
  return Rewording{*said, ftp::Words{*said, *known_as}};
}

// The numbers of a connection whose text becomes longer by `growth`, or was changed before; nullptr
// if they are as they were, or there is no room to remember them.
Adjustments::Connection* numbers_of(const Packet& packet, std::int32_t growth,
                                    Worker& self) noexcept {
  const auto session = flow::Table::session_of(self.sessions.id_of(*packet.line));
  Adjustments::Connection* known = self.adjustments.find(session);
  return known == nullptr && growth != 0 ? self.adjustments.make(session) : known;
}

bool serve_ftp(Packet& packet, Worker& self) noexcept {
  if ((packet.tcp_flags & RTE_TCP_SYN_FLAG) != 0) {  // it counts from the beginning
    self.adjustments.forget(flow::Table::session_of(self.sessions.id_of(*packet.line)));
    return true;
  }
  auto wanted = look_into(packet, self);
  const std::int32_t growth = wanted ? wanted->growth() : 0;
  Adjustments::Connection* numbers = numbers_of(packet, growth, self);
  if (numbers == nullptr && growth != 0) wanted.reset();
  if (numbers == nullptr && !wanted) return true;
  if (wanted && !may_grow(packet, growth, self)) return false;
  Edit edit{packet};
  if (wanted && !edit.replace(wanted->of.begin, wanted->of.end, wanted->by.text())) {
    self.drop(packet, Reason::too_big);
    return false;
  }
  if (wanted) ++self.helper_totals.rewritten;
  if (numbers != nullptr) {
    const bool answers = is_reply(packet, self);
    Shift& sent = answers ? numbers->reply : numbers->forward;
    if (wanted) sent.note(rte_be_to_cpu_32(packet.tcp().sent_seq), growth);
    shift_numbers(packet, sent, answers ? numbers->forward : numbers->reply);
  }
  edit.finish();
  return true;
}

void serve_tftp(const Packet& packet, Worker& self) noexcept {
  const bool asks = !packet.is_fragment && !is_reply(packet, self) && is_wanted(packet, self) &&
                    tftp::asks_for_transfer(payload(packet));
  if (asks) expect_answer(packet, Expectation::Opens::one, self);
}

}  // namespace

void attend(const Opening& opening, flow::SessionId session, Worker& self) noexcept {
  flow::Line& forward = self.sessions.forward(session);
  flow::Line& reply = self.sessions.reply(session);
  const auto note = [&](flow::LineFlag flag, Helper helper) {
    forward.note_helper(flag, helper);
    reply.note_helper(flag, helper);
  };
  if (opening.announced_by) {
    if (opening.is_helped) note(flow::helped, *opening.announced_by);
    return note(flow::announced, *opening.announced_by);
  }
  forward.flags &= static_cast<std::uint16_t>(~flow::announced);
  reply.flags &= static_cast<std::uint16_t>(~flow::announced);
  const auto helper = helper_of(forward);
  // One that was looked into stays marked: its numbers may be shifted.
  if (helper && self.network_of(forward).has(*helper)) note(flow::helped, *helper);
}

bool serve(Packet& packet, Worker& self) noexcept {
  if (packet.is_later_fragment) return true;
  switch (packet.line->helper()) {
    case Helper::ftp:
      return serve_ftp(packet, self);
    case Helper::tftp:
      serve_tftp(packet, self);
      return true;
    case Helper::sip:
      return packet.is_fragment || !is_wanted(packet, self) || serve_sip(packet, self);
    case Helper::pptp:
      if (!packet.is_fragment && is_wanted(packet, self)) serve_pptp(packet, self);
      return true;
  }
  return true;
}

void discharge(flow::SessionId session, Worker& self) noexcept {
  const flow::Line& forward = self.sessions.forward(session);
  if (!forward.has(flow::helped)) return;
  self.adjustments.forget(session);
  const auto give_back = [&](std::uint32_t mapping) {
    self.rooms().session_closed({.mapping = mapping});
  };
  self.expectations->forget({self.index, session}, give_back);
}

void tick(Worker& self) noexcept {
  self.expectations->expire(self.now(), [&](std::uint32_t mapping) {
    self.rooms().session_closed({.mapping = mapping});
  });
}

}  // namespace viaduct::helper
