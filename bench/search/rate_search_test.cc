#include "bench/search/rate_search.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

namespace viaduct::bench {
namespace {

constexpr double capacity = 10e6;

const SearchPlan plan{.most = 12e6,
                      .least = 1e5,
                      .width = 0.005,
                      .first_seconds = 0.1,
                      .last_seconds = 1,
                      .phases = 3,
                      .trials_at_last = 3,
                      .most_repetitions = 2};

Trial trial_of(double rate, double seconds, double loss_ratio) {
  Trial trial{.rate = rate, .seconds = seconds};
  trial.sent = static_cast<std::uint64_t>(rate * seconds);
  trial.lost = static_cast<std::uint64_t>(std::ceil(loss_ratio * rate * seconds));
  return trial;
}

// Forwards up to its capacity and drops the rest.
Trial ordinary(double rate, double seconds) {
  return trial_of(rate, seconds, std::max(0.0, 1 - capacity / rate));
}

// What a search finds with a device, whatever was guessed.
double found_with(const RateSearch::RunTrial& device, double loss_ratio, double guess = capacity) {
  return RateSearch{plan, device}.find(loss_ratio, guess).value();
}

void expect_just_below(double rate, double limit) {
  EXPECT_LE(rate, limit);
  EXPECT_GE(rate, limit * (1 - plan.width));
}

TEST(RateSearch, FindsTheGreatestRateWithoutLoss) {
  expect_just_below(found_with(ordinary, 0), capacity);
}

TEST(RateSearch, FindsTheGreatestRateWithLittleLoss) {
  expect_just_below(found_with(ordinary, 0.005), capacity / (1 - 0.005));
}

TEST(RateSearch, FindsItFromAnyGuess) {
  for (const double guess : {1.0, 1e6, 9.9e6, 11e6, 1e9}) {
    expect_just_below(found_with(ordinary, 0, guess), capacity);
  }
}

TEST(RateSearch, EndsAtTheMostThatMayBeOffered) {
  const auto perfect = [](double rate, double seconds) { return trial_of(rate, seconds, 0); };

  EXPECT_EQ(found_with(perfect, 0), plan.most);
}

TEST(RateSearch, FindsNothingWhereSomethingIsAlwaysLost) {
  const auto leaky = [](double rate, double seconds) { return trial_of(rate, seconds, 0.001); };

  EXPECT_EQ(found_with(leaky, 0), 0);
  EXPECT_EQ(found_with(leaky, 0.005), plan.most);
}

TEST(RateSearch, BelievesLongTrialsOverShortOnes) {
  // Its buffers hold what comes too fast for half a second.
  const auto buffering = [](double rate, double seconds) {
    return seconds < 0.5 ? trial_of(rate, seconds, 0) : ordinary(rate, seconds);
  };

  expect_just_below(found_with(buffering, 0), capacity);
}

TEST(RateSearch, IsNotMisledByASingleLossInLongTrials) {
  int long_trials = 0;
  const auto hiccup = [&](double rate, double seconds) {
    const bool strikes = seconds == plan.last_seconds && long_trials++ == 0;
    return strikes ? trial_of(rate, seconds, 0.1) : ordinary(rate, seconds);
  };

  expect_just_below(found_with(hiccup, 0), capacity);
}

TEST(RateSearch, RepeatsWhatWasDisturbed) {
  int calls = 0;
  const auto disturbed = [&](double rate, double seconds) {
    if (calls++ % 2 == 1) return ordinary(rate, seconds);
    Trial trial = trial_of(rate, seconds, 0.1);
    trial.disturbed = true;
    return trial;
  };

  expect_just_below(found_with(disturbed, 0), capacity);
}

TEST(RateSearch, TakesWhatIsDisturbedAgainAndAgainAsItIs) {
  const auto disturbed = [](double rate, double seconds) {
    Trial trial = trial_of(rate, seconds, 0.1);
    trial.disturbed = true;
    return trial;
  };

  EXPECT_EQ(found_with(disturbed, 0), 0);
}

TEST(RateSearch, DoesNotPraiseADeviceThatWasOfferedLess) {
  const auto slow_sender = [](double rate, double seconds) {
    Trial trial = trial_of(rate, seconds, 0);
    trial.fell_short = rate > 8e6;
    return trial;
  };

  expect_just_below(found_with(slow_sender, 0), 8e6);
}

TEST(RateSearch, TellsWhoseLimitWasFound) {
  const Trial passed{.rate = 8e6, .sent = 1000};
  const Trial lossy{.rate = 9e6, .sent = 1000, .lost = 1};
  const Trial short_of_frames{.rate = 8.5e6, .sent = 900, .fell_short = true};

  EXPECT_FALSE(is_sender_the_limit({lossy, passed}, 8e6));
  EXPECT_TRUE(is_sender_the_limit({lossy, short_of_frames, passed}, 8e6));
  EXPECT_TRUE(is_sender_the_limit({passed}, 8e6)) << "nothing more was tried";
}

TEST(RateSearch, TellsThatTheMachineWasTheLimit) {
  const Trial passed{.rate = 8e6, .sent = 1000};
  const Trial lossy{.rate = 9e6, .sent = 1000, .lost = 1};
  const Trial disturbed{.rate = 8.5e6, .sent = 1000, .lost = 1, .disturbed = true};
  const Trial undisturbed{.rate = 8.5e6, .sent = 1000, .lost = 1};
  Trial repeated = disturbed;
  repeated.repeated = true;

  EXPECT_TRUE(is_machine_the_limit({lossy, disturbed, passed}, 8e6, 0));
  EXPECT_FALSE(is_machine_the_limit({disturbed, undisturbed, disturbed, passed}, 8e6, 0));
  EXPECT_FALSE(is_machine_the_limit({lossy, repeated, passed}, 8e6, 0));
  EXPECT_FALSE(is_machine_the_limit({lossy, disturbed, passed}, 8e6, 0.01)) << "that much may be";
  EXPECT_FALSE(is_machine_the_limit({passed}, 8e6, 0)) << "nothing failed";
}

TEST(RateSearch, GoesOnFromWhatWasTriedBefore) {
  RateSearch search{plan, ordinary};
  const double ndr = search.find(0, capacity).value();
  const std::size_t trials = search.trials().size();

  EXPECT_EQ(search.find(0, ndr).value(), ndr);
  EXPECT_EQ(search.trials().size(), trials) << "everything was known";
  EXPECT_GE(search.find(0.005, ndr).value(), ndr);
}

TEST(RateSearch, FindsNoLessForALaxerGoalWhateverTheDeviceDoes) {
  bool is_tired = false;
  RateSearch search{plan, [&](double rate, double seconds) {
                      return ordinary(is_tired ? 2 * rate : rate, seconds);
                    }};
  const double ndr = search.find(0, capacity).value();
  is_tired = true;

  EXPECT_GE(search.find(0.005, 1.1 * ndr).value(), ndr);
}

TEST(RateSearch, NeedsFewTrials) {
  RateSearch search{plan, ordinary};
  ASSERT_TRUE(search.find(0, 8e6));
  ASSERT_TRUE(search.find(0.005, capacity));

  EXPECT_LE(search.trials().size(), 40U);
}

TEST(RateSearch, HandsOnWhatWentWrongInATrial) {
  RateSearch search{plan, [](double, double) -> Result<Trial> {
                      return fail(Fault::failed, "", "the device is gone");
                    }};

  EXPECT_EQ(search.find(0, capacity).error().why, "the device is gone");
}

}  // namespace
}  // namespace viaduct::bench
