#include "dataplane/exchange/exchange.h"

#include <rte_errno.h>
#include <rte_mbuf.h>
#include <rte_ring.h>

#include <atomic>
#include <string>

namespace viaduct::exchange {
namespace {

// As many frames as a worker receives in the longest nap at five million a second.
constexpr unsigned ring_size = 4096;
constexpr WorkerIndex nobody = 0xff;

}  // namespace

Exchange::Exchange(const Setup& setup)
    : signposts(setup.most_sessions, setup.use_huge_pages),
      workers_(setup.workers),
      seeds_{mix(setup.seed, 0xe4c1), mix(setup.seed, 0xe4c2)},
      rings_(setup.workers * setup.workers, nullptr) {}

Result<std::unique_ptr<Exchange>> Exchange::make(const Setup& setup) {
  if (setup.workers > most_workers) {
    return fail(Fault::invalid, "workers", "at most " + std::to_string(most_workers));
  }
  static std::atomic<unsigned> made{0};
  const std::string name = "exchange" + std::to_string(made++) + "_";
  std::unique_ptr<Exchange> exchange{new Exchange{setup}};
  for (std::size_t i = 0; i < exchange->rings_.size(); ++i) {
    if (i / setup.workers == i % setup.workers) continue;
    rte_ring* ring = rte_ring_create((name + std::to_string(i)).c_str(), ring_size, SOCKET_ID_ANY,
                                     RING_F_SP_ENQ | RING_F_SC_DEQ);
    if (ring == nullptr) {
      return fail(Fault::exhausted, "workers",
                  std::string{"no memory for the rings between them: "} + rte_strerror(rte_errno));
    }
    exchange->rings_[i] = ring;
  }
  return exchange;
}

Exchange::~Exchange() {
  for (rte_ring* ring : rings_) {
    void* frame = nullptr;
    while (ring != nullptr && rte_ring_dequeue(ring, &frame) == 0) {
      rte_pktmbuf_free(static_cast<rte_mbuf*>(frame));
    }
    rte_ring_free(ring);
  }
}

// Answers from outside that come by themselves need no signpost. All others get one, even if a hash
// leads them here: it tells the other workers that they are taken.
bool Exchange::claim_answers(const flow::Key& reply, bool is_from_outside,
                             WorkerIndex worker) noexcept {
  const bool comes_by_itself = is_from_outside && worker_of(reply, true) == worker;
  if (comes_by_itself && signposts.is_empty()) return true;
  const WorkerIndex owner = signposts.find(hash(reply), nobody);
  if (owner != nobody) return owner == worker;
  return comes_by_itself || signposts.add(hash(reply), worker);
}

std::uint16_t Exchange::hand_over(WorkerIndex from, WorkerIndex to, rte_mbuf* const* frames,
                                  std::uint16_t count) noexcept {
  // The ring's functions take addresses of anything.
  auto* const* raw =
      reinterpret_cast<void* const*>(frames);  // NOLINT(cppcoreguidelines-pro-type-*)
  return static_cast<std::uint16_t>(rte_ring_sp_enqueue_burst(ring(from, to), raw, count, nullptr));
}

std::uint16_t Exchange::take(WorkerIndex from, WorkerIndex to, rte_mbuf** frames,
                             std::uint16_t most) noexcept {
  auto** raw = reinterpret_cast<void**>(frames);  // NOLINT(cppcoreguidelines-pro-type-*)
  return static_cast<std::uint16_t>(rte_ring_sc_dequeue_burst(ring(from, to), raw, most, nullptr));
}

}  // namespace viaduct::exchange
