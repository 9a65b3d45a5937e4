// The conversation of clients with the server: RFC 2131 4.3, and its table of states.
#include "services/guest/dhcp/server_test_support.h"

namespace viaduct::dhcp::test {
namespace {

class Requests : public ServerTest {
 protected:
  Requests() { reserve("web", reservation("02:00:00:00:00:11", "10.1.1.11")); }
  const Address reserved = address("10.1.1.11");
  const Address open = address("10.1.1.150");
};

TEST_F(Requests, OfAReservedClientAreForItsAddress) {
  EXPECT_EQ(outcome(discover(web)), "offer 10.1.1.11");
  EXPECT_EQ(outcome(selecting(web, reserved)), "ack 10.1.1.11");
  EXPECT_EQ(outcome(init_reboot(web, reserved)), "ack 10.1.1.11");
  EXPECT_EQ(outcome(renewing(web, reserved)), "ack 10.1.1.11");
}

TEST_F(Requests, OfAReservedClientForAnotherAddressAreRefusedAndThenServed) {
  const Address wrong = address("10.1.1.99");
  EXPECT_EQ(outcome(selecting(web, wrong)), "nak");
  EXPECT_EQ(outcome(init_reboot(web, wrong)), "nak");
  EXPECT_EQ(outcome(renewing(web, wrong)), "nak");
  EXPECT_EQ(outcome(init_reboot(web, address("192.168.7.7"))), "nak");
  EXPECT_EQ(outcome(discover(web)), "offer 10.1.1.11");
}

TEST_F(Requests, ToRenewAreGrantedByAServerThatRemembersNothing) {
  EXPECT_EQ(outcome(renewing(web, reserved)), "ack 10.1.1.11");
  EXPECT_EQ(outcome(renewing(zoo, open)), "ack 10.1.1.150") << "it is authoritative";
}

TEST_F(Requests, OfStrangersAreLeftToOtherServersUnlessAuthoritative) {
  subnet.authoritative = false;
  use();
  EXPECT_EQ(outcome(init_reboot(zoo, open)), "silence");
  EXPECT_EQ(outcome(renewing(zoo, open)), "silence");
  EXPECT_EQ(outcome(init_reboot(zoo, address("192.168.7.7"))), "silence");
  EXPECT_EQ(outcome(init_reboot(web, address("192.168.7.7"))), "nak") << "it is no stranger";
  EXPECT_EQ(outcome(selecting(zoo, open)), "ack 10.1.1.150") << "it chose this server";
}

TEST_F(Requests, OfStrangersForWrongAddressesAreRefusedIfAuthoritative) {
  EXPECT_EQ(outcome(init_reboot(zoo, address("192.168.7.7"))), "nak") << "another network's";
  EXPECT_EQ(outcome(init_reboot(zoo, address("10.1.1.50"))), "nak") << "outside of the ranges";
  EXPECT_EQ(outcome(init_reboot(zoo, reserved)), "nak") << "somebody else's";
  EXPECT_EQ(outcome(init_reboot(zoo, address("10.1.1.1"))), "nak") << "the server's";
}

TEST_F(Requests, WithoutARangeAreNotAnsweredToStrangers) {
  subnet.ranges.clear();
  use();
  EXPECT_EQ(outcome(discover(zoo)), "silence");
  EXPECT_EQ(count(Event::unknown_client), 1U);
}

TEST_F(Requests, GetTheAddressThatWasOffered) {
  const auto offer = ask(discover(zoo));
  ASSERT_TRUE(offer);
  EXPECT_EQ(outcome(selecting(zoo, offer->yours)), "ack " + to_string(offer->yours));
}

TEST_F(Requests, GetTheAddressThatTheClientWishesIfItIsFree) {
  EXPECT_EQ(outcome(discover(zoo).option(Code::requested_address, open)), "offer 10.1.1.150");
  EXPECT_EQ(
      outcome(discover(numbered_mac(9)).option(Code::requested_address, reserved)).substr(0, 14),
      "offer 10.1.1.1");
  EXPECT_NE(outcome(discover(numbered_mac(9)).option(Code::requested_address, open)),
            "offer 10.1.1.150")
      << "it is offered already";
}

TEST_F(Requests, GetTheSameAddressAgain) {
  const auto first = lease(zoo);
  ASSERT_TRUE(first);
  EXPECT_EQ(outcome(discover(zoo)), "offer " + to_string(*first)) << "while it is bound";
  now += 2h;
  EXPECT_EQ(lease(zoo), first) << "after it lapsed";
  send(releasing(zoo, *first));
  EXPECT_EQ(lease(zoo), first) << "after it was given back";
}

TEST_F(Requests, GetTheSameAddressFromAServerThatRemembersNothing) {
  const auto first = lease(zoo);
  server = std::make_unique<Server>();
  use();
  EXPECT_EQ(lease(zoo), first);
}

TEST_F(Requests, OfAClientThatChoseAnotherServerFreeItsOffer) {
  const auto offer = ask(discover(zoo));
  ASSERT_TRUE(offer);
  const auto other = Draft{Kind::request, zoo}
                         .option(Code::server_identifier, address("10.1.1.2"))
                         .option(Code::requested_address, address("10.1.1.77"));
  EXPECT_EQ(outcome(other), "silence");
  EXPECT_EQ(count(Event::withdrawn), 1U);
  EXPECT_EQ(outcome(discover(numbered_mac(9)).option(Code::requested_address, offer->yours)),
            "offer " + to_string(offer->yours));
}

TEST_F(Requests, ForAnAddressThatAnotherClientHasAreRefused) {
  ASSERT_EQ(outcome(selecting(zoo, open)), "ack 10.1.1.150");
  for (const Draft& draft : {selecting(numbered_mac(9), open), init_reboot(numbered_mac(9), open),
                             renewing(numbered_mac(9), open)}) {
    EXPECT_EQ(outcome(draft), "nak");
  }
}

TEST_F(Requests, ForAnotherFreeAddressMoveTheClient) {
  ASSERT_EQ(outcome(selecting(zoo, open)), "ack 10.1.1.150");
  EXPECT_EQ(outcome(init_reboot(zoo, address("10.1.1.151"))), "ack 10.1.1.151");
  EXPECT_EQ(outcome(selecting(numbered_mac(9), open)), "ack 10.1.1.150") << "it was given up";
}

TEST_F(Requests, ThatNameNoAddressAreMalformed) {
  EXPECT_EQ(outcome(Draft{Kind::request, zoo}), "silence");
  EXPECT_EQ(count(Event::malformed), 1U);
}

TEST_F(Requests, OfOnlyOneKindPerSideAreAnswered) {
  for (const Kind kind : {Kind::offer, Kind::ack, Kind::nak}) {
    EXPECT_EQ(outcome(Draft{kind, web}), "silence");
  }
  EXPECT_EQ(outcome(discover(web).byte(wire::operation, 2)), "silence") << "a reply";
  EXPECT_EQ(count(Event::not_from_client), 4U);
}

TEST_F(Requests, OfOtherHardwareThanEthernetAreNotAnswered) {
  EXPECT_EQ(outcome(discover(web).byte(wire::hardware_type, 32)), "silence");
  EXPECT_EQ(outcome(discover(web).byte(wire::hardware_size, 8)), "silence");
  EXPECT_EQ(outcome(discover(Mac::broadcast())), "silence");
  EXPECT_EQ(count(Event::no_ethernet_client), 3U);
}

TEST_F(Requests, ThatAreNoMessagesAreCounted) {
  EXPECT_FALSE(server->handle(network, Bytes(100), now));
  EXPECT_EQ(count(Event::malformed), 1U);
  EXPECT_FALSE(server->handle("nowhere", Draft{Kind::discover}.bytes(), now));
}

TEST_F(Requests, DoNotChangeWhoHasAnAddressBeforeItIsAskedFor) {
  ASSERT_EQ(outcome(selecting(zoo, open)), "ack 10.1.1.150");
  reserve("new", reservation("02:00:00:00:00:99", "10.1.1.150"));
  EXPECT_EQ(outcome(discover(mac("02:00:00:00:00:99"))), "offer 10.1.1.150");
}

TEST_F(Requests, OfAGuestThatReplacesAnotherAreServedAtOnce) {
  ASSERT_EQ(outcome(selecting(web, reserved)), "ack 10.1.1.11");
  const Mac successor = mac("02:00:00:00:00:99");
  reserve("web", reservation("02:00:00:00:00:99", "10.1.1.11"));
  EXPECT_EQ(known().leases().find(reserved), nullptr) << "the lease of the one before it is over";
  EXPECT_EQ(outcome(discover(successor)), "offer 10.1.1.11");
  EXPECT_EQ(outcome(selecting(successor, reserved)), "ack 10.1.1.11");
  EXPECT_EQ(outcome(renewing(web, reserved)), "nak") << "it is not the guest's any more";
}

TEST_F(Requests, OfAGuestWhoseReservationIsGoneAreNotServedAnyMore) {
  subnet.ranges.clear();
  use();
  ASSERT_EQ(outcome(selecting(web, reserved)), "ack 10.1.1.11");
  server->remove_reservation(network, "web");
  EXPECT_EQ(outcome(discover(web)), "silence");
  EXPECT_EQ(outcome(renewing(web, reserved)), "nak");
}

TEST_F(Requests, OfAGuestWhoseReservationMovedLeadItThere) {
  ASSERT_EQ(outcome(selecting(web, reserved)), "ack 10.1.1.11");
  reserve("web", reservation("02:00:00:00:00:11", "10.1.1.21"));
  EXPECT_EQ(outcome(renewing(web, reserved)), "nak");
  EXPECT_EQ(lease(web), address("10.1.1.21"));
}

TEST_F(Requests, OfTwoInterfacesOfOneMachineAreToldApart) {
  const Bytes machine = hex("ff00000001000100012345");
  reserve("second", reservation("02:00:00:00:00:12", "10.1.1.12"));
  const auto with_id = [&](Draft draft) { return draft.option(Code::client_identifier, machine); };
  EXPECT_EQ(outcome(with_id(selecting(web, reserved))), "ack 10.1.1.11");
  EXPECT_EQ(outcome(with_id(selecting(zoo, address("10.1.1.12")))), "ack 10.1.1.12");
  EXPECT_EQ(outcome(with_id(renewing(web, reserved))), "ack 10.1.1.11");

  const auto third = ask(with_id(discover(numbered_mac(3))));
  const auto fourth = ask(with_id(discover(numbered_mac(4))));
  ASSERT_TRUE(third && fourth);
  EXPECT_NE(third->yours, fourth->yours) << "without a reservation as well";
}

TEST_F(Requests, OfAGuestThatChangesItsIdentifierWhileItBootsGetItsReservation) {
  const auto as = [](Draft draft, const Bytes& id) {
    return draft.option(Code::client_identifier, id);
  };
  EXPECT_EQ(outcome(as(selecting(web, reserved), hex("00aabbccdd"))), "ack 10.1.1.11");
  EXPECT_EQ(outcome(as(selecting(web, reserved), hex("ff01020304"))), "ack 10.1.1.11");
}

TEST_F(Requests, WithOptionsThatAreNotWellFormedAreServedAsIfTheseWereAbsent) {
  EXPECT_EQ(outcome(discover(web).option(Code::client_identifier, Bytes{})), "offer 10.1.1.11");
  EXPECT_EQ(outcome(discover(web).option(Code::requested_address, Bytes{})), "offer 10.1.1.11");
  EXPECT_EQ(outcome(init_reboot(web, reserved).option(Code::lease_time, Bytes{1, 2})),
            "ack 10.1.1.11");
}

TEST_F(Requests, ToAServerThatCannotBeReadGetNothingButWhatTheClientHas) {
  const auto selecting_somebody = [](const Mac& station, const Address& wanted) {
    return init_reboot(station, wanted).option(Code::server_identifier, Bytes{});
  };
  EXPECT_EQ(outcome(selecting_somebody(web, reserved)), "ack 10.1.1.11");
  EXPECT_EQ(outcome(selecting_somebody(web, open)), "silence");
  EXPECT_EQ(outcome(selecting_somebody(zoo, open)), "silence");
  EXPECT_EQ(outcome(selecting_somebody(zoo, address("192.168.7.7"))), "silence");
  EXPECT_EQ(count(Event::malformed), 3U);
  const auto offer = ask(discover(zoo));
  EXPECT_EQ(outcome(selecting_somebody(zoo, offer->yours)), "ack " + to_string(offer->yours));
}

TEST_F(Requests, FindTheReservationThatSaysMostOfTheClient) {
  auto by_id = reservation("02:00:00:00:00:12", "10.1.1.30");
  by_id.mac.reset();
  by_id.client_id = ClientId{hex("ff01")};
  auto by_both = reservation("02:00:00:00:00:12", "10.1.1.31");
  by_both.client_id = ClientId{hex("ff01")};
  reserve("by id", by_id);
  reserve("by both", by_both);
  const auto as = [](const Mac& station) {
    return discover(station).option(Code::client_identifier, hex("ff01"));
  };
  EXPECT_EQ(outcome(as(numbered_mac(7))), "offer 10.1.1.30");
  EXPECT_EQ(outcome(as(web)), "offer 10.1.1.30") << "rather than by its Ethernet address";
  EXPECT_EQ(outcome(as(zoo)), "offer 10.1.1.31");
}

}  // namespace
}  // namespace viaduct::dhcp::test
