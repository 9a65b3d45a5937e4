#include <spdlog/spdlog.h>

#include "controlplane/http/capture_filter.h"
#include "controlplane/http/problem.h"
#include "controlplane/http/request.h"
#include "controlplane/http/server.h"

namespace viaduct::http {
namespace {

using httplib::Request;
using httplib::Response;

constexpr int most_captures = 4;  // at once; each holds a thread

// A place among the running captures, given back on destruction.
class Ticket {
 public:
  static std::unique_ptr<Ticket> take() {
    std::unique_ptr<Ticket> ticket{new Ticket};
    return running > most_captures ? nullptr : std::move(ticket);
  }
  ~Ticket() { --running; }
  Ticket(const Ticket&) = delete;
  Ticket& operator=(const Ticket&) = delete;

 private:
  Ticket() { ++running; }
  static inline std::atomic<int> running = 0;
};

Result<api::Json> capture_question(const Request& request) {
  api::Json question = {{"op", "capture"}};
  for (const char* name : {"router", "interface"}) {
    if (request.has_param(name)) question[name] = request.get_param_value(name);
  }
  const auto snap_length = TRY(read_number(request, "snap_length", 256, 65535));
  question["snap_length"] = snap_length;
  question["packets"] = TRY(read_number(request, "packets", 100, 1'000'000));
  question["seconds"] = TRY(read_number(request, "seconds", 10, 600));
  if (const std::string filter = request.get_param_value("filter"); !filter.empty()) {
    question["program"] = TRY(compile_filter(filter, static_cast<int>(snap_length)));
  }
  return question;
}

// Sends one piece of the file; false ends the answer.
bool send_piece(RemoteCapture& capture, httplib::DataSink& sink) {
  const auto piece = capture.next();
  if (!piece) {
    spdlog::warn("capture: {}", piece.error().why);
    return false;
  }
  if (!*piece) return sink.is_writable();
  if ((*piece)->empty()) {
    sink.done();
    return true;
  }
  return sink.write((*piece)->data(), (*piece)->size());
}

void start(const Parts& parts, const Request& request, Response& response) {
  const auto question = capture_question(request);
  if (!question) return refuse_malformed(request, response, question.error());
  std::shared_ptr<Ticket> ticket = Ticket::take();
  if (!ticket) {
    return refuse(request, response,
                  {Fault::exhausted, "", "too many captures are running at once"});
  }
  auto started = parts.dataplane.capture(*question);
  if (!started) return refuse(request, response, started.error());
  std::shared_ptr<RemoteCapture> capture = *std::move(started);
  response.set_chunked_content_provider("application/vnd.tcpdump.pcap",
                                        [capture, ticket, &is_stopping = parts.is_stopping](
                                            std::size_t /*offset*/, httplib::DataSink& sink) {
                                          return !is_stopping && send_piece(*capture, sink);
                                        });
}

}  // namespace

void add_capture_route(httplib::Server& server, const Parts& parts) {
  server.Get("/v1/capture", [parts](const Request& request, Response& response) {
    start(parts, request, response);
  });
}

}  // namespace viaduct::http
