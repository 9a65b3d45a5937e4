#include "dataplane/model/directory.h"

#include <gtest/gtest.h>

namespace viaduct {
namespace {

// Ends a generation in which only `name` was asked for.
void go_on_with(Directory& directory, std::string_view name) {
  directory.slot(name);
  directory.release_unused();
}

TEST(Directory, GivesEveryNameItsOwnSlotAndNoneTheFirst) {
  Directory directory;
  EXPECT_EQ(directory.slot("a"), 1U);
  EXPECT_EQ(directory.slot("b"), 2U);
  EXPECT_EQ(directory.slot("a"), 1U);
  EXPECT_EQ(directory.limit(), 3U);
}

TEST(Directory, KnowsTheNameBehindASlot) {
  Directory directory;
  const Slot slot = directory.slot("a");
  EXPECT_EQ(directory.name(slot), "a");
  EXPECT_EQ(directory.name(0), "");
  EXPECT_EQ(directory.name(slot + 1), "");
}

TEST(Directory, KeepsTheSlotOfANameThatStays) {
  Directory directory;
  const Slot slot = directory.slot("a");
  directory.release_unused();
  for (int generation = 0; generation < 5; ++generation) {
    EXPECT_EQ(directory.slot("a"), slot);
    directory.release_unused();
  }
}

TEST(Directory, KeepsANameThatOnlyACandidateAskedForOneGenerationLonger) {
  Directory directory;
  const Slot slot = directory.slot("a");
  directory.release_unused();
  EXPECT_EQ(directory.slot("a"), slot);
}

TEST(Directory, TellsTheNameForAWhileAfterItsRemoval) {
  Directory directory;
  const Slot gone = directory.slot("gone");
  directory.release_unused();
  go_on_with(directory, "stays");
  EXPECT_EQ(directory.name(gone), "gone");
}

TEST(Directory, GivesANameThatComesBackAnotherSlot) {
  Directory directory;
  const Slot before = directory.slot("a");
  directory.release_unused();
  directory.release_unused();
  EXPECT_NE(directory.slot("a"), before);
}

TEST(Directory, LetsASlotRestLongBeforeAnotherNameGetsIt) {
  Directory directory;
  const Slot gone = directory.slot("gone");
  directory.release_unused();
  directory.release_unused();
  for (int i = 0; i < 4000; ++i) EXPECT_NE(directory.slot(std::to_string(i)), gone);
}

TEST(Directory, DoesNotGrowForeverWhileNamesComeAndGo) {
  Directory directory;
  for (int i = 0; i < 20'000; ++i) go_on_with(directory, std::to_string(i));
  EXPECT_LT(directory.limit(), 5000U);
}

TEST(Directory, RenamesASlotThatIsUsedAgain) {
  Directory directory;
  for (int i = 0; i < 10'000; ++i) {
    const std::string name = std::to_string(i);
    EXPECT_EQ(directory.name(directory.slot(name)), name);
    directory.release_unused();
  }
}

}  // namespace
}  // namespace viaduct
