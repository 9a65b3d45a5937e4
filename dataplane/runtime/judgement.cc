#include "dataplane/runtime/judgement.h"

#include <rte_mbuf.h>

#include <algorithm>

#include "dataplane/forwarding.h"
#include "dataplane/runtime/described_packet.h"

namespace viaduct::runtime {
namespace {

// A packet of the direction that opened a session.
DescribedPacket describe(const flow::Key& key) {
  DescribedPacket packet;
  if (key.protocol() != Protocol::icmp) return packet;
  // The port of a question is its type; what is none goes to its type and code.
  const std::uint16_t port = key.destination_port.host();
  const bool is_question = port < 256;
  packet.icmp_type = static_cast<std::uint8_t>(is_question ? port : port >> 8);
  packet.icmp_code = static_cast<std::uint8_t>(is_question ? 0 : port);
  return packet;
}

// Whether answers are translated back to what was translated.
bool leads_back(const flow::Line& forward, const flow::Line& reply) noexcept {
  return reply.key.tuple() == forward.leaves_as().reversed() &&
         reply.leaves_as() == forward.key.tuple().reversed();
}

// Whether nothing but the configuration decides about the session, and this generation's has. What
// a mapping let in, or a helper announced, depends on other sessions besides.
bool is_for_policy_alone(const flow::Line& forward, const Worker& worker) noexcept {
  const bool is_translated = forward.destination != forward.key.destination;
  return forward.generation == worker.epoch() && !forward.has(flow::announced) &&
         (!is_translated || forward.has(flow::let_in));
}

}  // namespace

Trace walk(Worker& worker, const Snapshot& snapshot, Burst& burst, bool as_new) {
  Trace trace;
  worker.begin_explaining(trace, as_new);
  Forwarding::run(burst, snapshot, worker);
  worker.end_explaining();
  return trace;
}

Judgement judge_again(Worker& worker, const Snapshot& snapshot, flow::SessionId session,
                      rte_mempool* buffers, Burst& burst) {
  const flow::Line& forward = worker.sessions.forward(session);
  const InterfaceView* in = snapshot.interface(forward.ingress());
  if (in == nullptr) return {.has_ingress = false};
  InterfaceView at = *in;
  if (forward.has(flow::from_host)) {
    at.port = no_port;
  } else if (at.port == no_port) {
    return {};
  }
  rte_mbuf* frame = make_frame(buffers, at, forward.key.tuple(), describe(forward.key));
  if (frame == nullptr) return {};
  burst.fill({&frame, 1}, CameBy::hand_over);
  Judgement judgement{.trace = walk(worker, snapshot, burst, true)};
  rte_pktmbuf_free(frame);
  return judgement;
}

void ExplainCheck::look(Worker& worker, const Snapshot& now, rte_mempool* buffers) {
  const flow::SessionId end = worker.sessions.high_water();
  if (next_ >= end) next_ = 0;
  const flow::SessionId stop = std::min(end, next_ + at_a_time);
  for (; next_ < stop; ++next_) {
    if (!worker.sessions.is_live(next_)) continue;
    const flow::Line& forward = worker.sessions.forward(next_);
    if (!is_for_policy_alone(forward, worker)) continue;
    const auto [has_ingress, trace] = judge_again(worker, now, next_, buffers, *burst_);
    if (!trace) continue;
    const bool agrees = trace->fate == Fate::forwarded && trace->leaves_as == forward.leaves_as() &&
                        trace->egress == worker.neighbours.at(forward.adjacency()).interface &&
                        leads_back(forward, worker.sessions.reply(next_));
    disagreements_ += agrees ? 0 : 1;
  }
}

}  // namespace viaduct::runtime
