#include <gtest/gtest.h>

#include "tests/world.h"

namespace viaduct::test {
namespace {

class Punt : public testing::Test {
 protected:
  World router;
};

TEST_F(Punt, HandsServicesToTheHostWithoutTheVlanTag) {
  EXPECT_EQ(router.sends(udp("10.1.1.11:5000 > 10.1.1.1:53")),
            "host guest0: 10.1.1.11:5000 > 10.1.1.1:53");
  EXPECT_EQ(router.last().vlan, 0);
  EXPECT_EQ(router.last().from, Draft::sender);
  EXPECT_EQ(router.last().to, router.interface("guest0").config->mac);
  EXPECT_EQ(router.sessions(), 0U);
}

TEST_F(Punt, HandsTcpServicesOnWhateverTheFlags) {
  EXPECT_EQ(router.sends(tcp("10.1.1.11:5000 > 10.1.1.1:80").flags("PA")),
            "host guest0: 10.1.1.11:5000 > 10.1.1.1:80");
}

TEST_F(Punt, HandsOnWhatAGuestAsksAll) {
  EXPECT_EQ(
      router.sends(udp("0.0.0.0:68 > 255.255.255.255:67").from("guest0").to_mac(Mac::broadcast())),
      "host guest0: 0.0.0.0:68 > 255.255.255.255:67");
}

TEST_F(Punt, DropsWhatNoServiceIsFor) {
  EXPECT_EQ(router.sends(udp("10.1.1.11:5000 > 10.1.1.1:54")), "dropped: no_service");
  EXPECT_EQ(router.sends(tcp("10.1.1.11:5000 > 10.1.1.1:22")), "dropped: no_service");
  EXPECT_EQ(router.sends(other(47, "10.1.1.11 > 10.1.1.1")), "dropped: no_service");
}

TEST_F(Punt, DropsServicesThatTheInterfaceDoesNotList) {
  router.with("interfaces/guest0/services", R"(["dhcp"])");
  EXPECT_EQ(router.sends(udp("10.1.1.11:5000 > 10.1.1.1:53")), "dropped: no_service");
  EXPECT_EQ(router.sends(udp("10.1.1.11:68 > 10.1.1.1:67")),
            "host guest0: 10.1.1.11:68 > 10.1.1.1:67");
}

TEST_F(Punt, HandsOnWhatGuestsAskTheMetadataAddress) {
  EXPECT_EQ(router.sends(tcp("10.1.1.11:5000 > 169.254.169.254:80")),
            "host guest0: 10.1.1.11:5000 > 169.254.169.254:80");
  EXPECT_EQ(
      router.sends(tcp("169.254.169.254:80 > 10.1.1.11:5000").flags("SA").from_host("guest0")),
      "guest0: 169.254.169.254:80 > 10.1.1.11:5000");
  EXPECT_EQ(router.sends(udp("10.1.1.11:5000 > 169.254.169.254:5000")), "dropped: no_service");
}

TEST_F(Punt, AnswersArpForTheMetadataAddressWhereItIsServed) {
  const auto asks = [&] {
    return router.hears("guest0",
                        {1, station(address("10.1.1.11")), "10.1.1.11", {}, "169.254.169.254"});
  };
  EXPECT_NE(asks().find("169.254.169.254 is at"), std::string::npos);
  router.with("interfaces/guest0/services", R"(["dhcp"])");
  EXPECT_EQ(asks().find("169.254.169.254 is at"), std::string::npos);
}

TEST_F(Punt, NeverLetsOutWhatIsForTheMetadataAddress) {
  router.with("interfaces/guest0/services", R"(["dhcp"])");
  const std::string fate = router.sends(tcp("10.1.1.11:5000 > 169.254.169.254:80"));
  EXPECT_EQ(fate.find("public0"), std::string::npos) << fate;
}

TEST_F(Punt, DropsServicesOfAHostThatIsNotThere) {
  router.without_taps();
  EXPECT_EQ(router.sends(udp("10.1.1.11:5000 > 10.1.1.1:53")), "dropped: no_service");
}

TEST_F(Punt, PolicesEveryServiceOnItsOwn) {
  std::size_t delivered = 0;
  for (int i = 0; i < 2100; ++i) {
    delivered += router.sends(udp("10.1.1.11:68 > 10.1.1.1:67")) != "dropped: policed_service";
  }
  EXPECT_EQ(delivered, 2000U);
  EXPECT_EQ(router.sends(udp("10.1.1.11:5000 > 10.1.1.1:53")),
            "host guest0: 10.1.1.11:5000 > 10.1.1.1:53");
  (void)router.waits(1);
  EXPECT_EQ(router.sends(udp("10.1.1.11:68 > 10.1.1.1:67")),
            "host guest0: 10.1.1.11:68 > 10.1.1.1:67");
}

TEST_F(Punt, SendsTheServicesAnswersOutWithoutASession) {
  EXPECT_EQ(router.sends(udp("10.1.1.1:53 > 10.1.1.11:5000").from_host("guest0")),
            "guest0: 10.1.1.1:53 > 10.1.1.11:5000");
  EXPECT_EQ(router.sends(tcp("10.1.1.1:80 > 10.1.1.11:5000").flags("SA").from_host("guest0")),
            "guest0: 10.1.1.1:80 > 10.1.1.11:5000");
  EXPECT_EQ(router.sessions(), 0U);
}

TEST_F(Punt, TranslatesWhatAServiceSendsToAPublicAddress) {
  router.with("static_nats/db", R"({"public":"203.0.113.12","private":"10.1.1.12"})");
  const auto to_public = udp("10.1.1.1:53 > 203.0.113.12:5000").from_host("guest0");
  EXPECT_EQ(router.explains(to_public), "guest0: 10.1.1.1:53 > 10.1.1.12:5000");
  EXPECT_EQ(router.sends(to_public), "guest0: 10.1.1.1:53 > 10.1.1.12:5000");
}

TEST_F(Punt, SendsWhatTheHostAddressesToAStationAsItIs) {
  EXPECT_EQ(router.sends(
                udp("10.1.1.1:67 > 10.1.1.99:68").from_host("guest0").to_mac({{2, 9, 9, 9, 9, 9}})),
            "guest0: 10.1.1.1:67 > 10.1.1.99:68");
  EXPECT_EQ(to_string(router.last().to), "02:09:09:09:09:09");
  EXPECT_EQ(router.last().vlan, 1);
}

TEST_F(Punt, KeepsTheHostToTheMtu) {
  EXPECT_EQ(router.sends(udp("10.1.1.1:53 > 10.1.1.11:5000").length(1501).from_host("guest0")),
            "dropped: too_big");
  EXPECT_EQ(router.sends(udp("10.1.1.1:67 > 10.1.1.99:68")
                             .length(1501)
                             .from_host("guest0")
                             .to_mac({{2, 9, 9, 9, 9, 9}})),
            "dropped: too_big");
  EXPECT_EQ(
      router.sends(udp("203.0.113.2:61440 > 198.51.100.9:53").length(1501).from_host("public0")),
      "dropped: too_big");
}

}  // namespace
}  // namespace viaduct::test
