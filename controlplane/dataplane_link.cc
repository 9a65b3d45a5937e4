#include "controlplane/dataplane_link.h"

#include "api/error.h"
#include "base/framing.h"

namespace viaduct {
namespace {

Result<api::Json> read_answer(std::string_view bytes) {
  auto answer = TRY(api::parse_json(bytes, {.bytes = largest_frame, .depth = 64}));
  if (!answer.is_object()) return fail(Fault::unavailable, "", "the data plane's answer is no object");
  if (answer.value("ok", false)) return answer;
  return tl::unexpected<Error>{api::read_error(answer.value("error", api::Json::object()))};
}

class CaptureLink final : public Capture {
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

Result<api::Json> DataplaneLink::ask(const api::Json& question) {
  const Deadline deadline = std::chrono::steady_clock::now() + patience_;
  const Descriptor socket = TRY(connect_to(socket_path_));
  TRY(send_frame(socket, question.dump(), deadline));
  const std::string answer = TRY(receive_frame(socket, deadline));
  return read_answer(answer);
}

Result<std::unique_ptr<Capture>> DataplaneLink::capture(const api::Json& question) {
  const Deadline deadline = std::chrono::steady_clock::now() + patience_;
  Descriptor socket = TRY(connect_to(socket_path_));
  TRY(send_frame(socket, question.dump(), deadline));
  const std::string answer = TRY(receive_frame(socket, deadline));
  TRY(read_answer(answer));
  return std::make_unique<CaptureLink>(std::move(socket), patience_);
}

}  // namespace viaduct
