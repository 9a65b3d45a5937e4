#include "dataplane/helper/expectations.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace viaduct::helper {
namespace {

using Opens = Expectation::Opens;
constexpr Be32 server = Be32::of(0xc633'6409);  // 198.51.100.9
constexpr Be32 guest = Be32::of(0x0a01'0114);   // 10.1.1.20
constexpr Be32 shared = Be32::of(0xcb00'7102);  // 203.0.113.2

Expectation of(std::uint16_t port, Be32 listener = guest, std::uint32_t session = 1) {
  Expectation expected;
  expected.protocol = Protocol::tcp;
  expected.router = 3;
  expected.guest = listener;
  expected.from = server;
  expected.at = {shared, port};
  expected.listener = {listener, port};
  expected.mapping = port;
  expected.announced_in = {0, session};
  return expected;
}

Tuple comer(std::uint16_t port, Be32 from = server) {
  return {Protocol::tcp, {Address::v4(from), 20}, {Address::v4(shared), port}};
}

class Expected : public testing::Test {
 protected:
  bool add(const Expectation& expectation) {
    return all.add(expectation, [&](std::uint32_t mapping) { released.push_back(mapping); });
  }
  bool is_there(const Tuple& tuple, flow::Ticks now = 0) {
    return all.find(3, tuple, now).has_value();
  }
  std::optional<Expectation> take(const Tuple& tuple, flow::Ticks now = 0) {
    return all.take(3, tuple, now, [&](std::uint32_t mapping) { shared.push_back(mapping); });
  }
  Expectations all{42};
  std::vector<std::uint32_t> released;
  std::vector<std::uint32_t> shared;
};

TEST_F(Expected, ComeOnce) {
  ASSERT_TRUE(add(of(5000)));
  EXPECT_TRUE(is_there(comer(5000)));
  EXPECT_EQ(take(comer(5000))->mapping, 5000U);
  EXPECT_FALSE(is_there(comer(5000)));
  EXPECT_EQ(all.count(), 0U);
  EXPECT_TRUE(released.empty()) << "who took it has its mapping";
}

TEST_F(Expected, ComeAgainAndAgainIfTheyMay) {
  Expectation lasting = of(5060);
  lasting.opens = Opens::many;
  ASSERT_TRUE(add(lasting));
  constexpr flow::Ticks much_later = 100 * Expectations::lifetime;
  EXPECT_TRUE(take(comer(5060), much_later));
  EXPECT_TRUE(take(comer(5060), much_later));
  EXPECT_EQ(shared, (std::vector<std::uint32_t>{5060, 5060})) << "each has its mapping";
  for (int i = 0; i < 64; ++i) all.expire(much_later, [](std::uint32_t) {});
  EXPECT_EQ(all.count(), 1U);
}

TEST_F(Expected, AreOfOneRouterSenderAndPlace) {
  ASSERT_TRUE(add(of(5000)));
  EXPECT_FALSE(is_there(comer(5001)));
  EXPECT_FALSE(is_there(comer(5000, guest)));
  EXPECT_FALSE(all.find(4, comer(5000), 0));
}

TEST_F(Expected, AreNotTwice) {
  ASSERT_TRUE(add(of(5000)));
  ASSERT_TRUE(add(of(5000)));
  EXPECT_EQ(all.count(), 1U);
  EXPECT_EQ(released, std::vector<std::uint32_t>{5000});
}

TEST_F(Expected, DoNotTakeAnothersPlace) {
  ASSERT_TRUE(add(of(5000)));
  EXPECT_FALSE(add(of(5000, Be32::of(0x0a01'0115))));
}

TEST_F(Expected, GrowOldEvenIfClocksDiffer) {
  Expectation early = of(5000);
  early.since = 10;
  ASSERT_TRUE(add(early));
  EXPECT_TRUE(is_there(comer(5000), 5)) << "another worker's clock may be behind";
  EXPECT_TRUE(is_there(comer(5000), 10 + Expectations::lifetime));
  EXPECT_FALSE(is_there(comer(5000), 11 + Expectations::lifetime));
}

TEST_F(Expected, AreForgottenWithTheirSession) {
  ASSERT_TRUE(add(of(5000, guest, 1)));
  ASSERT_TRUE(add(of(5001, guest, 2)));
  all.forget({0, 1}, [&](std::uint32_t mapping) { released.push_back(mapping); });
  EXPECT_EQ(released, std::vector<std::uint32_t>{5000});
  EXPECT_TRUE(is_there(comer(5001)));
}

TEST_F(Expected, OfOneGuestLeaveRoomForOthers) {
  for (std::uint16_t port = 5000; port < 9000; ++port) ASSERT_TRUE(add(of(port)));
  EXPECT_EQ(all.count(), 64 * Expectations::most_of_one);
  EXPECT_FALSE(is_there(comer(5000))) << "the oldest go";
  EXPECT_TRUE(is_there(comer(8999)));
  EXPECT_TRUE(add(of(9000, Be32::of(0x0a01'0115))));
}

TEST_F(Expected, AreBounded) {
  std::size_t added = 0;
  for (std::uint16_t i = 0; i < 9000; ++i) {
    added += add(of(static_cast<std::uint16_t>(5000 + i), Be32::of(0x0a01'0000U + i))) ? 1U : 0U;
  }
  EXPECT_EQ(added, 64U * 32);
}

TEST_F(Expected, AreTakenByOneOfManyWorkers) {
  constexpr std::uint16_t rounds = 2000;
  std::atomic<std::size_t> taken = 0;
  std::atomic<std::size_t> given_back = 0;
  const auto work = [&] {
    for (std::uint16_t i = 0; i < rounds; ++i) {
      const auto port = static_cast<std::uint16_t>(5000 + i % 5);
      (void)all.add(of(port), [&](std::uint32_t) { ++given_back; });
      if (all.take(3, comer(port), 0, [](std::uint32_t) {})) ++taken;
    }
  };
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 4; ++i) threads.emplace_back(work);
  }
  EXPECT_EQ(taken + given_back + all.count(), 4U * rounds);
}

}  // namespace
}  // namespace viaduct::helper
