#include "dataplane/core/invariants.h"

#include <gtest/gtest.h>

namespace viaduct {
namespace {

using flow::Key;
using flow::SessionId;

Key key(std::uint32_t n) {
  return {Be32::of(0x0a010100U + n), Be32::of(0xc6336409U), Be16::of(40'000), Be16::of(80),
          Key::pack(Protocol::tcp, 1)};
}

class SessionChecking : public testing::Test {
 protected:
  SessionId open(std::uint32_t n) { return table.open(key(n), key(n).reversed()); }
  flow::Table table{1000, {1, 2}, false};
  SessionCheck check;
};

TEST_F(SessionChecking, FindsNothingWrongWithHonestSessions) {
  for (std::uint32_t n = 0; n < 300; ++n) (void)open(n);
  table.close(17);
  for (int i = 0; i < 3; ++i) check.look(table);
  EXPECT_EQ(check.shared_endpoints(), 0U);
  EXPECT_EQ(check.crossed_routers(), 0U);
}

TEST_F(SessionChecking, NoticesTwoSessionsThatShareAnEndpoint) {
  const SessionId first = open(1);
  const SessionId second = open(2);
  table.reply(second).key = table.reply(first).key;
  check.look(table);
  EXPECT_EQ(check.shared_endpoints(), 1U);
}

TEST_F(SessionChecking, NoticesASessionThatCrossesRouters) {
  Key elsewhere = key(1).reversed();
  elsewhere.protocol_and_router = Key::pack(Protocol::tcp, 2);
  (void)table.open(key(1), elsewhere);
  check.look(table);
  EXPECT_EQ(check.crossed_routers(), 1U);
}

TEST_F(SessionChecking, ComesToEverySessionInItsTurn) {
  for (std::uint32_t n = 0; n < 600; ++n) (void)open(n);
  table.reply(599).key = table.reply(0).key;
  check.look(table);
  check.look(table);
  EXPECT_EQ(check.shared_endpoints(), 0U);
  check.look(table);
  EXPECT_EQ(check.shared_endpoints(), 1U);
}

}  // namespace
}  // namespace viaduct
