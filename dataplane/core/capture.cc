#include "dataplane/core/capture.h"

#include <pcap/bpf.h>
#include <rte_mbuf.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <mutex>

namespace viaduct {

Result<std::unique_ptr<Capture>> Capture::make(Options options) {
  constexpr std::size_t longest = 4096;
  if (options.program.size() > longest ||
      (!options.program.empty() &&
       bpf_validate(options.program.data(), static_cast<int>(options.program.size())) == 0)) {
    return fail(Fault::invalid, "/program", "is not a valid BPF program");
  }
  return std::unique_ptr<Capture>{new Capture{std::move(options)}};
}

Capture::Capture(Options options)
    : options_(std::move(options)), records_(slots), bytes_(slots * options_.snap_length) {}

void Capture::offer(const rte_mbuf* frame, Slot interface) noexcept {
  const auto& wanted = options_.interfaces;
  if (!wanted.empty() && std::find(wanted.begin(), wanted.end(), interface) == wanted.end()) return;
  const auto* data = rte_pktmbuf_mtod(frame, const std::uint8_t*);
  const std::uint32_t there = rte_pktmbuf_data_len(frame);
  if (!options_.program.empty() &&
      bpf_filter(options_.program.data(), data, frame->pkt_len, there) == 0) {
    return;
  }
  const std::scoped_lock lock{turn_};
  take(frame);
}

void Capture::take(const rte_mbuf* frame) noexcept {
  const auto* data = rte_pktmbuf_mtod(frame, const std::uint8_t*);
  const std::size_t head = head_.load(std::memory_order_relaxed);
  if (head - tail_.load(std::memory_order_acquire) == slots) {
    lost_.fetch_add(1, std::memory_order_relaxed);
    return;
  }
  const auto captured = std::min<std::uint32_t>(rte_pktmbuf_data_len(frame), options_.snap_length);
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  records_[head % slots] = {
      static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::nanoseconds>(now).count()),
      frame->pkt_len, captured};
  std::memcpy(bytes_at(head % slots), data, captured);
  head_.store(head + 1, std::memory_order_release);
}

const Capture::Record* Capture::front() const noexcept {
  const std::size_t tail = tail_.load(std::memory_order_relaxed);
  return tail == head_.load(std::memory_order_acquire) ? nullptr : &records_[tail % slots];
}

std::span<const std::uint8_t> Capture::front_bytes() const noexcept {
  const std::size_t index = tail_.load(std::memory_order_relaxed) % slots;
  return {bytes_.data() + index * options_.snap_length, records_[index].captured};
}

void Capture::pop() noexcept {
  tail_.store(tail_.load(std::memory_order_relaxed) + 1, std::memory_order_release);
}

}  // namespace viaduct
