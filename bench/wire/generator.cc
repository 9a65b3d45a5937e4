#include "bench/wire/generator.h"

#include <rte_arp.h>
#include <rte_cycles.h>
#include <rte_ethdev.h>
#include <rte_mbuf.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <numeric>

#include "base/interrupt.h"
#include "bench/progress.h"

namespace viaduct::bench {
namespace {

// After the number in a frame's payload: a time and its complement, which together change no
// checksum. A frame that has no time holds zeroes there.
constexpr std::uint16_t stamp_offset =
    sizeof(rte_ether_hdr) + sizeof(rte_ipv4_hdr) + sizeof(rte_udp_hdr) + sizeof(std::uint32_t);
struct Stamp {
  std::uint32_t time;
  std::uint32_t complement;
};

// Of so many received bursts, the frames of one are looked at.
constexpr std::uint64_t sample_each = 64;
// How late a burst may be sent before the time that was lost is given up for good: making up for
// all of it would offer the router more than was meant.
constexpr std::uint64_t most_bursts_late = 8;
constexpr double quiet_seconds = 0.01;  // nothing more comes after that
constexpr double longest_drain = 0.5;
constexpr double seconds_of_an_absence = 50e-6;
constexpr std::uint16_t most_received = 64;  // in one burst
constexpr std::uint32_t openings_at_once = 256;
constexpr unsigned most_tries = 200;
constexpr unsigned looks_after_a_try = 80;
constexpr double seconds_of_a_look = 0.0005;

std::uint64_t ticks_of(double seconds) {
  return static_cast<std::uint64_t>(seconds * static_cast<double>(rte_get_tsc_hz()));
}

double seconds_of(std::uint64_t ticks) {
  return static_cast<double>(ticks) / static_cast<double>(rte_get_tsc_hz());
}

void free_all(rte_mbuf** frames, std::uint16_t count) noexcept {
  if (count != 0) rte_pktmbuf_free_bulk(frames, count);
}

}  // namespace

Result<std::unique_ptr<Generator>> Generator::make(const Case& measured, const Setup& setup) {
  auto conversations = TRY(Conversations::make(measured, setup.wires));
  return std::unique_ptr<Generator>{new Generator{std::move(conversations), setup}};
}

Result<void> Generator::open(Progress& progress) {
  const std::uint32_t all = conversations_.count();
  progress.begin("opening " + std::to_string(all) + " conversations", all);
  for (std::uint32_t first = 0; first < all; first += openings_at_once) {
    std::vector<std::uint32_t> some(std::min(openings_at_once, all - first));
    std::iota(some.begin(), some.end(), first);
    TRY(open_some(std::move(some)));
    progress.advance(first);
  }
  progress.end();
  return make_images();
}

// The router may have to ask for neighbours first, and hold or lose what it cannot yet send.
Result<void> Generator::open_some(std::vector<std::uint32_t> unknown) {
  for (unsigned tries = 0; tries < most_tries; ++tries) {
    TRY(check_interrupts());
    TRY(send_openings(unknown));
    for (unsigned i = 0; i < looks_after_a_try; ++i) {
      TRY(learn_for(seconds_of_a_look));
      std::erase_if(unknown, [&](std::uint32_t c) { return conversations_.is_known(c); });
      if (unknown.empty()) return {};
    }
  }
  return fail(Fault::exhausted, "conversation " + std::to_string(unknown.front()),
              "its first packet does not come through");
}

Result<void> Generator::send_openings(const std::vector<std::uint32_t>& which) {
  for (const std::uint32_t conversation : which) {
    rte_mbuf* frame = rte_pktmbuf_alloc(setup_.buffers);
    if (frame == nullptr) return fail(Fault::exhausted, "", "no packet buffers are left");
    conversations_.write_opening(*frame, conversation);
    if (rte_eth_tx_burst(frame->port, 0, &frame, 1) == 0) rte_pktmbuf_free(frame);
  }
  return {};
}

Result<void> Generator::learn_for(double seconds) {
  const std::uint64_t end = rte_rdtsc() + ticks_of(seconds);
  while (rte_rdtsc() < end) {
    for (const PortId port : {setup_.wires.wan, setup_.wires.lan}) TRY(learn_from(port));
  }
  return {};
}

Result<void> Generator::learn_from(PortId port) {
  std::array<rte_mbuf*, most_in_burst> frames{};
  const std::uint16_t count = rte_eth_rx_burst(port, 0, frames.data(), most_in_burst);
  Result<void> outcome;
  for (std::uint16_t i = 0; i < count; ++i) {
    if (answer(*frames[i], port)) continue;
    if (auto learned = conversations_.learn(*frames[i], port); !learned) {
      outcome = tl::unexpected<Error>{learned.error()};
    }
  }
  free_all(frames.data(), count);
  return outcome;
}

Result<void> Generator::make_images() {
  rte_mbuf* scratch = rte_pktmbuf_alloc(setup_.buffers);
  if (scratch == nullptr) return fail(Fault::exhausted, "", "no packet buffers are left");
  std::memset(scratch->buf_addr, 0, scratch->buf_len);
  lanes_.clear();
  for (const PortId port : {setup_.wires.lan, setup_.wires.wan}) {
    Lane lane{.port = port};
    std::uint32_t n = 0;
    for (const Sketch& sketch : conversations_.entering(port)) {
      Image& image = lane.images.emplace_back();
      image.length = setup_.lengths.of(n++);
      conversations_.write(*scratch, sketch, image.length);
      std::memcpy(image.bytes.data(), rte_pktmbuf_mtod(scratch, void*), image.bytes.size());
    }
    if (!lane.images.empty()) lanes_.push_back(std::move(lane));
  }
  rte_pktmbuf_free(scratch);
  return {};
}

void Generator::fill(Lane& lane, rte_mbuf** frames, std::uint16_t count,
                     std::uint32_t stamp) noexcept {
  const Stamp both{stamp, ~stamp};
  for (std::uint16_t i = 0; i < count; ++i) {
    const Image& image = lane.images[lane.next];
    if (++lane.next == lane.images.size()) lane.next = 0;
    frames[i]->data_len = image.length;
    frames[i]->pkt_len = image.length;
    auto* data = rte_pktmbuf_mtod(frames[i], std::uint8_t*);
    std::memcpy(data, image.bytes.data(), image.bytes.size());
    if (stamp != 0) std::memcpy(data + stamp_offset, &both, sizeof both);
  }
}

// How many found a place in the wire's queue. A flood waits with the others until there is one;
// else they are gone.
std::uint16_t Generator::send_burst(Lane& lane, std::uint16_t count, const Load& load) noexcept {
  const bool is_flood = load.rate == Load::flood;
  rte_mbuf** frames = lane.waiting.data();
  if (lane.waiting_count == 0) {
    if (rte_pktmbuf_alloc_bulk(setup_.buffers, frames, count) != 0) return 0;
    const auto now = static_cast<std::uint32_t>(rte_rdtsc());
    fill(lane, frames, count, load.is_stamped ? std::max(now, 1U) : 0);
    lane.waiting_count = count;
  }
  const std::uint16_t sent = rte_eth_tx_burst(lane.port, 0, frames, lane.waiting_count);
  const auto left = static_cast<std::uint16_t>(lane.waiting_count - sent);
  if (is_flood) {
    std::copy_n(frames + sent, left, frames);
    lane.waiting_count = left;
  } else {
    free_all(frames + sent, left);
    lane.waiting_count = 0;
  }
  return sent;
}

bool Generator::answer(rte_mbuf& frame, PortId port) const noexcept {
  if (is_ours(frame)) return false;
  auto& ethernet = *rte_pktmbuf_mtod(&frame, rte_ether_hdr*);
  auto& arp = *rte_pktmbuf_mtod_offset(&frame, rte_arp_hdr*, sizeof ethernet);
  if (ethernet.ether_type != RTE_BE16(RTE_ETHER_TYPE_ARP) ||
      arp.arp_opcode != RTE_BE16(RTE_ARP_OP_REQUEST) ||
      arp.arp_data.arp_sip == arp.arp_data.arp_tip) {
    return true;
  }
  rte_mbuf* reply = rte_pktmbuf_copy(&frame, setup_.buffers, 0, sizeof ethernet + sizeof arp);
  if (reply == nullptr) return true;
  auto& out = *rte_pktmbuf_mtod(reply, rte_ether_hdr*);
  auto& said = *rte_pktmbuf_mtod_offset(reply, rte_arp_hdr*, sizeof out);
  const Mac asked_for = mac_of(Address::v4(Be32::raw(arp.arp_data.arp_tip)));
  out.dst_addr = ethernet.src_addr;
  std::memcpy(&out.src_addr, asked_for.bytes.data(), sizeof out.src_addr);
  said.arp_opcode = RTE_BE16(RTE_ARP_OP_REPLY);
  said.arp_data.arp_tha = arp.arp_data.arp_sha;
  said.arp_data.arp_tip = arp.arp_data.arp_sip;
  said.arp_data.arp_sip = arp.arp_data.arp_tip;
  said.arp_data.arp_sha = out.src_addr;
  if (rte_eth_tx_burst(port, 0, &reply, 1) == 0) rte_pktmbuf_free(reply);
  return true;
}

Result<void> Generator::receive(Count& count, const Load& load) {
  std::array<rte_mbuf*, most_received> frames{};
  for (const PortId port : {setup_.wires.wan, setup_.wires.lan}) {
    const std::uint16_t burst = rte_eth_rx_burst(port, 0, frames.data(), frames.size());
    if (burst == 0) continue;
    const auto now = static_cast<std::uint32_t>(rte_rdtsc());
    const bool is_sample = setup_.is_router && ++bursts_ % sample_each == 0;
    Result<void> outcome;
    for (std::uint16_t i = 0; i < burst; ++i) {
      rte_mbuf& frame = *frames[i];
      if (answer(frame, port)) continue;
      ++count.received;
      if (load.is_stamped) {
        Stamp stamp{};
        std::memcpy(&stamp, rte_pktmbuf_mtod_offset(&frame, void*, stamp_offset), sizeof stamp);
        if (stamp.time == ~stamp.complement) count.latency.add(now - stamp.time);
      }
      if (!is_sample) continue;
      ++checked_;
      if (outcome) outcome = conversations_.check(frame, port);
    }
    free_all(frames.data(), burst);
    TRY(outcome);
  }
  return {};
}

Result<void> Generator::drain(Count& count, const Load& load) {
  const std::uint64_t end = rte_rdtsc() + ticks_of(longest_drain);
  std::uint64_t quiet_since = rte_rdtsc();
  while (count.received < count.sent && rte_rdtsc() < end) {
    const std::uint64_t before = count.received;
    TRY(receive(count, load));
    if (count.received != before) quiet_since = rte_rdtsc();
    if (rte_rdtsc() - quiet_since > ticks_of(quiet_seconds)) break;
  }
  return {};
}

Result<Generator::Count> Generator::run(const Load& load) {
  const bool is_flood = load.rate == Load::flood;
  const double in_burst = is_flood ? most_in_burst : load.rate * setup_.burst_seconds;
  const auto burst = static_cast<std::uint16_t>(std::clamp(in_burst, 1.0, double{most_in_burst}));
  const double interval = is_flood ? 0 : static_cast<double>(ticks_of(1)) * burst / load.rate;
  const double most_late = interval * most_bursts_late;
  const std::uint64_t shortest_absence = ticks_of(seconds_of_an_absence);
  Count count;
  const std::uint64_t start = rte_rdtsc();
  const std::uint64_t end = start + ticks_of(load.seconds);
  auto due = static_cast<double>(start);
  std::uint64_t before = start;
  std::uint64_t away = 0;
  for (std::uint64_t now = start; now < end && !interrupted(); now = rte_rdtsc()) {
    if (now - before > shortest_absence) away += now - before;
    before = now;
    if (static_cast<double>(now) >= due) {
      due = std::max(due + interval, static_cast<double>(now) - most_late);
      Lane& lane = lanes_[turn_++ % lanes_.size()];
      const std::uint16_t sent = send_burst(lane, burst, load);
      count.sent += is_flood ? sent : burst;
    }
    TRY(receive(count, load));
  }
  count.seconds = seconds_of(rte_rdtsc() - start);
  count.away = seconds_of(away);
  count.received_in_time = count.received;
  TRY(drain(count, load));
  for (Lane& lane : lanes_) free_all(lane.waiting.data(), std::exchange(lane.waiting_count, 0));
  TRY(check_interrupts());
  return count;
}

}  // namespace viaduct::bench
