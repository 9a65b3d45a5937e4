#pragma once

#include <rte_prefetch.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

#include "base/huge_array.h"

namespace viaduct::exchange {

using WorkerIndex = std::uint8_t;

// Which worker has the session that a packet belongs to, by the packet's hash: for those packets
// alone of which the hash itself would say another. All workers read and write it at any time,
// without a lock. Never allocates after construction.
class Signposts {
 public:
  // Room for `most`: half of the places stay free, so that of two buckets one has room.
  Signposts(std::size_t most, bool use_huge_pages)
      : buckets_count_(static_cast<std::uint32_t>(most * 2 / places + 2)),
        buckets_(buckets_count_, use_huge_pages) {}

  [[nodiscard]] bool is_empty() const noexcept {
    return count_.load(std::memory_order_relaxed) == 0;
  }
  void prefetch(std::uint64_t hash) const noexcept {
    rte_prefetch0(&buckets_[first(hash)]);  // the compiler does away with calls of its own
    rte_prefetch0(&buckets_[second(hash)]);
  }
  // `otherwise` if there is no signpost for this hash.
  [[nodiscard]] WorkerIndex find(std::uint64_t hash, WorkerIndex otherwise) const noexcept;
  // False if there is no room. REQUIRES: there is none for this hash yet.
  [[nodiscard]] bool add(std::uint64_t hash, WorkerIndex worker) noexcept;
  // If there is one for this hash to this worker.
  void remove(std::uint64_t hash, WorkerIndex worker) noexcept;

  [[nodiscard]] std::size_t bytes() const noexcept { return buckets_.bytes(); }

 private:
  static constexpr std::size_t places = 8;
  struct alignas(64) Bucket {
    std::array<std::atomic<std::uint64_t>, places> entries;  // 0: free
  };
  static_assert(sizeof(Bucket) == 64);

  // All of the hash but eight bits, and the worker; never 0.
  static std::uint64_t entry(std::uint64_t hash, WorkerIndex worker) noexcept {
    return (hash << 8) | (worker + 1U);
  }
  [[nodiscard]] std::uint32_t first(std::uint64_t hash) const noexcept {
    return static_cast<std::uint32_t>(((hash >> 32) * buckets_count_) >> 32);
  }
  [[nodiscard]] std::uint32_t second(std::uint64_t hash) const noexcept {
    return static_cast<std::uint32_t>(((hash & 0xffffffff) * buckets_count_) >> 32);
  }
  static std::size_t taken(const Bucket& bucket) noexcept {
    return static_cast<std::size_t>(std::ranges::count_if(bucket.entries, [](const auto& place) {
      return place.load(std::memory_order_relaxed) != 0;
    }));
  }
  // Puts one entry in the place of another, or of a free one (0).
  static bool replace(Bucket& bucket, std::uint64_t is, std::uint64_t becomes) noexcept;

  std::uint32_t buckets_count_;
  HugeArray<Bucket> buckets_;
  alignas(64) std::atomic<std::size_t> count_{0};
};

inline WorkerIndex Signposts::find(std::uint64_t hash, WorkerIndex otherwise) const noexcept {
  for (const std::uint32_t bucket : {first(hash), second(hash)}) {
    for (const auto& place : buckets_[bucket].entries) {
      const std::uint64_t there = place.load(std::memory_order_acquire);
      if ((there ^ (hash << 8)) >> 8 == 0 && there != 0) {
        return static_cast<WorkerIndex>((there & 0xff) - 1);
      }
    }
  }
  return otherwise;
}

inline bool Signposts::replace(Bucket& bucket, std::uint64_t is, std::uint64_t becomes) noexcept {
  return std::ranges::any_of(bucket.entries, [&](auto& place) {
    std::uint64_t there = is;
    return place.load(std::memory_order_relaxed) == is &&
           place.compare_exchange_strong(there, becomes, std::memory_order_acq_rel);
  });
}

inline bool Signposts::add(std::uint64_t hash, WorkerIndex worker) noexcept {
  Bucket& one = buckets_[first(hash)];
  Bucket& other = buckets_[second(hash)];
  Bucket& emptier = taken(one) <= taken(other) ? one : other;
  if (!replace(emptier, 0, entry(hash, worker))) return false;
  count_.fetch_add(1, std::memory_order_relaxed);
  return true;
}

inline void Signposts::remove(std::uint64_t hash, WorkerIndex worker) noexcept {
  const std::uint64_t is = entry(hash, worker);
  if (replace(buckets_[first(hash)], is, 0) || replace(buckets_[second(hash)], is, 0)) {
    count_.fetch_sub(1, std::memory_order_relaxed);
  }
}

}  // namespace viaduct::exchange
