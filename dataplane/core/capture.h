#pragma once

#include <atomic>
#include <cstdint>
#include <span>
#include <vector>

#include "base/spin_lock.h"
#include "dataplane/core/snapshot.h"

struct rte_mbuf;
struct bpf_insn;

namespace viaduct {

// Copies of the frames that one operator wants to see, on their way from workers to the control
// thread. No worker waits for it: what does not fit is counted and lost to the capture.
class Capture {
 public:
  struct Options {
    std::vector<Slot> interfaces;   // empty: all
    std::vector<bpf_insn> program;  // classic BPF over the frame; empty: all
    std::uint32_t snap_length = 256;
  };
  struct Record {
    std::uint64_t time_ns = 0;  // since 1970
    std::uint32_t length = 0;   // of the frame on the wire
    std::uint32_t captured = 0;
  };

  // Refuses a program that does not end, or that reads outside its memory.
  static Result<std::unique_ptr<Capture>> make(Options options);

  // Workers, who take turns: takes a copy of `frame` if it is wanted.
  void offer(const rte_mbuf* frame, Slot interface) noexcept;

  // Control thread: the oldest record and its bytes, valid until pop(); nullptr if there is none.
  [[nodiscard]] const Record* front() const noexcept;
  [[nodiscard]] std::span<const std::uint8_t> front_bytes() const noexcept;
  void pop() noexcept;
  [[nodiscard]] std::uint64_t lost() const noexcept {
    return lost_.load(std::memory_order_relaxed);
  }
  [[nodiscard]] std::uint32_t snap_length() const noexcept { return options_.snap_length; }

 private:
  static constexpr std::size_t slots = 4096;
  void take(const rte_mbuf* frame) noexcept;
  explicit Capture(Options options);
  [[nodiscard]] std::uint8_t* bytes_at(std::size_t index) noexcept {
    return bytes_.data() + index * options_.snap_length;
  }

  Options options_;
  std::vector<Record> records_;
  std::vector<std::uint8_t> bytes_;
  SpinLock turn_;                                 // of workers
  alignas(64) std::atomic<std::size_t> head_{0};  // written by workers
  alignas(64) std::atomic<std::size_t> tail_{0};  // written by the control thread
  std::atomic<std::uint64_t> lost_{0};
};

}  // namespace viaduct
