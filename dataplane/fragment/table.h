#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "dataplane/core/fwd.h"
#include "dataplane/core/reason.h"
#include "dataplane/flow/session.h"
#include "dataplane/fragment/label.h"

struct rte_mbuf;

// Fragments on their way through (RFC 791, RFC 4787 REQ-14). They are not put together: each goes
// on by itself as soon as the ports are known, which only the first one of a datagram has.
namespace viaduct::fragment {

// A fragment as its IP header describes it.
struct Fragment {
  flow::Key datagram;       // in the place of ports: the IP identification, and who sent it
  std::uint16_t begin = 0;  // of the datagram's payload, in bytes
  std::uint16_t end = 0;
  bool is_last = false;
  std::optional<Label> label;  // the first one has it
};

// The datagrams of which one worker has seen a part. No two fragments that overlap get past it
// (RFC 1858, RFC 3128), nor does what comes after them (as in RFC 5722). What a source can take up
// is bounded: when its share is full, its oldest datagram is given up first. Never allocates after
// construction.
class Table {
 public:
  static constexpr std::size_t shares = 64;          // a source has one, chosen by a keyed hash
  static constexpr std::size_t most_datagrams = 16;  // of a share
  static constexpr std::size_t most_held = 16;       // fragments that wait for the first; likewise
  static constexpr std::size_t most_fragments = 64;  // of a datagram
  // How long all fragments of a datagram may take.
  static constexpr flow::Ticks patience = 5 * flow::ticks_per_second;

  explicit Table(std::uint64_t seed);
  ~Table();
  Table(const Table&) = delete;
  Table& operator=(const Table&) = delete;

  // Takes a packet over: drops it, holds it, or lets it go on.
  void take(Worker& self, Packet& packet, const Fragment& fragment) noexcept;
  // Up to `most` fragments that go on, labelled. Valid until the next call of another function.
  [[nodiscard]] std::span<rte_mbuf* const> take_ready(std::size_t most) noexcept;
  // Gives up what takes too long. To be called a few times a second.
  void tick(Worker& self) noexcept;
  // Buffers that are here.
  [[nodiscard]] std::size_t held() const noexcept { return held_ + ready_end_ - ready_begin_; }

 private:
  struct Range {
    std::uint16_t begin;
    std::uint16_t end;
  };
  struct Datagram {
    flow::Key key;  // of no router: nothing is here
    Label label;
    std::uint64_t number = 0;  // they are counted as they begin
    flow::Ticks since = 0;
    Reason refused = Reason::total;
    std::uint16_t seen = 0;  // bytes
    std::uint16_t end = 0;   // 0 until the last fragment tells it
    std::uint8_t count = 0;
    std::array<Range, most_fragments> ranges;

    [[nodiscard]] bool is_free() const noexcept { return key.protocol_and_router == 0; }
    [[nodiscard]] bool is_complete() const noexcept { return end != 0 && seen == end; }
    // Reason::total if the fragment may go on.
    [[nodiscard]] Reason admit(const Fragment& fragment) noexcept;
    [[nodiscard]] Reason judge(const Fragment& fragment) noexcept;
  };
  struct Held {
    rte_mbuf* mbuf;
    Slot interface;
    Datagram* of;
  };
  struct Share {
    std::size_t datagrams_count = 0;
    std::size_t held_count = 0;
    std::array<Datagram, most_datagrams> datagrams;
    std::array<Held, most_held> held;  // in the order in which they came
  };

  [[nodiscard]] Datagram& find_or_begin(Worker& self, Share& share, const flow::Key& key) noexcept;
  void hold(Worker& self, Share& share, Datagram& datagram, Packet& packet) noexcept;
  void let_go(rte_mbuf* mbuf, const Label& label) noexcept;
  void give_up(Worker& self, Share& share, Datagram& datagram, Reason reason) noexcept;
  void drop_held(Worker& self, Share& share, const Datagram& of, Reason reason) noexcept;
  static void forget(Share& share, Datagram& datagram) noexcept;
  template <class Visit>
  void take_held(Share& share, const Datagram& of, Visit visit) noexcept;

  std::uint64_t seed_;
  std::uint64_t begun_ = 0;
  std::size_t held_ = 0;
  std::size_t ready_begin_ = 0;
  std::size_t ready_end_ = 0;
  std::vector<rte_mbuf*> ready_;
  std::vector<Share> shares_;
};

}  // namespace viaduct::fragment
