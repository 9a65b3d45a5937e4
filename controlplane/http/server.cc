#include "controlplane/http/server.h"

#include <spdlog/spdlog.h>
#include <sys/stat.h>

#include <filesystem>

#include "base/framing.h"
#include "controlplane/http/openapi.h"
#include "controlplane/http/problem.h"
#include "controlplane/http/task_queue.h"

namespace viaduct::http {
namespace {

constexpr std::size_t threads = 16;
constexpr int most_waiting = 64;
constexpr time_t patience_seconds = 10;  // for each read and each write

void set_limits(httplib::Server& server) {
  server.new_task_queue = [] { return new TaskQueue{threads, std::size_t{most_waiting}}; };
  server.set_read_timeout(patience_seconds);
  server.set_write_timeout(patience_seconds);
  // One request a connection: an idle one cannot hold a thread, and an unread body cannot be taken
  // for the next request.
  server.set_keep_alive_max_count(1);
}

void set_error_answers(httplib::Server& server) {
  server.set_error_handler([](const httplib::Request& request, httplib::Response& response) {
    if (!response.body.empty()) return;
    const std::string allowed = methods_at(request.path);
    if (allowed.empty() || allowed.find(request.method) != allowed.npos) {
      return refuse_status(request, response, response.status);
    }
    refuse_method(request, response, allowed);
  });
  server.set_exception_handler([](const httplib::Request& request, httplib::Response& response,
                                  const std::exception_ptr& thrown) {
    try {
      std::rethrow_exception(thrown);
    } catch (const std::exception& exception) {
      spdlog::error("{} {}: {}", request.method, request.path, exception.what());
    }
    refuse_status(request, response, 500);
  });
}

}  // namespace

Server::Server(Control& control, const Control::Parts& of_control) {
  set_limits(server_);
  set_error_answers(server_);
  const Parts parts{control, of_control.journal, of_control.dataplane, of_control.guest_services,
                    is_stopping_};
  add_config_routes(server_, parts);
  add_history_routes(server_, parts);
  add_cloudstack_routes(server_, parts);
  add_runtime_routes(server_, parts);
  add_capture_route(server_, parts);
}

Result<void> Server::start(const std::string& socket_path) {
  if (connect_to(socket_path)) {
    return fail(Fault::conflict, socket_path, "another viaductd listens here");
  }
  std::error_code problem;
  std::filesystem::create_directories(std::filesystem::path{socket_path}.parent_path(), problem);
  std::filesystem::remove(socket_path, problem);
  server_.set_address_family(AF_UNIX);
  const mode_t before = umask(0117);
  const bool is_bound = server_.bind_to_port(socket_path, 80);  // the port says nothing here
  umask(before);
  if (!is_bound) return fail(Fault::unavailable, socket_path, "cannot listen here");
  server_.let_wait(most_waiting);
  socket_path_ = socket_path;
  listener_ = std::thread{[this] {
    server_.listen_after_bind();
    has_ended_ = true;
  }};
  return {};
}

void Server::stop() {
  if (!listener_.joinable()) return;
  is_stopping_ = true;
  // stop() does nothing to a listener that has not come to its loop yet.
  while (!server_.is_running() && !has_ended_) std::this_thread::yield();
  server_.stop();
  listener_.join();
  std::error_code ignored;
  std::filesystem::remove(socket_path_, ignored);
}

}  // namespace viaduct::http
