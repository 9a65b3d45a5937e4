#include "bench/report/section.h"
#include "bench/report/svg.h"
#include "bench/report/words.h"
#include "bench/run.h"

namespace viaduct::bench::report {
namespace {

using Opening = SessionsRun::Opening;

// From the first packet to the end. Results tell no range of it, so its parts' make one up
// together.
Figure whole_of(const Opening& opening) {
  Figure whole{{}, opening.first_packet.is_quotable};
  for (const Figure& part : {opening.first_packet, opening.conversation, opening.end}) {
    whole.summary.median += part.summary.median;
    whole.summary.p10 += part.summary.p10;
    whole.summary.p90 += part.summary.p90;
  }
  whole.is_quotable = whole.is_quotable && whole.summary.spread() <= widest_spread;
  return whole;
}

// The median, or the range that stands in for it.
Cell cost_cell(const Figure& cost) {
  if (cost.is_quotable) return {rounded(cost.summary.median)};
  return {range_of(cost.summary), Tone::warning};
}

Table openings_table(const SessionsRun& run) {
  Table table{.title = "New sessions, cycles each",
              .columns = {{"protocol"},
                          {"live already", true},
                          {"first packet", true},
                          {"p10–p90", true},
                          {"later packets", true},
                          {"end", true},
                          {"opened/s", true},
                          {"opened and closed/s", true},
                          {"first packet's figure"}},
              .rows = {},
              .is_wide = true};
  for (const Opening& opening : run.openings) {
    const Figure& first = opening.first_packet;
    const Tone tone = first.is_quotable ? Tone::plain : Tone::warning;
    const Figure whole = whole_of(opening);
    table.rows.push_back({{opening.protocol},
                          {grouped(opening.live)},
                          {quoted(first), tone},
                          {range_of(first.summary)},
                          cost_cell(opening.conversation),
                          cost_cell(opening.end),
                          {quoted_rate(opening.opened_per_second, first), tone},
                          {quoted_rate(opening.closed_per_second, whole),
                           whole.is_quotable ? Tone::plain : Tone::warning},
                          verdict_on(first)});
  }
  return table;
}

Table life_table(const SessionsRun& run) {
  const auto& [endpoints, opened, refused, refusal] = run.exhaustion;
  const auto verdict = [](bool is_right) { return is_right ? Tone::good : Tone::warning; };
  const bool is_exact = run.opened == run.live;
  Table table{
      .title = "Life of a session",
      .columns = {{"what"}, {"found"}},
      .rows = {{{"live after " + grouped(run.opened) + " were opened"},
                {grouped(run.live) + (is_exact ? ", exact" : ", not exact"), verdict(is_exact)}},
               {{"left after all had to end"},
                {grouped(run.expiry.left), verdict(run.expiry.left == 0)}},
               {{"expiry: to look at one, once measured"}, {rounded(run.expiry.look) + " cycles"}},
               {{"expiry: to end one, once measured"}, {rounded(run.expiry.end) + " cycles"}},
               {{grouped(endpoints) + " endpoints behind one address"},
                {grouped(opened) + " opened, " + grouped(refused) + " refused"}},
               {{"memory, both directions"}, {rounded(run.bytes_per_session) + " B/session"}}}};
  if (refusal) {
    const Cell cost = cost_cell(*refusal);
    table.rows.push_back({{"to refuse one, no port left"}, {cost.text + " cycles", cost.tone}});
  }
  return table;
}

std::vector<Plot> openings_plots(const SessionsRun& run) {
  std::vector<Bar> rates;
  std::vector<Bar> costs;
  for (const Opening& opening : run.openings) {
    const Bar bar{.label = opening.protocol,
                  .detail = brief(static_cast<double>(opening.live)) + " live already",
                  .segments = {},
                  .total = std::string{too_noisy},
                  .is_firm = false};
    Bar& rate = rates.emplace_back(bar);
    rate.segments = {{"opened/s", opening.opened_per_second}};
    rate.is_firm = opening.first_packet.is_quotable;
    if (rate.is_firm) rate.total = brief(opening.opened_per_second) + "/s";
    Bar& cost = costs.emplace_back(bar);
    const Figure whole = whole_of(opening);
    cost.segments = {{"first packet", opening.first_packet.summary.median},
                     {"later packets", opening.conversation.summary.median},
                     {"end", opening.end.summary.median}};
    cost.is_firm = whole.is_quotable;
    cost.total = quoted(whole);
  }
  if (rates.empty()) return {};
  return {
      {"New sessions a second", "Judged by their first packet, beside those that are live already.",
       stacked_bars(rates, "opened/s")},
      {"Where a session's cycles go", "From its first packet to its end.",
       stacked_bars(costs, "cycles/session")}};
}

}  // namespace

std::vector<Section> sessions_sections(const std::vector<Run>& runs) {
  std::vector<Section> sections;
  for (const auto& [run, sessions] : of_kind<SessionsRun>(runs)) {
    sections.push_back({.title = "Sessions",
                        .lead = "What it costs to begin, end and refuse them (" + run->file + ").",
                        .tables = {openings_table(*sessions), life_table(*sessions)},
                        .plots = openings_plots(*sessions)});
  }
  return sections;
}

}  // namespace viaduct::bench::report
