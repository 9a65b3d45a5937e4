#include "controlplane/selftest/trial.h"

#include <algorithm>

namespace viaduct::selftest {
namespace {

using namespace std::chrono_literals;

constexpr auto answer_patience = 1s;
// What a packet sets off on the side where it was sent may come a moment after its follower has
// crossed.
constexpr auto grace = 20ms;
// The marker's own session must outlive the shortest timeout of any terms.
constexpr auto marker_rest = 500ms;

bool carries(const Packet& packet, std::uint32_t mark) {
  if (packet.protocol == Protocol::tcp) return packet.sequence == mark;
  const Bytes& bytes = packet.payload;
  return bytes.size() >= 4 && (std::uint32_t{bytes[0]} << 24 | std::uint32_t{bytes[1]} << 16 |
                               std::uint32_t{bytes[2]} << 8 | bytes[3]) == mark;
}

void put(Bytes& payload, std::uint32_t mark) {
  payload.resize(std::max<std::size_t>(payload.size(), 4));
  for (unsigned i = 0; i < 4; ++i) payload[i] = static_cast<std::uint8_t>(mark >> (24 - 8 * i));
}

}  // namespace

std::string words(const std::optional<Endpoint>& endpoint) {
  return endpoint ? to_string(*endpoint) : "nothing";
}

std::string words(const std::optional<std::chrono::seconds>& lifetime) {
  return lifetime ? std::to_string(lifetime->count()) + " s left" : "no session";
}

std::string words(std::chrono::duration<double> time) {
  const auto tenths = static_cast<long>(time.count() * 10);
  return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10) + " s";
}

Result<Trial> Trial::begin(const Lab& lab, Subject& subject) {
  Trial trial{lab, subject, TRY(lab.guests_side()), TRY(lab.internet_side())};
  TRY(trial.guests_.find_router(plan::router_inside, plan::guest(0)));
  TRY(trial.internet_.find_router(plan::router_outside[0], plan::upstream));
  TRY(trial.set({}));
  // The router learns where each host is before anything depends on it.
  for (unsigned number = 0; number < 10; ++number) {
    const Endpoint guest = trial.guest(number);
    const auto asked = TRY(trial.outward(ping(guest, plan::server(number))));
    if (!asked) return fail(Fault::failed, "", "the router passes no ping of a guest");
    if (!TRY(trial.inward(pong(*asked)))) {
      return fail(Fault::failed, "", "the router passes no answer to a guest");
    }
  }
  return trial;
}

Result<void> Trial::set(const Terms& terms) {
  if (terms_ == terms) return {};
  TRY(subject_.configure(terms));
  terms_ = terms;
  return open_marker();
}

Result<void> Trial::open_marker() {
  const auto deadline = std::chrono::steady_clock::now() + 5s;
  while (std::chrono::steady_clock::now() < deadline) {
    Packet packet = udp(marker_guest_, marker_server_);
    const std::uint32_t wanted = mark(packet);
    TRY(guests_.send(write(packet)));
    const auto came = TRY(seen_on(internet_, wanted));
    if (!came) continue;
    marker_public_ = came->source;
    marked_ = std::chrono::steady_clock::now();
    return {};
  }
  return fail(Fault::failed, "", "the router passes no datagram of a guest");
}

// A number of the packet's own: its sequence number, or the first bytes of its payload.
std::uint32_t Trial::mark(Packet& packet) {
  if (packet.protocol == Protocol::tcp) return packet.sequence;
  if (packet.is_icmp_error()) return 0;
  put(packet.payload, next_mark_);
  return next_mark_++;
}

Result<std::optional<Packet>> Trial::seen_on(Side& side, std::uint32_t wanted) {
  const auto deadline = std::chrono::steady_clock::now() + answer_patience;
  for (;;) {
    TRY(side.listen(5ms));
    const auto& heard = side.all_heard();
    const auto found =
        std::ranges::find_if(heard, [&](const Packet& p) { return carries(p, wanted); });
    if (found != heard.end()) return *found;
    if (std::chrono::steady_clock::now() > deadline) return std::nullopt;
  }
}

Result<void> Trial::settle(Side& sent_on) {
  const bool is_inward = &sent_on == &internet_;
  if (std::chrono::steady_clock::now() - marked_ > marker_rest) TRY(open_marker());
  Packet follower =
      is_inward ? udp(marker_server_, marker_public_) : udp(marker_guest_, marker_server_);
  const std::uint32_t wanted = mark(follower);
  TRY(sent_on.send(write(follower)));
  Side& other = is_inward ? guests_ : internet_;
  if (!TRY(seen_on(other, wanted))) {
    return fail(Fault::failed, "", "the router no longer passes what it passed before");
  }
  marked_ = std::chrono::steady_clock::now();
  TRY(guests_.listen(grace / 2));
  return internet_.listen(grace / 2);
}

