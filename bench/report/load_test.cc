#include "bench/report/load.h"

#include <gtest/gtest.h>

#include "bench/report/test_support.h"

namespace viaduct::bench::report::test {
namespace {

// The error that a result meets, as a user reads it.
std::string complaint_about_text(std::string_view text) {
  Loaded loaded;
  const auto added = add_result(loaded, "f.json", text);
  return added ? "none" : added.error().where + ": " + added.error().why;
}
std::string complaint_about(const Json& result) {
  return complaint_about_text(result.dump());
}

TEST(Load, ReadsEveryKindOfResult) {
  const auto loaded = loaded_from(
      {quiet_path(), sessions_result(), reconfigure_result(), search_result(), peers_result()});

  ASSERT_TRUE(loaded) << loaded.error().where << loaded.error().why;
  ASSERT_EQ(loaded->runs.size(), 5U);
  EXPECT_EQ(std::get<PathRun>(loaded->runs[0].outcome).stages[1].name, "session");
  EXPECT_EQ(std::get<SessionsRun>(loaded->runs[1].outcome).openings[0].live, 1'000'000U);
  EXPECT_EQ(std::get<ReconfigureRun>(loaded->runs[2].outcome).phases[1].name, "swap");
  EXPECT_EQ(std::get<SearchRun>(loaded->runs[3].outcome).latencies[0].by_rank.back(), 311);
  EXPECT_FALSE(std::get<PeersRun>(loaded->runs[4].outcome).peers[1].ratio);
}

TEST(Load, KeepsPacketsOfAnotherProcessApart) {
  Json over_memif = quiet_path();
  over_memif["parameters"]["via"] = "memif";
  const auto loaded = loaded_from({quiet_path(), over_memif});

  ASSERT_TRUE(loaded);
  const std::string& name = std::get<PathRun>(loaded->runs[0].outcome).case_name;
  EXPECT_EQ(std::get<PathRun>(loaded->runs[1].outcome).case_name, name + " via memif");
}

TEST(Load, LeavesOutWhatItDoesNotKnowAndSaysSo) {
  const auto loaded = loaded_from({result_of("juggling"), quiet_path()});

  ASSERT_TRUE(loaded);
  EXPECT_EQ(loaded->runs.size(), 1U);
  EXPECT_EQ(loaded->left_out, std::vector<std::string>{
                                  "0.json#/bench: there is no report for results of \"juggling\""});
}

TEST(Load, TellsWhereAResultIsWrong) {
  Json result = quiet_path();
  result["cycles_per_packet"]["p10"] = "fast";
  EXPECT_EQ(complaint_about(result), "f.json#/cycles_per_packet/p10: is not a number");

  result = quiet_path();
  result["stages"][1].erase("name");
  EXPECT_EQ(complaint_about(result), "f.json#/stages/1/name: is missing");

  result = quiet_path();
  result["parameters"]["sessions"] = -1;
  EXPECT_EQ(complaint_about(result), "f.json#/parameters/sessions: is not a whole number");

  result = reconfigure_result();
  result["phases_us"]["swap"] = 3;
  EXPECT_EQ(complaint_about(result), "f.json#/phases_us/swap: is not an object");

  result = peers_result();
  result["peers"] = "none";
  EXPECT_EQ(complaint_about(result), "f.json#/peers: is not an array");
}

TEST(Load, RefusesWhatIsNoResult) {
  EXPECT_EQ(complaint_about_text("[]"), "f.json#: is not an object");
  EXPECT_EQ(complaint_about_text("{}"), "f.json#/bench: is missing");
  EXPECT_TRUE(complaint_about_text("{").starts_with("f.json: not JSON, at byte"));
}

TEST(Load, RefusesFiguresThatCannotBe) {
  EXPECT_EQ(complaint_about(path_result(1, 40, 45, 50)),
            "f.json#/cycles_per_packet: p10, median and p90 are out of order");
  EXPECT_EQ(complaint_about(path_result(1, 40, -1, 50)),
            "f.json#/cycles_per_packet/p10: is negative");
  EXPECT_EQ(complaint_about(path_result(1, 40, 39, 1e300)),
            "f.json#/cycles_per_packet/p90: is too large for a measurement");
}

TEST(Load, RefusesNamesThatWouldSteerATerminal) {
  Json result = quiet_path();
  result["parameters"]["case"] = "nat\x1b[2J";
  EXPECT_EQ(complaint_about(result), "f.json#/parameters/case: holds control characters");
}

TEST(Load, DoesNotTrustAFileThatCallsANoisyFigureQuotable) {
  const auto loaded = loaded_from({noisy_path()});

  ASSERT_TRUE(loaded);
  EXPECT_FALSE(std::get<PathRun>(loaded->runs[0].outcome).cycles.is_quotable);
}

TEST(Load, BelievesAFileThatCallsItsFigureUnfit) {
  Json result = quiet_path();
  result["cycles_per_packet"]["quotable"] = false;
  const auto loaded = loaded_from({result});

  ASSERT_TRUE(loaded);
  EXPECT_FALSE(std::get<PathRun>(loaded->runs[0].outcome).cycles.is_quotable);
}

TEST(Load, TellsWhichFileCannotBeRead) {
  const std::vector<std::string> files{"/nowhere/f.json"};
  const auto loaded = load(files);

  ASSERT_FALSE(loaded);
  EXPECT_EQ(loaded.error().where, "/nowhere/f.json");
}

}  // namespace
}  // namespace viaduct::bench::report::test
