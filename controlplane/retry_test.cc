#include "controlplane/retry.h"

#include <gtest/gtest.h>

namespace viaduct {
namespace {

// In how many of so many turns something that always fails is tried.
unsigned attempts(Retry& retry, unsigned turns) {
  unsigned count = 0;
  for (unsigned turn = 0; turn < turns; ++turn) {
    if (!retry.is_due(1)) continue;
    retry.failed("no");
    ++count;
  }
  return count;
}

TEST(Retry, TriesLessAndLessOftenButForEver) {
  Retry retry;

  EXPECT_EQ(attempts(retry, 64), 7U);
  EXPECT_EQ(attempts(retry, 640), 10U);
}

TEST(Retry, BeginsAnewAfterSuccessAndWithAnotherSubject) {
  Retry retry;
  attempts(retry, 100);
  EXPECT_TRUE(retry.is_due(2));
  attempts(retry, 100);
  retry.succeeded();

  EXPECT_TRUE(retry.is_due(1));
}

TEST(Retry, TellsNewsFromWhatWasToldAlready) {
  Retry retry;

  EXPECT_TRUE(retry.failed("the disk is full"));
  EXPECT_FALSE(retry.failed("the disk is full"));
  EXPECT_TRUE(retry.failed("the disk is gone"));
}

}  // namespace
}  // namespace viaduct
