#include "dataplane/core/worker.h"

#include <rte_mbuf.h>

#include <bit>

#include "dataplane/flow/limits.h"
#include "dataplane/helper/control.h"

namespace viaduct {
namespace {

// A removed rule and a removed translation each let go what they let in.
bool may_drain(const flow::Line& forward, Reason reason) noexcept {
  const flow::Line& reply = *(&forward + 1);
  switch (reason) {
    case Reason::denied_inbound:
      return forward.has(flow::rule_drains);
    case Reason::denied_egress:
      return reply.has(flow::rule_drains);
    case Reason::spoofed_source:
      return false;
    default:
      return forward.has(flow::nat_drains);
  }
}

std::array<std::uint64_t, 2> hash_seeds(std::uint64_t seed) {
  return {mix(seed, 0x5e55), mix(seed, 0x10f5)};
}

}  // namespace

Worker::Worker(const Setup& setup)
    : sessions(setup.most_sessions, hash_seeds(setup.seed), setup.use_huge_pages),
      next_hops(mix(setup.seed, 0x4095)),
      fragments(mix(setup.seed, 0xf4a6)),
      usage(setup.usage),
      exchange(setup.exchange),
      index(setup.index),
      guests(setup.guests),
      expectations(setup.expectations),
      half_open(setup.seed, setup.use_huge_pages),
      told(setup.seed),
      rooms_(setup.rooms),
      buffers_(setup.buffers) {
  static_assert(RTE_MAX_ETHPORTS <= 64, "waiting_ has a bit for each");
  // Slot 0 is where packets are counted that belong to no interface.
  (void)interfaces.grow(1);
  (void)hits.grow(1);
  (void)live_by_router.grow(1);
  (void)revoked_in_.grow(1);
}

bool Worker::prepare(Slot slots) {
  return interfaces.grow(slots) && hits.grow(slots) && live_by_router.grow(slots) &&
         revoked_in_.grow(slots);
}

void Worker::drop(rte_mbuf* mbuf, Slot interface, Reason reason) noexcept {
  if (trace_ != nullptr) {
    trace_->fate = Fate::dropped;
    trace_->reason = reason;
    return;
  }
  const auto number = static_cast<std::size_t>(reason);
  ++drops[number];
  ++interfaces[interface].drops[number];
  ++totals.dropped;
  rte_pktmbuf_free(mbuf);
}

void Worker::drop(Packet& packet, Reason reason) noexcept {
  drop(std::exchange(packet.mbuf, nullptr), packet.in == nullptr ? 0 : packet.in->slot(), reason);
}

void Worker::consume(Packet& packet) noexcept {
  ++totals.consumed;
  rte_pktmbuf_free(std::exchange(packet.mbuf, nullptr));
}

void Worker::refuse(Opening& opening, Reason reason) noexcept {
  flow::Line* revived = opening.revived;
  const bool stands =
      revived != nullptr && revived->has(flow::live) && revived->key.tuple() == opening.original;
  if (stands && may_drain(*revived, reason)) {
    opening.drained = true;
    opening.tell("session", "goes on: the rule that admitted it lets its sessions drain");
    return;
  }
  if (stands) {
    opening.tell("session", "ends: it is no longer allowed");
    if (!is_explaining()) cut(flow::Table::session_of(sessions.id_of(*revived)));
  }
  if (revived == nullptr && !is_explaining()) abandon(opening);
  drop(*opening.packet, revived != nullptr ? Reason::session_revoked : reason);
}

void Worker::hand_over(exchange::WorkerIndex to, std::span<rte_mbuf* const> frames,
                       const Slot* from) noexcept {
  const std::uint16_t taken =
      exchange->hand_over(index, to, frames.data(), static_cast<std::uint16_t>(frames.size()));
  totals.handed_over += taken;
  for (std::size_t i = taken; i < frames.size(); ++i) {
    drop(frames[i], from[i], Reason::worker_queue_full);
  }
}

void Worker::tell_others(rte_mbuf& frame) noexcept {
  if (exchange == nullptr) return;
  for (std::size_t other = 0; other < exchange->workers(); ++other) {
    if (other == index) continue;
    rte_mbuf* copy = rte_pktmbuf_copy(&frame, buffers_, 0, UINT32_MAX);
    if (copy == nullptr) return;
    ++totals.generated;
    constexpr Slot no_interface = 0;
    hand_over(static_cast<exchange::WorkerIndex>(other), {&copy, 1}, &no_interface);
  }
}

rte_mbuf* Worker::allocate() noexcept {
  rte_mbuf* mbuf = rte_pktmbuf_alloc(buffers_);
  if (mbuf == nullptr) return nullptr;
  ++totals.generated;
  mbuf->ol_flags = RTE_MBUF_F_RX_L4_CKSUM_GOOD;  // see FrameCheck: we answer for what we write
  return mbuf;
}

void Worker::send_elsewhere(rte_mbuf* frame, PortId port, Slot interface) noexcept {
  if (port != no_port && (port & looped) != 0) {
    return loop_back(frame, port & static_cast<PortId>(~looped), interface);
  }
  if (port >= tx_.size()) return drop(frame, interface, Reason::port_down);
  TxQueue& queue = tx_[port];
  if (queue.is_full()) flush(port);
  queue.add(frame, interface);
  waiting_ |= std::uint64_t{1} << port;
  last_port_ = port;
  last_queue_ = &queue;
}

void Worker::loop_back(rte_mbuf* frame, PortId port, Slot interface) noexcept {
  if (looped_count_ == looped_frames_.size()) {
    return drop(frame, interface, Reason::port_queue_full);
  }
  InterfaceCounters& counters = interfaces[interface];
  ++counters.tx_packets;
  counters.tx_bytes += frame->pkt_len;
  ++totals.sent;
  frame->port = port;
  frame->ol_flags = 0;
  looped_frames_[looped_count_++] = frame;
}

std::uint16_t Worker::take_looped(rte_mbuf** frames, std::uint16_t most) noexcept {
  const std::size_t count = std::min<std::size_t>(looped_count_, most);
  std::copy_n(looped_frames_.begin(), count, frames);
  std::copy(looped_frames_.begin() + count, looped_frames_.begin() + looped_count_,
            looped_frames_.begin());
  looped_count_ -= count;
  return static_cast<std::uint16_t>(count);
}

void Worker::send_to_host(rte_mbuf* frame, Slot interface) noexcept {
  if (host_.is_full()) flush_host();
  frame->hash.usr = interface;
  host_.add(frame, interface);
}

// Before they are sent: afterwards they are the driver's. Frames of one interface mostly come in a
// row, and are counted together.
void Worker::count_sent(const TxQueue& queue) noexcept {
  for (std::size_t i = 0; i < queue.count;) {
    const Slot interface = queue.interfaces[i];
    const std::size_t first = i;
    std::uint64_t bytes = 0;
    for (; i < queue.count && queue.interfaces[i] == interface; ++i) {
      bytes += queue.frames[i]->pkt_len;
    }
    InterfaceCounters& counters = interfaces[interface];
    counters.tx_packets += i - first;
    counters.tx_bytes += bytes;
  }
}

void Worker::look_at(const TxQueue& queue) noexcept {
  for (std::size_t i = 0; i < queue.count && frame_check_.awaits_departures(); ++i) {
    const InterfaceView* by = interface(queue.interfaces[i]);
    if (by != nullptr) frame_check_.look_at_departure(*queue.frames[i], by->mtu());
  }
}

void Worker::flush(PortId port) noexcept {
  TxQueue& queue = tx_[port];
  waiting_ &= ~(std::uint64_t{1} << port);
  last_port_ = none_waits;
  count_sent(queue);
  if (capture != nullptr) {
    for (std::size_t i = 0; i < queue.count; ++i) {
      capture->offer(queue.frames[i], queue.interfaces[i]);
    }
  }
  if (frame_check_.awaits_departures()) [[unlikely]] {
    look_at(queue);
  }
  const std::uint16_t sent =
      output_->send(port, queue.frames.data(), static_cast<std::uint16_t>(queue.count));
  totals.sent += sent;
  for (std::size_t i = sent; i < queue.count; ++i) {
    InterfaceCounters& counters = interfaces[queue.interfaces[i]];
    --counters.tx_packets;
    counters.tx_bytes -= queue.frames[i]->pkt_len;
    drop(queue.frames[i], queue.interfaces[i], Reason::port_queue_full);
  }
  queue.count = 0;
}

void Worker::flush_host() noexcept {
  if (host_.count == 0) return;
  const std::uint16_t sent =
      output_->send_to_host(host_.frames.data(), static_cast<std::uint16_t>(host_.count));
  totals.sent += sent;
  for (std::size_t i = sent; i < host_.count; ++i) {
    drop(host_.frames[i], host_.interfaces[i], Reason::host_queue_full);
  }
  host_.count = 0;
}

void Worker::flush() noexcept {
  while (waiting_ != 0) flush(static_cast<PortId>(std::countr_zero(waiting_)));
  flush_host();
}

void Worker::close(flow::SessionId session) noexcept {
  const flow::Holdings held{sessions.info(session).mapping, sessions.reply(session).key.source,
                            sessions.forward(session).has(flow::permits)};
  flow::discharge(session, *this);
  helper::discharge(session, *this);
  --live_by_router[sessions.forward(session).key.router()];
  if (exchange != nullptr) exchange->give_up_answers(sessions.reply(session).key, index);
  sessions.close(session);
  rooms_->session_closed(held);
}

void Worker::cut(flow::SessionId session) noexcept {
  close(session);
  ++session_totals.cut;
}

void Worker::abandon(Opening& opening) noexcept {
  rooms_->session_closed({std::exchange(opening.mapping, 0),
                          opening.translated.destination.address.as_v4(), opening.permits_peer});
}

const network::Settings& Worker::network_of(const flow::Line& line, const Snapshot* now) noexcept {
  const flow::SessionId session = flow::Table::session_of(sessions.id_of(line));
  for (const flow::Line* each : {&sessions.forward(session), &sessions.reply(session)}) {
    const InterfaceView* in = now == nullptr ? nullptr : now->interface(each->ingress());
    if (in != nullptr && in->config->role == interface::Role::guest) return in->config->network;
  }
  return network::defaults;
}

flow::Ticks Worker::timeout_of(flow::SessionId session) noexcept {
  const flow::Line& forward = sessions.forward(session);
  return flow::timeout_of(forward, sessions.reply(session), network_of(forward));
}

void Worker::expire(std::size_t most) noexcept {
  const flow::SessionId end = sessions.high_water();
  if (expire_at_ >= end) expire_at_ = 0;
  for (std::size_t i = 0; i < most && expire_at_ < end; ++i, ++expire_at_) {
    if (!sessions.is_live(expire_at_)) continue;
    const flow::Line& forward = sessions.forward(expire_at_);
    const flow::Line& reply = sessions.reply(expire_at_);
    if (followed_ != nullptr && followed_->interface(forward.ingress()) == nullptr) {
      cut(expire_at_);
      continue;
    }
    const flow::Ticks idle = std::min(now_ - forward.last_seen, now_ - reply.last_seen);
    if (idle < timeout_of(expire_at_) || forward.is_kept(now_)) continue;
    close(expire_at_);
    ++session_totals.expired;
  }
}

void Worker::expire_due(std::size_t most) noexcept {
  if (expire_due_ == 0) return;
  const std::size_t share = std::min(expire_due_, most);
  expire_due_ -= share;
  expire(share);
}

void Worker::follow(const Snapshot& now) noexcept {
  const bool is_followed = follows(now);
  if (is_followed && !neighbours.is_crowded(now_)) return;
  const bool at_leisure = is_followed || now.keeps_interfaces_of(followed_generation_);
  followed_ = &now;
  followed_generation_ = now.generation();
  ++epoch_;
  if (!is_followed) begin_noting(now);
  neighbours.begin_sweep(now_);
  if (!at_leisure) neighbours.sweep(*this, neighbour::Neighbours::most);
}

const Snapshot& Worker::catch_up(Published<Snapshot>& snapshots) noexcept {
  if (!is_noting()) follow(snapshots.latest(index));
  return *followed_;
}

void Worker::begin_noting(const Snapshot& now) noexcept {
  for (const Slot router : now.revoked_routers()) revoked_in_[router] = epoch_;
  if (now.revoked_rules().portions() == 0) return;
  noting_ = &now.revoked_rules();
  noted_portions_ = 0;
  rules_revoked_in_ = epoch_;
}

void Worker::note_revoked(std::size_t most) noexcept {
  if (!is_noting()) return;
  const auto note = [this](Slot rule) { revoked_in_[rule] = rules_revoked_in_; };
  for (std::size_t done = 0; done < most && noted_portions_ < noting_->portions();) {
    done += 1 + noting_->visit(noted_portions_++, note);
  }
  if (noted_portions_ == noting_->portions()) noting_ = nullptr;
}

void Worker::tick(flow::Ticks now) noexcept {
  const std::size_t share = sessions.high_water() / sweep + 1;
  expire_due_ = std::min<std::size_t>(expire_due_ + (now - now_) * share, sessions.high_water());
  now_ = now;
  neighbours.tick(*this);
  fragments.tick(*this);
  refusals.tick(*this);
  helper::tick(*this);
}

}  // namespace viaduct