Result<std::optional<Packet>> Trial::carried(Side& from, Side& to, Packet packet) {
  guests_.forget();
  internet_.forget();
  const std::uint32_t wanted = mark(packet);
  const bool is_error = packet.is_icmp_error();
  const auto is_it = [&](const Packet& p) {
    return is_error ? p.is_icmp_error() : p.protocol == packet.protocol && carries(p, wanted);
  };
  TRY(from.send(write(packet)));
  TRY(to.listen(5ms));
  if (auto came = to.heard(is_it)) return came;
  TRY(settle(from));
  return to.heard(is_it);
}

Result<std::optional<Packet>> Trial::outward(Packet packet) {
  return carried(guests_, internet_, std::move(packet));
}
Result<std::optional<Packet>> Trial::inward(Packet packet) {
  return carried(internet_, guests_, std::move(packet));
}
Result<std::optional<Packet>> Trial::among_guests(Packet packet) {
  return carried(guests_, guests_, std::move(packet));
}

Result<std::optional<Packet>> Trial::answered(Side& side, const Packet& packet,
                                              const Wanted& wanted) {
  side.forget();
  TRY(side.send(write(packet)));
  TRY(settle(side));
  return side.heard(wanted);
}
Result<std::optional<Packet>> Trial::answer_to_guest(const Packet& packet, const Wanted& wanted) {
  return answered(guests_, packet, wanted);
}
Result<std::optional<Packet>> Trial::answer_to_server(const Packet& packet, const Wanted& wanted) {
  return answered(internet_, packet, wanted);
}

Result<std::optional<Endpoint>> Trial::mapped(Protocol protocol, const Endpoint& guest,
                                              const Endpoint& server) {
  Packet packet = protocol == Protocol::tcp    ? tcp(guest, server, syn)
                  : protocol == Protocol::icmp ? ping(guest, server.address)
                                               : udp(guest, server);
  packet.sequence = next_mark_++;
  const auto came = TRY(outward(std::move(packet)));
  if (!came) return std::nullopt;
  return came->source;
}

Result<std::optional<Trial::Connection>> Trial::connect(const Endpoint& guest,
                                                        const Endpoint& server) {
  Packet opening = tcp(guest, server, syn);
  opening.sequence = next_mark_++;
  const auto asked = TRY(outward(opening));
  if (!asked) return std::nullopt;
  Packet answer = tcp(server, asked->source, syn | ack);
  answer.sequence = next_mark_++;
  answer.acknowledges = opening.sequence + 1;
  if (!TRY(inward(answer))) return std::nullopt;
  Packet last = tcp(guest, server, ack);
  last.sequence = opening.sequence + 1;
  last.acknowledges = answer.sequence + 1;
  if (!TRY(outward(last))) return std::nullopt;
  next_mark_ += 1000;
  return Connection{guest, server, asked->source, last.sequence, last.acknowledges};
}

Result<bool> Trial::is_alive(const Connection& connection) {
  Packet said = tcp(connection.guest, connection.server, ack | psh);
  said.sequence = connection.guest_number;
  said.acknowledges = connection.server_number;
  const auto heard = TRY(outward(said));
  if (!heard || heard->source != connection.mapped) return false;
  Packet answer = tcp(connection.server, connection.mapped, ack | psh);
  answer.sequence = connection.server_number;
  answer.acknowledges = connection.guest_number;
  return TRY(inward(answer)).has_value();
}

Result<void> Trial::send(Side& side, const std::vector<Bytes>& packets) {
  for (const Bytes& packet : packets) TRY(side.send(packet));
  return {};
}

Result<std::optional<Packet>> Trial::await(Side& side, const Wanted& wanted) {
  const auto deadline = std::chrono::steady_clock::now() + answer_patience;
  for (;;) {
    TRY(guests_.listen(0ms));
    TRY(internet_.listen(0ms));
    if (auto came = side.heard(wanted)) return came;
    if (std::chrono::steady_clock::now() > deadline) return std::nullopt;
    TRY(side.listen(5ms));
  }
}

Result<void> Trial::wait(std::chrono::milliseconds time) {
  const auto deadline = std::chrono::steady_clock::now() + time;
  while (std::chrono::steady_clock::now() < deadline) {
    TRY(guests_.listen(5ms));
    TRY(internet_.listen(5ms));
  }
  return {};
}

}  // namespace viaduct::selftest
