#include "dataplane/runtime/control_server.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>

#include "api/error.h"
#include "base/errno_text.h"
#include "dataplane/runtime/capture_stream.h"

namespace viaduct::runtime {
namespace {

using api::Json;
using namespace std::chrono_literals;

constexpr auto answer_within = 30s;
constexpr auto whole_request_within = 30s;

Json refusal(const Error& error) {
  return {{"ok", false}, {"error", api::write_error(error)}};
}

Deadline in(std::chrono::seconds patience) {
  return std::chrono::steady_clock::now() + patience;
}

}  // namespace

Result<std::unique_ptr<ControlServer>> ControlServer::listen(const std::string& path,
                                                             Engine& engine) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) {
    return fail(Fault::invalid, path, "is too long for a socket's path");
  }
  path.copy(static_cast<char*>(address.sun_path), path.size());
  Descriptor socket{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  unlink(path.c_str());
  const mode_t before = umask(0117);
  const bool bound =
      bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  umask(before);
  if (!bound || ::listen(socket.get(), most_connections) != 0) {
    return fail(Fault::unavailable, path, std::string{"cannot listen: "} + errno_text());
  }
  return std::unique_ptr<ControlServer>{new ControlServer{std::move(socket), path, engine}};
}

ControlServer::~ControlServer() {
  stop_ = true;
  for (Connection& connection : connections_) connection.thread.join();
  unlink(path_.c_str());
}

void ControlServer::accept_within(std::chrono::milliseconds patience) {
  connections_.remove_if([](Connection& connection) {
    if (!connection.done) return false;
    connection.thread.join();
    return true;
  });
  if (connections_.size() >= most_connections) return std::this_thread::sleep_for(patience);
  const auto ready = readable_within(socket_, patience);
  if (!ready || !*ready) return;
  Descriptor client{accept4(socket_.get(), nullptr, nullptr, SOCK_CLOEXEC)};
  if (client.get() < 0) return;
  Connection& connection = connections_.emplace_back();
  connection.thread = std::thread{[this, &connection, client = std::move(client)] {
    serve(client);
    connection.done = true;
  }};
}

void ControlServer::serve(const Descriptor& socket) {
  while (!stop_) {
    const auto ready = readable_within(socket, 200ms);
    if (!ready) return;
    if (!*ready) continue;
    auto frame = receive_frame(socket, in(whole_request_within));
    if (!frame) return;
    auto request = api::parse_json(*frame, {.bytes = largest_frame});
    if (request && request->is_object() && request->value("op", Json{}) == "capture") {
      return stream_capture(socket, *request);
    }
    auto answered = request ? answer(*std::move(request), *std::move(frame))
                            : Result<Json>{tl::unexpected<Error>{request.error()}};
    if (answered) (*answered)["ok"] = true;
    const std::string text = answered ? answered->dump() : refusal(answered.error()).dump();
    if (!send_frame(socket, text, in(answer_within))) return;
  }
}

Result<Json> ControlServer::answer(Json request, std::string text) {
  if (!request.is_object() || !request.contains("op") || !request["op"].is_string()) {
    return fail(Fault::invalid, "/op", "missing: what to do");
  }
  const auto op = request["op"].get<std::string>();
  request.erase("op");
  if (op == "hello") return engine_.hello();
  if (op == "counters") return engine_.counters();
  if (op == "sessions") return engine_.sessions(request);
  if (op == "explain") return engine_.explain(request);
  if (op == "impact") return engine_.impact(request);
  if (op == "hold") return engine_.hold(request, std::move(text));
  if (op == "apply") return engine_.apply(request, std::move(text));
  return fail(Fault::invalid, "/op", "'" + op + "' is not known");
}

void ControlServer::stream_capture(const Descriptor& socket, const Json& request) {
  auto stream = CaptureStream::begin(engine_, request);
  if (!stream) {
    (void)send_frame(socket, refusal(stream.error()).dump(), in(answer_within));
    return;
  }
  if (!send_frame(socket, Json{{"ok", true}}.dump(), in(answer_within))) return;
  if (!send_frame(socket, (*stream)->header(), in(answer_within))) return;
  while (!stop_ && !(*stream)->is_over()) {
    const std::string chunk = (*stream)->next();
    // A client that has enough hangs up.
    const auto hung_up = readable_within(socket, chunk.empty() ? 20ms : 0ms);
    if (!hung_up || *hung_up) return;
    if (!chunk.empty() && !send_frame(socket, chunk, in(answer_within))) return;
  }
  (void)send_frame(socket, "", in(answer_within));
}

}  // namespace viaduct::runtime
