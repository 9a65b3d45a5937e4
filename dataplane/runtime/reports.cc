#include "dataplane/runtime/reports.h"

#include <numeric>

#include "dataplane/forwarding.h"

namespace viaduct::runtime {
namespace {

using api::Json;

std::string last_part(std::string_view name) {
  return std::string{name.substr(name.rfind('/') + 1)};
}

Json write_drops(const DropCounts& drops, bool with_zeroes) {
  Json body = Json::object();
  for (std::size_t i = 0; i < drops.size(); ++i) {
    if (with_zeroes || drops[i] != 0) body[std::string{reasons[i].name}] = drops[i];
  }
  return body;
}

void accumulate(DropCounts& all, const DropCounts& one) {
  for (std::size_t i = 0; i < all.size(); ++i) all[i] += one[i];
}

void accumulate(InterfaceCounters& all, const InterfaceCounters& one) {
  all.rx_packets += one.rx_packets;
  all.rx_bytes += one.rx_bytes;
  all.tx_packets += one.tx_packets;
  all.tx_bytes += one.tx_bytes;
  accumulate(all.drops, one.drops);
}

void accumulate(Reading::OfWorker& all, const Reading::OfWorker& one) {
  all.totals.received += one.totals.received;
  all.totals.generated += one.totals.generated;
  all.totals.sent += one.totals.sent;
  all.totals.dropped += one.totals.dropped;
  all.totals.consumed += one.totals.consumed;
  all.totals.taken_over += one.totals.taken_over;
  all.totals.handed_over += one.totals.handed_over;
  all.live += one.live;
  all.held += one.held;
}

std::uint64_t difference(std::uint64_t a, std::uint64_t b) {
  return a > b ? a - b : b - a;
}

Json write_worker(const Reading::OfWorker& one) {
  return {{"received", one.totals.received},     {"sent", one.totals.sent},
          {"dropped", one.totals.dropped},       {"handed_over", one.totals.handed_over},
          {"taken_over", one.totals.taken_over}, {"sessions", one.live}};
}

Json write_interface(const InterfaceCounters& counters) {
  return {{"rx_packets", counters.rx_packets},
          {"rx_bytes", counters.rx_bytes},
          {"tx_packets", counters.tx_packets},
          {"tx_bytes", counters.tx_bytes},
          {"drops", write_drops(counters.drops, false)}};
}

// Every slot that a rule of this router has, with the rule's path below the router.
template <class Visit>
void each_rule(const RouterView& router, const Directory& directory, Visit visit) {
  const std::string prefix = "/routers/" + router.compiled->id + "/";
  Router::for_each_type([&]<class R>() {
    if constexpr (!std::is_same_v<R, interface::Interface> && !std::is_same_v<R, route::Route>) {
      for (const auto& [id, resource] : router.compiled->desired.of<R>()) {
        const std::string path = std::string{R::collection} + "/" + id;
        if (const auto slot = directory.find(prefix + path)) visit(*slot, path);
      }
    }
  });
}

Json write_router(const Reading& reading, const RouterView& router, const Directory& directory,
                  const std::function<usage::Counters(UsageIndex)>& usage_of) {
  Json interfaces = Json::object();
  for (const InterfaceView* interface : router.interfaces) {
    const auto counters = reading.interfaces.find(interface->slot());
    if (counters == reading.interfaces.end()) continue;
    interfaces[interface->config->id] = write_interface(counters->second);
  }
  Json rules = Json::object();
  each_rule(router, directory, [&](Slot slot, const std::string& path) {
    rules[path] = slot < reading.hits.size() ? reading.hits[slot] : 0;
  });
  Json addresses = Json::object();
  for (const Address& address : router.compiled->local_addresses) {
    const UsageIndex* index = router.usage.find(address);
    if (index == nullptr) continue;
    const usage::Counters counters = usage_of(*index);
    addresses[to_string(address)] = {{"in_packets", counters.in.packets},
                                     {"in_bytes", counters.in.bytes},
                                     {"out_packets", counters.out.packets},
                                     {"out_bytes", counters.out.bytes}};
  }
  const auto sessions = reading.sessions_by_router.find(router.slot());
  return {{"interfaces", std::move(interfaces)},
          {"rules", std::move(rules)},
          {"public_addresses", std::move(addresses)},
          {"sessions", sessions == reading.sessions_by_router.end() ? 0 : sessions->second}};
}

std::string_view fate_name(Fate fate) {
  switch (fate) {
    case Fate::forwarded:
      return "forwarded";
    case Fate::delivered:
      return "delivered";
    case Fate::answered:
      return "answered";
    default:
      return "dropped";
  }
}

std::string print(const Endpoint& endpoint) {
  return endpoint.port == 0 ? to_string(endpoint.address) : to_string(endpoint);
}

}  // namespace

void Reading::add(Worker& worker, const Snapshot& now, Slot slots) {
  workers.push_back({worker.totals, worker.sessions.live_sessions(), worker.held()});
  session_totals.opened += worker.session_totals.opened;
  session_totals.expired += worker.session_totals.expired;
  session_totals.cut += worker.session_totals.cut;
  session_totals.evicted += worker.session_totals.evicted;
  helper_totals.announced += worker.helper_totals.announced;
  helper_totals.opened += worker.helper_totals.opened;
  helper_totals.rewritten += worker.helper_totals.rewritten;
  expected = worker.expectations->count();
  accumulate(drops, worker.drops);
  for (std::size_t i = 0; i < stages.size(); ++i) {
    stages[i].packets += worker.stages[i].packets;
    stages[i].cycles += worker.stages[i].cycles;
  }
  mixed_bursts += worker.mixed_bursts();
  unsound_frames += worker.frame_check().unsound();
  limit += worker.sessions.most_sessions();
  hits.resize(slots);
  for (Slot slot = 0; slot < slots; ++slot) hits[slot] += worker.hits[slot];
  for (const auto& router : now.routers()) {
    sessions_by_router[router->slot()] += worker.live_by_router[router->slot()];
    for (const InterfaceView* interface : router->interfaces) {
      accumulate(interfaces[interface->slot()], worker.interfaces[interface->slot()]);
    }
  }
}

Json write_reading(const Reading& reading, const Snapshot& now, const Directory& directory,
                   const std::function<usage::Counters(UsageIndex)>& usage_of) {
  Reading::OfWorker all;
  std::uint64_t imbalance = 0;
  Json workers = Json::array();
  for (const Reading::OfWorker& one : reading.workers) {
    accumulate(all, one);
    imbalance += difference(one.totals.in(), one.totals.out() + one.held);
    workers.push_back(write_worker(one));
  }
  const PacketTotals& t = all.totals;
  Json routers = Json::object();
  for (const auto& router : now.routers()) {
    routers[router->compiled->id] = write_router(reading, *router, directory, usage_of);
  }
  Json stages = Json::array();
  for (std::size_t i = 0; i < Forwarding::names.size(); ++i) {
    stages.push_back({{"name", Forwarding::names[i]},
                      {"packets", reading.stages[i].packets},
                      {"cycles", reading.stages[i].cycles}});
  }
  const std::uint64_t reasoned =
      std::accumulate(reading.drops.begin(), reading.drops.end(), std::uint64_t{0});
  return {{"totals",
           {{"received", t.received},
            {"generated", t.generated},
            {"taken_over", t.taken_over},
            {"sent", t.sent},
            {"dropped", t.dropped},
            {"consumed", t.consumed},
            {"handed_over", t.handed_over},
            {"held", all.held}}},
          {"workers", std::move(workers)},
          {"drops", write_drops(reading.drops, true)},
          {"sessions",
           {{"live", all.live},
            {"limit", reading.limit},
            {"most_of_a_guest", reading.most_of_a_guest},
            {"opened", reading.session_totals.opened},
            {"expired", reading.session_totals.expired},
            {"cut", reading.session_totals.cut},
            {"evicted", reading.session_totals.evicted}}},
          {"helpers",
           {{"expected", reading.expected},
            {"announced", reading.helper_totals.announced},
            {"opened", reading.helper_totals.opened},
            {"rewritten", reading.helper_totals.rewritten}}},
          {"routers", std::move(routers)},
          {"stages", std::move(stages)},
          {"invariants",
           {{"packet_conservation", imbalance},
            {"every_drop_has_a_reason", difference(reasoned, t.dropped)},
            {"no_shared_endpoints", reading.shared_endpoints},
            {"no_session_crosses_routers", reading.crossed_routers},
            {"one_generation_judges_a_burst", reading.mixed_bursts},
            {"explain_agrees_with_the_path", reading.disagreements},
            {"sent_frames_are_sound", reading.unsound_frames},
            {"tables_are_those_of_a_fresh_compilation", reading.other_tables}}}};
}

Json write_stocks(const std::vector<Stock>& stocks) {
  Json all = Json::object();
  for (const Stock& stock : stocks) {
    all[stock.of][stock.kind] = {{"taken", stock.taken}, {"limit", stock.limit}};
  }
  return all;
}

SessionCopy copy_session(Worker& worker, flow::SessionId session) {
  const std::uint64_t first = std::uint64_t{worker.index} * worker.sessions.most_sessions();
  return {first + session,
          worker.now(),
          worker.timeout_of(session),
          worker.sessions.forward(session),
          worker.sessions.reply(session),
          worker.sessions.info(session)};
}

Json write_session(const SessionCopy& session, const Directory& directory) {
  const auto& [id, now, timeout, forward, reply, info] = session;
  const Tuple original = forward.key.tuple();
  const Tuple translated = forward.leaves_as();
  const flow::Ticks idle = std::min(now - forward.last_seen, now - reply.last_seen);
  const flow::Ticks left = std::max(timeout - std::min(idle, timeout), forward.kept_for(now));
  const bool has_helper = forward.has(flow::helped) || forward.has(flow::announced);
  return {{"id", id},
          {"router", last_part(directory.name(forward.key.router()))},
          {"protocol", to_string(original.protocol)},
          {"state", name_of(flow::state_of(forward, reply))},
          {"source", print(original.source)},
          {"destination", print(original.destination)},
          {"translated_source", print(translated.source)},
          {"translated_destination", print(translated.destination)},
          {"ingress", last_part(directory.name(forward.ingress()))},
          {"egress", last_part(directory.name(reply.ingress()))},
          {"rule", directory.name(info.rule)},
          {"helper", has_helper ? api::Codec<network::Helper>::write(forward.helper()) : Json("")},
          {"age_s", (now - info.opened) / flow::ticks_per_second},
          {"idle_s", idle / flow::ticks_per_second},
          {"expires_s", left / flow::ticks_per_second},
          {"packets_out", forward.packets},
          {"bytes_out", forward.bytes()},
          {"packets_in", reply.packets},
          {"bytes_in", reply.bytes()}};
}

bool matches(Worker& worker, flow::SessionId session, const SessionFilter& filter) {
  if (!worker.sessions.is_live(session)) return false;
  const flow::Line& forward = worker.sessions.forward(session);
  if (filter.router != 0 && forward.key.router() != filter.router) return false;
  if (filter.protocol && forward.key.protocol() != *filter.protocol) return false;
  if (!filter.address) return true;
  const Tuple original = forward.key.tuple();
  const Tuple translated = forward.leaves_as();
  return filter.address->contains(original.source.address) ||
         filter.address->contains(original.destination.address) ||
         filter.address->contains(translated.source.address) ||
         filter.address->contains(translated.destination.address);
}

Json write_trace(const Trace& trace, const Directory& directory) {
  Json steps = Json::array();
  for (const Step& step : trace.steps()) {
    std::string decision{step.decision};
    if (step.endpoint) decision += " " + print(*step.endpoint);
    Json entry = {{"stage", step.stage}, {"decision", std::move(decision)}};
    if (step.rule != 0) entry["rule"] = directory.name(step.rule);
    steps.push_back(std::move(entry));
  }
  Json body = {{"verdict", fate_name(trace.fate)},
               {"reason", trace.reason ? name_of(*trace.reason) : std::string_view{}}};
  if (trace.reason) body["meaning"] = reasons[static_cast<std::size_t>(*trace.reason)].meaning;
  if (trace.fate == Fate::forwarded || trace.fate == Fate::delivered) {
    body["egress"] = last_part(directory.name(trace.egress));
  }
  if (trace.fate == Fate::forwarded) {
    body["source"] = print(trace.leaves_as.source);
    body["destination"] = print(trace.leaves_as.destination);
  }
  // What was let through was decided by the last rule that spoke; what was not, by the last step.
  Slot rule = trace.rule;
  for (const Step& step : trace.steps()) {
    if (step.rule != 0 || trace.fate == Fate::dropped) rule = step.rule;
  }
  body["rule"] = directory.name(rule);
  body["steps"] = std::move(steps);
  return body;
}

}  // namespace viaduct::runtime
