#include "dataplane/runtime/engine.h"

#include <rte_launch.h>
#include <rte_mempool.h>
#include <spdlog/spdlog.h>
#include <sys/random.h>

#include <algorithm>
#include <chrono>
#include <ctime>
#include <filesystem>

#include "dataplane/neighbour/arp.h"
#include "dataplane/runtime/eal.h"
#include "dataplane/runtime/network_namespace.h"
#include "dataplane/runtime/reports.h"

namespace viaduct::runtime {
namespace {

using api::Json;
using Clock = std::chrono::steady_clock;

std::int64_t microseconds_since(Clock::time_point then) {
  return std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - then).count();
}

std::uint64_t random_seed() {
  std::uint64_t seed = 1;
  (void)!getrandom(&seed, sizeof seed, 0);
  return seed;
}

std::unique_ptr<const Snapshot> nothing() {
  return std::make_unique<const Snapshot>(
      0, Configuration{}, [](const auto&, const auto&) { return Snapshot::Attachment{}; },
      [](const auto&, const auto&) { return UsageIndex{0}; });
}

std::string log_path(const Settings& settings) {
  return settings.dataplane.state_directory + "/running.log";
}

// The metadata address is not: other routers on the wire have it as well.
bool is_announced(const interface::Compiled& on, const Address& address) {
  return address != punt::metadata_address && on.is_on_link(address);
}

// What this snapshot answers for on the wire and `before` did not, by interface.
std::vector<std::pair<Slot, Address>> fresh_addresses(const Snapshot& now, const Snapshot& before) {
  std::vector<std::pair<Slot, Address>> fresh;
  std::vector<Address> candidates;
  for (const auto& router : now.routers()) {
    const auto& all = router->compiled->local_addresses;
    const RouterView* known = before.router(router->compiled->id);
    const bool is_where_it_was = known != nullptr &&
                                 known->compiled->interfaces == router->compiled->interfaces &&
                                 std::ranges::equal(known->interfaces, router->interfaces, {},
                                                    &InterfaceView::port, &InterfaceView::port);
    candidates.clear();
    if (is_where_it_was) {
      std::ranges::set_difference(all, known->compiled->local_addresses,
                                  std::back_inserter(candidates));
    }
    for (const Address& address : is_where_it_was ? candidates : all) {
      for (const InterfaceView* interface : router->interfaces) {
        if (interface->port == no_port || !is_announced(*interface->config, address)) continue;
        const InterfaceView* old = before.interface(interface->slot());
        if (old != nullptr && old->port != no_port && old->answers_for(address)) continue;
        fresh.emplace_back(interface->slot(), address);
      }
    }
  }
  return fresh;
}

}  // namespace

Result<std::unique_ptr<Engine>> Engine::start(const Settings& settings, bool huge_pages) {
  std::error_code problem;
  std::filesystem::create_directories(settings.dataplane.state_directory, problem);
  if (problem) {
    return fail(Fault::unavailable, settings.dataplane.state_directory,
                "cannot be made: " + problem.message());
  }
  auto usage = TRY(usage::File::open(settings.dataplane.state_directory + "/usage",
                                     settings.dataplane.worker_cores.size()));
  rte_mempool* buffers = TRY(make_buffers(settings.dataplane));
  auto taps = TRY(Taps::start(buffers));
  std::unique_ptr<Engine> engine{new Engine{settings, buffers, std::move(taps), std::move(usage)}};
  TRY(engine->start_workers(huge_pages));
  return engine;
}

Result<void> Engine::start_workers(bool huge_pages) {
  Workers::Setup setup{.most_sessions = settings_.dataplane.sessions,
                       .seed = random_seed(),
                       .use_huge_pages = huge_pages,
                       .buffers = buffers_};
  for (std::size_t i = 0; i < settings_.dataplane.worker_cores.size(); ++i) {
    setup.usage.push_back(usage_.counters(i));
  }
  workers_ = TRY(Workers::make(setup));
  const auto run = [](void* loop) {
    static_cast<Loop*>(loop)->run();
    return 0;
  };
  session_checks_.resize(settings_.dataplane.worker_cores.size());
  explain_checks_.resize(settings_.dataplane.worker_cores.size());
  for (const auto& worker : *workers_) {
    loops_.push_back(std::make_unique<Loop>(*worker, snapshots_, queues_, *taps_));
    if (rte_eal_remote_launch(run, loops_.back().get(), first_worker_lcore + worker->index) != 0) {
      loops_.pop_back();
      return fail(Fault::unavailable, "worker_cores", "a worker does not start");
    }
  }
  return {};
}

