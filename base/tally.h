#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdint>

#include "base/hash.h"
#include "base/huge_array.h"

namespace viaduct {

// How many of something each of many owners has. Several threads may count at once. Owners are told
// apart by a hash of 53 bits and more, keyed with a secret; one that finds no room, which is rare
// with a quarter of `most` owners, is not counted.
class Tally {
 public:
  Tally(std::size_t most, std::uint64_t seed, bool use_huge_pages)
      : seed_(mix(seed, 0x7a11)),
        count_of_buckets_(most / places + 1),
        buckets_(count_of_buckets_, use_huge_pages) {}

  // One more, unless that were more than `limit`: false then.
  [[nodiscard]] bool add(std::uint64_t owner, std::uint32_t limit) noexcept {
    const std::uint64_t hash = hash_of(owner);
    Bucket& bucket = buckets_[bucket_of(hash)];
    for (unsigned tries = 0; tries < most_tries; ++tries) {
      Place* place = find(bucket, hash);
      if (place == nullptr) place = find_free(bucket);
      if (place == nullptr) return true;
      std::uint64_t before = place->load(std::memory_order_relaxed);
      const std::uint64_t count = before & count_mask;
      if (count != 0 && before >> count_bits != hash >> count_bits) continue;  // taken meanwhile
      if (count >= limit || count == count_mask) return false;
      const std::uint64_t after = (hash & ~count_mask) | (count + 1);
      if (place->compare_exchange_strong(before, after, std::memory_order_relaxed)) return true;
    }
    return true;
  }

  // One less. Does nothing for an owner that has none.
  void remove(std::uint64_t owner) noexcept {
    const std::uint64_t hash = hash_of(owner);
    Place* place = find(buckets_[bucket_of(hash)], hash);
    if (place == nullptr) return;
    std::uint64_t before = place->load(std::memory_order_relaxed);
    while ((before & count_mask) != 0 && before >> count_bits == hash >> count_bits &&
           !place->compare_exchange_weak(before, before - 1, std::memory_order_relaxed)) {
    }
  }

  [[nodiscard]] std::uint32_t count(std::uint64_t owner) noexcept {
    const std::uint64_t hash = hash_of(owner);
    const Place* place = find(buckets_[bucket_of(hash)], hash);
    return place == nullptr
               ? 0
               : static_cast<std::uint32_t>(place->load(std::memory_order_relaxed) & count_mask);
  }

  // Of the owner that has the most; all places are looked at.
  [[nodiscard]] std::uint32_t greatest() const noexcept {
    std::uint64_t most = 0;
    for (std::size_t i = 0; i < count_of_buckets_; ++i) {
      for (const Place& place : buckets_[i].all) {
        most = std::max(most, place.load(std::memory_order_relaxed) & count_mask);
      }
    }
    return static_cast<std::uint32_t>(most);
  }

  void prefetch(std::uint64_t owner) const noexcept {
    __builtin_prefetch(&buckets_[bucket_of(hash_of(owner))], 1);
  }

  [[nodiscard]] std::size_t bytes() const noexcept { return buckets_.bytes(); }

 private:
  // The owner's hash, but for its low bits; there, how many it has. With 0 a place is free.
  using Place = std::atomic<std::uint64_t>;
  static constexpr unsigned count_bits = 24;
  static constexpr std::uint64_t count_mask = (std::uint64_t{1} << count_bits) - 1;
  static constexpr std::size_t places = 8;
  static constexpr unsigned most_tries = 100;
  struct alignas(64) Bucket {
    std::array<Place, places> all;
  };

  [[nodiscard]] std::uint64_t hash_of(std::uint64_t owner) const noexcept {
    return mix(mix(seed_, owner), seed_);
  }
  [[nodiscard]] std::size_t bucket_of(std::uint64_t hash) const noexcept {
    return (hash & count_mask) * count_of_buckets_ >> count_bits;
  }
  static Place* find(Bucket& bucket, std::uint64_t hash) noexcept {
    for (Place& place : bucket.all) {
      const std::uint64_t value = place.load(std::memory_order_relaxed);
      if ((value & count_mask) != 0 && value >> count_bits == hash >> count_bits) return &place;
    }
    return nullptr;
  }
  static Place* find_free(Bucket& bucket) noexcept {
    for (Place& place : bucket.all) {
      if ((place.load(std::memory_order_relaxed) & count_mask) == 0) return &place;
    }
    return nullptr;
  }

  std::uint64_t seed_;
  std::size_t count_of_buckets_;
  HugeArray<Bucket> buckets_;
};

}  // namespace viaduct
