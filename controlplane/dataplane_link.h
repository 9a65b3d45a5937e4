#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include "api/json.h"

namespace viaduct {

// A capture file on its way. Destruction ends the capture.
class RemoteCapture {
 public:
  virtual ~RemoteCapture() = default;
  // The next piece of the file; none if there is nothing yet; an empty one at the end.
  virtual Result<std::optional<std::string>> next() = 0;
};

// The data plane, as the control plane speaks to it. Safe to call from any thread.
class Dataplane {
 public:
  virtual ~Dataplane() = default;

  // One question, one answer. The data plane's refusal comes back as the error it names, but
  // Fault::unavailable means that it does not answer in time, and nothing else.
  virtual Result<api::Json> ask(const api::Json& question) = 0;

  // Starts a capture.
  virtual Result<std::unique_ptr<RemoteCapture>> capture(const api::Json& question) = 0;
};

// The data plane behind its control socket. Each question has its own connection, so that a slow
// answer holds nobody up and a restarted data plane needs no reconnecting.
class DataplaneLink final : public Dataplane {
 public:
  explicit DataplaneLink(std::string socket_path,
                         std::chrono::milliseconds patience = std::chrono::seconds{30})
      : socket_path_(std::move(socket_path)), patience_(patience) {}

  Result<api::Json> ask(const api::Json& question) override;
  Result<std::unique_ptr<RemoteCapture>> capture(const api::Json& question) override;

 private:
  std::string socket_path_;
  std::chrono::milliseconds patience_;  // for one whole answer
};

}  // namespace viaduct
