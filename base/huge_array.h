#pragma once

#include <sys/mman.h>

#include <bit>
#include <cstddef>
#include <cstdint>
#include <new>
#include <type_traits>
#include <utility>

namespace viaduct {

// A large zeroed array on 2 MB pages where some are free, else on ordinary ones, as is what does
// not fill one. All of its memory is there from the start: a page fault takes milliseconds where a
// packet takes nanoseconds.
template <class T>
class HugeArray {
  static_assert(std::is_trivially_destructible_v<T>);

 public:
  HugeArray() = default;
  explicit HugeArray(std::size_t count, bool use_huge_pages = true)
      : bytes_(round_up(count * sizeof(T), page)) {
    if (bytes_ == 0) return;
    // One huge page more, to begin at the boundary of one.
    const std::size_t reserved = bytes_ + huge_page;
    void* const memory = mmap(nullptr, reserved, access, kind, -1, 0);
    if (memory == MAP_FAILED) throw std::bad_alloc{};
    const auto begin = std::bit_cast<std::uintptr_t>(memory);
    const std::size_t before = round_up(begin, huge_page) - begin;
    auto* const first = static_cast<std::byte*>(memory) + before;
    release(memory, before);
    release(first + bytes_, reserved - before - bytes_);
    if (use_huge_pages) use_huge_pages_at(first);
    if (madvise(first, bytes_, MADV_POPULATE_WRITE) != 0) {
      release(first, bytes_);
      throw std::bad_alloc{};
    }
    elements_ = static_cast<T*>(static_cast<void*>(first));
  }
  HugeArray(HugeArray&& other) noexcept
      : elements_(std::exchange(other.elements_, nullptr)), bytes_(other.bytes_) {}
  HugeArray& operator=(HugeArray&& other) noexcept {
    std::swap(elements_, other.elements_);
    std::swap(bytes_, other.bytes_);
    return *this;
  }
  HugeArray(const HugeArray&) = delete;
  HugeArray& operator=(const HugeArray&) = delete;
  ~HugeArray() { release(elements_, elements_ == nullptr ? 0 : bytes_); }

  [[nodiscard]] T& operator[](std::size_t index) noexcept { return elements_[index]; }
  [[nodiscard]] const T& operator[](std::size_t index) const noexcept { return elements_[index]; }
  [[nodiscard]] T* data() noexcept { return elements_; }
  [[nodiscard]] const T* data() const noexcept { return elements_; }
  [[nodiscard]] std::size_t bytes() const noexcept { return bytes_; }

 private:
  static constexpr std::size_t page = 4096;
  static constexpr std::size_t huge_page = std::size_t{2} << 20;
  static constexpr int access = PROT_READ | PROT_WRITE;
  static constexpr int kind = MAP_PRIVATE | MAP_ANONYMOUS;

  static constexpr std::size_t round_up(std::size_t bytes, std::size_t to) {
    return (bytes + to - 1) / to * to;
  }
  static void release(void* memory, std::size_t bytes) noexcept {
    if (bytes != 0) munmap(memory, bytes);
  }
  // Puts huge pages in the place of ordinary ones, wherever a whole one fits.
  void use_huge_pages_at(void* memory) const noexcept {
    const std::size_t whole = bytes_ / huge_page * huge_page;
    if (whole == 0) return;
    const int huge = kind | MAP_HUGETLB | MAP_FIXED;
    if (mmap(memory, whole, access, huge, -1, 0) != MAP_FAILED) return;
    // A mapping that failed may have taken the old one away.
    (void)mmap(memory, whole, access, kind | MAP_FIXED, -1, 0);
    (void)madvise(memory, whole, MADV_HUGEPAGE);
  }
  T* elements_ = nullptr;
  std::size_t bytes_ = 0;
};

}  // namespace viaduct
