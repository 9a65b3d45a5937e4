#include "bench/search/search.h"

#include <rte_cycles.h>

#include <algorithm>
#include <array>
#include <iomanip>
#include <sstream>

#include "base/interrupt.h"
#include "bench/report/result.h"
#include "bench/search/rate_search.h"
#include "bench/wire/pair.h"

namespace viaduct::bench {
namespace {

using api::Json;

constexpr double partial_drop = 0.005;
// A sender that offers less than this of what was meant has offered something else.
constexpr double least_offered = 0.99;
constexpr std::uint64_t usual_trials = 60;       // of both searches
constexpr std::array latency_loads{10, 50, 90};  // percent of NDR

class Search {
 public:
  static Result<Json> run(const Options& options, const SearchOptions& search) {
    Search made{options};
    made.pair_ = std::make_unique<Pair>(
        TRY(Pair::make(options, Case{search.kind, search.sessions, search.rules}, search.lengths,
                       made.progress_)));
    return made.run(search);
  }

 private:
  explicit Search(const Options& options) : options_(options) {
    if (options.quick) plan_.width = 0.02;
    plan_.first_seconds = options.quick ? 0.03 : 0.1;
    plan_.last_seconds = options.quick ? 0.12 : 0.6;
  }

  Result<Json> run(const SearchOptions& search) {
    const auto windows = TRY(flood());
    const Summary throughput = summarize(windows);
    plan_.most = 1.5 * 1e6 * *std::ranges::max_element(windows);
    plan_.least = plan_.most / 1000;
    RateSearch rates{plan_, [this](double rate, double seconds) { return trial(rate, seconds); }};
    progress_.begin("searching", usual_trials);
    const double ndr = TRY(rates.find(0, 0.9e6 * throughput.median));
    const double pdr = TRY(rates.find(partial_drop, std::max(ndr, 0.9e6 * throughput.median)));
    progress_.end();
    Json result = begin_result("search", parameters(search));
    result["ndr_mpps"] = ndr / 1e6;
    result["pdr_mpps"] = pdr / 1e6;
    const bool is_steady = throughput.spread() <= widest_spread;
    result["ndr_quotable"] = is_steady && !is_machine_the_limit(rates.trials(), ndr, 0);
    result["pdr_quotable"] = is_steady && !is_machine_the_limit(rates.trials(), pdr, partial_drop);
    result["limit"] = is_sender_the_limit(rates.trials(), ndr) ? "generator" : "device";
    result["trials"] = told(rates.trials());
    // Shares of a rate that is none would be none.
    const bool is_ndr_quotable = result["ndr_quotable"].get<bool>();
    result["latency_us"] = is_ndr_quotable ? TRY(latencies(ndr)) : Json::array();
    result["throughput_mpps"] = to_json(throughput);
    result["windows"] = windows;
    result["frames_checked"] = pair_->generator->checked();
    result["noise"] = to_json(noise_.report());
    return result;
  }

  // What the device forwards when it is offered more than it can, in millions of packets per
  // second: the range to search in, and whether the machine is steady enough for it.
  Result<std::vector<double>> flood() {
    const Generator::Load load{.seconds = options_.window_seconds()};
    TRY(pair_->generator->run(load));
    std::vector<double> windows;
    progress_.begin("flooding", options_.windows);
    for (unsigned i = 0; i < options_.windows; ++i) {
      noise_.sound();
      const auto count = TRY(pair_->generator->run(load));
      TRY(pair_->viaduct.check());
      windows.push_back(static_cast<double>(count.received_in_time) / count.seconds / 1e6);
      progress_.advance(i + 1);
    }
    progress_.end();
    return windows;
  }

  Result<Trial> trial(double rate, double seconds) {
    progress_.advance(++trials_run_);
    noise_.sound();
    const std::uint64_t before = pair_->viaduct.involuntary_switches();
    const auto count = TRY(pair_->generator->run({.rate = rate, .seconds = seconds}));
    TRY(pair_->viaduct.check());
    Trial trial{.rate = rate, .seconds = seconds, .sent = count.sent, .lost = count.lost()};
    trial.fell_short =
        static_cast<double>(count.sent) < least_offered * rate * (seconds - count.away);
    // A sender that was away found its wires' queues full, or the device found them so.
    trial.disturbed = count.away > 0 || pair_->viaduct.involuntary_switches() != before;
    return trial;
  }

