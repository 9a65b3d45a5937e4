#include "dataplane/runtime/taps.h"

#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <rte_ethdev.h>
#include <rte_mbuf.h>
#include <rte_ring.h>
#include <spdlog/spdlog.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "base/errno_text.h"
#include "dataplane/core/snapshot.h"
#include "dataplane/runtime/network_namespace.h"

namespace viaduct::runtime {
namespace {

constexpr unsigned ring_size = 1024;
constexpr std::uint16_t batch = 64;
constexpr std::uint64_t wake_event = ~std::uint64_t{0};

Result<void> failed(const std::string& what) {
  return fail(Fault::unavailable, "", what + ": " + errno_text());
}

}  // namespace

Taps::Taps(rte_mempool* buffers)
    : buffers_(buffers),
      events_(epoll_create1(EPOLL_CLOEXEC)),
      wake_(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {}

Result<std::unique_ptr<Taps>> Taps::start(rte_mempool* buffers) {
  std::unique_ptr<Taps> taps{new Taps{buffers}};
  taps->to_host_ =
      rte_ring_create("to_host", ring_size, SOCKET_ID_ANY, RING_F_MP_RTS_ENQ | RING_F_SC_DEQ);
  taps->from_host_ =
      rte_ring_create("from_host", ring_size, SOCKET_ID_ANY, RING_F_SP_ENQ | RING_F_SC_DEQ);
  epoll_event event{.events = EPOLLIN, .data = {.u64 = wake_event}};
  const bool ready = taps->to_host_ != nullptr && taps->from_host_ != nullptr &&
                     epoll_ctl(taps->events_.get(), EPOLL_CTL_ADD, taps->wake_.get(), &event) == 0;
  if (!ready) return fail(Fault::exhausted, "", "no memory for the rings to the routers' hosts");
  taps->thread_ = std::thread{[self = taps.get()] { self->run(); }};
  return taps;
}

Taps::~Taps() {
  stop_ = true;
  wake();
  if (thread_.joinable()) thread_.join();
  for (rte_ring* ring : {to_host_, from_host_}) {
    void* frame = nullptr;
    while (ring != nullptr && rte_ring_dequeue(ring, &frame) == 0) {
      rte_pktmbuf_free(static_cast<rte_mbuf*>(frame));
    }
    rte_ring_free(ring);
  }
}

Result<Descriptor> Taps::make(const Wanted& wanted) {
  Descriptor device;
  TRY(inside(wanted.network_namespace, [&]() -> Result<void> {
    device = Descriptor{open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC)};
    if (device.get() < 0) return failed("/dev/net/tun");
    ifreq request{};
    wanted.name.copy(static_cast<char*>(request.ifr_name), IFNAMSIZ - 1);
    request.ifr_flags = IFF_TAP | IFF_NO_PI;
    if (ioctl(device.get(), TUNSETIFF, &request) != 0) return failed("TAP '" + wanted.name + "'");
    request.ifr_hwaddr.sa_family = ARPHRD_ETHER;
    std::memcpy(&request.ifr_hwaddr.sa_data, wanted.mac.bytes.data(), wanted.mac.bytes.size());
    if (ioctl(device.get(), SIOCSIFHWADDR, &request) != 0) {
      return failed("Ethernet address of TAP '" + wanted.name + "'");
    }
    return {};
  }));
  return device;
}

bool Taps::reconcile(const std::vector<Wanted>& wanted) {
  bool changed = false;
  {
    const std::scoped_lock lock{mutex_};
    changed = std::erase_if(taps_, [&](const auto& entry) {
                return std::ranges::find(wanted, entry.second.wanted) == wanted.end();
              }) != 0;
  }
  for (const Wanted& one : wanted) {
    if (has(one.interface)) continue;
    auto device = make(one);  // takes a while: the others' frames move meanwhile
    if (!device) {
      auto& told = failures_[one.interface];
      if (told != device.error().why) {
        spdlog::warn("no TAP for interface '{}' in '{}': {}", one.name, one.network_namespace,
                     device.error().why);
      }
      told = device.error().why;
      continue;
    }
    failures_.erase(one.interface);
    const std::scoped_lock lock{mutex_};
    epoll_event event{.events = EPOLLIN, .data = {.u64 = one.interface}};
    if (epoll_ctl(events_.get(), EPOLL_CTL_ADD, device->get(), &event) != 0) continue;
    taps_.emplace(one.interface, Tap{one, *std::move(device)});
    changed = true;
  }
  return changed;
}

bool Taps::has(Slot interface) const {
  const std::scoped_lock lock{mutex_};
  return taps_.contains(interface);
}

std::uint16_t Taps::to_host(rte_mbuf** frames, std::uint16_t count) noexcept {
  const unsigned sent =
      rte_ring_enqueue_burst(to_host_, reinterpret_cast<void**>(frames), count, nullptr);
  // Pairs with the fence in wait(): either it sees the frames or we see it sleeping.
  std::atomic_thread_fence(std::memory_order_seq_cst);
  if (sleeping_.load(std::memory_order_relaxed)) wake();
  return static_cast<std::uint16_t>(sent);
}

std::uint16_t Taps::from_host(rte_mbuf** frames, std::uint16_t most) noexcept {
  if (rte_ring_empty(from_host_) != 0) return 0;
  return static_cast<std::uint16_t>(
      rte_ring_dequeue_burst(from_host_, reinterpret_cast<void**>(frames), most, nullptr));
}

void Taps::wake() noexcept {
  const std::uint64_t one = 1;
  (void)!write(wake_.get(), &one, sizeof one);
}

void Taps::wait() noexcept {
  std::array<epoll_event, batch> events{};
  sleeping_.store(true, std::memory_order_relaxed);
  std::atomic_thread_fence(std::memory_order_seq_cst);
  const int patience = rte_ring_empty(to_host_) != 0 ? -1 : 0;
  const int ready = epoll_wait(events_.get(), events.data(), events.size(), patience);
  sleeping_.store(false, std::memory_order_relaxed);
  const std::scoped_lock lock{mutex_};
  for (int i = 0; i < ready; ++i) {
    const std::uint64_t who = events[static_cast<std::size_t>(i)].data.u64;
    if (who == wake_event) {
      std::uint64_t count = 0;
      (void)!read(wake_.get(), &count, sizeof count);
    } else {
      attend(static_cast<Slot>(who), events[static_cast<std::size_t>(i)].events);
    }
  }
}

void Taps::attend(Slot interface, std::uint32_t events) noexcept {
  const auto tap = taps_.find(interface);
  if (tap == taps_.end()) return;
  if ((events & EPOLLERR) != 0) {
    taps_.erase(tap);  // somebody deleted it; reconcile() makes it again
  } else {
    read_from(tap->second);
  }
}

void Taps::run() noexcept {
  while (!stop_) {
    wait();
    drain_to_host();
  }
}

void Taps::drain_to_host() noexcept {
  std::array<void*, batch> frames{};
  for (;;) {
    const unsigned count = rte_ring_dequeue_burst(to_host_, frames.data(), batch, nullptr);
    if (count == 0) return;
    const std::scoped_lock lock{mutex_};
    for (unsigned i = 0; i < count; ++i) {
      auto* frame = static_cast<rte_mbuf*>(frames[i]);
      // A TAP that is down or full loses the frame, as a wire would.
      if (const auto tap = taps_.find(frame->hash.usr); tap != taps_.end()) {
        (void)!write(tap->second.device.get(), rte_pktmbuf_mtod(frame, const void*),
                     rte_pktmbuf_data_len(frame));
      }
      rte_pktmbuf_free(frame);
    }
  }
}

void Taps::read_from(const Tap& tap) noexcept {
  for (std::uint16_t i = 0; i < batch; ++i) {
    rte_mbuf* frame = rte_pktmbuf_alloc(buffers_);
    if (frame == nullptr) return std::this_thread::yield();
    const auto length =
        read(tap.device.get(), rte_pktmbuf_mtod(frame, void*), rte_pktmbuf_tailroom(frame));
    if (length > 0) {
      frame->data_len = static_cast<std::uint16_t>(length);
      frame->pkt_len = frame->data_len;
      frame->port = no_port;
      frame->hash.usr = tap.wanted.interface;
    }
    if (length <= 0 || rte_ring_enqueue(from_host_, frame) != 0) {
      rte_pktmbuf_free(frame);
      return;
    }
  }
}

}  // namespace viaduct::runtime
