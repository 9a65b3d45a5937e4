#include "bench/report/svg.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace viaduct::bench::report {
namespace {

using testing::HasSubstr;
using testing::Not;

std::size_t count_of(std::string_view part, std::string_view whole) {
  std::size_t count = 0;
  for (auto at = whole.find(part); at != whole.npos; at = whole.find(part, at + 1)) ++count;
  return count;
}

std::vector<std::string> labels_of(const Axis& axis) {
  std::vector<std::string> labels;
  for (const Tick& tick : axis.ticks) labels.push_back(tick.label);
  return labels;
}

TEST(Escape, LeavesNoMarkup) {
  EXPECT_EQ(escape(R"(<b a="1" c='2'>R&D</b>)"),
            "&lt;b a=&quot;1&quot; c=&#39;2&#39;&gt;R&amp;D&lt;/b&gt;");
  EXPECT_EQ(escape("p10–p90 µs"), "p10–p90 µs");
}

TEST(Axis, HasTicksAtRoundValues) {
  const Axis axis = axis_up_to("cycles", 87);

  EXPECT_EQ(labels_of(axis), (std::vector<std::string>{"0", "20", "40", "60", "80", "100"}));
  EXPECT_DOUBLE_EQ(axis.place(25), 0.25);
}

TEST(Axis, GivesEachDecadeEqualRoom) {
  const Axis axis = decades_around("µs", 3, 700);

  EXPECT_EQ(labels_of(axis), (std::vector<std::string>{"1", "10", "100", "1 k"}));
  EXPECT_DOUBLE_EQ(axis.place(10), 1.0 / 3);
}

TEST(Axis, HasAPlaceForZeroWhereItIsLogarithmic) {
  const Axis axis = axis_through("rules", {{0, "0"}, {9, "9"}, {99, "99"}}, true);

  EXPECT_DOUBLE_EQ(axis.place(0), axis.margin);
  EXPECT_DOUBLE_EQ(axis.place(9), 0.5);
  EXPECT_DOUBLE_EQ(axis.place(99), 1 - axis.margin);
}

TEST(Axis, PutsItsOnlyValueInTheMiddle) {
  EXPECT_DOUBLE_EQ(axis_through("rules", {{10, "10"}}, true).place(10), 0.5);
}

TEST(LinePlot, HasEachPointWithItsHint) {
  const std::string plot =
      line_plot(axis_through("sessions", {{1, "1"}, {1000, "1 k"}}, true), axis_up_to("cycles", 50),
                {{"nat", {{.x = 1, .y = 40, .hint = "40 & one"}, {.x = 1000, .y = 45}}},
                 {"<mix>", {{.x = 1, .y = 50, .low = 45, .high = 60, .is_firm = false}}}});

  EXPECT_EQ(count_of("<circle", plot), 3U);
  EXPECT_EQ(count_of("<polyline", plot), 2U);
  EXPECT_EQ(count_of("dot hollow", plot), 1U);
  EXPECT_EQ(count_of("class=\"whisker\"", plot), 3U);
  EXPECT_THAT(plot, HasSubstr("<title>40 &amp; one</title>"));
  EXPECT_THAT(plot, HasSubstr("&lt;mix&gt;"));
}

TEST(StackedBars, GiveEqualNamesEqualColours) {
  const std::string plot = stacked_bars({{.label = "a", .segments = {{"parse", 20}, {"nat", 30}}},
                                         {.label = "b", .segments = {{"nat", 10}}}},
                                        "cycles");

  EXPECT_EQ(count_of("<g class=\"s0\">", plot), 2U);  // in the legend and in one bar
  EXPECT_EQ(count_of("<g class=\"s1\">", plot), 3U);
}

TEST(StackedBars, NeedNoLegendForOneName) {
  const std::string plot = stacked_bars({{.label = "a", .segments = {{"rate", 20}}}}, "rates");

  EXPECT_EQ(count_of("<rect", plot), 1U);
}

TEST(StackedBars, OfNothingAreStillAPicture) {
  EXPECT_THAT(stacked_bars({{.label = "a", .segments = {{"rate", 0}}}}, "rates"),
              Not(HasSubstr("nan")));
}

}  // namespace
}  // namespace viaduct::bench::report
