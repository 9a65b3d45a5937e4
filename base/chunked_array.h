#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <memory>
#include <vector>

namespace viaduct {

// An array that one thread grows while another uses what is there: elements never move.
template <class T, std::size_t chunk_size = 1024, std::size_t most_chunks = 4096>
class ChunkedArray {
 public:
  // Makes [0, size) usable, with fresh elements value-initialised. One thread only; must be done
  // before the using thread learns of the new indices. False when that is more than fits.
  [[nodiscard]] bool grow(std::size_t size) {
    if (size > chunk_size * most_chunks) return false;
    while (owned_.size() * chunk_size < size) {
      owned_.push_back(std::make_unique<Chunk>());
      chunks_[owned_.size() - 1].store(owned_.back().get(), std::memory_order_release);
    }
    return true;
  }
  [[nodiscard]] std::size_t size() const { return owned_.size() * chunk_size; }

  // REQUIRES: index below what grow() made usable.
  [[nodiscard]] T& operator[](std::size_t index) noexcept {
    return (*chunks_[index / chunk_size].load(std::memory_order_relaxed))[index % chunk_size];
  }
  [[nodiscard]] const T& operator[](std::size_t index) const noexcept {
    return (*chunks_[index / chunk_size].load(std::memory_order_relaxed))[index % chunk_size];
  }

 private:
  using Chunk = std::array<T, chunk_size>;
  std::vector<std::unique_ptr<Chunk>> owned_;
  std::array<std::atomic<Chunk*>, most_chunks> chunks_{};
};

}  // namespace viaduct
