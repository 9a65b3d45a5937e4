#pragma once

#include <atomic>
#include <memory>
#include <thread>
#include <vector>

namespace viaduct {

// One value, many polling readers, one writer: the only place where threads meet.
//
// Readers call latest() between bursts and may use what they got until their next call. The
// writer's replace() returns once every reader has moved on, so the old value dies unseen.
// REQUIRES: every reader keeps polling. A reader that sleeps must be woken before replace().
template <class T>
class Published {
 public:
  Published(std::unique_ptr<const T> first, std::size_t readers)
      : owned_(std::move(first)), current_(owned_.get()), seen_(readers) {
    for (Seen& seen : seen_) seen.value.store(owned_.get(), std::memory_order_relaxed);
  }

  [[nodiscard]] const T& latest(std::size_t reader) noexcept {
    const T* now = current_.load(std::memory_order_acquire);
    seen_[reader].value.store(now, std::memory_order_release);
    return *now;
  }

  // The writer's own view of what is published.
  [[nodiscard]] const T& current() const noexcept { return *owned_; }

  void replace(std::unique_ptr<const T> next) {
    current_.store(next.get(), std::memory_order_release);
    for (Seen& seen : seen_) {
      while (seen.value.load(std::memory_order_acquire) != next.get()) std::this_thread::yield();
    }
    owned_ = std::move(next);
  }

 private:
  struct alignas(64) Seen {
    std::atomic<const T*> value;
  };
  std::unique_ptr<const T> owned_;
  std::atomic<const T*> current_;
  std::vector<Seen> seen_;
};

}  // namespace viaduct
