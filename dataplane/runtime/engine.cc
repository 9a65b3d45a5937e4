#include "dataplane/runtime/engine.h"

#include <rte_launch.h>
#include <rte_mempool.h>
#include <spdlog/spdlog.h>
#include <sys/random.h>

#include <algorithm>
#include <chrono>
#include <ctime>
#include <filesystem>

#include "base/durable_file.h"
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

std::string state_path(const Settings& settings) {
  return settings.dataplane.state_directory + "/running.json";
}

}  // namespace

Result<std::unique_ptr<Engine>> Engine::start(const Settings& settings, bool huge_pages) {
  std::error_code problem;
  std::filesystem::create_directories(settings.dataplane.state_directory, problem);
  if (problem) {
    return fail(Fault::unavailable, settings.dataplane.state_directory,
                "cannot be made: " + problem.message());
  }
  auto usage = TRY(usage::File::open(settings.dataplane.state_directory + "/usage"));
  rte_mempool* buffers = TRY(make_buffers(settings.dataplane));
  auto taps = TRY(Taps::start(buffers));
  std::unique_ptr<Engine> engine{
      new Engine{settings, buffers, std::move(taps), std::move(usage), huge_pages}};
  const auto run = [](void* loop) {
    static_cast<Loop*>(loop)->run();
    return 0;
  };
  if (rte_eal_remote_launch(run, &engine->loop_, worker_lcore) != 0) {
    return fail(Fault::unavailable, "worker_core", "the worker does not start");
  }
  return engine;
}

Engine::Engine(const Settings& settings, rte_mempool* buffers, std::unique_ptr<Taps> taps,
               usage::File usage, bool huge_pages)
    : settings_(settings),
      buffers_(buffers),
      taps_(std::move(taps)),
      usage_(std::move(usage)),
      worker_({.most_sessions = settings.dataplane.sessions,
               .seed = random_seed(),
               .use_huge_pages = huge_pages,
               .buffers = buffers,
               .output = &loop_,
               .usage = usage_.counters()}),
      snapshots_(nothing(), 1),
      loop_(worker_, snapshots_, *taps_),
      devices_(buffers, settings.dataplane.largest_mtu),
      started_at_(std::time(nullptr)) {}

Engine::~Engine() {
  loop_.stop();
  rte_eal_wait_lcore(worker_lcore);
}

Result<Engine::Candidate> Engine::compile_candidate(const Json& body) {
  Candidate candidate;
  const Document document = TRY(read_document(body));
  candidate.directory = directory_;
  candidate.configuration =
      TRY(compile(document, candidate.directory, settings_.dataplane.largest_mtu));
  if (!worker_.prepare(candidate.configuration, candidate.directory.limit())) {
    return fail(Fault::exhausted, "", "more routers, interfaces and rules than fit");
  }
  candidate.snapshot = take_snapshot(candidate.configuration, generation_ + 1, Metering::look_up);
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
      });
  snapshot->ports = devices_.open_ports();
  return snapshot;
}

