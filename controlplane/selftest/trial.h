#pragma once

#include <array>
#include <chrono>
#include <initializer_list>
#include <optional>
#include <string>
#include <vector>

#include "controlplane/selftest/subject.h"

namespace viaduct::selftest {

// What a check has seen, in words, and whether that is what it expects.
struct Seen {
  std::string words;
  bool is_right = false;
};

// An experiment with a router: packets sent on one side, and what comes of them on the other. Each
// has a mark of its own, so that no check mistakes another's.
class Trial {
 public:
  static Result<Trial> begin(const Lab& lab, Subject& subject);

  // From now on, the router is like this; does nothing if it is already.
  Result<void> set(const Terms& terms);

  // An endpoint that was not used before: of a guest, or of a server.
  Endpoint guest(unsigned number = 0) { return {plan::guest(number), next_port()}; }
  Endpoint server(unsigned number = 0) { return {plan::server(number), next_port()}; }

  // What becomes of a packet, sent as it is but for its mark, on the other side; nothing if
  // nothing of the kind comes.
  Result<std::optional<Packet>> outward(Packet packet);
  Result<std::optional<Packet>> inward(Packet packet);
  // The same, from a guest to guests.
  Result<std::optional<Packet>> among_guests(Packet packet);
  // The answer to a packet, on the side where it was sent.
  Result<std::optional<Packet>> answer_to_guest(const Packet& packet, const Wanted& wanted);
  Result<std::optional<Packet>> answer_to_server(const Packet& packet, const Wanted& wanted);

  // The public endpoint that a guest's packet to a server shows; nothing if it does not get there.
  Result<std::optional<Endpoint>> mapped(Protocol protocol, const Endpoint& guest,
                                         const Endpoint& server);
  // A TCP connection that a guest has opened to a server.
  struct Connection {
    Endpoint guest;
    Endpoint server;
    Endpoint mapped;
    std::uint32_t guest_number = 0;  // the next sequence numbers
    std::uint32_t server_number = 0;
  };
  Result<std::optional<Connection>> connect(const Endpoint& guest, const Endpoint& server);
  // Whether data passes in both directions.
  Result<bool> is_alive(const Connection& connection);

  // How long the router would keep the session; nothing if it has none.
  Result<std::optional<std::chrono::seconds>> lifetime(const Tuple& session) {
    return subject_.lifetime(session);
  }

  // Packets without a mark of ours, such as fragments.
  Result<void> send(Side& side, const std::vector<Bytes>& packets);
  // What is wanted and comes within a second; nothing if nothing does.
  Result<std::optional<Packet>> await(Side& side, const Wanted& wanted);
  // Lets time pass while ARP is answered.
  Result<void> wait(std::chrono::milliseconds time);
  // Everything that was sent before has been dealt with.
  Result<void> settle(Side& sent_on);

  [[nodiscard]] Side& guests() { return guests_; }
  [[nodiscard]] Side& internet() { return internet_; }
  [[nodiscard]] const Lab& lab() const { return lab_; }

 private:
  Trial(const Lab& lab, Subject& subject, Side guests, Side internet)
      : lab_(lab), subject_(subject), guests_(std::move(guests)), internet_(std::move(internet)) {}
  // Odd and even ones in turn, and far from each other.
  std::uint16_t next_port() { return last_port_ = static_cast<std::uint16_t>(last_port_ + 101); }
  Result<void> open_marker();
  Result<std::optional<Packet>> carried(Side& from, Side& to, Packet packet);
  Result<std::optional<Packet>> answered(Side& side, const Packet& packet, const Wanted& wanted);
  std::uint32_t mark(Packet& packet);
  // Waits for what has this mark; forgets nothing.
  Result<std::optional<Packet>> seen_on(Side& side, std::uint32_t wanted);

  const Lab& lab_;
  Subject& subject_;
  Side guests_;
  Side internet_;
  std::optional<Terms> terms_;
  // A conversation that always passes: its packets follow others, and tell that these have been
  // dealt with.
  const Endpoint marker_guest_{plan::guest(9), 9000};
  const Endpoint marker_server_{plan::server(9), 9000};
  Endpoint marker_public_;
  std::chrono::steady_clock::time_point marked_;
  std::uint16_t last_port_ = 20'000;
  std::uint32_t next_mark_ = 1'000'000;
};

// "203.0.113.2:40001", or "nothing".
std::string words(const std::optional<Endpoint>& endpoint);
// "298 s left", or "no session".
std::string words(const std::optional<std::chrono::seconds>& lifetime);
// "2.0 s"
std::string words(std::chrono::duration<double> time);
inline std::string either(bool condition, const char* yes, const char* no) {
  return condition ? yes : no;
}

}  // namespace viaduct::selftest
