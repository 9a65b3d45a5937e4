#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/published.h"
#include "bench/rig.h"
#include "controlplane/control.h"
#include "dataplane/running.h"

namespace viaduct::bench {

// The data plane's part of a change, in the process of the control plane: what its control socket
// does, and its engine. Not thread-safe.
class InProcess final : public Dataplane {
 public:
  // What is published is followed by the rig's worker, or by nobody.
  enum class Follower : std::uint8_t { worker, nobody };
  InProcess(Rig& rig, Follower follower, const std::string& log);

  Result<api::Json> ask(const api::Json& question) override;
  Result<std::unique_ptr<RemoteCapture>> capture(const api::Json& question) override;

  // What the control plane's own clock does not see of a change: microseconds by phase, and what of
  // them was done before the journal had it.
  std::map<std::string, double> phases;
  double held_us = 0;

  std::unique_ptr<Published<Snapshot>> snapshots;
  std::function<void()> publishing = [] {};  // called whenever something is about to be
  // The round of each generation; written before it is published.
  std::vector<std::uint32_t> rounds = std::vector<std::uint32_t>(1 << 20);
  std::uint32_t round = 0;
  std::uint32_t generation = 1;    // the rig's own
  std::uint64_t acknowledged = 0;  // TSC, when the journal had it

 private:
  void publish();
  void lap(const char* name);

  Rig& rig_;
  Follower follower_;
  RunningConfiguration running_;
  std::uint64_t last_ = 0;
};

[[nodiscard]] double microseconds(std::uint64_t cycles);  // of the TSC

}  // namespace viaduct::bench