bool Engine::attach_devices() {
  bool changed = devices_.open_wanted(document_.ports);
  std::vector<Taps::Wanted> taps;
  for (const auto& router : configuration_.routers) {
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
  const auto known = local_addresses();
  snapshots_.replace(take_snapshot(configuration_, ++generation_, Metering::make));
  devices_.close_unused();
  announce(known);
}

// What the router answers for on the wire, by interface, in the generation that is followed now.
std::vector<std::pair<Slot, Address>> Engine::local_addresses() const {
  std::vector<std::pair<Slot, Address>> all;
  for (const auto& router : snapshots_.current().routers()) {
    for (const InterfaceView* interface : router->interfaces) {
      if (interface->port == no_port) continue;
      for (const Address& address : router->compiled->local_addresses) {
        if (interface->config->is_on_link(address)) all.emplace_back(interface->slot(), address);
      }
    }
  }
  std::ranges::sort(all);
  return all;
}

// Tells the neighbours about addresses that have come, so that they forget who had them before.
void Engine::announce(const std::vector<std::pair<Slot, Address>>& known) {
  const auto all = local_addresses();
  std::vector<std::pair<Slot, Address>> fresh;
  std::ranges::set_difference(all, known, std::back_inserter(fresh));
  if (fresh.empty()) return;
  on_worker([&](Worker& worker, const Snapshot& now) {
    for (const auto& [slot, address] : fresh) {
      if (const InterfaceView* on = now.interface(slot)) {
        neighbour::announce(worker, *on, address);
      }
    }
    worker.flush();
  });
}

Result<void> Engine::remember(std::uint64_t revision, const Json& document) const {
  return write_durably(state_path(settings_),
                       Json{{"revision", revision}, {"document", document}}.dump());
}

Result<Json> Engine::apply(std::uint64_t revision, const Json& body) {
  const std::scoped_lock lock{mutex_};
  const auto began = Clock::now();
  Document document = TRY(read_document(body));
  Directory directory = directory_;
  Configuration configuration = TRY(compile(document, directory, settings_.dataplane.largest_mtu));
  if (!worker_.prepare(configuration, directory.limit())) {
    return fail(Fault::exhausted, "", "more routers, interfaces and rules than fit");
  }
  directory.release_unused();
  const auto compile_us = microseconds_since(began);
  TRY(remember(revision, body));
  document_ = std::move(document);
  directory_ = std::move(directory);
  configuration_ = std::move(configuration);
  revision_ = revision;
  attach_devices();
  const auto swap_began = Clock::now();
  publish();
  Json ports = Json::object();
  for (const auto& [id, state] : devices_.all()) {
    ports[id] = {{"state", state.port == no_port ? "missing" : "up"}, {"detail", state.detail}};
  }
  return Json{{"generation", generation_},
              {"compile_us", compile_us},
              {"swap_us", microseconds_since(swap_began)},
              {"ports", std::move(ports)}};
}

void Engine::resume() {
  const auto text = read_whole(state_path(settings_));
  if (!text) return;
  const auto state = api::parse_json(*text, {.bytes = std::size_t{256} << 20});
  const bool usable = state && state->is_object() && state->contains("revision") &&
                      state->contains("document") && (*state)["revision"].is_number_unsigned();
  if (!usable) {
    spdlog::error("{} is not usable; waiting for viaductd", state_path(settings_));
    return;
  }
  const auto applied = apply((*state)["revision"].get<std::uint64_t>(), (*state)["document"]);
  if (applied) {
    spdlog::info("resumed revision {}", revision_);
  } else {
    spdlog::error("the last configuration does not apply: {} {}", applied.error().where,
                  applied.error().why);
  }
}

void Engine::attend() {
  const std::scoped_lock lock{mutex_};
  if (attach_devices()) publish();
}

Json Engine::hello() {
  const std::scoped_lock lock{mutex_};
  return {{"version", VIADUCT_VERSION},
          {"started_at", started_at_},
          {"generation", generation_},
          {"revision", revision_}};
}

Json Engine::counters() {
  const std::scoped_lock lock{mutex_};
  Reading reading;
  on_worker([&](Worker& worker, const Snapshot& now) {
    reading = take_reading(worker, now, directory_.limit());
  });
  Json body = write_reading(reading, snapshots_.current(), directory_, usage_.counters());
  Json ports = Json::object();
  for (const auto& [id, state] : devices_.all()) {
    ports[id] = {{"state", state.port == no_port ? "missing" : "up"}, {"detail", state.detail}};
  }
  const unsigned free = rte_mempool_avail_count(buffers_);
  body["ports"] = std::move(ports);
  body["buffers"] = {{"total", buffers_->size}, {"free", free}};
  body["generation"] = generation_;
  return body;
}

Result<void> Engine::begin_capture(Capture& capture) {
  const std::scoped_lock lock{mutex_};
  bool taken = false;
  on_worker([&](Worker& worker, const Snapshot&) {
    taken = worker.capture != nullptr;
    if (!taken) worker.capture = &capture;
  });
  if (taken) return fail(Fault::conflict, "", "another capture is running");
  return {};
}

void Engine::end_capture() {
  const std::scoped_lock lock{mutex_};
  on_worker([](Worker& worker, const Snapshot&) { worker.capture = nullptr; });
}

}  // namespace viaduct::runtime
