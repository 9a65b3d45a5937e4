#include "bench/report/html.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "bench/report/style.h"
#include "bench/report/svg.h"
#include "bench/report/words.h"

namespace viaduct::bench::report {
namespace {

std::string_view class_of(Tone tone) {
  switch (tone) {
    case Tone::plain:
      return "";
    case Tone::good:
      return "good";
    case Tone::warning:
      return "warning";
  }
  return "";
}

std::string element(std::string_view name, std::string_view text) {
  return fmt::format("<{0}>{1}</{0}>\n", name, escape(text));
}

std::string cell_as_html(const Cell& cell, const Column& column) {
  return fmt::format(R"(<td class="{}{}">{}{}</td>)", column.is_number ? "number " : "",
                     class_of(cell.tone), escape(cell.text), cell.picture);
}

std::string table_as_html(const Table& table) {
  std::string html = fmt::format("<div class=\"table{}\"><table>\n{}<thead><tr>",
                                 table.is_wide ? " wide" : "", element("caption", table.title));
  for (const Column& column : table.columns) {
    html += fmt::format(R"(<th{}>{}</th>)", column.is_number ? R"( class="number")" : "",
                        escape(column.title));
  }
  html += "</tr></thead>\n<tbody>\n";
  for (const auto& row : table.rows) {
    html += "<tr>";
    for (std::size_t c = 0; c < row.size(); ++c) html += cell_as_html(row[c], table.columns[c]);
    html += "</tr>\n";
  }
  return html + "</tbody></table></div>\n";
}

std::string plot_as_html(const Plot& plot) {
  return fmt::format("<figure class=\"{}\">\n{}{}\n{}</figure>\n", plot.is_wide ? "wide" : "",
                     element("h3", plot.title), plot.svg, element("figcaption", plot.caption));
}

std::string section_as_html(const Section& section) {
  std::string html = "<section>\n" + element("h2", section.title) +
                     fmt::format(R"(<p class="lead">{}</p>)", escape(section.lead)) + "\n";
  html += "<div class=\"items\">\n";
  for (const Table& table : section.tables) html += table_as_html(table);
  for (const Plot& plot : section.plots) html += plot_as_html(plot);
  return html + "</div>\n</section>\n";
}

// "huge_pages_2mb" as "huge pages 2mb", 2600000000 as 2.6 G.
std::pair<std::string, std::string> readable(std::pair<std::string, std::string> fact) {
  std::ranges::replace(fact.first, '_', ' ');
  std::uint64_t number = 0;
  const char* end = fact.second.data() + fact.second.size();
  const auto parsed = std::from_chars(fact.second.data(), end, number);
  if (parsed.ec == std::errc{} && parsed.ptr == end && number >= 1'000'000) {
    fact.second = brief(static_cast<double>(number));
  }
  return fact;
}

std::string facts_as_html(const Facts& facts) {
  std::string html = "<dl>";
  for (const auto& fact : facts) {
    const auto [name, value] = readable(fact);
    html += fmt::format("<div><dt>{}</dt><dd>{}</dd></div>", escape(name), escape(value));
  }
  return html + "</dl>\n";
}

std::string tiles_as_html(const std::vector<Tile>& tiles) {
  std::string html = R"(<div class="tiles">)";
  for (const Tile& tile : tiles) {
    html += fmt::format(R"(<div class="tile {}"><b>{}</b><span>{}</span></div>)",
                        class_of(tile.tone), escape(tile.value), escape(tile.what));
  }
  return html + "</div>\n";
}

std::string header_as_html(const Report& report) {
  const std::string dates = report.first_at == report.last_at
                                ? report.first_at
                                : report.first_at + " to " + report.last_at;
  std::string html = "<header>\n<h1>Viaduct bench report</h1>\n" +
                     fmt::format(R"(<p class="date">{}</p>)", escape(dates)) + "\n" +
                     tiles_as_html(report.tiles);
  for (std::size_t i = 0; i < report.hosts.size(); ++i) {
    html += element("h3", report.hosts.size() == 1 ? "Host" : "Host " + std::to_string(i + 1)) +
            facts_as_html(report.hosts[i]);
  }
  for (const std::string& words : report.left_out) {
    html += fmt::format(R"(<p class="left-out">Left out: {}</p>)", escape(words)) + "\n";
  }
  return html + "</header>\n";
}

}  // namespace

std::string as_html(const Report& report) {
  std::string html =
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<title>Viaduct bench report</title>\n<style>\n";
  html += style;
  html += "</style>\n</head>\n<body>\n" + header_as_html(report);
  for (const Section& section : report.sections) html += section_as_html(section);
  return html + "</body>\n</html>\n";
}

}  // namespace viaduct::bench::report
