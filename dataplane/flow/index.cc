#include "dataplane/flow/index.h"

namespace viaduct::flow {

bool Index::place(std::uint32_t bucket, std::uint16_t signature, std::uint32_t number,
                  bool is_away) noexcept {
  Bucket& into = buckets_[bucket];
  const unsigned free = matching(into, 0);
  if (free == 0) return false;
  const std::size_t slot = first_slot(free);
  into.signatures[slot] = signature;
  into.numbers[slot] = number;
  const auto bit = static_cast<std::uint16_t>(1U << slot);
  into.away = static_cast<std::uint16_t>(is_away ? into.away | bit : into.away & ~bit);
  return true;
}

bool Index::insert(std::uint64_t hash, std::uint32_t number) noexcept {
  const std::uint16_t signature = signature_of(hash);
  const std::uint32_t first = home(hash);
  if (place(first, signature, number, false)) return true;
  const std::uint32_t second = other(first, signature);
  if (place(second, signature, number, true)) {
    ++buckets_[first].displaced;
    return true;
  }
  return make_room(first, most_moves) && place(first, signature, number, false);
}

// Moves one entry of a full bucket to its other candidate, and on from there if that is full too.
// Which one goes first varies with the bucket, so that chains do not chase each other.
bool Index::make_room(std::uint32_t bucket, int moves) noexcept {
  if (moves == 0) return false;
  Bucket& full = buckets_[bucket];
  for (std::size_t i = 0; i < slots_in_bucket; ++i) {
    const std::size_t slot = (i + static_cast<std::size_t>(moves)) % slots_in_bucket;
    const std::uint16_t signature = full.signatures[slot];
    const std::uint32_t target = other(bucket, signature);
    if (target == bucket) continue;
    if (matching(buckets_[target], 0) == 0) {
      // Only the first choice may push on; the others must fit as things are.
      if (i != 0 || !make_room(target, moves - 1)) continue;
      if (full.signatures[slot] != signature) continue;
    }
    const bool was_away = (unsigned{full.away} >> slot & 1U) != 0;
    if (!place(target, signature, full.numbers[slot], !was_away)) continue;
    full.signatures[slot] = 0;
    // The displaced count lives in the entry's home bucket.
    if (was_away) {
      --buckets_[target].displaced;
    } else {
      ++full.displaced;
    }
    return true;
  }
  return false;
}

bool Index::remove(std::uint32_t bucket, std::uint16_t signature, std::uint32_t number,
                   bool& was_away) noexcept {
  Bucket& from = buckets_[bucket];
  for (unsigned mask = matching(from, signature); mask != 0; mask &= mask - 1, mask &= mask - 1) {
    const std::size_t slot = first_slot(mask);
    if (from.numbers[slot] != number) continue;
    was_away = (unsigned{from.away} >> slot & 1U) != 0;
    from.signatures[slot] = 0;
    return true;
  }
  return false;
}

void Index::erase(std::uint64_t hash, std::uint32_t number) noexcept {
  const std::uint16_t signature = signature_of(hash);
  const std::uint32_t first = home(hash);
  bool was_away = false;
  if (remove(first, signature, number, was_away)) return;
  if (remove(other(first, signature), signature, number, was_away)) --buckets_[first].displaced;
}

}  // namespace viaduct::flow
