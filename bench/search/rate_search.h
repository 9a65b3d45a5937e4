#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "base/result.h"

// The search for the greatest rates at which a device loses little or nothing, in the manner of
// MLRsearch (draft-ietf-bmwg-mlrsearch): cheap trials first, then longer ones around what those
// found.
namespace viaduct::bench {

// What was offered to the device for some time, and what of it was lost.
struct Trial {
  double rate = 0;  // packets per second, as meant
  double seconds = 0;
  std::uint64_t sent = 0;
  std::uint64_t lost = 0;
  // The sender could not offer that much, so the trial says nothing good about the device.
  bool fell_short = false;
  // A process was taken off its core meanwhile, so the trial says nothing bad about the device.
  bool disturbed = false;
  // It was repeated since it was disturbed, and says nothing.
  bool repeated = false;

  [[nodiscard]] double loss_ratio() const {
    return sent == 0 ? 1 : static_cast<double>(lost) / static_cast<double>(sent);
  }
};

struct SearchPlan {
  double most = 0;       // a rate that is not exceeded
  double least = 0;      // below it the search gives up
  double width = 0.005;  // how far apart the bounds may be at the end, as a part of the upper one
  double first_seconds = 0;  // of the shortest trials; they grow to the last
  double last_seconds = 0;
  unsigned phases = 3;  // each has longer trials and half the width of the one before
  // Trials at one rate in the last phase: most of them decide. Others have one.
  unsigned trials_at_last = 3;
  // How often a lossy trial is repeated because it was disturbed.
  unsigned most_repetitions = 2;
};

// Whether more than `found` failed only because the sender could not offer it.
[[nodiscard]] bool is_sender_the_limit(const std::vector<Trial>& trials, double found);

// Whether more than `found` failed only in trials that were disturbed, however often they were
// repeated: then it says more about the machine than about the device.
[[nodiscard]] bool is_machine_the_limit(const std::vector<Trial>& trials, double found,
                                        double loss_ratio);

class RateSearch {
 public:
  using RunTrial = std::function<Result<Trial>(double rate, double seconds)>;

  RateSearch(const SearchPlan& plan, RunTrial run) : plan_(plan), run_(std::move(run)) {}

  // The greatest rate that was found to lose no more than `loss_ratio`, looked for around `guess`;
  // 0 if none was. What earlier searches of this object have tried counts too.
  Result<double> find(double loss_ratio, double guess);
  // All trials so far, in order.
  [[nodiscard]] const std::vector<Trial>& trials() const { return trials_; }

 private:
  struct Phase {
    double seconds;
    double width;
    unsigned trials;
  };
  struct Bounds {
    double lower;  // passes; 0: nothing did
    double upper;  // does not; the most there is: nothing failed
  };
  [[nodiscard]] Phase phase(unsigned number) const;
  Result<Bounds> bracket(double guess, double loss_ratio, const Phase& phase);
  Result<bool> passes(double rate, double loss_ratio, const Phase& phase);
  // What is known about a rate, if that is enough for the phase.
  [[nodiscard]] std::optional<bool> verdict(double rate, double loss_ratio,
                                            const Phase& phase) const;
  // The greatest rate below `upper` that is known to pass; 0 if none is.
  [[nodiscard]] double known_to_pass(double upper, double loss_ratio, const Phase& phase) const;
  Result<void> try_at(double rate, double loss_ratio, double seconds);

  SearchPlan plan_;
  RunTrial run_;
  std::vector<Trial> trials_;
};

}  // namespace viaduct::bench