Engine::Engine(const Settings& settings, rte_mempool* buffers, std::unique_ptr<Taps> taps,
               usage::File usage)
    : settings_(settings),
      running_(log_path(settings), settings.dataplane.largest_mtu),
      buffers_(buffers),
      taps_(std::move(taps)),
      usage_(std::move(usage)),
      snapshots_(nothing(), settings.dataplane.worker_cores.size()),
      queues_(settings.dataplane.worker_cores.size()),
      devices_(buffers, settings.dataplane.largest_mtu, queues_),
      started_at_(std::time(nullptr)) {}

Engine::~Engine() {
  for (const auto& loop : loops_) loop->stop();
  for (unsigned i = 0; i < loops_.size(); ++i) rte_eal_wait_lcore(first_worker_lcore + i);
}

Result<RunningConfiguration::Next> Engine::read(const Json& request, std::string text) {
  auto next = running_.read(request, std::move(text));
  if (next && !workers_->prepare(next->compiled, running_.directory().limit())) {
    running_.drop();
    return fail(Fault::exhausted, "", "more routers, interfaces and rules than fit");
  }
  return next;
}

Result<std::unique_ptr<Engine::Candidate>> Engine::compile_candidate(const Json& request) {
  const auto next = TRY(read(request, ""));
  auto candidate = std::make_unique<Candidate>(running_);
  candidate->snapshot = take_snapshot(next.compiled, generation_ + 1, Metering::look_up);
  return candidate;
}

std::unique_ptr<Snapshot> Engine::take_snapshot(const Configuration& configuration,
                                                std::uint32_t generation, Metering metering) {
  auto snapshot = std::make_unique<Snapshot>(
      generation, configuration,
      [&](const CompiledRouter&, const interface::Compiled& interface) {
        const auto* state = devices_.find(interface.port);
        return Snapshot::Attachment{state == nullptr ? no_port : state->port,
                                    taps_->has(interface.slot)};
      },
      [&](const CompiledRouter& router, const Address& address) {
        return metering == Metering::look_up ? usage_.find(router.id, address)
                                             : usage_.index(router.id, address);
      },
      &snapshots_.current());
  snapshot->ports = devices_.open_ports();
  return snapshot;
}

bool Engine::attach_devices() {
  bool changed = devices_.open_wanted(running_.document().ports);
  std::vector<Taps::Wanted> taps;
  for (const auto& router : running_.compiled().routers) {
    const std::string home = settings_.routers.namespace_prefix + router->id;
    const std::uint64_t identity = identity_of(home);
    for (const auto& interface : router->interfaces->all()) {
      taps.push_back({interface.slot, home, identity, interface.id, interface.mac});
    }
  }
  changed |= taps_->reconcile(taps);
  return changed;
}

void Engine::publish() {
  auto next = take_snapshot(running_.compiled(), ++generation_, Metering::make);
  const auto fresh = fresh_addresses(*next, snapshots_.current());
  snapshots_.replace(std::move(next));
  devices_.close_unused();
  announce(fresh);
}

// Tells the neighbours about addresses that have come, so that they forget who had them before.
void Engine::announce(const std::vector<std::pair<Slot, Address>>& fresh) {
  if (fresh.empty()) return;
  on_worker(0, [&](Worker& worker, const Snapshot& now) {
    for (const auto& [slot, address] : fresh) {
      if (const InterfaceView* on = now.interface(slot)) {
        neighbour::announce(worker, *on, address);
      }
    }
    worker.flush();
  });
}

Result<Json> Engine::apply(const Json& request, std::string text) {
  const std::scoped_lock lock{mutex_};
  const auto began = Clock::now();
  if (!request.contains("revision")) return fail(Fault::invalid, "/revision", "missing");
  auto next = TRY(read(request, std::move(text)));
  const auto compile_us = microseconds_since(began);
  if (auto remembered = running_.remember(next); !remembered) {
    running_.drop();
    return tl::unexpected<Error>{remembered.error()};
  }
  const auto swap_began = Clock::now();
  take_up(std::move(next));
  return Json{{"generation", generation_},
              {"compile_us", compile_us},
              {"swap_us", microseconds_since(swap_began)},
              {"ports", write_ports()}};
}

