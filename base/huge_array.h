#pragma once

#include <sys/mman.h>

#include <cstddef>
#include <new>
#include <type_traits>
#include <utility>

namespace viaduct {

// A large zeroed array on 2 MB pages where some are free, else on ordinary ones. All of its memory
// is there from the start: a page fault takes milliseconds where a packet takes nanoseconds.
template <class T>
class HugeArray {
  static_assert(std::is_trivially_destructible_v<T>);

 public:
  HugeArray() = default;
  explicit HugeArray(std::size_t count, bool use_huge_pages = true)
      : bytes_(whole_pages(count * sizeof(T))) {
    if (bytes_ == 0) return;
    constexpr int access = PROT_READ | PROT_WRITE;
    constexpr int kind = MAP_PRIVATE | MAP_ANONYMOUS;
    void* memory = MAP_FAILED;
    if (use_huge_pages && bytes_ >= huge_page) {
      memory = mmap(nullptr, bytes_, access, kind | MAP_HUGETLB, -1, 0);
    }
    if (memory == MAP_FAILED) {
      memory = mmap(nullptr, bytes_, access, kind, -1, 0);
      if (memory == MAP_FAILED) throw std::bad_alloc{};
      if (use_huge_pages) madvise(memory, bytes_, MADV_HUGEPAGE);
    }
    if (madvise(memory, bytes_, MADV_POPULATE_WRITE) != 0) {
      munmap(memory, bytes_);
      throw std::bad_alloc{};
    }
    elements_ = static_cast<T*>(memory);
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
  ~HugeArray() {
    if (elements_ != nullptr) munmap(elements_, bytes_);
  }

  [[nodiscard]] T& operator[](std::size_t index) noexcept { return elements_[index]; }
  [[nodiscard]] const T& operator[](std::size_t index) const noexcept { return elements_[index]; }
  [[nodiscard]] T* data() noexcept { return elements_; }
  [[nodiscard]] const T* data() const noexcept { return elements_; }
  [[nodiscard]] std::size_t bytes() const noexcept { return bytes_; }

 private:
  static constexpr std::size_t huge_page = std::size_t{2} << 20;
  static constexpr std::size_t whole_pages(std::size_t bytes) {
    const std::size_t page = bytes >= huge_page ? huge_page : 4096;
    return (bytes + page - 1) / page * page;
  }
  T* elements_ = nullptr;
  std::size_t bytes_ = 0;
};

}  // namespace viaduct
