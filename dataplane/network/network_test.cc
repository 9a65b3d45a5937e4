#include "dataplane/network/network.h"

#include <gtest/gtest.h>

#include "tests/model.h"

namespace viaduct::test {
namespace {

TEST(NetworkSettings, AreThoseOfTheRfcsByDefault) {
  using network::defaults;
  EXPECT_EQ(defaults.mapping, network::Dependence::endpoint_independent);
  EXPECT_EQ(defaults.udp_timeout.value, 300U);
  EXPECT_EQ(defaults.tcp_established_timeout.value, 7440U);
  EXPECT_EQ(defaults.tcp_transitory_timeout.value, 240U);
}

TEST(NetworkSettings, AreOfAGuestInterfaceThatThereIs) {
  for (const std::string id : {"nowhere0", "public0"}) {
    Paper paper;
    EXPECT_TRUE(is_conflict(paper.with("networks/" + id, "{}").compile(),
                            "/routers/red/networks/" + id, "no guest interface"));
  }
}

TEST(NetworkSettings, RefuseBlocksThatAreNone) {
  for (const std::string block : {"1", "100", "63", "16385"}) {
    Paper paper;
    paper.with("networks/guest0", R"({"port_block": )" + block + "}");
    EXPECT_TRUE(is_invalid(paper.compile(), "/routers/red/networks/guest0/port_block")) << block;
  }
}

TEST(NetworkSettings, ReachTheirInterface) {
  Paper paper;
  paper.with("networks/guest0", R"({"mapping": "address-dependent", "udp_timeout": 120})");
  const auto& interfaces = *paper.router().interfaces;
  EXPECT_EQ(interfaces.find("guest0")->network.udp_timeout.value, 120U);
  EXPECT_EQ(interfaces.find("guest1")->network, network::defaults);
}

}  // namespace
}  // namespace viaduct::test
