#include "bench/report/load.h"

#include "base/durable_file.h"
#include "bench/report/node.h"
#include "bench/run.h"

namespace viaduct::bench::report {
namespace {

Result<Summary> summary_in(const Node& parent, std::string_view name) {
  const Node node = TRY(parent.attribute(name));
  const Summary summary{TRY(node.number("median")), TRY(node.number("p10")),
                        TRY(node.number("p90"))};
  if (summary.p10 > summary.median || summary.median > summary.p90) {
    return fail(Fault::invalid, node.pointer(), "p10, median and p90 are out of order");
  }
  return summary;
}

// A file may call its own figure unfit, never fit.
Result<Figure> figure_in(const Node& parent, std::string_view name) {
  const Summary summary = TRY(summary_in(parent, name));
  const Node node = TRY(parent.attribute(name));
  const bool is_vouched_for = TRY(node.flag("quotable"));
  return Figure{summary, is_vouched_for && summary.spread() <= widest_spread};
}

Result<Facts> facts_in(const Node& parent, std::string_view name) {
  Facts facts;
  for (const auto& [key, value] : TRY(parent.attributes(name))) {
    facts.emplace_back(key, TRY(value.scalar()));
  }
  return facts;
}

Result<Noise> noise_in(const Node& root) {
  const Node node = TRY(root.attribute("noise"));
  return Noise{TRY(node.text("verdict")), TRY(node.number_if_any("reference_spread")),
               TRY(node.number_if_any("stolen_seconds")),
               TRY(node.number_if_any("involuntary_switches"))};
}

Result<PathRun> path_in(const Node& root) {
  const Node parameters = TRY(root.attribute("parameters"));
  PathRun run{.case_name = TRY(parameters.text("case")),
              .frame = TRY(parameters.text("frame")),
              .sessions = TRY(parameters.count("sessions")),
              .rules = TRY(parameters.count("rules")),
              .workers = TRY(parameters.count("workers")),
              .protocol = TRY(parameters.text("protocol")),
              .cycles = TRY(figure_in(root, "cycles_per_packet")),
              .mpps = TRY(root.number("mpps_per_worker")),
              .stages = {},
              .windows = TRY(root.numbers("windows"))};
  for (const Node& stage : TRY(root.elements("stages"))) {
    run.stages.push_back({TRY(stage.text("name")), TRY(stage.number("cycles_per_packet"))});
  }
  return run;
}

Result<SessionsRun> sessions_in(const Node& root) {
  const Node count = TRY(root.attribute("exact_count"));
  const Node expiry = TRY(root.attribute("expiry"));
  const Node exhaustion = TRY(root.attribute("exhaustion"));
  SessionsRun run{.openings = {},
                  .opened = TRY(count.count("opened")),
                  .live = TRY(count.count("live")),
                  .expiry = TRY(figure_in(expiry, "cycles_per_session")),
                  .ports = TRY(exhaustion.count("ports")),
                  .opened_of_ports = TRY(exhaustion.count("opened")),
                  .refused = TRY(exhaustion.count("refused")),
                  .refusal = TRY(figure_in(exhaustion, "cycles_per_refusal")),
                  .bytes_per_session = TRY(root.number("bytes_per_session"))};
  for (const Node& opening : TRY(root.elements("new_sessions"))) {
    run.openings.push_back({.protocol = TRY(opening.text("protocol")),
                            .live = TRY(opening.count("live")),
                            .cycles = TRY(figure_in(opening, "cycles_per_session")),
                            .per_second = TRY(opening.number("per_second"))});
  }
  return run;
}

Result<ReconfigureRun> reconfigure_in(const Node& root) {
  ReconfigureRun run{.phases = {},
                     .effective = TRY(summary_in(root, "effective_us")),
                     .lost = TRY(root.count("lost")),
                     .changes = {}};
  const Node phases = TRY(root.attribute("phases_us"));
  for (const auto& [name, value] : TRY(root.attributes("phases_us"))) {
    run.phases.push_back({name, TRY(summary_in(phases, name))});
  }
  for (const Node& change : TRY(root.elements("changes"))) {
    run.changes.push_back({.name = TRY(change.text("name")),
                           .times = TRY(change.count("times")),
                           .total = TRY(summary_in(change, "total_us")),
                           .lost = TRY(change.count("lost"))});
  }
  return run;
}

Result<SearchRun> search_in(const Node& root) {
  SearchRun run{.trials = {},
                .ndr = TRY(root.number("ndr_mpps")),
                .pdr = TRY(root.number("pdr_mpps")),
                .latencies = {}};
  for (const Node& trial : TRY(root.elements("trials"))) {
    run.trials.push_back(
        {TRY(trial.number("rate_mpps")), TRY(trial.count("lost")), TRY(trial.count("sent"))});
  }
  for (const Node& latency : TRY(root.elements("latency_us"))) {
    SearchRun::Latency& read = run.latencies.emplace_back();
    read.at = TRY(latency.text("at"));
    for (const Rank& rank : ranks) read.by_rank.push_back(TRY(latency.number(rank.attribute)));
  }
  return run;
}

Result<PeersRun> peers_in(const Node& root) {
  PeersRun run;
  for (const Node& peer : TRY(root.elements("peers"))) {
    run.peers.push_back({.name = TRY(peer.text("name")),
                         .case_name = TRY(peer.text("case")),
                         .mpps = TRY(peer.number_if_any("mpps")),
                         .cycles = TRY(peer.number_if_any("cycles_per_packet")),
                         .ratio = TRY(peer.number_if_any("ratio_to_viaduct")),
                         .note = TRY(peer.text("note"))});
  }
  return run;
}

Result<bool> read_outcome(Run& run, const std::string& kind, const Node& root) {
  if (kind == "path") {
    run.outcome = TRY(path_in(root));
  } else if (kind == "sessions") {
    run.outcome = TRY(sessions_in(root));
  } else if (kind == "reconfigure") {
    run.outcome = TRY(reconfigure_in(root));
  } else if (kind == "search") {
    run.outcome = TRY(search_in(root));
  } else if (kind == "peers") {
    run.outcome = TRY(peers_in(root));
  } else {
    return false;
  }
  return true;
}

Result<void> add_root(Loaded& loaded, const std::string& file, const Node& root) {
  const std::string kind = TRY(root.text("bench"));
  Run run;
  if (!TRY(read_outcome(run, kind, root))) {
    loaded.left_out.push_back(file + "#/bench: there is no report for results of \"" + kind + "\"");
    return {};
  }
  run.file = file;
  run.at = TRY(root.text("at"));
  run.host = TRY(facts_in(root, "host"));
  run.parameters = TRY(facts_in(root, "parameters"));
  run.noise = TRY(noise_in(root));
  loaded.runs.push_back(std::move(run));
  return {};
}

}  // namespace

Result<void> add_result(Loaded& loaded, const std::string& file, std::string_view text) {
  const auto json = api::parse_json(text);
  if (!json) return fail_within(file, json.error());
  if (auto added = add_root(loaded, file, Node{*json}); !added) {
    return fail_within(file + "#", added.error());
  }
  return {};
}

Result<Loaded> load(std::span<const std::string> files) {
  Loaded loaded;
  for (const std::string& file : files) {
    const auto text = read_whole(file);
    if (!text) return fail(Fault::unavailable, file, text.error().why);
    TRY(add_result(loaded, file, *text));
  }
  return loaded;
}

}  // namespace viaduct::bench::report
