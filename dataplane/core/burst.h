#pragma once

#include <rte_prefetch.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>

#include "dataplane/core/opening.h"
#include "dataplane/core/packet.h"

namespace viaduct {

// How packets came to a worker: it received them, or another one did, whose they are not, or they
// are fragments that it received before.
enum class CameBy : std::uint8_t { wire, hand_over, fragment_table };

// Up to 64 packets walking the pipeline together, in arrival order. A packet that leaves is marked
// by its mbuf being gone.
class Burst {
 public:
  static constexpr std::size_t capacity = 64;

  // Begins anew, with these. REQUIRES: no more than there is room for.
  void fill(std::span<rte_mbuf* const> mbufs, CameBy way = CameBy::wire) noexcept {
    way_ = way;
    Packet* next = packets_.data();
    for (rte_mbuf* mbuf : mbufs) {
      Packet& packet = *next++;
      packet = Packet{};
      packet.mbuf = mbuf;
      packet.data = rte_pktmbuf_mtod(mbuf, std::uint8_t*);
      rte_prefetch0(packet.data);
    }
    count_ = mbufs.size();
    has_turn_ = mbufs.size() < capacity || ++full_bursts_ % 4 == 0;
    select_all();
  }

  // True once: for what is to be done now and then. Under full load, in one burst of four.
  [[nodiscard]] bool takes_turn() noexcept { return std::exchange(has_turn_, false); }

  [[nodiscard]] CameBy way() const noexcept { return way_; }

  // Which of its packets the calls below are about: all of them, or one group of neighbours.
  static constexpr std::size_t group_size = 32;
  [[nodiscard]] std::size_t groups() const { return (count_ + group_size - 1) / group_size; }
  void select(std::size_t group) noexcept {
    begin_ = group * group_size;
    end_ = std::min(begin_ + group_size, count_);
    openings_ = 0;
  }
  void select_all() noexcept {
    begin_ = 0;
    end_ = count_;
    openings_ = 0;
  }
  // All have left: no group is left to look at. REQUIRES: that is so.
  void clear() noexcept { count_ = end_ = 0; }
  [[nodiscard]] std::size_t size() const { return end_ - begin_; }

  // Calls visit(Packet&) for every packet that is still here.
  template <class Visit>
  void each(Visit visit) noexcept {
    // What is visited cannot change how many there are, but the compiler does not know that.
    Packet* const end = packets_.data() + end_;
    for (Packet* packet = packets_.data() + begin_; packet != end; ++packet) {
      if (packet->mbuf != nullptr) visit(*packet);
    }
  }

  // Hands a packet to the policy stages.
  Opening& open(Packet& packet) {
    Opening& opening = opening_records_[openings_++];
    opening = Opening{};
    opening.packet = &packet;
    return opening;
  }
  // Calls visit(Opening&) for every packet that policy still judges.
  template <class Visit>
  void each_opening(Visit visit) noexcept {
    for (std::size_t i = 0; i < openings_; ++i) {
      Opening& opening = opening_records_[i];
      if (opening.packet->mbuf != nullptr && !opening.drained) visit(opening);
    }
  }
  // The same, with those whose sessions drain.
  template <class Visit>
  void each_opening_or_drained(Visit visit) noexcept {
    for (std::size_t i = 0; i < openings_; ++i) {
      if (opening_records_[i].packet->mbuf != nullptr) visit(opening_records_[i]);
    }
  }
  [[nodiscard]] std::size_t openings() const { return openings_; }

 private:
  std::array<Packet, capacity> packets_;
  std::array<Opening, capacity> opening_records_;
  std::size_t count_ = 0;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  std::size_t openings_ = 0;
  std::uint32_t full_bursts_ = 0;
  bool has_turn_ = false;
  CameBy way_ = CameBy::wire;
};

}  // namespace viaduct
