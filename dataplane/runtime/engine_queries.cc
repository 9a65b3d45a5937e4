#include <rte_mbuf.h>

#include "dataplane/runtime/described_packet.h"
#include "dataplane/runtime/engine.h"
#include "dataplane/runtime/judgement.h"
#include "dataplane/runtime/reports.h"

// The engine's questions about what is, and about what would be.
namespace viaduct::runtime {
namespace {

using api::Json;

// Sessions looked at between two bursts: few enough that no packet waits noticeably.
constexpr flow::SessionId chunk = 512;

struct SessionQuery {
  std::string router;
  std::optional<Protocol> protocol;
  std::optional<Prefix> address;
  api::Ranged<std::uint32_t, 1, 100000> limit = 1000;
  api::Ranged<std::uint32_t, 0, ~0U> cursor = 0;

  static constexpr std::tuple fields{
      api::Field{"router", &SessionQuery::router, "", api::Presence::optional},
      api::Field{"protocol", &SessionQuery::protocol, "", api::Presence::optional},
      api::Field{"address", &SessionQuery::address, "", api::Presence::optional},
      api::Field{"limit", &SessionQuery::limit, "", api::Presence::optional},
      api::Field{"cursor", &SessionQuery::cursor, "", api::Presence::optional},
  };
};

struct CaptureQuery {
  std::string router;
  std::string interface;
  static constexpr std::tuple fields{
      api::Field{"router", &CaptureQuery::router, "", api::Presence::optional},
      api::Field{"interface", &CaptureQuery::interface, "", api::Presence::optional},
  };
};

// Whether a live session would go on in another generation; so it is if no buffer is free to try.
// To be called on the worker.
bool would_go_on(Worker& worker, const Snapshot& candidate, flow::SessionId session,
                 rte_mempool* buffers, Burst& burst) {
  const auto [has_ingress, trace] = judge_again(worker, candidate, session, buffers, burst);
  if (!trace) return has_ingress;
  return trace->fate == Fate::forwarded || trace->fate == Fate::delivered;
}

// Calls visit(worker, session) for the live sessions of one worker, a few between two bursts.
void each_session(Loop& loop, auto visit) {
  flow::SessionId next = 0;
  flow::SessionId end = 0;
  do {
    loop.run_on_worker([&](Worker& worker, const Snapshot&) {
      end = worker.sessions.high_water();
      const flow::SessionId stop = std::min(end, next + chunk / 8);
      for (; next < stop; ++next) {
        if (worker.sessions.is_live(next)) visit(worker, next);
      }
    });
  } while (next < end);
}

// Counts by slot of a router, by its id.
Json by_name(const std::map<Slot, std::size_t>& counts, const Directory& directory) {
  Json routers = Json::object();
  for (const auto& [slot, count] : counts) {
    const auto name = directory.name(slot);
    routers[std::string{name.substr(name.rfind('/') + 1)}] = count;
  }
  return routers;
}

}  // namespace

Result<Json> Engine::sessions(const Json& filter) {
  const auto query = TRY(api::read<SessionQuery>(filter));
  const std::scoped_lock lock{mutex_};
  SessionFilter wanted{0, query.protocol, query.address};
  if (!query.router.empty()) {
    const auto slot = running_.directory().find("/routers/" + query.router);
    if (!slot) {
      return fail(Fault::not_found, "/router", "there is no router '" + query.router + "'");
    }
    wanted.router = *slot;
  }
  std::vector<SessionCopy> copies;
  copies.reserve(query.limit + std::size_t{1});
  std::size_t live = 0;
  on_each_worker([&](Worker& worker, const Snapshot&) { live += worker.sessions.live_sessions(); });
  // Sessions have numbers, of one worker after the other.
  const std::size_t share = (*workers_)[0].sessions.most_sessions();
  std::uint64_t next = query.cursor;
  const std::uint64_t end = share * workers_->count();
  while (next < end && copies.size() < query.limit) {
    on_worker(next / share, [&](Worker& worker, const Snapshot&) {
      const flow::SessionId high = worker.sessions.high_water();
      auto session = static_cast<flow::SessionId>(next % share);
      const flow::SessionId stop = std::min(high, session + chunk);
      for (; session < stop && copies.size() < query.limit; ++session) {
        if (matches(worker, session, wanted)) copies.push_back(copy_session(worker, session));
      }
      next = next / share * share + (session < high ? session : share);
    });
  }
  Json list = Json::array();
  for (const SessionCopy& copy : copies) {
    list.push_back(write_session(copy, running_.directory()));
  }
  Json body = {{"sessions", std::move(list)}, {"next", nullptr}, {"live", live}};
  if (next < end) body["next"] = next;
  return body;
}

Result<Json> Engine::explain(const Json& request) {
  if (!request.is_object() || !request.contains("packet")) {
    return fail(Fault::invalid, "/packet", "missing: the packet to explain");
  }
  auto packet = api::read<DescribedPacket>(request["packet"]);
  if (!packet) return fail_within("/packet", packet.error());
  const std::scoped_lock lock{mutex_};
  std::unique_ptr<Candidate> candidate;
  const bool as_new = request.contains("document");
  if (as_new) {
    auto compiled = compile_candidate(request);
    if (!compiled) return fail_within("/document", compiled.error());
    candidate = *std::move(compiled);
  }
  const Snapshot& snapshot = as_new ? *candidate->snapshot : snapshots_.current();
  auto in = find_interface(snapshot, *packet);
  if (!in) return fail_within("/packet", in.error());
  auto tuple = tuple_of(*packet);
  if (!tuple) return fail_within("/packet", tuple.error());
  InterfaceView on = **in;
  if (on.port == no_port) return fail(Fault::conflict, "/packet/interface", "its port is missing");
  rte_mbuf* frame = make_frame(buffers_, on, *tuple, *packet);
  if (frame == nullptr) {
    return fail(Fault::exhausted, "/packet/length", "no packet buffer of that length is free");
  }
  const Trace trace = explain_frame(snapshot, frame, as_new);
  rte_pktmbuf_free(frame);
  Json body = write_trace(trace, running_.directory());
  body["generation"] = snapshot.generation();
  return body;
}

Trace Engine::explain_frame(const Snapshot& snapshot, rte_mbuf* frame, bool as_new) {
  const auto burst = std::make_unique<Burst>();
  Trace trace;
  CameBy way = CameBy::wire;
  for (std::optional<std::uint8_t> asked = 0; asked; asked = trace.elsewhere) {
    on_worker(*asked, [&](Worker& worker, const Snapshot&) {
      burst->fill({&frame, 1}, way);
      trace = walk(worker, snapshot, *burst, as_new);
    });
    way = CameBy::hand_over;
  }
  return trace;
}

Result<Json> Engine::impact(const Json& request) {
  const std::scoped_lock lock{mutex_};
  const auto candidate = TRY(compile_candidate(request));
  const auto burst = std::make_unique<Burst>();
  std::map<Slot, std::size_t> cut_by_router;
  std::size_t cut = 0;
  std::size_t live = 0;
  const auto judge = [&](Worker& worker, flow::SessionId session) {
    ++live;
    if (would_go_on(worker, *candidate->snapshot, session, buffers_, *burst)) return;
    ++cut;
    ++cut_by_router[worker.sessions.forward(session).key.router()];
  };
  for (const auto& loop : loops_) each_session(*loop, judge);
  return Json{
      {"live", live}, {"cut", cut}, {"routers", by_name(cut_by_router, running_.directory())}};
}

Result<std::vector<Slot>> Engine::slots_of(const Json& request) {
  const auto query = TRY(api::read<CaptureQuery>(request));
  const std::scoped_lock lock{mutex_};
  std::vector<Slot> slots;
  if (query.router.empty() && query.interface.empty()) return slots;
  for (const auto& router : snapshots_.current().routers()) {
    if (!query.router.empty() && router->compiled->id != query.router) continue;
    for (const InterfaceView* interface : router->interfaces) {
      if (query.interface.empty() || interface->config->id == query.interface) {
        slots.push_back(interface->slot());
      }
    }
  }
  if (!slots.empty()) return slots;
  if (!query.router.empty() && !running_.directory().find("/routers/" + query.router)) {
    return fail(Fault::not_found, "/router", "there is no router '" + query.router + "'");
  }
  const std::string owner = query.router.empty() ? "any router" : "router '" + query.router + "'";
  return fail(Fault::not_found, "/interface",
              "there is no interface '" + query.interface + "' of " + owner);
}

}  // namespace viaduct::runtime
