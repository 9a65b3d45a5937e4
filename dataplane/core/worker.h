#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>

#include "base/chunked_array.h"
#include "base/published.h"
#include "base/tally.h"
#include "dataplane/core/burst.h"
#include "dataplane/core/capture.h"
#include "dataplane/core/frame_check.h"
#include "dataplane/core/reason.h"
#include "dataplane/core/room_states.h"
#include "dataplane/core/token_bucket.h"
#include "dataplane/core/usage.h"
#include "dataplane/exchange/exchange.h"
#include "dataplane/flow/half_open.h"
#include "dataplane/flow/table.h"
#include "dataplane/fragment/table.h"
#include "dataplane/helper/adjustments.h"
#include "dataplane/helper/expectations.h"
#include "dataplane/icmp/refusals.h"
#include "dataplane/icmp/told.h"
#include "dataplane/neighbour/neighbours.h"
#include "dataplane/neighbour/next_hops.h"

struct rte_mempool;

namespace viaduct {

// What one interface has seen. Written by its worker only.
struct InterfaceCounters {
  std::uint64_t rx_packets = 0;
  std::uint64_t rx_bytes = 0;  // of frames
  std::uint64_t tx_packets = 0;
  std::uint64_t tx_bytes = 0;
  DropCounts drops{};
  std::array<TokenBucket, punt::services.size()> service_rates{};
  TokenBucket host_rate;
  TokenBucket icmp_errors;
  TokenBucket echoes;
  TokenBucket strangers;     // ARP of stations that are no neighbours yet
  flow::Ticks defended = 0;  // an address of ours against another claimant, the last time
};

// Every packet buffer's way in and out of one worker, but for those that are held.
struct PacketTotals {
  std::uint64_t received = 0;
  std::uint64_t generated = 0;
  std::uint64_t taken_over = 0;  // from other workers
  std::uint64_t sent = 0;
  std::uint64_t dropped = 0;
  std::uint64_t consumed = 0;
  std::uint64_t handed_over = 0;  // to other workers

  [[nodiscard]] std::uint64_t in() const { return received + generated + taken_over; }
  [[nodiscard]] std::uint64_t out() const { return sent + dropped + consumed + handed_over; }
};

struct SessionTotals {
  std::uint64_t opened = 0;
  std::uint64_t expired = 0;
  std::uint64_t cut = 0;
  std::uint64_t evicted = 0;  // half-open, in favour of others
};

// What helpers did.
struct HelperTotals {
  std::uint64_t announced = 0;  // sessions that are to come
  std::uint64_t opened = 0;     // those that came
  std::uint64_t rewritten = 0;  // packets that carry something else now
};

// Of those bursts that were measured.
struct StageCounters {
  std::uint64_t packets = 0;
  std::uint64_t cycles = 0;  // of the TSC
};

// Where packets leave the worker. Takes as many as it can, and leaves the rest to the caller.
class Output {
 public:
  virtual ~Output() = default;
  virtual std::uint16_t send(PortId port, rte_mbuf** packets, std::uint16_t count) noexcept = 0;
  // Each packet's `hash.usr` is the slot of the interface whose TAP it is for.
  virtual std::uint16_t send_to_host(rte_mbuf** packets, std::uint16_t count) noexcept = 0;
};

// Everything one lcore owns. No other thread may touch it but through run_on_worker (see
// runtime/loop.h), so nothing in it is atomic; counters are read between bursts.
class Worker {
 public:
  struct Setup {
    std::size_t most_sessions = 1024;
    std::uint64_t seed = 0;
    bool use_huge_pages = false;
    rte_mempool* buffers = nullptr;                // not owned
    usage::Counters* usage = nullptr;              // not owned
    RoomStates* rooms = nullptr;                   // not owned
    Tally* guests = nullptr;                       // not owned
    helper::Expectations* expectations = nullptr;  // not owned
    exchange::Exchange* exchange = nullptr;        // not owned; nullptr for a worker that is alone
    exchange::WorkerIndex index = 0;
  };
  explicit Worker(const Setup& setup);
  // Where its packets leave, set before the first one comes; not owned.
  void leave_by(Output& output) noexcept { output_ = &output; }

