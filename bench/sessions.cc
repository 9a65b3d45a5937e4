#include "bench/sessions.h"

#include <rte_cycles.h>

#include <algorithm>
#include <set>
#include <sstream>

#include "base/interrupt.h"
#include "bench/rig.h"

namespace viaduct::bench {
namespace {

using api::Json;

// New conversations come from this many, again and again, so that their keys are never the same
// twice in a row.
constexpr std::uint32_t newcomers = 65'536;
static_assert(newcomers % Rig::batch_size == 0);

// TSC cycles of one session.
struct Costs {
  double first_packet = 0;
  double conversation = 0;  // all packets after the first, until it is closed by both sides
  double end = 0;
};

// Cycles of one batch of a conversation's next packets; none may be lost.
Result<std::uint64_t> say(Rig& rig, std::uint32_t first, Rig::Direction direction, TcpFlags flags) {
  rig.write_next(first, Rig::batch_size, direction, flags);
  const std::uint64_t cycles = rig.forward_batch();
  TRY(rig.check_batch());
  if (rig.left() != Rig::batch_size) return fail(Fault::invalid, "", "packets were lost");
  return cycles;
}

// TSC cycles that one batch of new conversations takes, from their first packets to their ends.
struct Batch {
  std::uint64_t opening = 0;
  std::uint64_t talking = 0;
  std::uint64_t closing = 0;
};

Result<Batch> live_through(Rig& rig, std::uint32_t first, Protocol protocol) {
  using enum Rig::Direction;
  Batch batch;
  rig.write_openings(first, Rig::batch_size);
  batch.opening = rig.forward_batch();
  TRY(rig.learn_openings(first, Rig::batch_size));
  if (protocol == Protocol::tcp) {
    batch.talking = TRY(say(rig, first, back, TcpFlags::syn_ack));
    batch.talking += TRY(say(rig, first, onward, TcpFlags::ack));
    batch.talking += TRY(say(rig, first, onward, TcpFlags::fin));
    batch.talking += TRY(say(rig, first, back, TcpFlags::fin));
  } else {
    batch.talking = TRY(say(rig, first, back, TcpFlags::ack));
  }
  batch.closing = rig.close(first, Rig::batch_size);
  return batch;
}

Result<Costs> measure_window(Rig& rig, std::uint32_t base, Protocol protocol, double seconds) {
  const auto end =
      rte_rdtsc() + static_cast<std::uint64_t>(seconds * static_cast<double>(rte_get_tsc_hz()));
  Batch sum;
  double sessions = 0;
  for (std::uint32_t next = 0; rte_rdtsc() < end; next = (next + Rig::batch_size) % newcomers) {
    const Batch batch = TRY(live_through(rig, base + next, protocol));
    sum.opening += batch.opening;
    sum.talking += batch.talking;
    sum.closing += batch.closing;
    sessions += Rig::batch_size;
  }
  return Costs{static_cast<double>(sum.opening) / sessions,
               static_cast<double>(sum.talking) / sessions,
               static_cast<double>(sum.closing) / sessions};
}

// `part` tells a part of a session's costs, or all of them.
template <class Part>
std::vector<double> values_of(const std::vector<Costs>& windows, Part part) {
  std::vector<double> values(windows.size());
  std::ranges::transform(windows, values.begin(), part);
  return values;
}

template <class Part>
Summary summary_of(const std::vector<Costs>& windows, Part part) {
  return summarize(values_of(windows, part));
}

double per_second(const Summary& cycles) {
  return static_cast<double>(rte_get_tsc_hz()) / cycles.median;
}

// How the measurements of one run are made, and what they are told to.
struct Bench {
  const Options& options;
  NoiseWatch noise;
  Progress progress;
};

Result<Json> measure_openings(Rig& rig, std::uint32_t live, Protocol protocol, Bench& bench) {
  const Options& options = bench.options;
  bench.progress.begin(to_string(protocol) + " sessions beside " + std::to_string(live),
                       options.windows);
  TRY(measure_window(rig, live, protocol, options.window_seconds()));
  std::vector<Costs> windows;
  windows.reserve(options.windows);
  for (unsigned i = 0; i < options.windows; ++i) {
    TRY(check_interrupts());
    bench.noise.sound();
    windows.push_back(TRY(measure_window(rig, live, protocol, options.window_seconds())));
    bench.progress.advance(i + 1);
  }
  bench.progress.end();
  const Summary first = summary_of(windows, &Costs::first_packet);
  const Summary all =
      summary_of(windows, [](const Costs& w) { return w.first_packet + w.conversation + w.end; });
  return Json{{"protocol", to_string(protocol)},
              {"live", live},
              {"cycles_per_session", to_json(first)},
              {"per_second", per_second(first)},
              {"cycles_of_conversation", to_json(summary_of(windows, &Costs::conversation))},
              {"cycles_of_end", to_json(summary_of(windows, &Costs::end))},
              {"opened_and_closed_per_second", per_second(all)},
              {"windows", values_of(windows, &Costs::first_packet)},
              {"windows_of_conversation", values_of(windows, &Costs::conversation)},
              {"windows_of_end", values_of(windows, &Costs::end)}};
}

// Looks at every session, once when none has to end and once when all have to.
Json measure_expiry(Rig& rig) {
  Worker& worker = rig.worker();
  const std::size_t live = worker.sessions.live_sessions();
  const auto sweep = [&] {
    const std::uint64_t before = rte_rdtsc();
    worker.expire(worker.sessions.high_water());
    return static_cast<double>(rte_rdtsc() - before) / static_cast<double>(live);
  };
  const double look = sweep();
  constexpr flow::Ticks a_day = 86'400 * flow::ticks_per_second;
  worker.tick(worker.now() + a_day);
  const double end = sweep();
  return {{"sessions", live},
          {"left", worker.sessions.live_sessions()},
          {"cycles_per_look", look},
          {"cycles_per_session", end}};
}

std::uint64_t refused_for_want_of_ports(Rig& rig) {
  return rig.worker().drops[static_cast<std::size_t>(Reason::no_public_port)];
}

// TSC cycles of each of the conversations [first, last), which find no port, again and again.
Result<double> measure_refusals(Rig& rig, std::uint32_t first, std::uint32_t last, double seconds) {
  const auto end =
      rte_rdtsc() + static_cast<std::uint64_t>(seconds * static_cast<double>(rte_get_tsc_hz()));
  const std::uint64_t before = refused_for_want_of_ports(rig);
  std::uint64_t cycles = 0;
  std::uint64_t asked = 0;
  for (std::uint32_t next = first; rte_rdtsc() < end;) {
    rig.write_openings(next, Rig::batch_size);
    cycles += rig.forward_batch();
    asked += Rig::batch_size;
    next += Rig::batch_size;
    if (next == last) next = first;
  }
  if (refused_for_want_of_ports(rig) - before != asked) {
    return fail(Fault::invalid, "", "not all were refused for want of a port");
  }
  return static_cast<double>(cycles) / static_cast<double>(asked);
}

// One public address, and more guest endpoints than it has ports.
Result<Json> measure_exhaustion(Bench& bench) {
  const Options& options = bench.options;
  constexpr std::uint32_t wanted = 70'144;
  constexpr std::uint32_t ports = 65'536;
  static_assert(wanted % Rig::batch_size == 0 && ports % Rig::batch_size == 0);
  const Case crowded = Case{Kind::nat, wanted, 0}.with_pool(1);
  const auto rig = TRY(Rig::make(crowded, {}));
  std::size_t opened = 0;
  std::size_t told = 0;
  for (std::uint32_t first = 0; first < wanted; first += Rig::batch_size) {
    rig->write_openings(first, Rig::batch_size);
    rig->forward_batch();
    opened += rig->left();
    told += rig->own_frames();
  }
  const std::uint64_t refused = refused_for_want_of_ports(*rig);
  bench.progress.begin("endpoints that find no port", options.windows);
  TRY(measure_refusals(*rig, ports, wanted, options.window_seconds()));
  std::vector<double> windows;
  for (unsigned i = 0; i < options.windows; ++i) {
    TRY(check_interrupts());
    bench.noise.sound();
    windows.push_back(TRY(measure_refusals(*rig, ports, wanted, options.window_seconds())));
    bench.progress.advance(i + 1);
  }
  bench.progress.end();
  return Json{{"endpoints", wanted},
              {"opened", opened},
              {"refused", refused},
              {"told", told},
              {"cycles_per_refusal", to_json(summarize(windows))},
              {"windows", windows}};
}

Summary summary_in(const Json& figure) {
  return {figure["median"], figure["p10"], figure["p90"]};
}

std::string sessions_as_text(const Json& result) {
  std::ostringstream text;
  for (const Json& row : result["new_sessions"]) {
    const Json& cycles = row["cycles_per_session"];
    text << row["protocol"].get<std::string>() << ", beside " << row["live"]
         << " live ones: " << headline(summary_in(cycles), "cycles for the first packet");
    if (cycles["quotable"].get<bool>()) {
      text << ", " << static_cast<std::uint64_t>(row["per_second"].get<double>())
           << " new sessions/s, "
           << static_cast<std::uint64_t>(row["opened_and_closed_per_second"].get<double>())
           << " opened and closed/s";
    }
    text << "\n";
  }
  text << "live after ramp-up: " << result["exact_count"]["live"] << " of "
       << result["exact_count"]["opened"] << "\n"
       << "expiry: " << result["expiry"]["cycles_per_look"].get<double>()
       << " cycles to look at a session, " << result["expiry"]["cycles_per_session"].get<double>()
       << " to end one\n"
       << "one address: " << result["exhaustion"]["opened"] << " endpoints of "
       << result["exhaustion"]["endpoints"] << " found a port, "
       << headline(summary_in(result["exhaustion"]["cycles_per_refusal"]), "cycles to refuse one")
       << "\n"
       << "memory: " << result["bytes_per_session"].get<double>()
       << " bytes per session that there is room for\n"
       << "machine: " << result["noise"]["verdict"].get<std::string>() << "\n";
  return text.str();
}

// Counts what is there, and ends it.
Result<void> measure_ends(Rig& rig, std::uint32_t live, Bench& bench, Json& result) {
  // Both want somebody to be there.
  const std::uint32_t crowd = live == 0 ? newcomers : live;
  if (live == 0) TRY(rig.open(crowd, bench.progress));
  result["exact_count"] = {{"opened", crowd}, {"live", rig.worker().sessions.live_sessions()}};
  result["bytes_per_session"] = rig.bytes_per_session();
  result["expiry"] = measure_expiry(rig);
  return {};
}

// New sessions of a protocol beside so many live ones.
Result<void> measure_beside(std::uint32_t live, Protocol protocol, const SessionsOptions& sessions,
                            Bench& bench, Json& result) {
  const Case measured{Kind::nat_firewall, live + newcomers, sessions.rules};
  const auto rig = TRY(Rig::make(measured, {.protocol = protocol}));
  TRY(rig->open(live, bench.progress));
  result["new_sessions"].push_back(TRY(measure_openings(*rig, live, protocol, bench)));
  if (live != sessions.live || protocol != Protocol::udp) return {};
  return measure_ends(*rig, live, bench, result);
}

}  // namespace

Result<void> run_sessions(const Options& options, const SessionsOptions& sessions) {
  if (!pin_to(options.core)) return fail(Fault::invalid, "--core", "there is no such core");
  watch_interrupts();
  Bench bench{options, {}, {}};
  Json result = begin_result("sessions", {{"rules", sessions.rules},
                                          {"live", sessions.live},
                                          {"windows", options.windows},
                                          {"window_seconds", options.window_seconds()}});
  result["new_sessions"] = Json::array();
  const std::set<std::uint32_t> crowds{0, sessions.live};
  for (const std::uint32_t live : crowds) {
    for (const Protocol protocol : {Protocol::tcp, Protocol::udp}) {
      TRY(measure_beside(live, protocol, sessions, bench, result));
    }
  }
  result["exhaustion"] = TRY(measure_exhaustion(bench));
  result["noise"] = to_json(bench.noise.report());
  return finish(options, result, sessions_as_text(result));
}

}  // namespace viaduct::bench
