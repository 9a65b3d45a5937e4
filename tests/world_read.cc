#include <rte_mbuf.h>

#include "tests/world.h"

// What a World tells of itself.
namespace viaduct::test {
namespace {

std::string short_name(const InterfaceView& interface) {
  const std::string& router = interface.router->compiled->id;
  return (router == "red" ? "" : router + "/") + interface.config->id;
}

void join(std::string& all, const std::string& more) {
  if (!more.empty()) all += (all.empty() ? "" : "; ") + more;
}

}  // namespace

const InterfaceView& World::interface(std::string_view name) {
  apply();
  for (const auto& router : snapshot_->routers()) {
    for (const InterfaceView* view : router->interfaces) {
      if (short_name(*view) == name) return *view;
    }
  }
  ADD_FAILURE() << "no interface " << name;
  std::abort();
}

// The neighbours of every interface answer what they are asked, as long as that has effects.
void World::answer_neighbours() {
  while (!wire.frames.empty()) {
    std::vector<Wire::Frame> frames;
    std::swap(frames, wire.frames);
    for (Wire::Frame& frame : frames) {
      const Reading reading = read_frame(frame.bytes);
      const bool is_question = reading.type == 0x0806 && reading.payload[7] == 1 && !frame.to_host;
      const std::string text = is_question ? test::describe(reading) : "";
      const auto tell_at = text.find(" tell ");
      if (tell_at == text.npos) {
        left_.push_back(std::move(frame));
        continue;
      }
      const std::string asked = text.substr(12, tell_at - 12);
      const std::string asker = text.substr(tell_at + 6);
      const Bytes answer = arp_frame(
          {2, station(address(asked)), asked, reading.from, asker, reading.from}, reading.vlan);
      rte_mbuf* mbuf = make(answer);
      mbuf->port = frame.port;
      forward({mbuf});
    }
  }
}

std::string World::describe(const Wire::Frame& frame) {
  const Reading reading = read_frame(frame.bytes);
  const std::string text = test::describe(reading);
  if (frame.to_host) {
    const InterfaceView* on = snapshot_->interface(frame.interface);
    return "host " + (on == nullptr ? "?" : short_name(*on)) + ": " + text;
  }
  const InterfaceView* on = snapshot_->find(frame.port, reading.vlan, reading.from);
  if (on == nullptr) return "nobody's frame on port " + std::to_string(frame.port) + ": " + text;
  const bool fits = reading.type != 0x0800 || reading.payload.size() <= on->config->mtu;
  return short_name(*on) + ": " + text + (fits ? "" : " (larger than the MTU)");
}

std::string World::tell(const Counts& before) {
  std::move(wire.frames.begin(), wire.frames.end(), std::back_inserter(left_));
  wire.frames.clear();
  std::string all;
  for (const Wire::Frame& frame : left_) join(all, describe(frame));
  for (std::size_t i = 0; i < before.drops.size(); ++i) {
    for (auto n = before.drops[i]; n < drops(static_cast<Reason>(i)); ++n) {
      join(all, "dropped: " + std::string{reasons[i].name});
    }
  }
  if (held() > before.held) join(all, "held");
  const bool is_consumed = sum(&Worker::totals, &PacketTotals::consumed) > before.consumed;
  if (all.empty() && is_consumed) all = "consumed";
  EXPECT_EQ(imbalance(), "");
  return all.empty() ? "nothing" : all;
}

Trace World::trace(const Draft& draft, bool as_new) {
  apply();
  return trace(draft, *snapshot_, as_new);
}

Trace World::trace(const Draft& draft, const Snapshot& snapshot, bool as_new) {
  rte_mbuf* mbuf = make(draft);
  Trace trace;
  trace.elsewhere = static_cast<std::uint8_t>(bursts_ % workers_->count());
  while (trace.elsewhere) {
    Worker& worker = (*workers_)[*trace.elsewhere];
    trace = Trace{};
    burst_->fill({&mbuf, 1});
    worker.begin_explaining(trace, as_new);
    Forwarding::run(*burst_, snapshot, worker);
    worker.end_explaining();
  }
  rte_pktmbuf_free(mbuf);
  return trace;
}

Trace World::trace_under(const Snapshot& candidate, const Draft& draft) {
  return trace(draft, candidate, true);
}

std::string World::explains(const Draft& draft) {
  const Trace told = trace(draft);
  const InterfaceView* egress = snapshot_->interface(told.egress);
  const std::string name = egress == nullptr ? "?" : short_name(*egress);
  switch (told.fate) {
    case Fate::forwarded:
      return name + ": " + test::describe(told.leaves_as);
    case Fate::dropped:
      return "dropped: " + std::string{name_of(*told.reason)};
    case Fate::delivered:
      return "delivered";
    case Fate::answered:
      return "answered";
    default:
      return "undecided";
  }
}

std::uint64_t World::drops(Reason reason) {
  std::uint64_t all = 0;
  for (const auto& worker : *workers_) all += worker->drops[static_cast<std::size_t>(reason)];
  return all;
}

std::uint64_t World::hits(std::string_view rule) {
  apply();
  const auto slot = paper.directory.find("/routers/red/" + std::string{rule});
  std::uint64_t all = 0;
  for (const auto& worker : *workers_) all += slot ? worker->hits[*slot] : 0;
  return all;
}

usage::Counters World::usage_of(std::string_view address) {
  apply();
  const auto found = usage_index_.find("red/" + std::string{address});
  usage::Counters all{};
  for (std::size_t row = 0; found != usage_index_.end() && row < workers_->count(); ++row) {
    all += usage_[row * most_metered + found->second];
  }
  return all;
}

std::string World::state_of(const Draft& draft) {
  apply();
  Tuple tuple = draft.tuple();
  if (tuple.protocol == Protocol::icmp) tuple.destination.port = 8;  // a question's type
  const auto key = flow::Key::of(tuple, now().routers().back()->slot());
  for (const auto& worker : *workers_) {
    const flow::LineId id = worker->sessions.find(key);
    if (id == flow::none) continue;
    const flow::SessionId session = flow::Table::session_of(id);
    return std::string{flow::name_of(
        flow::state_of(worker->sessions.forward(session), worker->sessions.reply(session)))};
  }
  return "none";
}

std::string World::imbalance() {
  for (const auto& worker : *workers_) {
    const std::uint64_t in = worker->totals.in();
    const std::uint64_t out = worker->totals.out() + worker->held();
    if (in != out) {
      return std::to_string(in) + " packets came in, " + std::to_string(out) + " are accounted for";
    }
  }
  return "";
}

std::size_t World::mappings() {
  apply();
  std::vector<Stock> stocks;
  for (const auto& router : snapshot_->routers()) {
    workers_->rooms().of<source_nat::Table>().take_stock(router->of<source_nat::Table>(), stocks);
  }
  std::size_t taken = 0;
  for (const Stock& stock : stocks) taken += stock.taken;
  return taken;
}

}  // namespace viaduct::test
