#include "base/result.h"

#include <gtest/gtest.h>

#include <memory>

namespace viaduct {
namespace {

Result<std::unique_ptr<int>> number(bool works) {
  if (!works) return fail(Fault::exhausted, "/number", "none left");
  return std::make_unique<int>(7);
}

Result<int> doubled(bool works) {
  const auto value = TRY(number(works));
  return 2 * *value;
}

TEST(Try, UnwrapsAValueThatCanOnlyMove) {
  EXPECT_EQ(doubled(true), 14);
}

TEST(Try, HandsTheErrorToTheCaller) {
  const auto outcome = doubled(false);
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().fault, Fault::exhausted);
  EXPECT_EQ(outcome.error().where, "/number");
}

TEST(FailWithin, TellsTheSameErrorFromFurtherOut) {
  const Error error = fail_within("/routers/red", {Fault::stale, "/mtu", "why"}).value();
  EXPECT_EQ(error.fault, Fault::stale);
  EXPECT_EQ(error.where, "/routers/red/mtu");
  EXPECT_EQ(error.why, "why");
}

}  // namespace
}  // namespace viaduct
