#include "services/guest/web/connection.h"

#include <utility>

namespace viaduct::web {
namespace {

Event event_of(unsigned status) {
  switch (status) {
    case 413:
    case 431:
      return Event::too_large;
    case 417:
    case 501:
    case 505:
      return Event::unsupported;
    default:
      return Event::malformed;
  }
}

}  // namespace

Connection::Connection(Service& service, Peer peer, const Limits& limits, Admission::Seat seat,
                       Time now)
    : service_(&service),
      peer_(std::move(peer)),
      limits_(limits),
      seat_(std::move(seat)),
      reader_(limits),
      deadline_(now + limits.idle) {
  service_->count(peer_, Event::connection);
}

std::size_t Connection::room() const noexcept {
  // As much as a head, and as much again, so that one in reading never fills it.
  const std::size_t most = std::size_t{2} * limits_.head_bytes;
  if (is_finished() || is_input_ended_) return 0;
  return phase_ == Phase::lingering ? most : most - input_.size();
}

void Connection::receive(std::string_view bytes, Time now) {
  if (phase_ == Phase::lingering || bytes.empty()) return;
  if (phase_ == Phase::answering && !keeps_alive_) return;
  input_ += bytes;
  if (phase_ == Phase::reading) read_on(now);
}

void Connection::end_of_input(Time now) {
  is_input_ended_ = true;
  if (phase_ == Phase::lingering) finish();
  if (phase_ == Phase::reading) read_on(now);
}

void Connection::read_on(Time now) {
  if (!input_.empty()) {
    if (!std::exchange(is_request_begun_, true)) deadline_ = now + limits_.request;
    input_.erase(0, reader_.read(input_));
  }
  if (reader_.refusal() != 0) {
    refuse(reader_.refusal(), event_of(reader_.refusal()), now);
  } else if (!reader_.is_reading()) {
    const Request& request = reader_.request();
    ++requests_;
    service_->count(peer_, Event::request);
    const Response response = service_->respond(peer_, request, now);
    const bool keeps_alive =
        request.keeps_alive && !response.closes && requests_ < limits_.requests;
    answer(response, request.method == Method::head, keeps_alive, now);
  } else if (is_input_ended_) {
    if (is_request_begun_) service_->count(peer_, Event::cut_off);
    finish();
  }
}

void Connection::answer(const Response& response, bool is_head, bool keeps_alive, Time now) {
  phase_ = Phase::answering;
  keeps_alive_ = keeps_alive;
  head_ = head_of(response, keeps_alive);
  head_sent_ = 0;
  body_ = is_head ? Body{} : response.body;
  hop_limit_ = response.hop_limit;
  deadline_ = now + limits_.response;
  if (!keeps_alive_) input_.clear();
}

void Connection::refuse(unsigned status, Event why, Time now) {
  service_->count(peer_, why);
  answer(status_response(status), false, false, now);
}

std::string_view Connection::output() const noexcept {
  if (phase_ != Phase::answering) return {};
  if (head_sent_ < head_.size()) return std::string_view{head_}.substr(head_sent_);
  return body_.bytes;
}

std::optional<std::uint8_t> Connection::hop_limit() const noexcept {
  return phase_ == Phase::answering ? hop_limit_ : std::nullopt;
}

void Connection::sent(std::size_t count, Time now) {
  if (phase_ != Phase::answering) return;
  if (head_sent_ < head_.size()) {
    head_sent_ += count;
  } else {
    body_.bytes.remove_prefix(count);
  }
  if (head_sent_ == head_.size() && body_.bytes.empty()) end_response(now);
}

void Connection::end_response(Time now) {
  head_.clear();
  head_sent_ = 0;
  body_ = {};
  if (!keeps_alive_) return linger(now);
  phase_ = Phase::reading;
  is_request_begun_ = false;
  deadline_ = now + limits_.idle;
  reader_ = RequestReader{limits_};
  read_on(now);
}

void Connection::linger(Time now) {
  if (is_input_ended_) return finish();
  phase_ = Phase::lingering;
  deadline_ = now + limits_.linger;
}

void Connection::finish() {
  phase_ = Phase::finished;
  input_.clear();
  head_.clear();
  body_ = {};
  deadline_ = Time::max();
}

void Connection::tick(Time now) {
  if (now < deadline_) return;
  switch (phase_) {
    case Phase::reading:
      if (is_request_begun_) return refuse(408, Event::slow_request, now);
      return linger(now);
    case Phase::answering:
      service_->count(peer_, Event::slow_reader);
      return finish();
    case Phase::lingering:
      return finish();
    case Phase::finished:
      return;
  }
}

}  // namespace viaduct::web
