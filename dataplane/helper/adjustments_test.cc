#include "dataplane/helper/adjustments.h"

#include <gtest/gtest.h>

namespace viaduct::helper {
namespace {

TEST(Shift, ChangesNothingBeforeTextChanged) {
  const Shift shift;
  EXPECT_EQ(shift.of_sequence(7), 7U);
  EXPECT_EQ(shift.of_acknowledgement(7), 7U);
}

TEST(Shift, MovesWhatComesAfterAChange) {
  Shift shift;
  shift.note(100, 3);
  EXPECT_EQ(shift.of_sequence(100), 100U);
  EXPECT_EQ(shift.of_sequence(120), 123U);
  EXPECT_EQ(shift.of_acknowledgement(100), 100U);
  EXPECT_EQ(shift.of_acknowledgement(123), 120U);
}

TEST(Shift, AddsUp) {
  Shift shift;
  shift.note(100, 3);
  shift.note(200, -5);
  EXPECT_EQ(shift.of_sequence(150), 153U);
  EXPECT_EQ(shift.of_sequence(250), 248U);
  EXPECT_EQ(shift.of_acknowledgement(153), 150U);
  EXPECT_EQ(shift.of_acknowledgement(248), 250U);
}

TEST(Shift, IsTheSameWhenTextIsSentAgain) {
  Shift shift;
  shift.note(100, 3);
  shift.note(200, 2);
  shift.note(100, 3);
  shift.note(200, 2);
  EXPECT_EQ(shift.of_sequence(300), 305U);
}

TEST(Shift, AcknowledgesNothingOfWhatArrivedInPart) {
  Shift shift;
  shift.note(100, 3);
  EXPECT_EQ(shift.of_acknowledgement(101), 100U);
}

TEST(Shift, RemembersTheSumOfWhatItForgot) {
  Shift shift;
  for (std::uint32_t i = 1; i <= 50; ++i) shift.note(100 * i, 1);
  EXPECT_EQ(shift.of_sequence(5100), 5150U);
  EXPECT_EQ(shift.of_acknowledgement(5150), 5100U);
  EXPECT_EQ(shift.of_sequence(4950), 4999U);
}

TEST(Shift, GoesOnWhereNumbersWrap) {
  Shift shift;
  shift.note(0xffff'fff0, 4);
  EXPECT_EQ(shift.of_sequence(8), 12U);
  EXPECT_EQ(shift.of_acknowledgement(12), 8U);
  EXPECT_EQ(shift.of_sequence(0xffff'ff00), 0xffff'ff00U);
}

TEST(Adjustments, AreOfOneSession) {
  Adjustments all;
  all.make(5)->forward.note(100, 3);
  EXPECT_EQ(all.find(6), nullptr);
  ASSERT_NE(all.find(5), nullptr);
  all.forget(5);
  EXPECT_EQ(all.find(5), nullptr);
  EXPECT_EQ(all.make(5)->forward.of_sequence(200), 200U) << "a new one begins anew";
}

TEST(Adjustments, AreBounded) {
  Adjustments all;
  std::size_t made = 0;
  for (std::uint32_t session = 0; session < 5000; ++session) {
    made += all.make(session) == nullptr ? 0U : 1U;
  }
  EXPECT_EQ(made, 1024U);
}

}  // namespace
}  // namespace viaduct::helper
