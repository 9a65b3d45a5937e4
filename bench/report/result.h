#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "bench/statistics.h"

// What the results of the bench say, once they were read from their files.
namespace viaduct::bench::report {

// A measurement that is meant to be quoted: by one number, if its windows agree.
struct Figure {
  Summary summary;
  bool is_quotable = true;
};

struct PathRun {
  struct Stage {
    std::string name;
    double cycles = 0;  // per packet
  };
  std::string case_name;
  std::string frame;
  std::uint64_t sessions = 0;
  std::uint64_t rules = 0;
  std::uint64_t workers = 0;
  std::string protocol;
  Figure cycles;  // per packet
  double mpps = 0;
  std::vector<Stage> stages;
  std::vector<double> windows;
};

struct SessionsRun {
  struct Opening {
    std::string protocol;
    std::uint64_t live = 0;  // sessions that were there already
    Figure first_packet;     // cycles
    Figure conversation;     // cycles of all later packets
    Figure end;              // cycles
    double opened_per_second = 0;
    double closed_per_second = 0;  // opened, used and closed
  };
  // One reading of each: all sessions end at once.
  struct Expiry {
    std::uint64_t left = 0;
    double look = 0;  // cycles per session
    double end = 0;   // likewise
  };
  // What happens when no port is left.
  struct Exhaustion {
    std::uint64_t endpoints = 0;
    std::uint64_t opened = 0;
    std::uint64_t refused = 0;
    std::optional<Figure> refusal;  // cycles each, if it was measured
  };
  std::vector<Opening> openings;
  std::uint64_t opened = 0;
  std::uint64_t live = 0;
  Expiry expiry;
  Exhaustion exhaustion;
  double bytes_per_session = 0;
};

// Its times are of single events. That they differ is what they say, so they have no headline.
struct ReconfigureRun {
  struct Phase {
    std::string name;
    Summary time;  // microseconds, as all here
  };
  struct Losses {
    std::uint64_t packets = 0;
    std::uint64_t times = 0;       // how many of the changes lost some
    std::uint64_t to_machine = 0;  // while it had taken the core away; not among the others
    // Whoever took them: from when it was followed until each session had spoken.
    std::uint64_t since_followed = 0;
    Summary cycles_per_packet;  // in that time
  };
  struct Change {
    std::string name;
    std::uint64_t times = 0;
    Summary total;
    Summary follow;  // what the worker took to begin with it
    Losses lost;
    Losses rehearsed;  // by the same work without effect
    Mean more;         // packets than its rehearsal, by whomever: mean, with 95 %
    Mean more_since_followed;
  };
  std::vector<Phase> phases;
  Summary effective;
  std::uint64_t lost = 0;
  std::uint64_t lost_to_machine = 0;
  std::vector<Change> changes;
};

// The shares of packets whose latency is told: the attribute's name, and how a person reads it.
struct Rank {
  std::string_view attribute;
  std::string_view title;
};
inline constexpr std::array<Rank, 5> ranks{
    {{"p50", "50 %"}, {"p90", "90 %"}, {"p99", "99 %"}, {"p999", "99.9 %"}, {"max", "100 %"}}};

struct SearchRun {
  struct Trial {
    double mpps = 0;
    std::uint64_t lost = 0;
    std::uint64_t sent = 0;
  };
  struct Latency {
    std::string at;               // the load, as "10 %"
    std::vector<double> by_rank;  // microseconds, one for each of `ranks`
  };
  std::vector<Trial> trials;
  double ndr = 0;
  double pdr = 0;
  bool is_ndr_quotable = true;
  bool is_pdr_quotable = true;
  std::string limit;  // whose: the device's or the generator's
  Figure flooded;     // Mpps that the device forwards when it is offered more than it can
  std::vector<Latency> latencies;
};

struct PeersRun {
  struct Peer {
    std::string name;
    std::string case_name;
    std::optional<double> mpps;
    std::optional<double> cycles;  // per packet
    std::optional<double> cycles_without_driver;
    std::optional<double> ratio;  // of its throughput to Viaduct's
    std::string note;
  };
  std::vector<Peer> peers;
};

struct Noise {
  std::string verdict;
  std::optional<double> reference_spread;
  std::optional<double> stolen_seconds;
  std::optional<double> switches;
};

// Names and values, in the order in which the result tells them.
using Facts = std::vector<std::pair<std::string, std::string>>;

struct Run {
  std::string file;
  std::string commit;  // that was measured; empty in old results
  std::string at;
  Facts host;
  Facts parameters;
  Noise noise;
  std::variant<PathRun, SessionsRun, ReconfigureRun, SearchRun, PeersRun> outcome;
};

// The outcomes of one kind, with the runs that they belong to.
template <class Outcome>
std::vector<std::pair<const Run*, const Outcome*>> of_kind(const std::vector<Run>& runs) {
  std::vector<std::pair<const Run*, const Outcome*>> found;
  for (const Run& run : runs) {
    if (const auto* outcome = std::get_if<Outcome>(&run.outcome)) found.emplace_back(&run, outcome);
  }
  return found;
}

}  // namespace viaduct::bench::report
