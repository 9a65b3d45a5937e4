#include "dataplane/core/slot_set.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace viaduct {
namespace {

using testing::ElementsAre;

TEST(SlotSet, HasWhatWasInserted) {
  SlotSet set;
  EXPECT_FALSE(set.contains(0));
  for (const Slot slot : {3U, 63U, 64U, 1000U}) set.insert(slot);
  for (const Slot slot : {3U, 63U, 64U, 1000U}) EXPECT_TRUE(set.contains(slot)) << slot;
  for (const Slot slot : {0U, 2U, 62U, 65U, 999U, 1001U, 5000U, ~0U}) {
    EXPECT_FALSE(set.contains(slot)) << slot;
  }
}

TEST(SlotSet, IsVisitedInPortions) {
  SlotSet set;
  for (const Slot slot : {130U, 63U, 0U, 3U}) set.insert(slot);
  std::vector<Slot> visited;
  std::vector<std::size_t> counts;
  for (std::size_t portion = 0; portion < set.portions(); ++portion) {
    counts.push_back(set.visit(portion, [&](Slot slot) { visited.push_back(slot); }));
  }
  EXPECT_THAT(visited, ElementsAre(0, 3, 63, 130));
  EXPECT_THAT(counts, ElementsAre(3, 0, 1));
}

TEST(SlotSet, HasNoPortionsWhenEmpty) {
  EXPECT_EQ(SlotSet{}.portions(), 0U);
}

}  // namespace
}  // namespace viaduct
