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
    for (auto n = before.drops[i]; n < worker_->drops[i]; ++n) {
      join(all, "dropped: " + std::string{reasons[i].name});
    }
  }
  if (worker_->neighbours.held() > before.held) join(all, "held");
  if (all.empty() && worker_->totals.consumed > before.consumed) all = "consumed";
  EXPECT_EQ(imbalance(), "");
  return all.empty() ? "nothing" : all;
}

Trace World::trace(const Draft& draft, bool as_new) {
  apply();
  rte_mbuf* mbuf = make(draft);
  Trace trace;
  burst_->fill({&mbuf, 1});
  worker_->begin_explaining(trace, as_new);
  Forwarding::run(*burst_, *snapshot_, *worker_);
  worker_->end_explaining();
  rte_pktmbuf_free(mbuf);
  return trace;
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

std::uint64_t World::drops(Reason reason) const {
  return worker_->drops[static_cast<std::size_t>(reason)];
}

std::uint64_t World::hits(std::string_view rule) {
  apply();
  const auto slot = paper.directory.find("/routers/red/" + std::string{rule});
  return slot ? worker_->hits[*slot] : 0;
}

usage::Counters World::usage_of(std::string_view address) {
  apply();
  const auto found = usage_index_.find("red/" + std::string{address});
  return found == usage_index_.end() ? usage::Counters{} : usage_[found->second];
}

std::string World::state_of(const Draft& draft) {
  apply();
  Tuple tuple = draft.tuple();
  if (tuple.protocol == Protocol::icmp) tuple.destination.port = 8;  // a question's type
  const auto key = flow::Key::of(tuple, now().routers().back()->slot());
  const flow::LineId id = worker_->sessions.find(key);
  if (id == flow::none) return "none";
  const flow::SessionId session = flow::Table::session_of(id);
  return std::string{flow::name_of(
      flow::state_of(worker_->sessions.forward(session), worker_->sessions.reply(session)))};
}

std::string World::imbalance() {
  const PacketTotals& t = worker_->totals;
  const std::uint64_t in = t.received + t.generated;
  const std::uint64_t out = t.sent + t.dropped + t.consumed + worker_->neighbours.held();
  if (in != out) {
    return std::to_string(in) + " packets came in, " + std::to_string(out) + " are accounted for";
  }
  return "";
}

std::size_t World::mappings() {
  apply();
  constexpr Address nobody = Address::v4(Be32::of(0xf0000001));
  auto& mappings = worker_->state<source_nat::Table>();
  std::size_t taken = 0;
  const auto count = [&](const source_nat::Table& table, const auto& at, Protocol protocol) {
    for (unsigned port = protocol == Protocol::icmp ? 1 : 1024; port < 65'536; ++port) {
      const auto wanted = static_cast<std::uint16_t>(port);
      taken += !table.is_reserved(protocol, {at.address, wanted}) &&
               mappings.preview(table, at, {protocol, {nobody, wanted}}) != wanted;
    }
  };
  for (const auto& router : snapshot_->routers()) {
    const auto& table = router->of<source_nat::Table>();
    table.each_address([&](const auto& at) {
      for (const auto protocol : {Protocol::tcp, Protocol::udp, Protocol::icmp}) {
        count(table, at, protocol);
      }
    });
  }
  return taken;
}

}  // namespace viaduct::test
