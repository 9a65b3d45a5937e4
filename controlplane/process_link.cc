#include "controlplane/process_link.h"

#include "api/error.h"
#include "base/framing.h"

namespace viaduct {
namespace {

// Whatever a process answers, it is not away: that is only said where nothing came.
Result<api::Json> read_answer(const std::string& name, std::string_view bytes) {
  auto answer = api::parse_json(bytes, {.bytes = largest_frame, .depth = 64});
  if (!answer || !answer->is_object()) {
    return fail(Fault::failed, "", "the answer of " + name + " is no JSON object");
  }
  if (answer->value("ok", false)) return answer;
  Error refusal = api::read_error(answer->value("error", api::Json::object()));
  if (refusal.fault == Fault::unavailable) refusal.fault = Fault::failed;
  return tl::unexpected<Error>{std::move(refusal)};
}

auto away(const std::string& name, Error error) {
  error.why.insert(0, name + " is away: ");
  return tl::unexpected<Error>{std::move(error)};
}

Result<api::Json> exchange(const std::string& name, const Descriptor& socket,
                           const api::Json& question, Deadline deadline) {
  if (auto sent = send_frame(socket, question.dump(), deadline); !sent) {
    return away(name, sent.error());
  }
  const auto answer = receive_frame(socket, deadline);
  if (!answer) return away(name, answer.error());
  return read_answer(name, *answer);
}

class CaptureLink final : public RemoteCapture {
 public:
  CaptureLink(Descriptor socket, std::chrono::milliseconds patience)
      : socket_(std::move(socket)), patience_(patience) {}

  Result<std::optional<std::string>> next() override {
    using namespace std::chrono_literals;
    if (!TRY(readable_within(socket_, 500ms))) return std::nullopt;
    return TRY(receive_frame(socket_, std::chrono::steady_clock::now() + patience_));
  }

 private:
  Descriptor socket_;
  std::chrono::milliseconds patience_;
};

}  // namespace

Result<api::Json> ProcessLink::ask(const api::Json& question) {
  const Deadline deadline = std::chrono::steady_clock::now() + patience_;
  auto socket = connect_to(socket_path_);
  if (!socket) return away(name_, socket.error());
  return exchange(name_, *socket, question, deadline);
}

Result<std::unique_ptr<RemoteCapture>> ProcessLink::capture(const api::Json& question) {
  const Deadline deadline = std::chrono::steady_clock::now() + patience_;
  auto socket = connect_to(socket_path_);
  if (!socket) return away(name_, socket.error());
  TRY(exchange(name_, *socket, question, deadline));
  return std::make_unique<CaptureLink>(*std::move(socket), patience_);
}

}  // namespace viaduct
