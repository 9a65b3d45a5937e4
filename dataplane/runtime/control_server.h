#pragma once

#include <atomic>
#include <list>
#include <string>
#include <thread>

#include "base/framing.h"
#include "dataplane/runtime/engine.h"

namespace viaduct::runtime {

// Answers viaductd on the control socket: frames of JSON, one request, one answer. A connection has
// a thread of its own, and there are few of them.
class ControlServer {
 public:
  // Listens at `path`, where our own user and group may connect.
  static Result<std::unique_ptr<ControlServer>> listen(const std::string& path, Engine& engine);
  ~ControlServer();
  ControlServer(const ControlServer&) = delete;
  ControlServer& operator=(const ControlServer&) = delete;

  // Takes a new connection if one comes within `patience`.
  void accept_within(std::chrono::milliseconds patience);

 private:
  static constexpr std::size_t most_connections = 16;
  struct Connection {
    std::thread thread;
    std::atomic<bool> done{false};
  };

  ControlServer(Descriptor socket, std::string path, Engine& engine)
      : socket_(std::move(socket)), path_(std::move(path)), engine_(engine) {}
  void serve(const Descriptor& socket);
  Result<api::Json> answer(api::Json request, std::string text);
  void stream_capture(const Descriptor& socket, const api::Json& request);

  Descriptor socket_;
  std::string path_;
  Engine& engine_;
  std::atomic<bool> stop_{false};
  std::list<Connection> connections_;
};

}  // namespace viaduct::runtime
