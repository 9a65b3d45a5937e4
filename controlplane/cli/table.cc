#include "controlplane/cli/table.h"

#include <algorithm>

namespace viaduct::cli {
namespace {

bool is_number(const std::string& cell) {
  return std::ranges::all_of(cell, [](char c) { return c >= '0' && c <= '9'; });
}

// Characters, not bytes: continuation bytes of UTF-8 take no room.
std::size_t width_of(const std::string& cell) {
  return static_cast<std::size_t>(std::ranges::count_if(
      cell, [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}

}  // namespace

std::string Style::paint(Tone tone, const std::string& text) const {
  if (!has_colours_ || tone == Tone::plain) return text;
  const char* code = tone == Tone::heading   ? "1"
                     : tone == Tone::added   ? "32"
                     : tone == Tone::removed ? "31"
                                             : "33";
  return "\x1b[" + std::string{code} + "m" + text + "\x1b[0m";
}

void Table::print(std::ostream& out, const Style& style) const {
  const std::size_t columns = headings_.size();
  std::vector<std::size_t> widths;
  std::vector<bool> is_numeric;
  for (std::size_t i = 0; i < columns; ++i) {
    std::size_t widest = width_of(headings_[i]);
    bool all_numbers = !rows_.empty();
    for (const auto& row : rows_) {
      widest = std::max(widest, width_of(row[i]));
      all_numbers = all_numbers && is_number(row[i]);
    }
    widths.push_back(widest);
    is_numeric.push_back(all_numbers);
  }
  const auto line = [&](const std::vector<std::string>& row) {
    std::string text;
    for (std::size_t i = 0; i < columns; ++i) {
      const std::string pad(widths[i] - width_of(row[i]), ' ');
      text += (i == 0 ? "" : "  ") + (is_numeric[i] ? pad + row[i] : row[i] + pad);
    }
    text.erase(text.find_last_not_of(' ') + 1);
    return text;
  };
  out << style.paint(Tone::heading, line(headings_)) << "\n";
  for (const auto& row : rows_) out << line(row) << "\n";
}

}  // namespace viaduct::cli
