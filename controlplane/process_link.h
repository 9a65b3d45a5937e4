#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include "api/json.h"

namespace viaduct {

// A process of the appliance, as the control plane speaks to it. Safe to call from any thread.
class RemoteProcess {
 public:
  RemoteProcess() = default;
  RemoteProcess(const RemoteProcess&) = delete;
  RemoteProcess& operator=(const RemoteProcess&) = delete;
  virtual ~RemoteProcess() = default;

  // One question, one answer. The process's refusal comes back as the error it names, but
  // Fault::unavailable means that it does not answer in time, and nothing else.
  virtual Result<api::Json> ask(const api::Json& question) = 0;
};

// A capture file on its way. Destruction ends the capture.
class RemoteCapture {
 public:
  virtual ~RemoteCapture() = default;
  // The next piece of the file; none if there is nothing yet; an empty one at the end.
  virtual Result<std::optional<std::string>> next() = 0;
};

class Dataplane : public RemoteProcess {
 public:
  // Starts a capture.
  virtual Result<std::unique_ptr<RemoteCapture>> capture(const api::Json& question) = 0;
};

// A process behind its control socket. Each question has its own connection, so that a slow answer
// holds nobody up and a restarted process needs no reconnecting.
class ProcessLink final : public RemoteProcess {
 public:
  // `name` is for people; `patience` for one whole answer.
  ProcessLink(std::string name, std::string socket_path, std::chrono::milliseconds patience)
      : name_(std::move(name)), socket_path_(std::move(socket_path)), patience_(patience) {}

  Result<api::Json> ask(const api::Json& question) override;
  // Asks for what is answered by a capture.
  Result<std::unique_ptr<RemoteCapture>> capture(const api::Json& question);

 private:
  std::string name_;
  std::string socket_path_;
  std::chrono::milliseconds patience_;
};

class DataplaneLink final : public Dataplane {
 public:
  explicit DataplaneLink(std::string socket_path,
                         std::chrono::milliseconds patience = std::chrono::seconds{30})
      : link_("the data plane", std::move(socket_path), patience) {}

  Result<api::Json> ask(const api::Json& question) override { return link_.ask(question); }
  Result<std::unique_ptr<RemoteCapture>> capture(const api::Json& question) override {
    return link_.capture(question);
  }

 private:
  ProcessLink link_;
};

}  // namespace viaduct