  Result<Json> latencies(double ndr) {
    Json all = Json::array();
    if (ndr == 0) return all;
    for (const int load : latency_loads) {
      noise_.sound();
      const auto count = TRY(pair_->generator->run(
          {.rate = load * ndr / 100, .seconds = plan_.last_seconds, .is_stamped = true}));
      const auto microseconds = [](std::uint32_t ticks) {
        return 1e6 * ticks / static_cast<double>(rte_get_tsc_hz());
      };
      Json& row = all.emplace_back();
      row["at"] = std::to_string(load) + " %";
      constexpr std::array shares{0.5, 0.9, 0.99, 0.999, 1.0};
      for (std::size_t i = 0; i < shares.size(); ++i) {
        row[std::string{report::ranks[i].attribute}] =
            microseconds(count.latency.within(shares[i]));
      }
      row["packets"] = count.latency.total();
      row["lost"] = count.lost();
    }
    return all;
  }

  static Json told(const std::vector<Trial>& trials) {
    Json all = Json::array();
    for (const Trial& trial : trials) {
      all.push_back({{"rate_mpps", trial.rate / 1e6},
                     {"seconds", trial.seconds},
                     {"sent", trial.sent},
                     {"lost", trial.lost},
                     {"fell_short", trial.fell_short},
                     {"disturbed", trial.disturbed},
                     {"repeated", trial.repeated}});
    }
    return all;
  }

  [[nodiscard]] Json parameters(const SearchOptions& search) const {
    return {{"case", name_of(search.kind)},
            {"frame", search.lengths.name()},
            {"sessions", search.sessions},
            {"rules", search.rules},
            {"workers", 1},
            {"wire", "memif"},
            {"pdr_loss_ratio", partial_drop},
            {"width", plan_.width},
            {"first_trial_seconds", plan_.first_seconds},
            {"last_trial_seconds", plan_.last_seconds},
            {"trials_at_last", plan_.trials_at_last},
            {"windows", options_.windows},
            {"window_seconds", options_.window_seconds()}};
  }

  const Options& options_;
  Progress progress_;
  NoiseWatch noise_;
  SearchPlan plan_;
  std::uint64_t trials_run_ = 0;
  std::unique_ptr<Pair> pair_;
};

void tell_rates(std::ostream& text, const Json& result) {
  const auto tell = [&](const char* title, const std::string& rate) {
    text << title;
    if (result[rate + "_quotable"].get<bool>()) {
      text << result[rate + "_mpps"].get<double>() << " Mpps";
    } else {
      text << "no figure: the machine disturbed the trials that would tell";
    }
  };
  tell("  NDR ", "ndr");
  tell(", PDR (0.5 %) ", "pdr");
  text << ", after " << result["trials"].size() << " trials";
  if (result["ndr_quotable"].get<bool>()) {
    text << "; the limit is the " << result["limit"].get<std::string>() << "'s";
  }
  text << "\n";
  for (const Json& row : result["latency_us"]) {
    text << "  latency at " << row["at"].get<std::string>() << " of NDR:";
    for (const auto& rank : report::ranks) {
      text << "  " << rank.title << " " << row[std::string{rank.attribute}].get<double>();
    }
    text << " us\n";
  }
}

std::string search_as_text(const Json& result) {
  const Json& parameters = result["parameters"];
  const Json& flood = result["throughput_mpps"];
  std::ostringstream text;
  text << std::fixed << std::setprecision(2);
  text << parameters["case"].get<std::string>() << ", " << length_as_text(parameters) << ", "
       << parameters["sessions"] << " sessions, " << parameters["rules"]
       << " rules, two processes: "
       << headline({flood["median"], flood["p10"], flood["p90"]}, "Mpps") << " when flooded\n";
  if (flood["quotable"].get<bool>()) tell_rates(text, result);
  text << "  frames checked: " << result["frames_checked"]
       << "\n  machine: " << result["noise"]["verdict"].get<std::string>() << "\n";
  return text.str();
}

}  // namespace

Result<void> run_search(const Options& options, const SearchOptions& search) {
  watch_interrupts();
  TRY(take_core_beside(options));
  const Json result = TRY(Search::run(options, search));
  return finish(options, result, search_as_text(result));
}

}  // namespace viaduct::bench
