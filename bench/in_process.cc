#include "bench/in_process.h"

#include <rte_cycles.h>

namespace viaduct::bench {

using api::Json;

double microseconds(std::uint64_t cycles) {
  return static_cast<double>(cycles) * 1e6 / static_cast<double>(rte_get_tsc_hz());
}

InProcess::InProcess(Rig& rig, Follower follower, const std::string& log)
    : rig_(rig), follower_(follower), running_(log, 9000) {}

Result<Json> InProcess::ask(const Json& question) {
  const std::string op = question.value("op", "");
  if (op != "apply" && op != "hold") {
    return Json{{"started_at", 1}, {"revision", running_.revision()}};
  }
  last_ = rte_rdtsc();
  if (op == "apply") acknowledged = last_;
  std::string text = question.dump();
  const Json request = TRY(api::parse_json(text, {.bytes = std::size_t{256} << 20}));
  lap("send");
  auto next = TRY(running_.read(request, std::move(text)));
  if (!rig_.workers().prepare(next.compiled, running_.directory().limit())) {
    return fail(Fault::exhausted, "", "more rules than fit");
  }
  lap("compile");
  if (op == "hold") {
    held_us = phases["send"] + phases["compile"];
    running_.hold(std::move(next));
    return Json::object();
  }
  TRY(running_.remember(next));
  lap("remember");
  running_.accept(std::move(next));
  publish();
  lap("swap");
  return Json{{"generation", generation}};
}

Result<std::unique_ptr<RemoteCapture>> InProcess::capture(const Json& /*question*/) {
  return fail(Fault::unavailable, "", "not here");
}

void InProcess::publish() {
  rounds[++generation] = round;
  auto next = take_snapshot(running_.compiled(), Rig::ports, generation,
                            snapshots == nullptr ? nullptr : &snapshots->current());
  publishing();
  if (snapshots != nullptr) return snapshots->replace(std::move(next));
  const bool is_followed = follower_ == Follower::worker;
  snapshots = std::make_unique<Published<Snapshot>>(std::move(next), is_followed ? 1 : 0);
  if (is_followed) rig_.follow(snapshots->current());
}

void InProcess::lap(const char* name) {
  const std::uint64_t now = rte_rdtsc();
  phases[name] += microseconds(now - std::exchange(last_, now));
}

}  // namespace viaduct::bench
