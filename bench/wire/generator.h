#pragma once

#include <limits>
#include <memory>
#include <vector>

#include "bench/conversations.h"
#include "bench/wire/latency.h"

struct rte_mempool;

namespace viaduct::bench {

class Progress;

// Sends the frames of conversations to a router by two DPDK ports and takes in what comes back, on
// the calling thread. Answers ARP for every host. Not thread-safe.
class Generator {
 public:
  struct Setup {
    RouterPorts wires;
    rte_mempool* buffers = nullptr;  // not owned
    FrameLengths lengths;
    // Frames are sent together as far as they are due within this time.
    double burst_seconds = 3e-6;
    // False for a device that leaves frames as they are: then they are only counted.
    bool is_router = true;
  };
  static Result<std::unique_ptr<Generator>> make(const Case& measured, const Setup& setup);

  // Opens all conversations through the router and learns how they are translated.
  Result<void> open(Progress& progress);

  struct Load {
    // As many as the router takes.
    static constexpr double flood = std::numeric_limits<double>::infinity();
    double rate = flood;  // packets per second
    double seconds = 0;
    bool is_stamped = false;  // latencies are measured
  };
  struct Count {
    double seconds = 0;      // while frames were sent
    std::uint64_t sent = 0;  // with those that found no place in the wire's queue
    std::uint64_t received = 0;
    std::uint64_t received_in_time = 0;  // while frames were sent
    double away = 0;  // seconds for which the sender was not at work, in gaps of over 50 µs
    LatencyHistogram latency;  // TSC ticks
    [[nodiscard]] std::uint64_t lost() const { return sent > received ? sent - received : 0; }
  };
  // Fails if a frame of the sample is wrong.
  Result<Count> run(const Load& load);

  // Frames of the samples so far.
  [[nodiscard]] std::uint64_t checked() const { return checked_; }
  [[nodiscard]] const Conversations& conversations() const { return conversations_; }

 private:
  static constexpr std::uint16_t most_in_burst = 32;
  // The beginning of a frame, ready to be copied; the rest of it is zero.
  struct alignas(64) Image {
    std::array<std::uint8_t, 62> bytes;
    std::uint16_t length;
  };
  // All that enters by one wire, again and again.
  struct Lane {
    PortId port = 0;
    std::vector<Image> images;
    std::size_t next = 0;
    std::array<rte_mbuf*, most_in_burst> waiting{};  // the wire had no place for them
    std::uint16_t waiting_count = 0;
  };

  Generator(Conversations conversations, Setup setup)
      : conversations_(std::move(conversations)), setup_(std::move(setup)) {}
  Result<void> make_images();
  Result<void> open_some(std::vector<std::uint32_t> unknown);
  Result<void> send_openings(const std::vector<std::uint32_t>& which);
  Result<void> learn_for(double seconds);
  Result<void> learn_from(PortId port);
  void fill(Lane& lane, rte_mbuf** frames, std::uint16_t count, std::uint32_t stamp) noexcept;
  [[nodiscard]] std::uint16_t send_burst(Lane& lane, std::uint16_t count,
                                         const Load& load) noexcept;
  Result<void> receive(Count& count, const Load& load);
  Result<void> drain(Count& count, const Load& load);
  // True if the frame was no packet of ours; it may have been answered.
  bool answer(rte_mbuf& frame, PortId port) const noexcept;

  Conversations conversations_;
  Setup setup_;
  std::vector<Lane> lanes_;
  std::size_t turn_ = 0;
  std::uint64_t bursts_ = 0;
  std::uint64_t checked_ = 0;
};

}  // namespace viaduct::bench
