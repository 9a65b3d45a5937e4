#pragma once

#include <emmintrin.h>
#include <rte_prefetch.h>

#include <array>
#include <cstddef>
#include <cstdint>

#include "base/huge_array.h"

namespace viaduct::flow {

// Finds 32-bit numbers by 64-bit hash: buckets of one cache line, eight signatures each, two
// candidate buckets for every entry (partial-key cuckoo hashing, Fan et al. 2014). It stores no
// keys: whoever asks verifies the candidates. Never allocates after construction.
class Index {
 public:
  static constexpr std::uint32_t none = ~0U;

  // Eleven places for eight entries: one in twenty is not in its home bucket.
  Index(std::size_t entries, bool use_huge_pages)
      : buckets_count_(static_cast<std::uint32_t>(entries * 11 / 8 / slots_in_bucket + 2)),
        buckets_(buckets_count_, use_huge_pages) {}

  [[nodiscard]] std::size_t bytes() const noexcept { return buckets_.bytes(); }
  // Not __builtin_prefetch: GCC leaves out calls of functions that do nothing else.
  void prefetch(std::uint64_t hash) const noexcept { rte_prefetch0(&buckets_[home(hash)]); }

  // Calls verify(number) for entries that may have this hash until it says yes; none if it never
  // does.
  template <class Verify>
  [[nodiscard]] std::uint32_t find(std::uint64_t hash, Verify verify) const noexcept {
    const std::uint32_t first = home(hash);
    const std::uint16_t signature = signature_of(hash);
    if (const auto found = find_in(buckets_[first], signature, verify); found != none) return found;
    if (buckets_[first].displaced == 0) return none;
    return find_in(buckets_[other(first, signature)], signature, verify);
  }

  // The first number in the home bucket with this signature, unverified: what to prefetch next.
  [[nodiscard]] std::uint32_t candidate(std::uint64_t hash) const noexcept {
    return candidate_in(buckets_[home(hash)], signature_of(hash));
  }
  // Whether an entry that is not in its home bucket may be in its other one, which is prefetched
  // then, to be asked for a candidate later.
  [[nodiscard]] bool prefetch_other(std::uint64_t hash) const noexcept {
    const std::uint32_t first = home(hash);
    if (buckets_[first].displaced == 0) return false;
    rte_prefetch0(&buckets_[other(first, signature_of(hash))]);
    return true;
  }
  // The same before an insertion: a home bucket that is full leads to the other one, too.
  void prefetch_room(std::uint64_t hash) const noexcept {
    const std::uint32_t first = home(hash);
    if (buckets_[first].displaced == 0 && matching(buckets_[first], 0) != 0) return;
    rte_prefetch0(&buckets_[other(first, signature_of(hash))]);
  }
  [[nodiscard]] std::uint32_t other_candidate(std::uint64_t hash) const noexcept {
    const std::uint16_t signature = signature_of(hash);
    return candidate_in(buckets_[other(home(hash), signature)], signature);
  }

  // False when there is no room. The caller knows that the number is not there yet.
  [[nodiscard]] bool insert(std::uint64_t hash, std::uint32_t number) noexcept;
  void erase(std::uint64_t hash, std::uint32_t number) noexcept;

 private:
  static constexpr std::size_t slots_in_bucket = 8;
  static constexpr int most_moves = 64;

  struct alignas(64) Bucket {
    std::array<std::uint16_t, slots_in_bucket> signatures;  // 0: free
    std::array<std::uint32_t, slots_in_bucket> numbers;
    std::uint16_t displaced;  // entries whose home this is, but which live in their other bucket
    std::uint16_t away;       // bit i: slot i holds an entry whose home is elsewhere
  };
  static_assert(sizeof(Bucket) == 64);

  static std::uint16_t signature_of(std::uint64_t hash) noexcept {
    const auto signature = static_cast<std::uint16_t>(hash);
    return signature == 0 ? 1 : signature;
  }
  [[nodiscard]] std::uint32_t home(std::uint64_t hash) const noexcept {
    return static_cast<std::uint32_t>(((hash >> 32) * buckets_count_) >> 32);
  }
  // The other candidate of an entry that is in `bucket`; other(other(b)) is b.
  [[nodiscard]] std::uint32_t other(std::uint32_t bucket, std::uint16_t signature) const noexcept {
    const std::uint64_t spread = (signature * 0x9e3779b1ULL) & 0xffffffff;
    const auto sum = static_cast<std::uint32_t>((spread * buckets_count_) >> 32);
    return sum >= bucket ? sum - bucket : sum + buckets_count_ - bucket;
  }
  static unsigned matching(const Bucket& bucket, std::uint16_t signature) noexcept {
    const auto* lanes = static_cast<const __m128i*>(static_cast<const void*>(&bucket));
    const __m128i wanted = _mm_set1_epi16(static_cast<std::int16_t>(signature));
    return static_cast<unsigned>(_mm_movemask_epi8(_mm_cmpeq_epi16(_mm_load_si128(lanes), wanted)));
  }
  static std::uint32_t candidate_in(const Bucket& bucket, std::uint16_t signature) noexcept {
    const unsigned mask = matching(bucket, signature);
    return mask == 0 ? none : bucket.numbers[first_slot(mask)];
  }
  static std::size_t first_slot(unsigned mask) noexcept {
    return static_cast<std::size_t>(__builtin_ctz(mask)) / 2;
  }
  template <class Verify>
  static std::uint32_t find_in(const Bucket& bucket, std::uint16_t signature,
                               Verify verify) noexcept {
    for (unsigned mask = matching(bucket, signature); mask != 0;
         mask &= mask - 1, mask &= mask - 1) {
      const std::uint32_t number = bucket.numbers[first_slot(mask)];
      if (verify(number)) return number;
    }
    return none;
  }
  [[nodiscard]] bool place(std::uint32_t bucket, std::uint16_t signature, std::uint32_t number,
                           bool is_away) noexcept;
  [[nodiscard]] bool make_room(std::uint32_t bucket, int moves) noexcept;
  [[nodiscard]] bool remove(std::uint32_t bucket, std::uint16_t signature, std::uint32_t number,
                            bool& was_away) noexcept;

  std::uint32_t buckets_count_;
  HugeArray<Bucket> buckets_;
};

}  // namespace viaduct::flow
