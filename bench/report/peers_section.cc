#include "bench/report/section.h"
#include "bench/report/svg.h"
#include "bench/report/words.h"

namespace viaduct::bench::report {
namespace {

std::string if_any(const std::optional<double>& value, std::string_view unit = "") {
  return value ? rounded(*value) + std::string{unit} : "–";
}

Table peers_table(const PeersRun& run) {
  Table table{.title = "Side by side",
              .columns = {{"case"},
                          {"peer"},
                          {"Mpps", true},
                          {"cycles/packet", true},
                          {"without driver", true},
                          {"Viaduct = 1", true},
                          {"note"}},
              .rows = {},
              .is_wide = true};
  for (const auto& peer : run.peers) {
    table.rows.push_back({{peer.case_name},
                          {peer.name},
                          {if_any(peer.mpps)},
                          {if_any(peer.cycles)},
                          {if_any(peer.cycles_without_driver)},
                          {if_any(peer.ratio)},
                          {peer.note}});
  }
  return table;
}

std::vector<Plot> ratios_plots(const PeersRun& run) {
  std::vector<Bar> bars;
  for (const auto& peer : run.peers) {
    if (!peer.ratio) continue;
    bars.push_back({.label = peer.name,
                    .detail = peer.case_name,
                    .segments = {{peer.name == "viaduct" ? "Viaduct" : "peers", *peer.ratio}},
                    .total = rounded(*peer.ratio) + " ×"});
  }
  if (bars.empty()) return {};
  return {{"Throughput, Viaduct = 1", "Longer is faster.", stacked_bars(bars, "ratio to Viaduct")}};
}

}  // namespace

std::vector<Section> peers_sections(const std::vector<Run>& runs) {
  std::vector<Section> sections;
  for (const auto& [run, peers] : of_kind<PeersRun>(runs)) {
    sections.push_back({.title = "Peers",
                        .lead = "Others at the same work on the same machine, in the same run (" +
                                run->file + ").",
                        .tables = {peers_table(*peers)},
                        .plots = ratios_plots(*peers)});
  }
  return sections;
}

}  // namespace viaduct::bench::report
