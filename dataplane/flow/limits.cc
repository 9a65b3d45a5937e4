#include "dataplane/flow/limits.h"

#include "dataplane/core/worker.h"

namespace viaduct::flow {
namespace {

constexpr std::uint32_t half_open_per_public_address = 8192;

// The guest that a session is for, and which of its lines has packets of the guest.
struct Guest {
  const InterfaceView* interface = nullptr;
  Address address;
  bool is_opener = false;
};

Guest guest_of(const Opening& opening) noexcept {
  const auto is_guest = [](const InterfaceView* interface) {
    return interface != nullptr && interface->config->role == interface::Role::guest;
  };
  if (is_guest(opening.in) && !opening.from_host) {
    return {opening.in, opening.original.source.address, true};
  }
  if (is_guest(opening.out)) return {opening.out, opening.translated.destination.address, false};
  return {};
}

std::uint64_t owner(Slot router, Be32 address) noexcept {
  return (std::uint64_t{router} << 32) | address.host();
}

std::uint32_t most_sessions(const Guest& guest, Worker& self) noexcept {
  const std::uint32_t most = guest.interface->config->network.sessions_per_guest;
  if (most != 0) return most;
  const std::size_t workers = self.exchange == nullptr ? 1 : self.exchange->workers();
  return static_cast<std::uint32_t>(self.sessions.most_sessions() * workers / 8);
}

bool is_counted_for(std::uint64_t key, SessionId session, Worker& self) noexcept {
  const auto is_of_guest = [&](const Line& line) {
    return line.has(counted) && owner(line.key.router(), line.key.source) == key;
  };
  return is_of_guest(self.sessions.forward(session)) || is_of_guest(self.sessions.reply(session));
}

// Closes a session that another is to take the place of.
void evict(SessionId session, Worker& self) noexcept {
  if (session == none) return;
  self.close(session);
  ++self.session_totals.evicted;
}

void note_half_open(const Opening& opening, const Guest& guest, SessionId session,
                    Worker& self) noexcept {
  const Slot router = opening.router->slot();
  if (guest.interface != nullptr) {
    evict(self.half_open.add_to(owner(router, guest.address.as_v4()),
                                guest.interface->config->network.half_open_per_guest, session,
                                self.sessions),
          self);
  }
  const bool is_inbound = opening.in->is_outside();
  const Address& at =
      is_inbound ? opening.original.destination.address : opening.translated.source.address;
  if (!is_inbound && !opening.source_translated) return;
  evict(self.half_open.add_to(owner(router, at.as_v4()), half_open_per_public_address, session,
                              self.sessions),
        self);
}

}  // namespace

bool has_too_many_sessions(const Opening& opening, Worker& self, LineId ending) noexcept {
  const Guest guest = guest_of(opening);
  if (guest.interface == nullptr) return false;
  const std::uint64_t key = owner(opening.router->slot(), guest.address.as_v4());
  const bool one_ends = ending != none && is_counted_for(key, Table::session_of(ending), self);
  return self.guests->count(key) >= most_sessions(guest, self) + (one_ends ? 1 : 0);
}

void make_room(Worker& self) noexcept {
  if (self.sessions.live_sessions() + Burst::capacity < self.sessions.most_sessions()) return;
  evict(self.half_open.take_oldest(self.sessions), self);
}

bool has_room(Worker& self) noexcept {
  return self.sessions.live_sessions() < self.sessions.most_sessions() ||
         self.half_open.has_any(self.sessions);
}

bool account(const Opening& opening, SessionId session, Worker& self) noexcept {
  const Guest guest = guest_of(opening);
  if (guest.interface != nullptr) {
    const std::uint64_t key = owner(opening.router->slot(), guest.address.as_v4());
    if (!self.guests->add(key, most_sessions(guest, self))) return false;
    Line& of_guest = guest.is_opener ? self.sessions.forward(session)  //
                                     : self.sessions.reply(session);
    of_guest.flags |= counted;
  }
  self.half_open.add(session, self.sessions);
  if (opening.original.protocol == Protocol::tcp) note_half_open(opening, guest, session, self);
  return true;
}

void discharge(SessionId session, Worker& self) noexcept {
  for (const Line* line : {&self.sessions.forward(session), &self.sessions.reply(session)}) {
    if (line->has(counted)) self.guests->remove(owner(line->key.router(), line->key.source));
  }
}

}  // namespace viaduct::flow
