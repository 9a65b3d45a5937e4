#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "services/guest/dns/settings.h"

namespace viaduct::dns {

using Time = std::chrono::steady_clock::time_point;
using Duration = std::chrono::steady_clock::duration;

// One resolver that questions are forwarded to, and how it has been doing.
class Upstream {
 public:
  explicit Upstream(const Endpoint& endpoint) : endpoint_(endpoint) {}

  [[nodiscard]] const Endpoint& endpoint() const noexcept { return endpoint_; }

  struct Figures {
    std::uint64_t asked = 0;
    std::uint64_t answered = 0;
    std::uint64_t timed_out = 0;  // no answer in time, or nobody there
    std::uint64_t refused = 0;    // answered that it could not or would not
  };
  [[nodiscard]] const Figures& figures() const noexcept { return figures_; }
  // Smoothed (RFC 6298 2); none before the first answer.
  [[nodiscard]] std::optional<Duration> round_trip() const noexcept {
    return has_answered_ ? std::optional{smoothed_} : std::nullopt;
  }
  // The less, the sooner it is asked: the round trip, or a guess; grows while there are no answers.
  [[nodiscard]] Duration reluctance() const noexcept { return smoothed_; }
  // For how long to wait for an answer by UDP before somebody else is asked.
  [[nodiscard]] Duration patience() const noexcept;

  void note_question() noexcept { ++figures_.asked; }
  void note_answer(Duration round_trip) noexcept;
  void note_refusal() noexcept;
  void note_silence() noexcept;
  // Another was preferred. Forgets bad experiences slowly, so that it gets its chance again.
  void note_rest() noexcept { smoothed_ -= smoothed_ / 64; }

 private:
  void grow() noexcept;

  Endpoint endpoint_;
  // Those that were not asked yet are tried early.
  Duration smoothed_ = std::chrono::milliseconds{1};
  Duration variation_{};
  bool has_answered_ = false;
  Figures figures_;
};

// Resolvers that may be asked the same questions.
using UpstreamGroup = std::vector<std::shared_ptr<Upstream>>;

// Every upstream once, so that all groups share what is known of it.
class Upstreams {
 public:
  UpstreamGroup group_of(std::span<const Resolver> resolvers);
  // Calls visit(const Upstream&) for each that some group has.
  template <class Visit>
  void each(Visit visit) const {
    for (const auto& [endpoint, upstream] : all_) {
      if (const auto alive = upstream.lock()) visit(*alive);
    }
  }

 private:
  std::map<Endpoint, std::weak_ptr<Upstream>> all_;
};

}  // namespace viaduct::dns
