#include "dataplane/runtime/engine.h"

#include <rte_launch.h>
#include <rte_mempool.h>
#include <spdlog/spdlog.h>
#include <sys/random.h>

#include <algorithm>
#include <chrono>
#include <ctime>
#include <filesystem>

#include "dataplane/document_path.h"
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

// The revision that a request tells, under `name`.
Result<std::uint64_t> revision_in(const Json& request, const char* name) {
  const auto found = request.find(name);
  if (found != request.end() && found->is_number_unsigned()) return found->get<std::uint64_t>();
  return fail(Fault::invalid, std::string{"/"} + name, "missing: a revision");
}

// The request that leads to `document` from any other.
std::string whole_of(std::uint64_t revision, const Document& document) {
  return Json{{"revision", revision}, {"document", write_document(document)}}.dump();
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
        if (interface->port == no_port || !interface->config->is_on_link(address)) continue;
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
      log_(log_path(settings)),
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

Result<Document> Engine::document_of(const Json& request) const {
  if (const auto whole = request.find("document"); whole != request.end()) {
    return read_document(*whole);
  }
  const auto changes = request.find("changes");
  if (changes == request.end()) {
    return fail(Fault::invalid, "/document", "missing: the configuration");
  }
  const std::uint64_t base = TRY(revision_in(request, "base"));
  if (base != revision_) {
    return fail(Fault::stale, "/base",
                "these are changes of revision " + std::to_string(base) + ", but here is " +
                    std::to_string(revision_));
  }
  Document next = document_;
  TRY(make_changes(next, *changes));
  return next;
}

Result<Configuration> Engine::try_to_compile(const Document& document) {
  auto compiled = compile(document, directory_, settings_.dataplane.largest_mtu, configuration_);
  if (compiled && !worker_.prepare(*compiled, directory_.limit())) {
    compiled = fail(Fault::exhausted, "", "more routers, interfaces and rules than fit");
  }
  if (!compiled) directory_.rollback();
  return compiled;
}

Result<std::unique_ptr<Engine::Candidate>> Engine::compile_candidate(const Json& request) {
  const Document document = TRY(document_of(request));
  const Configuration configuration = TRY(try_to_compile(document));
  auto candidate = std::make_unique<Candidate>(directory_);
  candidate->snapshot = take_snapshot(configuration, generation_ + 1, Metering::look_up);
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
  auto next = take_snapshot(configuration_, ++generation_, Metering::make);
  const auto fresh = fresh_addresses(*next, snapshots_.current());
  snapshots_.replace(std::move(next));
  devices_.close_unused();
  announce(fresh);
}

// Tells the neighbours about addresses that have come, so that they forget who had them before.
void Engine::announce(const std::vector<std::pair<Slot, Address>>& fresh) {
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

// Where the log cannot go on, it begins anew.
Result<void> Engine::remember(const Json& request, std::string_view text,
                              const Document& document) {
  if (request.contains("document")) return log_.begin(text);
  if (log_.append(text)) return {};
  return log_.begin(whole_of(TRY(revision_in(request, "revision")), document));
}

Result<Json> Engine::apply(const Json& request, std::string_view text) {
  const std::scoped_lock lock{mutex_};
  const auto began = Clock::now();
  const std::uint64_t revision = TRY(revision_in(request, "revision"));
  Document document = TRY(document_of(request));
  Configuration configuration = TRY(try_to_compile(document));
  const auto compile_us = microseconds_since(began);
  if (auto remembered = remember(request, text, document); !remembered) {
    directory_.rollback();
    return tl::unexpected<Error>{remembered.error()};
  }
  const auto swap_began = Clock::now();
  take_up(revision, std::move(document), std::move(configuration));
  return Json{{"generation", generation_},
              {"compile_us", compile_us},
              {"swap_us", microseconds_since(swap_began)},
              {"ports", write_ports()}};
}

void Engine::take_up(std::uint64_t revision, Document document, Configuration configuration) {
  const bool has_same_wires = configuration.has_same_wires(configuration_);
  directory_.commit();
  revision_ = revision;
  document_ = std::move(document);
  configuration_ = std::move(configuration);
  if (!has_same_wires) attach_devices();
  publish();
}

void Engine::resume() {
  const std::scoped_lock lock{mutex_};
  const auto records = log_.open();
  if (!records || records->empty()) return;
  Result<void> outcome;
  for (const std::string& record : *records) {
    outcome = replay(record);
    if (!outcome) break;
  }
  if (outcome) {
    auto compiled = try_to_compile(document_);
    if (compiled) {
      take_up(revision_, document_, *std::move(compiled));
      spdlog::info("resumed revision {}", revision_);
      return;
    }
    outcome = tl::unexpected<Error>{compiled.error()};
  }
  document_ = {};
  revision_ = 0;
  log_ = RecordLog{log_path(settings_)};  // so that it begins anew
  spdlog::error("the last configuration does not apply, waiting for viaductd: {} {}",
                outcome.error().where, outcome.error().why);
}

// Makes what was remembered the document.
Result<void> Engine::replay(std::string_view record) {
  const Json request = TRY(api::parse_json(record, {.bytes = std::size_t{256} << 20}));
  if (!request.is_object()) return fail(Fault::invalid, "", "is no object");
  const std::uint64_t revision = TRY(revision_in(request, "revision"));
  document_ = TRY(document_of(request));
  revision_ = revision;
  return {};
}

void Engine::attend() {
  const std::scoped_lock lock{mutex_};
  if (attach_devices()) publish();
  if (!log_.is_long()) return;
  if (auto begun = log_.begin(whole_of(revision_, document_)); !begun) {
    spdlog::warn("{}: {}", begun.error().where, begun.error().why);
  }
}

Json Engine::hello() {
  const std::scoped_lock lock{mutex_};
  return {{"version", VIADUCT_VERSION},
          {"started_at", started_at_},
          {"generation", generation_},
          {"revision", revision_}};
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
  on_worker([&](Worker& worker, const Snapshot& now) {
    reading = take_reading(worker, now, directory_.limit());
  });
  Json body = write_reading(reading, snapshots_.current(), directory_, usage_.counters());
  const unsigned free = rte_mempool_avail_count(buffers_);
  body["ports"] = write_ports();
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
