// What becomes of addresses: releases, refusals by clients, ranges that run out, and who is kept
// from making them run out.
#include <set>

#include "services/guest/dhcp/server_test_support.h"

namespace viaduct::dhcp::test {
namespace {

class LeaseLife : public ServerTest {
 protected:
  // A range of so many addresses from 10.1.1.100 on.
  void give(std::uint32_t size) {
    subnet.ranges = {{address("10.1.1.100"),
                      Address::v4(Be32::of(address("10.1.1.100").as_v4().host() + size - 1))}};
    use();
  }
};

TEST_F(LeaseLife, NoTwoClientsHaveOneAddress) {
  std::set<Address> all;
  for (std::uint32_t i = 0; i < 100; ++i) {
    const auto got = lease(numbered_mac(i));
    ASSERT_TRUE(got) << i;
    EXPECT_TRUE(all.insert(*got).second) << to_string(*got);
  }
}

TEST_F(LeaseLife, ARangeThatIsUsedUpMeansSilence) {
  give(2);
  EXPECT_TRUE(lease(numbered_mac(1)));
  EXPECT_TRUE(lease(numbered_mac(2)));
  EXPECT_EQ(outcome(discover(numbered_mac(3))), "silence");
  EXPECT_EQ(count(Event::exhausted), 1U);
}

TEST_F(LeaseLife, AnAddressWhoseLeaseLapsedGoesToWhoNeedsIt) {
  give(2);
  ASSERT_TRUE(lease(numbered_mac(1)));
  const auto second = lease(numbered_mac(2));
  now += 59min;
  ASSERT_EQ(outcome(renewing(numbered_mac(2), *second)), "ack " + to_string(*second));
  EXPECT_EQ(outcome(discover(numbered_mac(3))), "silence");
  now += 1min;
  EXPECT_TRUE(lease(numbered_mac(3)));
  EXPECT_EQ(outcome(renewing(numbered_mac(2), *second)), "ack " + to_string(*second));
}

TEST_F(LeaseLife, AnAddressThatNobodyHadIsTakenBeforeOneThatLapsed) {
  give(3);
  const auto first = lease(numbered_mac(1));
  now += 2h;
  EXPECT_NE(lease(numbered_mac(2)), first);
  EXPECT_NE(lease(numbered_mac(3)), first);
  EXPECT_EQ(lease(numbered_mac(1)), first);
}

TEST_F(LeaseLife, ALeaseForEverDoesNotLapse) {
  give(1);
  subnet.lease_time = 0;
  use();
  ASSERT_TRUE(lease(numbered_mac(1)));
  now += 24h * 3650;
  EXPECT_EQ(outcome(discover(numbered_mac(2))), "silence");
}

TEST_F(LeaseLife, AnOfferIsKeptForAWhileOnly) {
  give(1);
  ASSERT_EQ(outcome(discover(numbered_mac(1))), "offer 10.1.1.100");
  EXPECT_EQ(outcome(discover(numbered_mac(2))), "silence");
  now += 30s;
  EXPECT_EQ(outcome(discover(numbered_mac(2))), "offer 10.1.1.100");
}

TEST_F(LeaseLife, AReleasedAddressIsFree) {
  give(1);
  ASSERT_TRUE(lease(numbered_mac(1)));
  EXPECT_FALSE(send(releasing(numbered_mac(1), address("10.1.1.100"))));
  EXPECT_EQ(count(Event::released), 1U);
  EXPECT_TRUE(lease(numbered_mac(2)));
}

TEST_F(LeaseLife, OnlyWhoHasAnAddressCanGiveItBack) {
  give(1);
  ASSERT_TRUE(lease(numbered_mac(1)));
  send(releasing(numbered_mac(2), address("10.1.1.100")));
  send(declining(numbered_mac(2), address("10.1.1.100")));
  EXPECT_EQ(count(Event::not_held), 2U);
  EXPECT_EQ(outcome(renewing(numbered_mac(1), address("10.1.1.100"))), "ack 10.1.1.100");
}

TEST_F(LeaseLife, AnAddressFoundInUseIsSetAside) {
  give(2);
  const auto first = lease(numbered_mac(1));
  ASSERT_TRUE(first);
  EXPECT_FALSE(send(declining(numbered_mac(1), *first)));
  EXPECT_EQ(count(Event::declined), 1U);
  const auto second = lease(numbered_mac(1));
  ASSERT_TRUE(second);
  EXPECT_NE(second, first);
  EXPECT_EQ(outcome(selecting(numbered_mac(2), *first)), "nak");
  now += 10min;
  EXPECT_EQ(lease(numbered_mac(2)), first);
}

TEST_F(LeaseLife, AClientCannotSetAsideAWholeRange) {
  for (int i = 0; i < 90; ++i) {
    const auto got = lease(web);
    ASSERT_TRUE(got) << i;
    send(declining(web, *got));
    now += 1s;
  }
  for (std::uint32_t i = 0; i < 75; ++i) EXPECT_TRUE(lease(numbered_mac(i))) << i;
}

TEST_F(LeaseLife, AReservedAddressIsNotSetAside) {
  reserve("web", reservation("02:00:00:00:00:11", "10.1.1.11"));
  ASSERT_EQ(lease(web), address("10.1.1.11"));
  send(declining(web, address("10.1.1.11")));
  EXPECT_EQ(known().leases().count(State::declined), 0U);
  EXPECT_EQ(lease(web), address("10.1.1.11"));
}

TEST_F(LeaseLife, AReservedAddressIsKeptForItsGuestWhenItsLeaseLapsed) {
  give(2);
  reserve("web", reservation("02:00:00:00:00:11", "10.1.1.100"));
  ASSERT_TRUE(lease(web));
  now += 30min;
  ASSERT_TRUE(lease(numbered_mac(1)));
  now += 30min;
  EXPECT_EQ(outcome(discover(zoo)), "silence");
}

TEST_F(LeaseLife, OffersTakeNoMoreThanAShareOfARange) {
  subnet.new_clients_per_second = 1'000'000;
  use();
  for (std::uint32_t i = 0; i < 1000; ++i) {
    EXPECT_TRUE(ask(discover(numbered_mac(i)))) << "a flood that asks for nothing it is offered";
  }
  EXPECT_EQ(known().leases().count(State::offered), 25U);
  EXPECT_TRUE(lease(web));
}

TEST_F(LeaseLife, NewClientsAreServedSoManyASecond) {
  subnet.new_clients_per_second = 3;
  use();
  for (std::uint32_t i = 0; i < 3; ++i) EXPECT_TRUE(lease(numbered_mac(i)));
  EXPECT_EQ(outcome(discover(numbered_mac(3))), "silence");
  EXPECT_EQ(outcome(selecting(numbered_mac(3), address("10.1.1.199"))), "silence");
  EXPECT_EQ(count(Event::too_many_clients), 2U);
  EXPECT_TRUE(lease(numbered_mac(0))) << "a client that is known";
  now += 1s;
  EXPECT_TRUE(lease(numbered_mac(3)));
}

TEST_F(LeaseLife, ReservedClientsAreServedWhateverTheOthersDo) {
  subnet.new_clients_per_second = 1;
  give(1);
  reserve("web", reservation("02:00:00:00:00:11", "10.1.1.11"));
  ASSERT_TRUE(lease(numbered_mac(1)));
  EXPECT_EQ(lease(web), address("10.1.1.11"));
}

TEST_F(LeaseLife, ThereAreNoMoreLeasesThanMayBe) {
  subnet.lease_maximum = 2;
  use();
  reserve("web", reservation("02:00:00:00:00:11", "10.1.1.150"));
  EXPECT_TRUE(lease(numbered_mac(1)));
  EXPECT_TRUE(lease(numbered_mac(2)));
  EXPECT_EQ(outcome(discover(numbered_mac(3))), "silence");
  EXPECT_EQ(count(Event::exhausted), 1U);
  EXPECT_TRUE(lease(web)) << "reservations do not count";
}

TEST_F(LeaseLife, AddressesThatAreKeptAreNotGivenToOthers) {
  give(3);
  subnet.server = address("10.1.1.101");
  use();
  reserve("web", reservation("02:00:00:00:00:11", "10.1.1.100"));
  EXPECT_EQ(lease(numbered_mac(1)), address("10.1.1.102"));
  EXPECT_EQ(outcome(discover(numbered_mac(2))), "silence");
  server->remove_reservation(network, "web");
  EXPECT_EQ(lease(numbered_mac(2)), address("10.1.1.100"));
}

TEST_F(LeaseLife, LeasesEndWithTheirSubnet) {
  ASSERT_TRUE(lease(web));
  server->remove_subnet(network, "guest0");
  EXPECT_EQ(known().leases().count(State::bound), 0U);
  EXPECT_EQ(outcome(discover(web)), "silence");
  EXPECT_EQ(count(Event::no_subnet), 1U);
}

TEST_F(LeaseLife, LeasesStayWhenASubnetIsChanged) {
  const auto got = lease(web);
  ASSERT_TRUE(got);
  subnet.domain = "example.internal";
  use();
  EXPECT_EQ(outcome(renewing(web, *got)), "ack " + to_string(*got));
  subnet.ranges = {parse_address_range("10.1.1.10-10.1.1.19").value()};
  use();
  EXPECT_EQ(outcome(renewing(web, *got)), "nak") << "it is not in the ranges any more";
  EXPECT_LE(lease(web).value(), address("10.1.1.19"));
}

TEST_F(LeaseLife, EachMessageIsCountedOnceMore) {
  give(1);
  lease(numbered_mac(1));
  ask(discover(numbered_mac(2)));
  ask(renewing(numbered_mac(2), address("10.1.1.100")));
  send(releasing(numbered_mac(1), address("10.1.1.100")));
  send(releasing(numbered_mac(1), address("10.1.1.100")));
  EXPECT_FALSE(server->handle(network, Bytes{}, now));
  std::uint64_t sum = 0;
  for (std::size_t i = 1; i < event_count; ++i) sum += count(Event{static_cast<std::uint8_t>(i)});
  EXPECT_EQ(count(Event::received), 7U);
  EXPECT_EQ(sum, 7U);
}

}  // namespace
}  // namespace viaduct::dhcp::test
