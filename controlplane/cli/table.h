#pragma once

#include <ostream>
#include <string>
#include <vector>

namespace viaduct::cli {

// How a line of text stands out on a terminal that wants colours.
enum class Tone : unsigned char { plain, heading, added, removed, changed };

class Style {
 public:
  explicit Style(bool has_colours = false) : has_colours_(has_colours) {}
  [[nodiscard]] std::string paint(Tone tone, const std::string& text) const;

 private:
  bool has_colours_;
};

// Rows under headings, each column as wide as its widest cell. Numbers stand to the right.
class Table {
 public:
  explicit Table(std::vector<std::string> headings) : headings_(std::move(headings)) {}
  void add(std::vector<std::string> row) { rows_.push_back(std::move(row)); }
  [[nodiscard]] bool empty() const { return rows_.empty(); }
  void print(std::ostream& out, const Style& style) const;

 private:
  std::vector<std::string> headings_;
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace viaduct::cli
