#pragma once

#include <httplib.h>

#include <atomic>
#include <string>
#include <thread>

#include "controlplane/control.h"

// The HTTP config API on a UNIX socket. It must not face a network by itself.
namespace viaduct::http {

class Server {
 public:
  // `parts` are those that `control` works with. All must outlive it.
  Server(Control& control, const Control::Parts& parts);
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;
  ~Server() { stop(); }

  // Listens at `socket_path` (mode 0660, replacing a socket that nobody listens at) and answers
  // from threads of its own until stop().
  Result<void> start(const std::string& socket_path);
  // Ends running captures and waits for the other answers.
  void stop();

 private:
  class Listener final : public httplib::Server {
   public:
    // The library lets five callers wait; a non-blocking connect() beyond them fails.
    void let_wait(int callers) { ::listen(svr_sock_, callers); }
  };

  Listener server_;
  std::atomic<bool> is_stopping_ = false;
  std::atomic<bool> has_ended_ = false;
  std::string socket_path_;
  std::thread listener_;
};

// What the routes below work with.
struct Parts {
  Control& control;
  Journal& journal;
  Dataplane& dataplane;
  RemoteProcess& guest_services;
  const std::atomic<bool>& is_stopping;
};

// /v1/config and all below it.
void add_config_routes(httplib::Server& server, const Parts& parts);
// /v1/history, /v1/rollback, /v1/confirm
void add_history_routes(httplib::Server& server, const Parts& parts);
// /v1/status, /v1/sessions, /v1/counters, /v1/services, /v1/leases, /v1/explain, /metrics,
// /v1/openapi.json
void add_runtime_routes(httplib::Server& server, const Parts& parts);
// /v1/cloudstack
void add_cloudstack_routes(httplib::Server& server, const Parts& parts);
// /v1/capture
void add_capture_route(httplib::Server& server, const Parts& parts);

}  // namespace viaduct::http
