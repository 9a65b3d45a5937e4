#pragma once

#include <string>
#include <vector>

#include "bench/report/load.h"

// What a report consists of, whether it becomes a page or a text.
namespace viaduct::bench::report {

enum class Tone : std::uint8_t { plain, good, warning };

struct Cell {
  std::string text;
  Tone tone = Tone::plain;
  std::string picture;  // SVG; texts go without
};

struct Column {
  std::string title;
  bool is_number = false;
  bool is_picture = false;
};

struct Table {
  std::string title;
  std::vector<Column> columns;
  std::vector<std::vector<Cell>> rows;
  bool is_wide = false;  // of the page's two columns it takes both
};

struct Plot {
  std::string title;
  std::string caption;
  std::string svg;
  bool is_wide = false;
};

struct Section {
  std::string title;
  std::string lead;
  std::vector<Table> tables;
  std::vector<Plot> plots;
};

// One number that a page shows large.
struct Tile {
  std::string value;
  std::string what;
  Tone tone = Tone::plain;
};

struct Report {
  std::vector<Tile> tiles;
  std::vector<Section> sections;
  std::vector<std::string> left_out;
  std::vector<Facts> hosts;  // different ones
  std::string first_at;
  std::string last_at;
};

[[nodiscard]] Report compose(const Loaded& loaded);

// Nothing where there is no such run.
[[nodiscard]] std::vector<Section> path_sections(const std::vector<Run>& runs);
[[nodiscard]] std::vector<Section> sessions_sections(const std::vector<Run>& runs);
[[nodiscard]] std::vector<Section> reconfigure_sections(const std::vector<Run>& runs);
[[nodiscard]] std::vector<Section> search_sections(const std::vector<Run>& runs);
[[nodiscard]] std::vector<Section> peers_sections(const std::vector<Run>& runs);
[[nodiscard]] std::vector<Section> noise_sections(const std::vector<Run>& runs);

// The cell that says whether a figure may be quoted.
[[nodiscard]] Cell verdict_on(const Figure& figure);

}  // namespace viaduct::bench::report
