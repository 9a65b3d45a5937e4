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

template <class Element>
Result<std::vector<Element>> each(const Node& parent, std::string_view name,
                                  Result<Element> (*read)(const Node&)) {
  std::vector<Element> elements;
  for (const Node& node : TRY(parent.elements(name))) elements.push_back(TRY(read(node)));
  return elements;
}

Result<PathRun::Stage> stage_in(const Node& node) {
  return PathRun::Stage{TRY(node.text("name")), TRY(node.number("cycles_per_packet"))};
}

// Figures of packets that came another way than from memory are of another kind.
Result<std::string> path_case_in(const Node& parameters) {
  const auto via = parameters.text("via");
  const std::string name = TRY(parameters.text("case"));
  return !via || *via == "memory" ? name : name + " via " + *via;
}

Result<PathRun> path_in(const Node& root) {
  const Node parameters = TRY(root.attribute("parameters"));
  return PathRun{.case_name = TRY(path_case_in(parameters)),
                 .frame = TRY(parameters.text("frame")),
                 .sessions = TRY(parameters.count("sessions")),
                 .rules = TRY(parameters.count("rules")),
                 .workers = TRY(parameters.count("workers")),
                 .protocol = TRY(parameters.text("protocol")),
                 .cycles = TRY(figure_in(root, "cycles_per_packet")),
                 .mpps = TRY(root.number("mpps_per_worker")),
                 .stages = TRY(each(root, "stages", stage_in)),
                 .windows = TRY(root.numbers("windows"))};
}

Result<SessionsRun::Opening> opening_in(const Node& node) {
  return SessionsRun::Opening{
      .protocol = TRY(node.text("protocol")),
      .live = TRY(node.count("live")),
      .first_packet = TRY(figure_in(node, "cycles_per_session")),
      .conversation = TRY(figure_in(node, "cycles_of_conversation")),
      .end = TRY(figure_in(node, "cycles_of_end")),
      .opened_per_second = TRY(node.number("per_second")),
      .closed_per_second = TRY(node.number("opened_and_closed_per_second"))};
}

Result<SessionsRun::Expiry> expiry_in(const Node& root) {
  const Node node = TRY(root.attribute("expiry"));
  return SessionsRun::Expiry{.left = TRY(node.count("left")),
                             .look = TRY(node.number("cycles_per_look")),
                             .end = TRY(node.number("cycles_per_session"))};
}

Result<SessionsRun::Exhaustion> exhaustion_in(const Node& root) {
  const Node node = TRY(root.attribute("exhaustion"));
  std::optional<Figure> refusal;
  if (node.has("cycles_per_refusal")) refusal = TRY(figure_in(node, "cycles_per_refusal"));
  return SessionsRun::Exhaustion{.endpoints = TRY(node.count("endpoints")),
                                 .opened = TRY(node.count("opened")),
                                 .refused = TRY(node.count("refused")),
                                 .refusal = refusal};
}

Result<SessionsRun> sessions_in(const Node& root) {
  const Node count = TRY(root.attribute("exact_count"));
  return SessionsRun{.openings = TRY(each(root, "new_sessions", opening_in)),
                     .opened = TRY(count.count("opened")),
                     .live = TRY(count.count("live")),
                     .expiry = TRY(expiry_in(root)),
                     .exhaustion = TRY(exhaustion_in(root)),
                     .bytes_per_session = TRY(root.number("bytes_per_session"))};
}

Result<ReconfigureRun::Losses> losses_in(const Node& node) {
  const Node since_followed = TRY(node.attribute("lost_since_followed"));
  return ReconfigureRun::Losses{
      .packets = TRY(node.count("lost")),
      .times = TRY(node.count("times_with_loss")),
      .to_machine = TRY(node.count("lost_to_machine")),
      .since_followed = TRY(since_followed.count("packets")),
      .cycles_per_packet = TRY(summary_in(node, "cycles_per_packet_thereafter"))};
}

Result<Mean> difference_in(const Node& node, std::string_view name) {
  const Node difference = TRY(node.attribute(name));
  return Mean{TRY(difference.difference("mean")), TRY(difference.difference("low")),
              TRY(difference.difference("high"))};
}

Result<ReconfigureRun::Change> change_in(const Node& node) {
  const Node rehearsed = TRY(node.attribute("rehearsed"));
  return ReconfigureRun::Change{
      .name = TRY(node.text("name")),
      .times = TRY(node.count("times")),
      .total = TRY(summary_in(node, "total_us")),
      .follow = TRY(summary_in(node, "follow_us")),
      .lost = TRY(losses_in(node)),
      .rehearsed = TRY(losses_in(rehearsed)),
      .more = TRY(difference_in(node, "lost_more_than_rehearsed")),
      .more_since_followed = TRY(difference_in(node, "lost_more_since_followed"))};
}

Result<ReconfigureRun> reconfigure_in(const Node& root) {
  ReconfigureRun run{.phases = {},
                     .effective = TRY(summary_in(root, "effective_us")),
                     .lost = TRY(root.count("lost")),
                     .lost_to_machine = TRY(root.count("lost_to_machine")),
                     .changes = TRY(each(root, "changes", change_in))};
  const Node phases = TRY(root.attribute("phases_us"));
  for (const auto& [name, value] : TRY(root.attributes("phases_us"))) {
    run.phases.push_back({name, TRY(summary_in(phases, name))});
  }
  return run;
}

Result<SearchRun::Trial> trial_in(const Node& node) {
  return SearchRun::Trial{TRY(node.number("rate_mpps")), TRY(node.count("lost")),
                          TRY(node.count("sent"))};
}

Result<SearchRun::Latency> latency_in(const Node& node) {
  SearchRun::Latency latency{.at = TRY(node.text("at")), .by_rank = {}};
  for (const Rank& rank : ranks) latency.by_rank.push_back(TRY(node.number(rank.attribute)));
  return latency;
}

Result<SearchRun> search_in(const Node& root) {
  return SearchRun{.trials = TRY(each(root, "trials", trial_in)),
                   .ndr = TRY(root.number("ndr_mpps")),
                   .pdr = TRY(root.number("pdr_mpps")),
                   .is_ndr_quotable = TRY(root.flag("ndr_quotable")),
                   .is_pdr_quotable = TRY(root.flag("pdr_quotable")),
                   .limit = TRY(root.text("limit")),
                   .flooded = TRY(figure_in(root, "throughput_mpps")),
                   .latencies = TRY(each(root, "latency_us", latency_in))};
}

Result<PeersRun::Peer> peer_in(const Node& node) {
  return PeersRun::Peer{.name = TRY(node.text("name")),
                        .case_name = TRY(node.text("case")),
                        .mpps = TRY(node.number_if_any("mpps")),
                        .cycles = TRY(node.number_if_any("cycles_per_packet")),
                        .cycles_without_driver = TRY(node.number_if_any("cycles_without_driver")),
                        .ratio = TRY(node.number_if_any("ratio_to_viaduct")),
                        .note = TRY(node.text("note"))};
}

Result<PeersRun> peers_in(const Node& root) {
  return PeersRun{TRY(each(root, "peers", peer_in))};
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
  run.commit = TRY(root.text_if_any("commit"));
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
