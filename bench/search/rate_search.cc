#include "bench/search/rate_search.h"

#include <algorithm>
#include <cmath>

namespace viaduct::bench {
namespace {

bool is_good(const Trial& trial, double loss_ratio) {
  return !trial.fell_short && trial.loss_ratio() <= loss_ratio;
}

}  // namespace

bool is_sender_the_limit(const std::vector<Trial>& trials, double found) {
  double next = 0;
  bool falls_short = true;
  for (const Trial& trial : trials) {
    if (trial.rate <= found || (next != 0 && trial.rate > next)) continue;
    if (trial.rate != next) falls_short = true;
    next = trial.rate;
    if (!trial.repeated) falls_short &= trial.fell_short && trial.lost == 0;
  }
  return falls_short;
}

bool is_machine_the_limit(const std::vector<Trial>& trials, double found, double loss_ratio) {
  double next = 0;
  bool is_disturbed = false;
  for (const Trial& trial : trials) {
    if (trial.rate <= found || (next != 0 && trial.rate > next)) continue;
    if (trial.repeated || is_good(trial, loss_ratio)) continue;
    is_disturbed = trial.disturbed && (is_disturbed || trial.rate != next);
    next = trial.rate;
  }
  return is_disturbed;
}

RateSearch::Phase RateSearch::phase(unsigned number) const {
  const unsigned last = plan_.phases - 1;
  if (number == last) return {plan_.last_seconds, plan_.width, plan_.trials_at_last};
  const double growth = std::pow(plan_.last_seconds / plan_.first_seconds, 1.0 / last);
  return {plan_.first_seconds * std::pow(growth, number),
          plan_.width * std::pow(2.0, last - number), 1};
}

Result<void> RateSearch::try_at(double rate, double loss_ratio, double seconds) {
  for (unsigned i = 0; i <= plan_.most_repetitions; ++i) {
    trials_.push_back(TRY(run_(rate, seconds)));
    Trial& trial = trials_.back();
    trial.rate = rate;
    trial.seconds = seconds;
    trial.repeated = !is_good(trial, loss_ratio) && trial.disturbed;
    if (!trial.repeated) break;
  }
  // The last repetition stands, whatever befell it.
  trials_.back().repeated = false;
  return {};
}

std::optional<bool> RateSearch::verdict(double rate, double loss_ratio, const Phase& phase) const {
  const unsigned majority = phase.trials / 2 + 1;
  unsigned good = 0;
  unsigned bad = 0;
  for (const Trial& trial : trials_) {
    if (trial.rate != rate || trial.seconds < phase.seconds) continue;
    if (is_good(trial, loss_ratio)) {
      ++good;
    } else if (!trial.repeated) {
      ++bad;
    }
  }
  if (good < majority && bad < majority) return std::nullopt;
  return good >= majority;
}

Result<bool> RateSearch::passes(double rate, double loss_ratio, const Phase& phase) {
  while (true) {
    if (const auto known = verdict(rate, loss_ratio, phase)) return *known;
    TRY(try_at(rate, loss_ratio, phase.seconds));
  }
}

double RateSearch::known_to_pass(double upper, double loss_ratio, const Phase& phase) const {
  double greatest = 0;
  for (const Trial& trial : trials_) {
    if (trial.rate <= greatest || trial.rate >= upper) continue;
    if (verdict(trial.rate, loss_ratio, phase).value_or(false)) greatest = trial.rate;
  }
  return greatest;
}

Result<RateSearch::Bounds> RateSearch::bracket(double guess, double loss_ratio,
                                               const Phase& phase) {
  double step = phase.width;
  Bounds bounds{0, plan_.most};
  const double first = std::clamp(guess, plan_.least, plan_.most);
  if (TRY(passes(first, loss_ratio, phase))) {
    bounds.lower = first;
    while (bounds.lower < plan_.most) {
      const double next = std::min(bounds.lower * (1 + step), plan_.most);
      if (!TRY(passes(next, loss_ratio, phase))) return Bounds{bounds.lower, next};
      bounds.lower = next;
      step *= 2;
    }
    return bounds;
  }
  bounds.upper = first;
  while (bounds.upper > plan_.least) {
    // Never below what passed for a stricter goal, lest a restless machine tell two stories.
    const double next = std::max({bounds.upper * (1 - std::min(step, 0.5)), plan_.least,
                                  known_to_pass(bounds.upper, loss_ratio, phase)});
    if (TRY(passes(next, loss_ratio, phase))) return Bounds{next, bounds.upper};
    bounds.upper = next;
    step *= 2;
  }
  return bounds;
}

Result<double> RateSearch::find(double loss_ratio, double guess) {
  double found = guess;
  for (unsigned number = 0; number < plan_.phases; ++number) {
    const Phase now = phase(number);
    Bounds bounds = TRY(bracket(found, loss_ratio, now));
    if (bounds.lower == 0) return 0;
    while (bounds.upper - bounds.lower > now.width * bounds.upper) {
      const double middle = (bounds.lower + bounds.upper) / 2;
      (TRY(passes(middle, loss_ratio, now)) ? bounds.lower : bounds.upper) = middle;
    }
    found = bounds.lower;
  }
  return found;
}

}  // namespace viaduct::bench
