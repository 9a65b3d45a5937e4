#pragma once

#include <atomic>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/framing.h"
#include "base/net.h"
#include "base/result.h"
#include "dataplane/model/directory.h"

struct rte_mbuf;
struct rte_mempool;
struct rte_ring;

namespace viaduct::runtime {

// The exception path: one TAP for each router interface, in the router's network namespace, where
// ordinary daemons listen on ordinary sockets. A thread of its own moves frames between the TAPs
// and two rings, so that the worker makes no system call for them and sleeps undisturbed.
//
// This is not DPDK's net_tap: that would take one of EAL's 32 ports for each interface, and raises
// a signal for every packet that the kernel sends.
class Taps {
 public:
  // `buffers` must outlive this.
  static Result<std::unique_ptr<Taps>> start(rte_mempool* buffers);
  ~Taps();
  Taps(const Taps&) = delete;
  Taps& operator=(const Taps&) = delete;

  struct Wanted {
    Slot interface;
    std::string network_namespace;
    std::uint64_t namespace_identity;
    std::string name;
    Mac mac;
    friend bool operator==(const Wanted&, const Wanted&) = default;
  };
  // Makes the TAPs be these. One that cannot be made is left out, and tried again with the next
  // call. Says whether anything changed.
  bool reconcile(const std::vector<Wanted>& wanted);
  [[nodiscard]] bool has(Slot interface) const;

  // --- for workers, from_host() for one of them; neither blocks. `hash.usr` of a frame is its
  // interface's slot.
  [[nodiscard]] std::uint16_t to_host(rte_mbuf** frames, std::uint16_t count) noexcept;
  [[nodiscard]] std::uint16_t from_host(rte_mbuf** frames, std::uint16_t most) noexcept;

 private:
  struct Tap {
    Wanted wanted;
    Descriptor device;
  };

  explicit Taps(rte_mempool* buffers);
  static Result<Descriptor> make(const Wanted& wanted);
  void run() noexcept;
  void wait() noexcept;
  void drain_to_host() noexcept;
  void attend(Slot interface, std::uint32_t events) noexcept;
  void read_from(const Tap& tap) noexcept;
  void wake() noexcept;

  rte_mempool* buffers_;
  rte_ring* to_host_ = nullptr;
  rte_ring* from_host_ = nullptr;
  Descriptor events_;
  Descriptor wake_;
  std::atomic<bool> sleeping_{false};
  std::atomic<bool> stop_{false};
  mutable std::mutex mutex_;  // guards taps_; the thread holds it while it moves frames
  std::map<Slot, Tap> taps_;
  std::map<Slot, std::string> failures_;  // told once
  std::thread thread_;
};

}  // namespace viaduct::runtime
