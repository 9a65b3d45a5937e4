#include "bench/rig.h"

#include <rte_cycles.h>
#include <rte_mbuf.h>

#include <algorithm>

#include "base/interrupt.h"
#include "bench/progress.h"

namespace viaduct::bench {
namespace {

// Before the worker begins to ask whether they are still there.
constexpr flow::Ticks introduce_every = 15 * flow::ticks_per_second;

// Frames are written without their payload, which has to be zero.
void wipe(rte_mbuf& buffer) noexcept {
  std::fill_n(static_cast<std::uint8_t*>(buffer.buf_addr), buffer.buf_len, std::uint8_t{0});
}

}  // namespace

Result<std::unique_ptr<Rig>> Rig::make(const Case& measured, const Setup& setup) {
  return std::move(TRY(make_all(measured, setup, 1)).front());
}

Result<std::vector<std::unique_ptr<Rig>>> Rig::make_all(const Case& measured, const Setup& setup,
                                                        unsigned workers) {
  const auto router = TRY(MeasuredRouter::make(
      measured, {.workers = workers,
                 .spare_sessions = setup.spare_sessions,
                 .buffers = static_cast<unsigned>(4 * batch_size * workers - 1),
                 .ports = ports}));
  std::vector<std::unique_ptr<Rig>> rigs;
  for (const auto& worker : router->workers()) {
    rigs.emplace_back(new Rig{measured, setup.protocol, router, *worker});
    TRY(rigs.back()->fill());
  }
  return rigs;
}

Rig::Rig(const Case& measured, Protocol protocol, std::shared_ptr<MeasuredRouter> router,
         Worker& worker)
    : case_(measured),
      router_(std::move(router)),
      worker_(worker),
      conversations_(measured, ports, protocol, router_->snapshot()) {
  worker_.leave_by(*this);
  left_.reserve(2 * batch_size);
  follow(*router_->snapshot());
}

Rig::~Rig() {
  for (rte_mbuf* buffer : buffers_) rte_pktmbuf_free(buffer);
}

Result<void> Rig::fill() {
  buffers_.resize(batch_size);
  if (rte_pktmbuf_alloc_bulk(router_->buffers(), buffers_.data(), batch_size) != 0) {
    return fail(Fault::exhausted, "", "no memory for packet buffers");
  }
  for (rte_mbuf* buffer : buffers_) wipe(*buffer);
  introduce_neighbours();
  return {};
}

bool Rig::is_mine(const Sketch& sketch) const {
  if (worker_.exchange == nullptr) return true;
  const auto key = flow::Key::of(sketch.tuple(), now_->routers().front()->slot());
  const bool is_from_outside = interface_of(*now_, sketch.from_guest).is_outside();
  const auto owner = worker_.exchange->worker_of(key, is_from_outside);
  return worker_.exchange->signposts.find(worker_.exchange->hash(key), owner) == worker_.index;
}

void Rig::follow(const Snapshot& next) {
  worker_.follow(next);
  now_ = &next;
}

const Snapshot& Rig::catch_up(Published<Snapshot>& snapshots) {
  now_ = &worker_.catch_up(snapshots);
  return *now_;
}

std::vector<Tuple> Rig::forward_strays(const std::vector<Tuple>& strays) {
  const std::uint64_t lost = lost_;
  written_ = 0;
  for (const Tuple& stray : strays) {
    conversations_.write_shortest(*buffers_[written_++], Sketch::of(stray, 0, false),
                                  TcpFlags::ack);
  }
  forward_batch();
  lost_ = lost;
  std::vector<Tuple> leaving;
  for (const rte_mbuf* frame : left_) leaving.push_back(tuple_in(*frame));
  const Slot router = now_->routers().front()->slot();
  for (const Tuple& stray : strays) {
    const flow::LineId id = worker_.sessions.find(flow::Key::of(stray, router));
    if (id != flow::none) worker_.close(flow::Table::session_of(id));
  }
  return leaving;
}

double Rig::bytes_per_session() const {
  std::size_t most = 0;
  for (const auto& worker : router_->workers()) most += worker->sessions.most_sessions();
  return static_cast<double>(router_->workers().session_bytes()) / static_cast<double>(most);
}

void Rig::introduce_neighbours() {
  const auto introduce = [&](const InterfaceView& on, const Address& address) {
    worker_.neighbours.learn(worker_, on, address, mac_of(address), true);
  };
  introduced_ = worker_.now();
  introduce(interface_of(*now_, false), Case::gateway());
  const InterfaceView& inside = interface_of(*now_, true);
  for (std::uint32_t i = 0; i < case_.guests(); ++i) introduce(inside, Case::guest(i));
}

void Rig::keep_neighbours() {
  if (worker_.now() - introduced_ > introduce_every) introduce_neighbours();
}

void Rig::write_openings(std::uint32_t first, std::size_t count) {
  keep_neighbours();
  written_ = 0;
  for (std::uint32_t i = 0; i < count; ++i) {
    conversations_.write_opening(*buffers_[written_++], first + i);
  }
}

void Rig::write_next(std::uint32_t first, std::size_t count, Direction direction, TcpFlags flags) {
  written_ = 0;
  for (std::uint32_t i = 0; i < count; ++i) {
    const std::uint32_t number = 2 * (first + i) + (direction == Direction::back ? 1 : 0);
    conversations_.write_shortest(*buffers_[written_++], conversations_.sketch(number), flags);
  }
}

std::uint64_t Rig::close(std::uint32_t first, std::size_t count) {
  const Slot router = now_->routers().front()->slot();
  std::vector<flow::SessionId> sessions;
  for (std::uint32_t i = 0; i < count; ++i) {
    const auto key = flow::Key::of(conversations_.sketch(2 * (first + i)).tuple(), router);
    if (const flow::LineId id = worker_.sessions.find(key); id != flow::none) {
      sessions.push_back(flow::Table::session_of(id));
    }
  }
  const std::uint64_t before = rte_rdtsc();
  for (const flow::SessionId session : sessions) worker_.close(session);
  return rte_rdtsc() - before;
}

Result<void> Rig::open(std::uint32_t all, Progress& progress) {
  progress.begin("opening " + std::to_string(all) + " conversations", all);
  std::size_t opened = 0;
  for (std::uint32_t next = 0; next < all;) {
    TRY(check_interrupts());
    keep_neighbours();
    written_ = 0;
    const std::uint32_t first = next;
    for (; next < all && written_ < batch_size; ++next) {
      if (!is_mine(conversations_.opening(next))) continue;
      conversations_.write_opening(*buffers_[written_++], next);
    }
    const std::size_t count = written_;
    forward_batch();
    TRY(learn_openings(first, count));
    opened += count;
    progress.advance(next);
  }
  progress.end();
  const std::size_t live = worker_.sessions.live_sessions();
  const std::size_t wanted = case_.kind() == Kind::forward ? 0 : opened;
  if (live != wanted) {
    return fail(
        Fault::exhausted, "",
        std::to_string(live) + " live sessions where " + std::to_string(wanted) + " were opened");
  }
  return {};
}

Result<void> Rig::learn_openings(std::uint32_t first, std::size_t count) {
  if (left_.size() != count) {
    return fail(Fault::exhausted, "conversations from " + std::to_string(first) + " on",
                std::to_string(count - left_.size()) + " of " + std::to_string(count) +
                    " opening packets did not leave");
  }
  for (const rte_mbuf* frame : left_) TRY(conversations_.learn(*frame, frame->port));
  return {};
}

Result<void> Rig::shuffle() {
  from_guests_ = conversations_.entering(ports.lan);
  from_outside_ = conversations_.entering(ports.wan);
  for (auto* senders : {&from_guests_, &from_outside_}) {
    std::erase_if(*senders, [&](const Sketch& sketch) { return !is_mine(sketch); });
  }
  if (!from_guests_.empty() || !from_outside_.empty()) return {};
  return fail(Fault::invalid, "--sessions",
              "too few: worker " + std::to_string(worker_.index) + " has none of them");
}

void Rig::write_batch(const FrameLengths& lengths) {
  written_ = 0;
  keep_neighbours();
  while (written_ < batch_size) {
    const bool guests_turn =
        !from_guests_.empty() && (written_ / Burst::capacity % 2 == 0 || from_outside_.empty());
    const auto& senders = guests_turn ? from_guests_ : from_outside_;
    std::size_t& next = guests_turn ? next_from_guests_ : next_from_outside_;
    for (std::size_t i = 0; i < Burst::capacity; ++i) {
      conversations_.write(*buffers_[written_++], senders[next], lengths.of(frames_written_++));
      if (++next == senders.size()) next = 0;
    }
  }
}

std::uint64_t Rig::forward_batch() noexcept {
  left_.clear();
  const Snapshot& now = *now_;
  const std::uint64_t before = rte_rdtsc();
  for (std::size_t first = 0; first < written_; first += Burst::capacity) {
    const std::size_t count = std::min(Burst::capacity, written_ - first);
    clock_.keep(worker_);
    forward(worker_, burst_, now, {buffers_.data() + first, count});
    worker_.expire_due(Burst::capacity);
    worker_.note_revoked();
  }
  const std::uint64_t cycles = rte_rdtsc() - before;
  take_back();
  return cycles;
}

// The buffers of frames that left serve again; those of lost ones have gone back to the pool.
void Rig::take_back() noexcept {
  own_frames_ = std::erase_if(left_, [](rte_mbuf* frame) {
    if (is_ours(*frame)) return false;
    wipe(*frame);
    rte_pktmbuf_free(frame);
    return true;
  });
  lost_ += written_ - left_.size();
  std::ranges::copy(left_, buffers_.begin());
  const auto missing = static_cast<unsigned>(written_ - left_.size());
  if (missing != 0 &&
      rte_pktmbuf_alloc_bulk(router_->buffers(), &buffers_[left_.size()], missing) != 0) {
    std::abort();
  }
}

Result<void> Rig::check_batch() {
  for (const rte_mbuf* frame : left_) TRY(conversations_.check(*frame, frame->port));
  checked_ += left_.size();
  return {};
}

std::uint16_t Rig::send(PortId port, rte_mbuf** packets, std::uint16_t count) noexcept {
  for (std::uint16_t i = 0; i < count; ++i) packets[i]->port = port;
  left_.insert(left_.end(), packets, packets + count);
  return count;
}

std::uint16_t Rig::send_to_host(rte_mbuf** /*packets*/, std::uint16_t /*count*/) noexcept {
  return 0;
}

}  // namespace viaduct::bench
