#pragma once

#include <array>
#include <cstdint>
#include <utility>

#include "base/huge_array.h"
#include "dataplane/flow/index.h"
#include "dataplane/flow/session.h"

namespace viaduct::flow {

using SessionId = std::uint32_t;
using LineId = std::uint32_t;
constexpr std::uint32_t none = Index::none;

// All live sessions of one worker. Nobody else may touch it. Never allocates after construction.
class Table {
 public:
  // `seeds` key the hash, so that nobody outside can aim at one bucket.
  Table(std::size_t most_sessions, std::array<std::uint64_t, 2> seeds, bool use_huge_pages);

  [[nodiscard]] std::uint64_t hash(const Key& key) const noexcept {
    return flow::hash(key, seeds_);
  }
  // A lookup in steps, for bursts: each step does what the one before has prefetched. The candidate
  // of the last two is unverified, and prefetched itself; nullptr if there is none.
  void prefetch_bucket(std::uint64_t hash) const noexcept { index_.prefetch(hash); }
  [[nodiscard]] Line* candidate(std::uint64_t hash) noexcept {
    return prefetched(index_.candidate(hash));
  }
  [[nodiscard]] bool prefetch_other_bucket(std::uint64_t hash) const noexcept {
    return index_.prefetch_other(hash);
  }
  [[nodiscard]] Line* other_candidate(std::uint64_t hash) noexcept {
    return prefetched(index_.other_candidate(hash));
  }
  // What open() needs besides the buckets of its two keys.
  void prefetch_room(std::uint64_t forward_hash, std::uint64_t reply_hash) const noexcept {
    index_.prefetch_room(forward_hash);
    index_.prefetch_room(reply_hash);
  }
  [[nodiscard]] LineId find(const Key& key, std::uint64_t hash) const noexcept {
    return index_.find(hash, [&](LineId id) { return lines_[id].key == key; });
  }
  [[nodiscard]] LineId find(const Key& key) const noexcept { return find(key, hash(key)); }

  [[nodiscard]] Line& line(LineId id) noexcept { return lines_[id]; }
  [[nodiscard]] LineId id_of(const Line& line) const noexcept {
    return static_cast<LineId>(&line - lines_.data());
  }
  static SessionId session_of(LineId id) noexcept { return id / 2; }
  static bool is_reply(LineId id) noexcept { return (id & 1) != 0; }
  [[nodiscard]] Line& forward(SessionId session) noexcept {
    return lines_[std::size_t{2} * session];
  }
  [[nodiscard]] Line& reply(SessionId session) noexcept {
    return lines_[std::size_t{2} * session + 1];
  }
  [[nodiscard]] SessionInfo& info(SessionId session) noexcept { return infos_[session]; }
  [[nodiscard]] bool is_live(SessionId session) noexcept { return forward(session).has(live); }

  // A session for these two keys, its lines fresh but for the keys; none when the table is full,
  // another session has one of the keys, or both are the same.
  [[nodiscard]] SessionId open(const Key& forward, const Key& reply) noexcept {
    return open(forward, hash(forward), reply, hash(reply));
  }
  // The same, with their hashes.
  [[nodiscard]] SessionId open(const Key& forward, std::uint64_t forward_hash, const Key& reply,
                               std::uint64_t reply_hash) noexcept;
  // Its id stays until the next recycle(): packets under way may point at its lines, which are not
  // live any more.
  void close(SessionId session) noexcept;
  // Whether there was any since the last recycle().
  [[nodiscard]] bool has_closed() const noexcept { return resting_ != none; }
  // To be called when no packet is under way.
  void recycle() noexcept {
    if (resting_ == none) return;
    infos_[last_resting_].opened = std::exchange(free_, std::exchange(resting_, none));
  }

  [[nodiscard]] std::size_t live_sessions() const noexcept { return live_; }
  [[nodiscard]] std::size_t most_sessions() const noexcept { return most_; }
  // Of memory, all included.
  [[nodiscard]] std::size_t bytes() const noexcept {
    return lines_.bytes() + infos_.bytes() + index_.bytes();
  }
  // Sessions have ids below this.
  [[nodiscard]] SessionId high_water() const noexcept { return high_water_; }

 private:
  [[nodiscard]] Line* prefetched(LineId id) noexcept {
    if (id == none) return nullptr;
    __builtin_prefetch(&lines_[id], 1);
    return &lines_[id];
  }

  std::array<std::uint64_t, 2> seeds_;
  std::size_t most_;
  HugeArray<Line> lines_;
  HugeArray<SessionInfo> infos_;
  Index index_;
  SessionId free_ = none;
  SessionId resting_ = none;  // closed since the last recycle()
  SessionId last_resting_ = none;
  SessionId high_water_ = 0;
  std::size_t live_ = 0;
};

}  // namespace viaduct::flow
