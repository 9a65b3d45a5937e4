#include "dataplane/route/route.h"

#include "tests/model.h"

namespace viaduct::test {
namespace {

class Routes : public testing::Test {
 protected:
  // "interface via next hop", or "nowhere".
  static std::string way(const std::optional<route::Hop>& hop) {
    return hop ? hop->interface->id + " via " + to_string(hop->next_hop) : "nowhere";
  }
  std::string way_to(std::string_view destination) {
    return way(paper_.router().routes.find(address(destination)));
  }
  std::string way_by(std::string_view interface, std::string_view destination) {
    const auto& router = paper_.router();
    return way(router.routes.find_by(*router.interfaces->find(interface), address(destination)));
  }

  Paper paper_;
};

TEST_F(Routes, ReachNeighboursDirectly) {
  EXPECT_EQ(way_to("10.1.1.20"), "guest0 via 10.1.1.20");
  EXPECT_EQ(way_to("2001:db8:2::20"), "guest0 via 2001:db8:2::20");
}

TEST_F(Routes, LeadNowhereWithoutADefault) {
  EXPECT_EQ(way_to("198.51.100.9"), "nowhere");
}

TEST_F(Routes, GoThroughTheGatewayOfTheLongestPrefix) {
  paper_.with("routes/default", R"({"prefix":"0.0.0.0/0","via":"203.0.113.1"})")
      .with("routes/site", R"({"prefix":"192.168.0.0/16","via":"172.16.0.1"})");
  EXPECT_EQ(way_to("198.51.100.9"), "public0 via 203.0.113.1");
  EXPECT_EQ(way_to("192.168.7.7"), "gateway0 via 172.16.0.1");
  EXPECT_EQ(way_to("10.1.1.20"), "guest0 via 10.1.1.20");
}

TEST_F(Routes, KeepTheFamiliesApart) {
  paper_.with("routes/default", R"({"prefix":"0.0.0.0/0","via":"203.0.113.1"})");
  EXPECT_EQ(way_to("2001:db8:9::1"), "nowhere");
  paper_.with("routes/default6", R"({"prefix":"::/0","via":"2001:db8:1::1"})");
  EXPECT_EQ(way_to("2001:db8:9::1"), "public0 via 2001:db8:1::1");
}

TEST_F(Routes, UseTheFirstByIdOfOnePrefixOnTwoInterfaces) {
  paper_.with("routes/b", R"({"prefix":"0.0.0.0/0","via":"203.0.113.1"})")
      .with("routes/a", R"({"prefix":"0.0.0.0/0","via":"172.16.0.1"})");
  EXPECT_EQ(way_to("198.51.100.9"), "gateway0 via 172.16.0.1");
}

TEST_F(Routes, LeadBackWhereAQuestionCameIn) {
  paper_.with("routes/b", R"({"prefix":"0.0.0.0/0","via":"203.0.113.1"})")
      .with("routes/a", R"({"prefix":"0.0.0.0/0","via":"172.16.0.1"})");
  EXPECT_EQ(way_by("public0", "198.51.100.9"), "public0 via 203.0.113.1");
  EXPECT_EQ(way_by("gateway0", "198.51.100.9"), "gateway0 via 172.16.0.1");
  EXPECT_EQ(way_by("guest0", "198.51.100.9"), "nowhere");
  EXPECT_EQ(way_by("guest0", "10.1.1.20"), "guest0 via 10.1.1.20");
}

TEST_F(Routes, RefuseAGatewayInNoNetwork) {
  paper_.with("routes/r", R"({"prefix":"0.0.0.0/0","via":"198.51.100.1"})");
  EXPECT_TRUE(is_invalid(paper_.compile(), "/routers/red/routes/r/via",
                         "198.51.100.1 is in no network of this router"));
}

TEST_F(Routes, RefuseTheRouterItselfAsGateway) {
  paper_.with("routes/r", R"({"prefix":"0.0.0.0/0","via":"203.0.113.2"})");
  EXPECT_TRUE(is_invalid(paper_.compile(), "/routers/red/routes/r/via",
                         "203.0.113.2 is the router's own address"));
}

TEST_F(Routes, RefuseAnAddressOfTheRoutersNatAsGateway) {
  paper_.with("routes/r", R"({"prefix":"0.0.0.0/0","via":"203.0.113.1"})")
      .with("source_nats/default", R"({"addresses":["203.0.113.1"]})");
  EXPECT_TRUE(is_conflict(paper_.compile(), "/routers/red/routes/r/via",
                          "203.0.113.1 is an address that the router itself answers for"));
}

TEST_F(Routes, RefuseABroadcastAddressAsGateway) {
  paper_.with("routes/r", R"({"prefix":"0.0.0.0/0","via":"203.0.113.255"})");
  EXPECT_TRUE(is_invalid(paper_.compile(), "/routers/red/routes/r/via",
                         "203.0.113.255 is no station's address"));
}

TEST_F(Routes, RefuseAGatewayOfAnotherFamily) {
  paper_.with("routes/r", R"({"prefix":"::/0","via":"203.0.113.1"})");
  EXPECT_TRUE(is_invalid(paper_.compile(), "/routers/red/routes/r/via", "another address family"));
}

TEST_F(Routes, RefuseTheNetworkOfAnyInterface) {
  paper_.with("routes/r", R"({"prefix":"10.1.1.0/24","via":"203.0.113.1"})");
  EXPECT_TRUE(is_conflict(paper_.compile(), "/routers/red/routes/r/prefix",
                          "10.1.1.0/24 is the network of interface 'guest0'"));
}

TEST_F(Routes, RefuseTwoGatewaysOfOnePrefixOnOneInterface) {
  paper_.with("routes/a", R"({"prefix":"0.0.0.0/0","via":"203.0.113.1"})")
      .with("routes/b", R"({"prefix":"0.0.0.0/0","via":"203.0.113.3"})");
  EXPECT_TRUE(is_conflict(paper_.compile(), "/routers/red/routes/b/prefix",
                          "0.0.0.0/0 already has a route through interface 'public0'"));
}

}  // namespace
}  // namespace viaduct::test
