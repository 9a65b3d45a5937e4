#include "services/guest/dhcp/leases.h"

#include <gtest/gtest.h>

#include <vector>

#include "services/guest/dhcp/test_support.h"

namespace viaduct::dhcp::test {
namespace {

using namespace std::chrono_literals;

class LeasesTest : public testing::Test {
 protected:
  void put(const Address& at, const Client& client, State state, Time until) {
    leases.put(at, {.client = client, .state = state, .until = until});
  }
  [[nodiscard]] State state_of(const Address& at) const { return leases.find(at)->state; }

  const Address first = address("10.1.1.11");
  const Address second = address("10.1.1.12");
  const Client web{numbered_mac(1), ""};
  const Client zoo{numbered_mac(2), ""};
  const Time now{1'700'000'000s};
  std::vector<Address> told;
  Leases leases{[this](const Address& address) { told.push_back(address); }};
};

TEST_F(LeasesTest, AreOneForAClientAndOneForAnAddress) {
  put(first, web, State::bound, never);
  put(second, web, State::bound, never);
  EXPECT_EQ(leases.find(first), nullptr);
  EXPECT_EQ(leases.address_of(web), second);
  put(second, zoo, State::bound, never);
  EXPECT_EQ(leases.address_of(web), std::nullopt);
  EXPECT_EQ(leases.find(second)->client, zoo);
  EXPECT_EQ(leases.count(State::bound), 1U);
}

TEST_F(LeasesTest, OfAClientAreNotThoseThatItDeclined) {
  put(second, web, State::bound, never);
  put(first, web, State::declined, now + 10min);
  EXPECT_EQ(leases.address_of(web), second);
  leases.move(second, State::declined, now + 10min);
  EXPECT_EQ(leases.address_of(web), std::nullopt);
  EXPECT_EQ(leases.count(State::declined), 2U);
}

TEST_F(LeasesTest, LapseAndAreRemembered) {
  put(first, web, State::bound, now + 1s);
  leases.advance(now);
  EXPECT_EQ(state_of(first), State::bound);
  leases.advance(now + 1s);
  EXPECT_EQ(state_of(first), State::lapsed);
  EXPECT_EQ(leases.address_of(web), first);
}

TEST_F(LeasesTest, GoAfterAWhileIfTheyAreOnlyOffersOrDeclined) {
  put(first, web, State::offered, now + 1s);
  put(second, zoo, State::declined, now + 1s);
  leases.advance(now + 1s);
  EXPECT_EQ(leases.find(first), nullptr);
  EXPECT_EQ(leases.find(second), nullptr);
}

TEST_F(LeasesTest, EndInTheOrderOfTheirTimes) {
  put(first, web, State::offered, now + 2s);
  put(second, zoo, State::offered, now + 1s);
  EXPECT_EQ(leases.oldest(State::offered), second);
  EXPECT_EQ(leases.oldest(State::bound), std::nullopt);
}

TEST_F(LeasesTest, TellOfEachChange) {
  put(first, web, State::bound, now + 1s);
  leases.advance(now + 1s);
  leases.remove(first);
  leases.remove(first);
  EXPECT_EQ(told, (std::vector<Address>{first, first, first}));
}

}  // namespace
}  // namespace viaduct::dhcp::test
