#include "dataplane/flow/table.h"

#include <gtest/gtest.h>

#include "tests/model.h"

namespace viaduct::flow {
namespace {

Key key(std::uint32_t n, Slot router = 1) {
  return {Be32::of(0x0a010100U + n), Be32::of(0xc6336409U), Be16::of(40'000), Be16::of(80),
          Key::pack(Protocol::tcp, router)};
}

class FlowTable : public testing::Test {
 protected:
  SessionId open(std::uint32_t n) { return table.open(key(n), key(n).reversed()); }
  Table table{1000, {1, 2}, false};
};

TEST_F(FlowTable, FindsBothLinesOfASession) {
  const SessionId session = open(1);
  ASSERT_NE(session, none);
  EXPECT_EQ(table.find(key(1)), 2 * session);
  EXPECT_EQ(table.find(key(1).reversed()), 2 * session + 1);
  EXPECT_TRUE(Table::is_reply(table.find(key(1).reversed())));
}

TEST_F(FlowTable, KeepsRoutersApart) {
  (void)open(1);
  EXPECT_EQ(table.find(key(1, 2)), none);
}

TEST_F(FlowTable, RefusesASecondSessionOfEitherKey) {
  (void)open(1);
  EXPECT_EQ(open(1), none);
  EXPECT_EQ(table.open(key(2), key(1).reversed()), none);
  EXPECT_EQ(table.find(key(2)), none);
  EXPECT_EQ(table.live_sessions(), 1U);
}

TEST_F(FlowTable, HoldsAsManyAsItIsMadeForAndNoMore) {
  for (std::uint32_t n = 0; n < 1000; ++n) ASSERT_NE(open(n), none);
  EXPECT_EQ(open(1000), none);
  EXPECT_EQ(table.live_sessions(), 1000U);
  for (std::uint32_t n = 0; n < 1000; ++n) ASSERT_NE(table.find(key(n)), none);
}

TEST_F(FlowTable, GivesTheRoomOfClosedSessionsToOthers) {
  for (std::uint32_t n = 0; n < 1000; ++n) (void)open(n);
  const SessionId gone = Table::session_of(table.find(key(17)));
  table.close(gone);
  EXPECT_FALSE(table.is_live(gone));
  EXPECT_EQ(table.find(key(17)), none);
  EXPECT_EQ(open(2000), none) << "packets under way may still point at it";
  table.recycle();
  EXPECT_EQ(open(2000), gone);
  EXPECT_EQ(open(2001), none);
}

TEST_F(FlowTable, BeginsEverySessionFresh) {
  const SessionId session = open(1);
  table.forward(session).packets = 7;
  table.info(session).rule = 9;
  table.close(session);
  table.recycle();
  ASSERT_EQ(open(2), session);
  EXPECT_EQ(table.forward(session).packets, 0U);
  EXPECT_EQ(table.info(session).rule, 0U);
}

}  // namespace
}  // namespace viaduct::flow
