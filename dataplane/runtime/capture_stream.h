#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "dataplane/core/capture.h"
#include "dataplane/runtime/engine.h"

namespace viaduct::runtime {

// One operator's capture, as the bytes of a pcap file.
class CaptureStream {
 public:
  // Begins what a request asks for: router, interface, program, snap_length, packets, seconds; all
  // optional.
  static Result<std::unique_ptr<CaptureStream>> begin(Engine& engine, const api::Json& request);
  ~CaptureStream();
  CaptureStream(const CaptureStream&) = delete;
  CaptureStream& operator=(const CaptureStream&) = delete;

  [[nodiscard]] std::string header() const;
  // What has come since the last call; may be empty.
  std::string next();
  [[nodiscard]] bool is_over() const;

 private:
  CaptureStream(Engine& engine, std::unique_ptr<Capture> capture, std::uint64_t packets,
                std::chrono::seconds duration);

  Engine& engine_;
  std::unique_ptr<Capture> capture_;
  std::uint64_t left_;
  std::chrono::steady_clock::time_point end_;
};

}  // namespace viaduct::runtime
