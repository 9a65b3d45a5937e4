#pragma once

#include <array>
#include <cstddef>

#include "dataplane/core/burst.h"
#include "dataplane/core/worker.h"

namespace viaduct::flow {

// Asks memory for what the packets of a burst will need while the parser is at work on those behind
// them: first for the bucket of a packet's session, and some packets later, when that has come, for
// the line that it names. The line is a guess until flow::Find has compared its key.
class LookAhead {
 public:
  LookAhead(Burst& burst, Worker& self) : burst_(burst), self_(self) {}
  ~LookAhead() { finish(); }
  LookAhead(const LookAhead&) = delete;
  LookAhead& operator=(const LookAhead&) = delete;

  // Packet `i` of the burst has been parsed, or has left. To be called for each in turn.
  void pass(std::size_t i) noexcept {
    ask(burst_.at(i));
    if (i >= distance) guess(burst_.at(i - distance));
  }

 private:
  static constexpr std::size_t distance = 16;  // packets parsed while a bucket is on its way

  void ask(Packet& packet) noexcept {
    if (packet.mbuf == nullptr) return;
    if (packet.is_in_transit()) {
      packet.hash = self_.next_hops.hash(packet.in->router_slot(), packet.key.destination);
      return self_.next_hops.prefetch(packet.hash);
    }
    packet.hash = self_.sessions.hash(packet.key);
    self_.sessions.prefetch_bucket(packet.hash);
  }
  void guess(Packet& packet) noexcept {
    if (packet.mbuf == nullptr || packet.is_in_transit()) return;
    packet.line = self_.sessions.candidate(packet.hash);
    if (packet.line == nullptr && self_.sessions.prefetch_other_bucket(packet.hash)) {
      displaced_[displaced_count_++] = &packet;
    }
  }
  void finish() noexcept {
    const std::size_t count = burst_.size();
    for (std::size_t i = count - std::min(count, distance); i < count; ++i) guess(burst_.at(i));
    for (std::size_t i = 0; i < displaced_count_; ++i) {
      displaced_[i]->line = self_.sessions.other_candidate(displaced_[i]->hash);
    }
  }

  Burst& burst_;
  Worker& self_;
  std::array<Packet*, Burst::capacity> displaced_;
  std::size_t displaced_count_ = 0;
};

}  // namespace viaduct::flow
