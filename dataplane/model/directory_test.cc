#include "dataplane/model/directory.h"

#include <gtest/gtest.h>

namespace viaduct {
namespace {

// Gives `name` a slot for one generation.
Slot take_for_a_while(Directory& directory, std::string_view name) {
  const Slot slot = directory.slot(name);
  directory.commit();
  directory.release(slot);
  directory.commit();
  return slot;
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
  for (int generation = 0; generation < 5; ++generation) {
    directory.commit();
    EXPECT_EQ(directory.slot("a"), slot);
  }
}

TEST(Directory, ReleasesANameOnlyWithTheNextCommit) {
  Directory directory;
  const Slot slot = directory.slot("a");
  directory.commit();
  directory.release(slot);
  EXPECT_EQ(directory.find("a"), slot);
  directory.commit();
  EXPECT_EQ(directory.find("a"), std::nullopt);
}

TEST(Directory, TellsTheNameForAWhileAfterItsRemoval) {
  Directory directory;
  const Slot gone = take_for_a_while(directory, "gone");
  EXPECT_EQ(directory.name(gone), "gone");
}

TEST(Directory, GivesANameThatComesBackAnotherSlot) {
  Directory directory;
  const Slot before = take_for_a_while(directory, "a");
  EXPECT_NE(directory.slot("a"), before);
}

TEST(Directory, LetsASlotRestLongBeforeAnotherNameGetsIt) {
  Directory directory;
  const Slot gone = take_for_a_while(directory, "gone");
  for (int i = 0; i < 4000; ++i) EXPECT_NE(directory.slot(std::to_string(i)), gone);
}

TEST(Directory, DoesNotGrowForeverWhileNamesComeAndGo) {
  Directory directory;
  for (int i = 0; i < 20'000; ++i) take_for_a_while(directory, std::to_string(i));
  EXPECT_LT(directory.limit(), 5000U);
}

TEST(Directory, RenamesASlotThatIsUsedAgain) {
  Directory directory;
  for (int i = 0; i < 10'000; ++i) {
    const std::string name = std::to_string(i);
    EXPECT_EQ(directory.name(take_for_a_while(directory, name)), name);
  }
}

TEST(Directory, ForgetsWhatWasOnlyTried) {
  Directory directory;
  const Slot stays = directory.slot("stays");
  directory.commit();
  directory.slot("tried");
  directory.release(stays);
  directory.rollback();
  directory.commit();
  EXPECT_EQ(directory.find("stays"), stays);
  EXPECT_EQ(directory.find("tried"), std::nullopt);
  EXPECT_EQ(directory.limit(), stays + 1);
}

TEST(Directory, GivesASlotThatRestedItsFormerNameBackWhenTheNewOneWasOnlyTried) {
  Directory directory;
  for (int i = 0; i < 10'000; ++i) take_for_a_while(directory, std::to_string(i));
  const Slot limit = directory.limit();
  const Slot tried = directory.slot("tried");
  directory.rollback();
  EXPECT_NE(directory.name(tried), "tried");
  EXPECT_EQ(directory.find("tried"), std::nullopt);
  EXPECT_EQ(directory.slot("again"), tried);
  EXPECT_EQ(directory.limit(), limit);
}

TEST(DirectoryOfSlots, GivesANameItsOldSlotAgainIfThatMatters) {
  Directory directory;
  const Slot first = directory.slot("a");
  directory.release(first);
  directory.commit();
  EXPECT_EQ(directory.slot_again("a"), first);
  directory.rollback();
  EXPECT_FALSE(directory.find("a"));
  EXPECT_EQ(directory.slot_again("a"), first);
  directory.commit();
  EXPECT_EQ(directory.slot("a"), first);
}

}  // namespace
}  // namespace viaduct
