#include "tests/world.h"

#include <rte_eal.h>
#include <rte_mbuf.h>
#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <filesystem>

#include "dataplane/neighbour/arp.h"

namespace viaduct::test {
namespace {

void start_eal() {
  cpu_set_t cores;
  (void)sched_getaffinity(0, sizeof cores, &cores);
  std::string prefix = "ut" + std::to_string(getpid());
  std::vector<std::string> words{"test",
                                 "-l",
                                 std::to_string(sched_getcpu()),
                                 "--no-huge",
                                 "--no-pci",
                                 "-m",
                                 "64",
                                 "--no-telemetry",
                                 "--no-shconf",
                                 "--file-prefix",
                                 prefix,
                                 "--log-level",
                                 "error"};
  std::vector<char*> raw;
  for (std::string& word : words) raw.push_back(word.data());
  if (rte_eal_init(static_cast<int>(raw.size()), raw.data()) < 0) std::abort();
  (void)sched_setaffinity(0, sizeof cores, &cores);  // EAL has bound us to one core
  std::atexit([] { std::filesystem::remove_all(rte_eal_get_runtime_dir()); });
}

std::uint16_t collect(std::vector<Wire::Frame>& into, Wire::Frame kind, rte_mbuf** packets,
                      std::uint16_t count) {
  for (std::uint16_t i = 0; i < count; ++i) {
    const auto* data = rte_pktmbuf_mtod(packets[i], const std::uint8_t*);
    kind.bytes.assign(data, data + rte_pktmbuf_data_len(packets[i]));
    if (kind.to_host) kind.interface = packets[i]->hash.usr;
    into.push_back(kind);
    rte_pktmbuf_free(packets[i]);
  }
  return count;
}

}  // namespace

rte_mempool* buffers() {
  static rte_mempool* const pool = [] {
    start_eal();
    rte_mempool* made =
        rte_pktmbuf_pool_create("packets", 1023, 0, 0, RTE_MBUF_DEFAULT_BUF_SIZE, SOCKET_ID_ANY);
    if (made == nullptr) std::abort();
    return made;
  }();
  return pool;
}

std::uint16_t Wire::send(PortId port, rte_mbuf** packets, std::uint16_t count) noexcept {
  return collect(frames, {.port = port}, packets, std::min(count, takes));
}

std::uint16_t Wire::send_to_host(rte_mbuf** packets, std::uint16_t count) noexcept {
  return collect(frames, {.to_host = true}, packets, std::min(count, takes));
}

std::size_t World::workers_wanted() {
  const char* const said = std::getenv("VIADUCT_WORKERS");
  return said == nullptr ? 1 : std::stoul(said);
}

World::World(std::size_t most_sessions, std::size_t workers)
    : usage_(workers * most_metered), burst_(std::make_unique<Burst>()) {
  Workers::Setup setup{.most_sessions = most_sessions, .seed = 42, .buffers = buffers()};
  for (std::size_t i = 0; i < workers; ++i) {
    setup.usage.push_back(&usage_[i * most_metered]);
  }
  workers_ = sure(Workers::make(setup));
  for (const auto& worker : *workers_) worker->leave_by(wire);
  with("routes/default", R"({"prefix": "0.0.0.0/0", "via": "203.0.113.1"})");
  with("source_nats/default", R"({"addresses": ["203.0.113.2"]})");
}

World::~World() {
  // Whatever was taken for sessions has to come back with them.
  for (const auto& worker : *workers_) {
    for (flow::SessionId id = 0; id < worker->sessions.high_water(); ++id) {
      if (worker->sessions.is_live(id)) worker->close(id);
    }
  }
  // That takes a while to find out, too long for a fuzzer.
  const bool is_test = testing::UnitTest::GetInstance()->current_test_info() != nullptr;
  if (is_test && !is_dirty_) {
    EXPECT_EQ(mappings(), 0U) << "ports were not given back";
  }
  // Held packets go back to the pool, which outlives us, when no interface is left; those of
  // connections that were refused, when their time has come.
  const Snapshot nothing{~0U, Configuration{},
                         [](const auto&, const auto&) { return Snapshot::Attachment{}; },
                         [](const auto&, const auto&) { return UsageIndex{0}; }};
  follow(nothing);
  for (const auto& worker : *workers_) {
    worker->tick(time_ + 10 * flow::ticks_per_second);
  }
}

World& World::with(std::string_view resource, std::string_view body) {
  return at("/routers/red/" + std::string{resource}, body);
}

World& World::without(std::string_view resource) {
  is_dirty_ = true;
  paper.remove("/routers/red/" + std::string{resource});
  return *this;
}

World& World::at(const std::string& pointer, std::string_view body) {
  is_dirty_ = true;
  paper.at(pointer, body);
  return *this;
}

World& World::unplug(std::string_view port) {
  is_dirty_ = unplugged_[std::string{port}] = true;
  return *this;
}

World& World::without_taps() {
  is_dirty_ = true;
  has_taps_ = false;
  return *this;
}

World& World::silence_neighbours(bool silent) {
  neighbours_are_silent_ = silent;
  return *this;
}

std::unique_ptr<Snapshot> World::take_snapshot(const Configuration& configuration,
                                               std::uint32_t generation) {
  if (!workers_->prepare(configuration, paper.directory.limit())) std::abort();
  const auto ports = paper.document().ports;
  const auto attach = [&](const CompiledRouter&, const interface::Compiled& interface) {
    const auto at = std::distance(ports.begin(), ports.find(interface.port));
    const bool is_open = unplugged_.find(interface.port) == unplugged_.end();
    return Snapshot::Attachment{is_open ? static_cast<PortId>(at) : no_port, has_taps_};
  };
  const auto usage = [&](const CompiledRouter& router, const Address& of) {
    return usage_index_
        .emplace(router.id + "/" + to_string(of), static_cast<UsageIndex>(usage_index_.size() + 1))
        .first->second;
  };
  return std::make_unique<Snapshot>(generation, configuration, attach, usage, snapshot_.get());
}

void World::follow(const Snapshot& next) {
  for (const auto& worker : *workers_) {
    while (worker->is_noting()) worker->note_revoked();
    worker->follow(next);
    worker->flush();
  }
}

void World::apply() {
  if (!is_dirty_) return;
  is_dirty_ = false;
  configuration_ = sure(paper.compile(configuration_));
  paper.directory.commit();
  auto next = take_snapshot(configuration_, ++generation_);
  follow(*next);
  std::swap(snapshot_, next);
  if (next != nullptr) old_.push_back(std::move(next));
}

rte_mbuf* World::make(const Bytes& bytes) {
  rte_mbuf* mbuf = rte_pktmbuf_alloc(buffers());
  if (mbuf == nullptr) std::abort();
  auto* start = rte_pktmbuf_append(mbuf, static_cast<std::uint16_t>(bytes.size()));
  std::copy(bytes.begin(), bytes.end(), start);
  return mbuf;
}

rte_mbuf* World::make(const Draft& draft) {
  std::string name = draft.interface();
  if (name.empty()) {
    const auto* on =
        now().routers().front()->compiled->interfaces->on_link(draft.tuple().source.address);
    for (const auto& router : now().routers()) {
      if (router->compiled->id == "red") {
        on = router->compiled->interfaces->on_link(draft.tuple().source.address);
      }
    }
    name = on == nullptr ? "public0" : on->id;
  }
  const InterfaceView& in = interface(name);
  rte_mbuf* mbuf = draft.is_from_host() ? make(draft.frame(neighbour::host_gateway, 0))
                                        : make(draft.frame(in.config->mac, in.config->vlan));
  mbuf->port = draft.is_from_host() ? no_port : in.port;
  mbuf->hash.usr = in.slot();
  return mbuf;
}

std::string World::sends_all(std::vector<Draft> burst) {
  apply();
  std::vector<rte_mbuf*> frames;
  for (const Draft& draft : burst) frames.push_back(make(draft));
  return run(frames);
}

std::string World::hears(std::string_view name, const Arp& arp) {
  const InterfaceView& in = interface(name);
  return receives(arp_frame(arp, in.config->vlan), in.port);
}

std::string World::host_asks(std::string_view name, const Arp& arp) {
  return receives(arp_frame(arp, 0), no_port, interface(name).slot());
}

std::string World::receives(const Bytes& frame, PortId port, Slot host_interface) {
  apply();
  rte_mbuf* mbuf = make(frame);
  mbuf->port = port;
  mbuf->hash.usr = host_interface;
  return run({mbuf});
}

void World::forward(const std::vector<rte_mbuf*>& frames) {
  viaduct::forward((*workers_)[bursts_++ % workers_->count()], *burst_, *snapshot_, frames);
  for (bool is_quiet = false; !is_quiet;) {
    is_quiet = true;
    for (const auto& worker : *workers_) {
      is_quiet &= forward_handed_over(*worker, *burst_, *snapshot_) == 0;
      // What one interface sent to another one of ours on the same wire.
      std::array<rte_mbuf*, Burst::capacity> looped;
      const auto count = worker->take_looped(looped.data(), Burst::capacity);
      if (count == 0) continue;
      is_quiet = false;
      viaduct::forward(*worker, *burst_, *snapshot_, {looped.data(), count});
    }
  }
  // Fewer than a loop does, so that some is still to be noted when it matters.
  for (const auto& worker : *workers_) worker->note_revoked(1);
}

std::size_t World::held() const {
  std::size_t all = 0;
  for (const auto& worker : *workers_) all += worker->held();
  return all;
}

World::Counts World::begin() {
  left_.clear();
  wire.frames.clear();
  Counts counts{sum(&Worker::totals, &PacketTotals::consumed), {}, held()};
  for (std::size_t i = 0; i < reasons.size(); ++i) counts.drops[i] = drops(static_cast<Reason>(i));
  return counts;
}

std::string World::run(const std::vector<rte_mbuf*>& frames) {
  const Counts before = begin();
  forward(frames);
  if (!neighbours_are_silent_) answer_neighbours();
  return tell(before);
}

std::string World::settles() {
  const Counts before = begin();
  apply();
  return tell(before);
}

std::string World::waits(double seconds) {
  apply();
  const Counts before = begin();
  const auto until = time_ + static_cast<flow::Ticks>(seconds * flow::ticks_per_second);
  while (time_ != until) {
    ++time_;
    for (const auto& worker : *workers_) {
      worker->tick(time_);
      worker->flush();
    }
    if (!neighbours_are_silent_) answer_neighbours();
  }
  for (const auto& worker : *workers_) worker->expire(worker->sessions.most_sessions());
  return tell(before);
}

}  // namespace viaduct::test