Result<Json> Engine::hold(const Json& request, std::string text) {
  const std::scoped_lock lock{mutex_};
  running_.hold(TRY(read(request, std::move(text))));
  return Json::object();
}

void Engine::take_up(RunningConfiguration::Next next) {
  const bool has_same_wires = next.compiled.has_same_wires(running_.compiled());
  running_.accept(std::move(next));
  if (!has_same_wires) attach_devices();
  publish();
}

void Engine::resume() {
  const std::scoped_lock lock{mutex_};
  auto next = running_.recall();
  if (next && workers_->prepare(next->compiled, running_.directory().limit())) {
    take_up(*std::move(next));
    spdlog::info("resumed revision {}", running_.revision());
  } else if (next) {
    running_.drop();
    spdlog::error("the last configuration does not fit");
  } else if (next.error().fault != Fault::not_found) {
    spdlog::error("the last configuration does not apply, waiting for viaductd: {} {}",
                  next.error().where, next.error().why);
  }
}

void Engine::attend() {
  const std::scoped_lock lock{mutex_};
  if (attach_devices()) publish();
  on_each_worker([&](Worker& worker, const Snapshot& now) { look_at(worker, now); });
  look_at_tables();
  if (auto done = running_.tidy(); !done) {
    spdlog::warn("{}: {}", done.error().where, done.error().why);
  }
}

void Engine::look_at(Worker& worker, const Snapshot& now) {
  session_checks_[worker.index].look(worker.sessions);
  explain_checks_[worker.index].look(worker, now, buffers_);
  worker.frame_check().arm();
}

void Engine::look_at_tables() {
  constexpr int share = 1000;  // one part in so many of the time
  const auto began = Clock::now();
  if (tables_looked_at_ == generation_ || began < next_look_at_tables_) return;
  const auto are_same = running_.compiles_to_the_same();
  if (!are_same) return;
  tables_looked_at_ = generation_;
  if (!*are_same) ++other_tables_;
  next_look_at_tables_ = Clock::now() + share * (Clock::now() - began);
}

Json Engine::hello() {
  const std::scoped_lock lock{mutex_};
  return {{"version", VIADUCT_VERSION},
          {"started_at", started_at_},
          {"generation", generation_},
          {"revision", running_.revision()}};
}

Json Engine::write_ports() const {
  Json ports = Json::object();
  for (const auto& [id, state] : devices_.all()) {
    ports[id] = {{"state", state.port == no_port ? "missing" : "up"}, {"detail", state.detail}};
  }
  return ports;
}

Json Engine::counters() {
  const std::scoped_lock lock{mutex_};
  Reading reading;
  on_each_worker([&](Worker& worker, const Snapshot& now) {
    reading.add(worker, now, running_.directory().limit());
    look_at(worker, now);
    reading.add(session_checks_[worker.index]);
    reading.disagreements += explain_checks_[worker.index].disagreements();
  });
  reading.other_tables = other_tables_;
  reading.most_of_a_guest = workers_->most_sessions_of_a_guest();
  Json body = write_reading(reading, snapshots_.current(), running_.directory(),
                            [&](UsageIndex index) { return usage_.total(index); });
  for (const auto& router : snapshots_.current().routers()) {
    body["routers"][router->compiled->id]["public_ports"] =
        write_stocks(workers_->rooms().stocks(*router->compiled));
  }
  const unsigned free = rte_mempool_avail_count(buffers_);
  body["ports"] = write_ports();
  body["buffers"] = {{"total", buffers_->size}, {"free", free}};
  body["generation"] = generation_;
  return body;
}

Result<void> Engine::begin_capture(Capture& capture) {
  const std::scoped_lock lock{mutex_};
  if (is_capturing_) return fail(Fault::conflict, "", "another capture is running");
  is_capturing_ = true;
  on_each_worker([&](Worker& worker, const Snapshot&) { worker.capture = &capture; });
  return {};
}

void Engine::end_capture() {
  const std::scoped_lock lock{mutex_};
  on_each_worker([](Worker& worker, const Snapshot&) { worker.capture = nullptr; });
  is_capturing_ = false;
}

}  // namespace viaduct::runtime
