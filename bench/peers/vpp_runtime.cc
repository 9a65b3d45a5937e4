#include "bench/peers/vpp_runtime.h"

#include <sstream>
#include <string>
#include <vector>

namespace viaduct::bench {
namespace {

// A row ends with calls, vectors, suspends, clocks of a packet and vectors of a call; the state
// before them may be of two words.
constexpr std::size_t vectors_from_end = 4;
constexpr std::size_t clocks_from_end = 2;
constexpr std::size_t fewest_words = 7;

std::vector<std::string> words_of(const std::string& line) {
  std::istringstream text{line};
  std::vector<std::string> words;
  for (std::string word; text >> word;) words.push_back(word);
  return words;
}

double number_in(const std::string& word) {
  return std::strtod(word.c_str(), nullptr);
}

}  // namespace

std::optional<PacketCycles> cycles_in(std::string_view runtime, std::string_view input) {
  std::istringstream lines{std::string{runtime}};
  double packets = 0;
  double all = 0;
  double driver = 0;
  for (std::string line; std::getline(lines, line);) {
    const auto words = words_of(line);
    if (words.size() < fewest_words) continue;
    const double vectors = number_in(words[words.size() - vectors_from_end]);
    const double cycles = vectors * number_in(words[words.size() - clocks_from_end]);
    all += cycles;
    if (words.front() == input) packets = vectors;
    if (words.front() == input || words.front().ends_with("-tx")) driver += cycles;
  }
  if (packets == 0) return std::nullopt;
  return PacketCycles{all / packets, (all - driver) / packets};
}

}  // namespace viaduct::bench
