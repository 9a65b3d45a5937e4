#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "services/guest/web/admission.h"
#include "services/guest/web/limits.h"
#include "services/guest/web/request_reader.h"
#include "services/guest/web/service.h"

namespace viaduct::web {

// The server's side of one TCP connection, without its socket or a clock: bytes and the time come
// in by its calls, and bytes go out by output(). The time never runs backwards.
//
//   while (!connection.is_finished())
//     whenever its socket is readable and room() is not 0:  receive() at most so many bytes
//     on the end of what the client sends:                  end_of_input()
//     whenever it is writable and output() is not empty:    write some of it, then sent()
//     once has_said_all():                                  shut the sending half of the socket
//     at deadline():                                        tick()
//   close the socket
class Connection {
 public:
  // REQUIRES: `service` outlives it.
  Connection(Service& service, Peer peer, const Limits& limits, Admission::Seat seat, Time now);

  // How many bytes it takes now; 0 while the client sends requests faster than it takes responses.
  [[nodiscard]] std::size_t room() const noexcept;
  // REQUIRES: bytes.size() <= room().
  void receive(std::string_view bytes, Time now);
  // The client sends no more. It may still take responses.
  void end_of_input(Time now);

  // What to write next. Valid until the next call.
  [[nodiscard]] std::string_view output() const noexcept;
  // The TTL that packets with output() are to have, if not the usual one.
  [[nodiscard]] std::optional<std::uint8_t> hop_limit() const noexcept;
  // So many bytes of output() were written.
  void sent(std::size_t count, Time now);

  // Whether nothing is going to be written any more.
  [[nodiscard]] bool has_said_all() const noexcept { return phase_ >= Phase::lingering; }
  [[nodiscard]] bool is_finished() const noexcept { return phase_ == Phase::finished; }
  // When to call tick() at the latest.
  [[nodiscard]] Time deadline() const noexcept { return deadline_; }
  void tick(Time now);

 private:
  // Lingering: what still arrives is thrown away, lest a reset overtakes the last response
  // (RFC 9112 9.6).
  enum class Phase : std::uint8_t { reading, answering, lingering, finished };

  void read_on(Time now);
  void answer(const Response& response, bool is_head, bool keeps_alive, Time now);
  void refuse(unsigned status, Event why, Time now);
  void end_response(Time now);
  void linger(Time now);
  void finish();

  Service* service_;
  Peer peer_;
  Limits limits_;
  Admission::Seat seat_;
  RequestReader reader_;
  Phase phase_ = Phase::reading;
  std::string input_;  // not read yet
  std::string head_;   // of the response
  Body body_;
  std::size_t head_sent_ = 0;
  std::optional<std::uint8_t> hop_limit_;
  Time deadline_;
  std::size_t requests_ = 0;
  bool is_request_begun_ = false;
  bool is_input_ended_ = false;
  bool keeps_alive_ = false;
};

}  // namespace viaduct::web