  // --- packets leave; each call takes the buffer over
  void drop(Packet& packet, Reason reason) noexcept;
  void drop(rte_mbuf* mbuf, Slot interface, Reason reason) noexcept;
  void consume(Packet& packet) noexcept;
  // A whole frame, out of one port. Most often that of the frame before.
  void send(rte_mbuf* frame, PortId port, Slot interface) noexcept {
    if (port != last_port_ || last_queue_->is_full()) return send_elsewhere(frame, port, interface);
    last_queue_->add(frame, interface);
  }
  // Frames that came back to our own interfaces without leaving: takes up to `most`, to be
  // received.
  [[nodiscard]] std::uint16_t take_looped(rte_mbuf** frames, std::uint16_t most) noexcept;
  // A whole frame, to the router's host by the TAP of `interface`.
  void send_to_host(rte_mbuf* frame, Slot interface) noexcept;
  void flush() noexcept;
  // Frames to another worker whose they are, each of the interface that received it.
  void hand_over(exchange::WorkerIndex to, std::span<rte_mbuf* const> frames,
                 const Slot* from) noexcept;
  // A copy to every other worker.
  void tell_others(rte_mbuf& frame) noexcept;
  // A fresh buffer, counted as generated; nullptr when there is none.
  [[nodiscard]] rte_mbuf* allocate() noexcept;
  // Looks at some of those that come and go.
  [[nodiscard]] FrameCheck& frame_check() noexcept { return frame_check_; }
  // Packets that wait for a neighbour, fragments that wait for their first, and connections whose
  // senders are to be told that they were refused.
  [[nodiscard]] std::size_t held() const noexcept {
    return neighbours.held() + fragments.held() + refusals.held();
  }

  // --- explaining: while a trace is set, one packet walks the stages and nothing else happens
  // `as_new` makes every live session be judged again, as it would be in a candidate generation.
  void begin_explaining(Trace& trace, bool as_new) noexcept {
    trace_ = &trace;
    as_new_ = as_new ? 1 : 0;
  }
  void end_explaining() noexcept {
    trace_ = nullptr;
    as_new_ = 0;
  }
  [[nodiscard]] bool is_explaining() const noexcept { return trace_ != nullptr; }
  void tell(const Step& step) noexcept {
    if (trace_ != nullptr) trace_->add(step);
  }
  [[nodiscard]] Trace* trace() const noexcept { return trace_; }

  // Whether the stages are to be measured this time. Reading the clock between all of them costs a
  // burst as much as four of its packets, so only one burst in sixteen pays for it.
  [[nodiscard]] bool measures_this_burst() noexcept { return bursts_++ % 16 == 0; }

  // --- sessions
  void close(flow::SessionId session) noexcept;
  // The same, for one that policy no longer allows.
  void cut(flow::SessionId session) noexcept;
  // Gives back what rooms took for a session that will not be.
  void abandon(Opening& opening) noexcept;
  // Policy says no. A session that is judged again ends, unless the rule that admitted it lets its
  // sessions drain; a packet that would have opened one is dropped.
  void refuse(Opening& opening, Reason reason) noexcept;
  // Ends sessions that have been idle for too long; looks at up to `most` of them.
  void expire(std::size_t most) noexcept;
  // The same, for those whose turn has come: time, not load, decides how many, so that every
  // session is looked at once in `sweep` ticks.
  void expire_due(std::size_t most) noexcept;
  static constexpr flow::Ticks sweep = 8 * flow::ticks_per_second;

  // --- generations. A line is up to date if it was judged in this epoch; a new snapshot begins a
  // new one.
  [[nodiscard]] std::uint32_t epoch() const noexcept { return epoch_ + as_new_; }
  // Takes no longer for many rules than for one. REQUIRES: not is_noting(), or that `now` is
  // followed already.
  void follow(const Snapshot& now) noexcept;
  // Follows what is published now, or goes on with what is followed while is_noting(): that must
  // stay. What is followed then, valid until the next call.
  const Snapshot& catch_up(Published<Snapshot>& snapshots) noexcept;
  // Which rules took something back is noted thereafter, in every round some `most` of them. Until
  // is_noting() is over, the snapshot must stay.
  void note_revoked(std::size_t most = noting_share) noexcept;
  static constexpr std::size_t noting_share = 512;
  [[nodiscard]] bool is_noting() const noexcept { return noting_ != nullptr; }
  [[nodiscard]] bool follows(const Snapshot& now) const noexcept {
    return followed_ == &now && followed_generation_ == now.generation();
  }
  // Whether a router, a rule or any rule took something back after the epoch in which a line was
  // judged.
  [[nodiscard]] bool has_router_revoked(Slot router, std::uint32_t judged) const noexcept {
    return is_later(revoked_in_[router], judged);
  }
  [[nodiscard]] bool has_rule_revoked(Slot rule, std::uint32_t judged) const noexcept {
    return is_later(revoked_in_[rule], judged) ||
           (is_noting() && has_any_rule_revoked(judged) && noting_->contains(rule));
  }
  [[nodiscard]] bool has_any_rule_revoked(std::uint32_t judged) const noexcept {
    return is_later(rules_revoked_in_, judged);
  }
  // Of the bursts that were measured, those that were not judged by one generation alone.
  [[nodiscard]] std::uint64_t mixed_bursts() const noexcept { return mixed_bursts_; }
  void note_mixed_burst() noexcept { ++mixed_bursts_; }
  void tick(flow::Ticks now) noexcept;
  [[nodiscard]] flow::Ticks now() const noexcept { return now_; }
  // The interface with this slot in the generation that is followed, or nullptr.
  [[nodiscard]] const InterfaceView* interface(Slot slot) const noexcept {
    return followed_ == nullptr ? nullptr : followed_->interface(slot);
  }
  [[nodiscard]] const InterfaceView* owner_on_wire(const InterfaceView& from,
                                                   const Address& address) const noexcept {
    return followed_ == nullptr ? nullptr : followed_->owner_on_wire(from, address);
  }

