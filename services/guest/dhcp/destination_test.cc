// Where replies go (RFC 2131 4.1), with relays (RFC 3046) and without; which subnet they are of.
#include "services/guest/dhcp/server_test_support.h"

namespace viaduct::dhcp::test {
namespace {

class Replies : public ServerTest {
 protected:
  Replies() {
    reserve("web", reservation("02:00:00:00:00:11", "10.1.1.11"));
    // Behind a relay: the server has no address in it.
    Subnet far;
    far.interface = "guest0";
    far.subnet = parse_prefix("10.9.0.0/24").value();
    far.server = subnet.server;
    far.router = address("10.9.0.1");
    far.ranges = {parse_address_range("10.9.0.50-10.9.0.59").value()};
    EXPECT_TRUE(server->set_subnet(network, "far", far));
  }
  std::string destination(const Draft& draft) {
    const auto reply = send(draft);
    if (!reply) return "silence";
    return to_string(reply->destination) +
           (reply->station ? " at " + to_string(*reply->station) : "");
  }
  const Address own = address("10.1.1.11");
  const Address relay = address("10.9.0.1");
};

TEST_F(Replies, GoToTheStationIfItHasNoAddressYet) {
  EXPECT_EQ(destination(discover(web)), "10.1.1.11:68 at 02:00:00:00:00:11");
  EXPECT_EQ(destination(selecting(web, own)), "10.1.1.11:68 at 02:00:00:00:00:11");
}

TEST_F(Replies, AreBroadcastIfTheClientWantsThat) {
  EXPECT_EQ(destination(discover(web).wants_broadcast()), "255.255.255.255:68");
  EXPECT_TRUE(ask(discover(web).wants_broadcast())->wants_broadcast);
}

TEST_F(Replies, GoToTheAddressThatTheClientHas) {
  EXPECT_EQ(destination(renewing(web, own)), "10.1.1.11:68");
  EXPECT_EQ(destination(renewing(web, own).wants_broadcast()), "10.1.1.11:68");
  EXPECT_EQ(destination(Draft{Kind::inform, web}.client(own)), "10.1.1.11:68");
}

TEST_F(Replies, DoNotGoToAnAddressThatTheClientIsNotGranted) {
  EXPECT_EQ(destination(selecting(web, own).client(address("192.0.2.1"))),
            "10.1.1.11:68 at 02:00:00:00:00:11");
}

TEST_F(Replies, ThatRefuseAreBroadcast) {
  EXPECT_EQ(destination(renewing(web, address("10.1.1.99"))), "255.255.255.255:68");
}

TEST_F(Replies, GoToTheRelayThatAsked) {
  EXPECT_EQ(destination(discover(zoo).relay(relay)), "10.9.0.1:67");
  EXPECT_FALSE(ask(discover(zoo).relay(relay))->wants_broadcast);
}

TEST_F(Replies, ThatRefuseAreBroadcastByTheRelay) {
  const auto refused = init_reboot(zoo, address("10.1.1.99")).relay(relay);
  EXPECT_EQ(destination(refused), "10.9.0.1:67");
  EXPECT_TRUE(ask(refused)->wants_broadcast);
}

TEST_F(Replies, DoNotGoToARelayOfNoSubnet) {
  EXPECT_EQ(destination(discover(zoo).relay(address("192.0.2.1"))), "silence");
  EXPECT_EQ(count(Event::no_subnet), 1U);
}

TEST_F(Replies, GiveTheRelayItsInformationBack) {
  EXPECT_EQ(
      told(discover(zoo).relay(relay).option(Code::relay_agent_information, hex("0104abcd0001")),
           Code::relay_agent_information),
      "0104abcd0001");
}

TEST_F(Replies, AreOfTheSubnetWhoseRelayAsked) {
  const auto offer = ask(discover(zoo).relay(relay));
  ASSERT_TRUE(offer);
  EXPECT_TRUE(parse_prefix("10.9.0.0/24")->contains(offer->yours));
  EXPECT_EQ(offer->options.address(Code::router), address("10.9.0.1"));
  EXPECT_EQ(offer->options.address(Code::server_identifier), subnet.server);
}

TEST_F(Replies, ToClientsOnTheLinkAreNotOfASubnetBehindARelay) {
  EXPECT_EQ(outcome(init_reboot(zoo, address("10.9.0.50"))), "nak");
}

TEST_F(Replies, GrantARenewalThatDoesNotComeByTheRelay) {
  const auto offer = ask(discover(zoo).relay(relay));
  ASSERT_EQ(outcome(selecting(zoo, offer->yours).relay(relay)), "ack " + to_string(offer->yours));
  EXPECT_EQ(outcome(renewing(zoo, offer->yours)), "ack " + to_string(offer->yours));
  EXPECT_EQ(destination(renewing(zoo, offer->yours)), to_string(offer->yours) + ":68");
}

TEST_F(Replies, GiveAReservedClientAnotherAddressWhereItsOwnIsOfNoUse) {
  const auto offer = ask(discover(web).relay(relay));
  ASSERT_TRUE(offer);
  EXPECT_TRUE(parse_prefix("10.9.0.0/24")->contains(offer->yours));
}

// RFC 3527: the relay has an address of its own elsewhere.
TEST_F(Replies, AreOfTheLinkThatARelaySelects) {
  const Draft asked = discover(zoo).option(Code::relay_agent_information, hex("05040a090001"));
  const auto offer = ask(Draft{asked}.relay(address("192.0.2.1")));
  ASSERT_TRUE(offer);
  EXPECT_TRUE(parse_prefix("10.9.0.0/24")->contains(offer->yours));
  EXPECT_EQ(destination(Draft{asked}.relay(address("192.0.2.1"))), "192.0.2.1:67");
  const auto direct = ask(asked);
  ASSERT_TRUE(direct);
  EXPECT_TRUE(subnet.subnet.contains(direct->yours)) << "a client selects no link";
}

// RFC 5107: clients renew by way of the relay.
TEST_F(Replies, NameTheServerThatARelayWantsNamed) {
  const auto by_relay = [&](Draft draft) {
    return draft.relay(relay).option(Code::relay_agent_information, hex("0b040a090001"));
  };
  const auto offer = ask(by_relay(discover(zoo)));
  ASSERT_TRUE(offer);
  EXPECT_EQ(offer->options.address(Code::server_identifier), relay);
  const Draft chosen = init_reboot(zoo, offer->yours).option(Code::server_identifier, relay);
  EXPECT_EQ(outcome(by_relay(chosen)), "ack " + to_string(offer->yours));
  EXPECT_EQ(outcome(chosen), "silence") << "another server's";
}

TEST_F(Replies, PassOverWhatARelaySaysThatIsNotWellFormed) {
  for (const auto* information : {"05", "0505", "05030a0900", "050400000000", "0104abcd"}) {
    const auto offer =
        ask(discover(zoo).relay(relay).option(Code::relay_agent_information, hex(information)));
    ASSERT_TRUE(offer) << information;
    EXPECT_TRUE(parse_prefix("10.9.0.0/24")->contains(offer->yours)) << information;
  }
}

TEST_F(Replies, ComeFromTheServersAddressInTheClientsSubnet) {
  Subnet second;
  second.interface = "guest0";
  second.subnet = parse_prefix("192.168.101.0/24").value();
  second.server = address("192.168.101.5");
  second.router = address("192.168.101.1");
  ASSERT_TRUE(server->set_subnet(network, "second", second));
  reserve("s3", reservation("02:00:00:00:00:12", "192.168.101.30"));
  const auto reply = send(discover(zoo));
  ASSERT_TRUE(reply);
  EXPECT_EQ(to_string(reply->source), "192.168.101.5:67");
  const auto offer = read_message(reply->bytes).value();
  EXPECT_EQ(offer.yours, address("192.168.101.30"));
  EXPECT_EQ(offer.options.address(Code::server_identifier), second.server);
  EXPECT_EQ(offer.options.address(Code::router), second.router);
}

TEST_F(Replies, AreOfTheNextSubnetOfTheLinkWhenTheFirstIsUsedUp) {
  subnet.ranges = {parse_address_range("10.1.1.100-10.1.1.100").value()};
  use();
  Subnet second = subnet;
  second.subnet = parse_prefix("192.168.101.0/24").value();
  second.server = address("192.168.101.1");
  second.ranges = {parse_address_range("192.168.101.7-192.168.101.7").value()};
  ASSERT_TRUE(server->set_subnet(network, "second", second));
  EXPECT_EQ(lease(numbered_mac(1)), address("10.1.1.100"));
  EXPECT_EQ(lease(numbered_mac(2)), address("192.168.101.7"));
}

TEST_F(Replies, AreOfNetworksThatDoNotKnowEachOther) {
  ASSERT_TRUE(server->set_subnet("blue/guest0", "guest0", subnet));
  const auto other = server->handle("blue/guest0", renewing(zoo, own).bytes(), now);
  ASSERT_TRUE(other);
  EXPECT_EQ(read_message(other->bytes).value().kind, Kind::nak) << "it is not in the ranges there";
}

TEST_F(Replies, SubnetsOfOneNetworkDoNotOverlap) {
  Subnet wide = subnet;
  wide.subnet = parse_prefix("10.0.0.0/8").value();
  const auto refused = server->set_subnet(network, "wide", wide);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().fault, Fault::conflict);
  EXPECT_EQ(refused.error().where, "/subnet");
}

TEST_F(Replies, ReservationsOfOneNetworkShareNeitherAddressNorGuest) {
  const auto refused = [&](const Reservation& second) {
    const auto done = server->set_reservation(network, "second", second);
    return done ? "accepted" : done.error().where;
  };
  EXPECT_EQ(refused(reservation("02:00:00:00:00:12", "10.1.1.11")), "/address");
  EXPECT_EQ(refused(reservation("02:00:00:00:00:11", "10.1.1.12")), "/mac");
  EXPECT_EQ(refused(reservation("02:00:00:00:00:12", "10.1.1.12")), "accepted");
}

}  // namespace
}  // namespace viaduct::dhcp::test
