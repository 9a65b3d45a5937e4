#include "services/guest/dns/upstream.h"

#include <algorithm>

namespace viaduct::dns {

namespace {

using std::chrono::milliseconds;

constexpr Duration patience_at_first = milliseconds{400};
constexpr Duration least_patience = milliseconds{100};
constexpr Duration most_patience = milliseconds{800};
constexpr Duration worst_round_trip = milliseconds{2000};

}  // namespace

Duration Upstream::patience() const noexcept {
  if (!has_answered_) return patience_at_first;
  return std::clamp(smoothed_ + 4 * variation_, least_patience, most_patience);
}

void Upstream::note_answer(Duration round_trip) noexcept {
  ++figures_.answered;
  round_trip = std::clamp(round_trip, Duration{1}, worst_round_trip);
  if (has_answered_) {
    const Duration difference = std::chrono::abs(smoothed_ - round_trip);
    variation_ += (difference - variation_) / 4;
    smoothed_ += (round_trip - smoothed_) / 8;
  } else {
    smoothed_ = round_trip;
    variation_ = round_trip / 2;
  }
  has_answered_ = true;
}

void Upstream::note_refusal() noexcept {
  ++figures_.refused;
  grow();
}

void Upstream::note_silence() noexcept {
  ++figures_.timed_out;
  grow();
}

void Upstream::grow() noexcept {
  constexpr Duration least_punished = milliseconds{100};
  smoothed_ = std::clamp(2 * smoothed_, least_punished, worst_round_trip);
}

UpstreamGroup Upstreams::group_of(std::span<const Resolver> resolvers) {
  std::erase_if(all_, [](const auto& entry) { return entry.second.expired(); });
  UpstreamGroup group;
  for (const Resolver& resolver : resolvers) {
    std::weak_ptr<Upstream>& known = all_[resolver.endpoint];
    auto upstream = known.lock();
    if (!upstream) {
      upstream = std::make_shared<Upstream>(resolver.endpoint);
      known = upstream;
    }
    if (std::ranges::find(group, upstream) == group.end()) group.push_back(std::move(upstream));
  }
  return group;
}

}  // namespace viaduct::dns