  // The settings of the guest network that a line's session belongs to: of its opener's, if both
  // ends are guests; the defaults if none is.
  [[nodiscard]] const network::Settings& network_of(const flow::Line& line) noexcept {
    return network_of(line, followed_);
  }
  // The same in another configuration, such as a candidate; nullptr for none.
  [[nodiscard]] const network::Settings& network_of(const flow::Line& line,
                                                    const Snapshot* now) noexcept;

  // After so long without a packet, the session ends.
  [[nodiscard]] flow::Ticks timeout_of(flow::SessionId session) noexcept;

  // --- what rooms keep
  template <class Table>
  [[nodiscard]] typename Table::State& state() noexcept {
    return rooms_->of<Table>();
  }
  [[nodiscard]] RoomStates& rooms() noexcept { return *rooms_; }
  // Makes room for slots below `slots`. On the control thread, before a snapshot with them is
  // published.
  [[nodiscard]] bool prepare(Slot slots);

  flow::Table sessions;
  neighbour::Neighbours neighbours;
  neighbour::NextHops next_hops;
  fragment::Table fragments;
  ChunkedArray<InterfaceCounters, 16, 65536> interfaces;  // by slot
  ChunkedArray<std::uint64_t> hits;                       // by slot of a rule
  ChunkedArray<std::uint64_t> live_by_router;             // by slot of a router
  static constexpr std::size_t most_stages = 24;
  std::array<StageCounters, most_stages> stages{};
  PacketTotals totals;
  SessionTotals session_totals;
  DropCounts drops{};
  usage::Counters* usage;

  Capture* capture = nullptr;          // not owned; set between bursts
  exchange::Exchange* const exchange;  // nullptr if it is alone
  const exchange::WorkerIndex index;

  // What only new sessions need.
  Tally* const guests;  // the sessions of each guest, of all workers; not owned
  helper::Expectations* const expectations;  // of all workers; not owned
  helper::Adjustments adjustments;
  HelperTotals helper_totals;
  flow::HalfOpen half_open;
  icmp::Refusals refusals;
  icmp::Told told;

 private:
  static bool is_later(std::uint32_t epoch, std::uint32_t than) noexcept {
    return static_cast<std::int32_t>(epoch - than) > 0;
  }
  void begin_noting(const Snapshot& now) noexcept;
  static constexpr PortId none_waits = no_port - 1;  // neither a port nor what stands for none
  struct TxQueue {
    std::array<rte_mbuf*, Burst::capacity> frames;
    std::array<Slot, Burst::capacity> interfaces;
    std::size_t count = 0;
    [[nodiscard]] bool is_full() const noexcept { return count == frames.size(); }
    void add(rte_mbuf* frame, Slot interface) noexcept {
      frames[count] = frame;
      interfaces[count++] = interface;
    }
  };
  void flush(PortId port) noexcept;
  void flush_host() noexcept;
  void send_elsewhere(rte_mbuf* frame, PortId port, Slot interface) noexcept;
  void count_sent(const TxQueue& queue) noexcept;
  void look_at(const TxQueue& queue) noexcept;
  void loop_back(rte_mbuf* frame, PortId port, Slot interface) noexcept;

  Trace* trace_ = nullptr;
  std::uint32_t bursts_ = 0;
  RoomStates* rooms_;
  rte_mempool* buffers_;
  Output* output_ = nullptr;
  std::array<TxQueue, RTE_MAX_ETHPORTS> tx_;  // by port
  std::uint64_t waiting_ = 0;                 // bit by port: its queue is not empty
  TxQueue* last_queue_ = nullptr;             // one of those that wait, if last_port_ is a port
  PortId last_port_ = none_waits;
  TxQueue host_;
  std::array<rte_mbuf*, 4 * Burst::capacity> looped_frames_;
  std::size_t looped_count_ = 0;
  flow::Ticks now_ = 0;
  std::uint32_t epoch_ = 1;
  std::uint32_t as_new_ = 0;
  ChunkedArray<std::uint32_t> revoked_in_;  // epoch, by slot of a router or a rule
  std::uint32_t rules_revoked_in_ = 0;      // of any rule, the last one
  const SlotSet* noting_ = nullptr;         // of what is followed, until all is in revoked_in_
  std::size_t noted_portions_ = 0;          // of noting_
  const Snapshot* followed_ = nullptr;
  std::uint32_t followed_generation_ = 0;
  flow::SessionId expire_at_ = 0;
  std::size_t expire_due_ = 0;
  FrameCheck frame_check_;
  std::uint64_t mixed_bursts_ = 0;
};

}  // namespace viaduct
