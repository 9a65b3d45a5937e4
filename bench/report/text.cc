#include "bench/report/text.h"

#include <algorithm>

namespace viaduct::bench::report {
namespace {

// Columns that it takes on a terminal: all of our letters are one wide.
std::size_t width_of(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::count_if(
      text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

std::string padded(const std::string& text, std::size_t width, bool on_the_left) {
  const std::string spaces(width - std::min(width, width_of(text)), ' ');
  return on_the_left ? spaces + text : text + spaces;
}

std::string without_end_spaces(std::string line) {
  line.erase(line.find_last_not_of(' ') + 1);
  return line;
}

std::string table_as_text(const Table& table) {
  std::vector<std::size_t> widths;
  for (std::size_t c = 0; c < table.columns.size(); ++c) {
    std::size_t widest = width_of(table.columns[c].title);
    for (const auto& row : table.rows) widest = std::max(widest, width_of(row[c].text));
    widths.push_back(widest);
  }
  const auto line_of = [&](const auto& text_in) {
    std::string line;
    for (std::size_t c = 0; c < table.columns.size(); ++c) {
      if (table.columns[c].is_picture) continue;
      line += "  " + padded(text_in(c), widths[c], table.columns[c].is_number);
    }
    return without_end_spaces(std::move(line)) + "\n";
  };
  std::string text = table.title + "\n";
  text += line_of([&](std::size_t c) { return table.columns[c].title; });
  for (const auto& row : table.rows) {
    text += line_of([&](std::size_t c) { return row[c].text; });
  }
  return text;
}

}  // namespace

std::string as_text(const Report& report) {
  std::string text;
  for (const Section& section : report.sections) {
    text += (text.empty() ? "" : "\n") + section.title + ": " + section.lead + "\n";
    for (const Table& table : section.tables) {
      text += "\n" + table_as_text(table);
    }
  }
  return text;
}

}  // namespace viaduct::bench::report
