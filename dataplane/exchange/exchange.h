#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "base/hash.h"
#include "base/result.h"
#include "dataplane/exchange/signposts.h"
#include "dataplane/flow/session.h"

struct rte_mbuf;
struct rte_ring;

// How several workers share the traffic. A session is one worker's alone, and all of its packets
// have to come to that one, whichever of them received them.
namespace viaduct::exchange {

class Exchange {
 public:
  static constexpr std::size_t most_workers = 16;
  struct Setup {
    std::size_t workers = 2;           // at most most_workers
    std::size_t most_sessions = 1024;  // of all of them
    std::uint64_t seed = 0;
    bool use_huge_pages = false;
  };
  static Result<std::unique_ptr<Exchange>> make(const Setup& setup);
  // Frees the frames that are under way.
  ~Exchange();
  Exchange(const Exchange&) = delete;
  Exchange& operator=(const Exchange&) = delete;

  [[nodiscard]] std::size_t workers() const noexcept { return workers_; }

  // --- whose a packet is
  // Who is far away is translated by nobody, and so is the same in both directions of a session: a
  // packet belongs to the worker of its far end, by a hash of that. Far away is the destination of
  // what guests and the router's host send, and the source of what comes from outside.
  [[nodiscard]] WorkerIndex worker_of(const flow::Key& key, bool is_from_outside) const noexcept {
    const auto [addresses, ports] = key.words();
    const unsigned skip = is_from_outside ? 0 : 1;
    const std::uint64_t address = (addresses >> (32 * skip)) & 0xffffffff;
    const std::uint64_t port = (ports >> (16 * skip)) & 0xffff;
    const std::uint64_t far_end = (address << 16) | port;
    // Twice, since one round takes regular steps for addresses in regular steps.
    const std::uint64_t bits = mix(mix(seeds_[0], far_end), seeds_[1]);
    return static_cast<WorkerIndex>(((bits & 0xffffffff) * workers_) >> 32);
  }
  // Where each end is far away to the other (guest to guest, one outside network to another), and
  // where the far end was translated after all (hairpin), signposts lead answers back.
  Signposts signposts;
  [[nodiscard]] std::uint64_t hash(const flow::Key& key) const noexcept {
    return flow::hash(key, seeds_);
  }

  // Sees to it that the answers of a session come to its worker. False if they are another
  // worker's, or there is no room. To be called anew when the session goes another way.
  [[nodiscard]] bool claim_answers(const flow::Key& reply, bool is_from_outside,
                                   WorkerIndex worker) noexcept;
  // Whether a signpost leads these answers to another worker.
  [[nodiscard]] bool are_anothers(const flow::Key& reply, WorkerIndex worker) const noexcept {
    return signposts.find(hash(reply), worker) != worker;
  }
  void give_up_answers(const flow::Key& reply, WorkerIndex worker) noexcept {
    if (!signposts.is_empty()) signposts.remove(hash(reply), worker);
  }

  // --- frames on their way to it, first in, first out for each pair of workers. Tells how many
  // fitted.
  [[nodiscard]] std::uint16_t hand_over(WorkerIndex from, WorkerIndex to, rte_mbuf* const* frames,
                                        std::uint16_t count) noexcept;
  [[nodiscard]] std::uint16_t take(WorkerIndex from, WorkerIndex to, rte_mbuf** frames,
                                   std::uint16_t most) noexcept;

 private:
  explicit Exchange(const Setup& setup);
  [[nodiscard]] rte_ring* ring(WorkerIndex from, WorkerIndex to) const noexcept {
    return rings_[from * workers_ + to];
  }

  std::size_t workers_;
  std::array<std::uint64_t, 2> seeds_;
  std::vector<rte_ring*> rings_;
};

}  // namespace viaduct::exchange
