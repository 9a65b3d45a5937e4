#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "bench/report/html.h"
#include "bench/report/path_plots.h"
#include "bench/report/test_support.h"
#include "bench/report/text.h"
#include "bench/report/words.h"

namespace viaduct::bench::report::test {
namespace {

using testing::ContainsRegex;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

Report report_of(const std::vector<Json>& results) {
  const auto loaded = loaded_from(results);
  EXPECT_TRUE(loaded);
  return compose(*loaded);
}

std::vector<std::pair<double, double>> points_of(const Series& series) {
  std::vector<std::pair<double, double>> points;
  for (const Point& point : series.points) points.emplace_back(point.x, point.y);
  return points;
}

TEST(Words, AreShortAndNeverLie) {
  EXPECT_EQ(rounded(0.0381), "0.038");
  EXPECT_EQ(rounded(61.24), "61.2");
  EXPECT_EQ(rounded(1234567), "1 234 567");
  EXPECT_EQ(brief(64'000), "64 k");
  EXPECT_EQ(brief(4'000'000), "4 M");
  EXPECT_EQ(brief(7), "7");
  EXPECT_EQ(brief(999), "999");
  EXPECT_EQ(brief(999'999), "1 M");
  EXPECT_EQ(counted(1, "session"), "1 session");
}

TEST(Report, QuotesAFigureWhoseWindowsAgree) {
  EXPECT_THAT(as_text(report_of({quiet_path()})),
              ContainsRegex("nat +64 B +1 000 +0 +1 +40.0 +39.0–41.0 +65.0 +quotable"));
}

TEST(Report, RefusesAHeadlineWhereWindowsAreTooFarApart) {
  const Report report = report_of({noisy_path()});

  EXPECT_THAT(as_text(report), ContainsRegex("too noisy +39.0–51.0 +51.0–66.7 +too noisy"));
  EXPECT_THAT(as_text(report), Not(HasSubstr("43.2")));
  EXPECT_THAT(as_html(report), Not(HasSubstr("43.2")));
}

TEST(Report, DrawsALineThroughRunsThatDifferInNothingElse) {
  Json other_frame = quiet_path(64'000);
  other_frame["parameters"]["frame"] = "1500";
  const auto loaded = loaded_from({quiet_path(64'000), quiet_path(1), other_frame});
  ASSERT_TRUE(loaded);

  const auto against_sessions = series_against(Parameter::sessions, loaded->runs);
  ASSERT_EQ(against_sessions.size(), 1U);
  EXPECT_THAT(points_of(against_sessions[0]),
              ElementsAre(std::pair{1.0, 40.0}, std::pair{64'000.0, 40.0}));
  const auto against_frame = series_against(Parameter::frame, loaded->runs);
  ASSERT_EQ(against_frame.size(), 1U);
  EXPECT_THAT(points_of(against_frame[0]),
              ElementsAre(std::pair{64.0, 40.0}, std::pair{1500.0, 40.0}));
  EXPECT_TRUE(series_against(Parameter::rules, loaded->runs).empty());
}

TEST(Report, DoesNotJoinRunsOfDifferentHosts) {
  Json elsewhere = quiet_path(64'000);
  elsewhere["host"]["cpu"] = "Abacus 6";
  const auto loaded = loaded_from({quiet_path(1), elsewhere});

  ASSERT_TRUE(loaded);
  EXPECT_TRUE(series_against(Parameter::sessions, loaded->runs).empty());
  EXPECT_EQ(compose(*loaded).hosts.size(), 2U);
}

TEST(Report, TakesTheLatestOfEqualRuns) {
  Json later = path_result(1, 50, 49, 51);
  later["at"] = "2024-06-01T00:00:00Z";
  const auto loaded = loaded_from({later, quiet_path(1), quiet_path(1000)});
  ASSERT_TRUE(loaded);

  const auto series = series_against(Parameter::sessions, loaded->runs);
  ASSERT_EQ(series.size(), 1U);
  EXPECT_THAT(points_of(series[0]), ElementsAre(std::pair{1.0, 50.0}, std::pair{1000.0, 40.0}));
}

TEST(Report, SaysWhatOfAPacketNoStageCounts) {
  const auto loaded = loaded_from({quiet_path()});
  ASSERT_TRUE(loaded);

  const auto bars = stage_bars(loaded->runs);
  ASSERT_EQ(bars.size(), 1U);
  ASSERT_EQ(bars[0].segments.size(), 3U);
  EXPECT_EQ(bars[0].segments[0].name, "parse");
  EXPECT_EQ(bars[0].segments[2].name, remainder_name);
  EXPECT_DOUBLE_EQ(bars[0].segments[2].value, 5);
}

TEST(Report, ShowsNoRateThatTheMachineDisturbed) {
  Json search = search_result();
  search["ndr_quotable"] = false;
  const std::string text = as_text(report_of({search}));

  EXPECT_THAT(text, ContainsRegex("NDR.* disturbed"));
  EXPECT_THAT(text, ContainsRegex("PDR.* 25.5"));
}

TEST(Report, ShowsEveryKindOfResult) {
  const Report report = report_of(
      {quiet_path(), sessions_result(), reconfigure_result(), search_result(), peers_result()});
  const std::string text = as_text(report);

  EXPECT_THAT(text, ContainsRegex("tcp +1 000 000 +1 300 +1 290–1 310 +400.0 +80.0–130.0 +"
                                  "2 000 000 +1 400 000 +quotable"));
  EXPECT_THAT(text, HasSubstr("1 000, exact"));
  EXPECT_THAT(text, ContainsRegex("add one forward +1 000 +4.00 +3.00 +9.00 +-7 .-100 to 85"));
  EXPECT_THAT(text, ContainsRegex("add one forward +0 +0 +1 234"));
  EXPECT_THAT(text, ContainsRegex("add one forward, rehearsed +5 678 +3 +0"));
  EXPECT_THAT(text,
              ContainsRegex("add one forward +2.51 +1.25 +36.0 +93.4 +86.5 +12 +34 +0 .-1 to 2"));
  EXPECT_THAT(text, ContainsRegex("NDR.* 24.5"));
  EXPECT_THAT(text, ContainsRegex("reconfigure +0123456789ab +quiet"));
  EXPECT_THAT(text, ContainsRegex("nftables +0.900 +– +– +0.038"));
  for (const Section& section : report.sections) {
    for (const Plot& plot : section.plots) EXPECT_THAT(plot.svg, HasSubstr("</svg>"));
  }
}

TEST(Report, BearsResultsThatSayNothing) {
  Json path = path_result(1, 0, 0, 0);
  path["mpps_per_worker"] = 0;
  path["stages"] = Json::array();
  path["windows"] = Json::array();
  Json sessions = sessions_result();
  sessions["new_sessions"] = Json::array();
  Json reconfigure = reconfigure_result();
  reconfigure["phases_us"] = Json::object();
  Json search = search_result();
  search["trials"] = Json::array();
  search["latency_us"] = Json::array();
  Json peers = peers_result();
  peers["peers"] = Json::array();
  const std::string page = as_html(report_of({path, sessions, reconfigure, search, peers}));

  EXPECT_THAT(page, Not(HasSubstr("nan")));
  EXPECT_THAT(page, Not(HasSubstr("inf\"")));
  EXPECT_THAT(page, HasSubstr("</html>"));
}

TEST(Page, NeedsNothingButItself) {
  const std::string page = as_html(report_of({quiet_path(), search_result()}));

  for (const char* outside : {"http:", "https:", "src=", "href=", "@import", "url(", "<script"}) {
    EXPECT_THAT(page, Not(HasSubstr(outside)));
  }
  EXPECT_THAT(page, HasSubstr("prefers-color-scheme: dark"));
}

TEST(Page, EscapesWhatFilesSay) {
  Json result = quiet_path();
  result["host"]["cpu"] = "<script>alert(1)</script>";
  result["parameters"]["case"] = "<i>nat";
  const std::string page = as_html(report_of({result}));

  EXPECT_THAT(page, Not(HasSubstr("<script")));
  EXPECT_THAT(page, Not(HasSubstr("<i>")));
  EXPECT_THAT(page, HasSubstr("&lt;i&gt;nat"));
}

TEST(Page, SaysWhatItLeavesOut) {
  EXPECT_THAT(as_html(report_of({result_of("juggling")})), HasSubstr("results of &quot;juggling"));
}

}  // namespace
}  // namespace viaduct::bench::report::test
