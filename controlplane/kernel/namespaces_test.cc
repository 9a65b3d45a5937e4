#include "controlplane/kernel/namespaces.h"

#include <gmock/gmock.h>

#include "controlplane/kernel/lab.h"

namespace viaduct::kernel {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr std::string_view red = R"({"red":{
  "interfaces":{
    "public0":{"role":"public","port":"wire","vlan":1,"addresses":["203.0.113.2/24","203.0.113.3/24"]},
    "guest0":{"role":"guest","port":"wire","vlan":2,"addresses":["10.1.1.1/24"],"mtu":1400}},
  "routes":{"default":{"prefix":"0.0.0.0/0","via":"203.0.113.1"},
            "branch":{"prefix":"10.9.0.0/16","via":"10.1.1.9"}}}})";

class NamespacesOfRouters : public Lab {
 protected:
  // The namespaces, as red's configuration asks for them.
  void converge_red() {
    const Configuration wanted = configured(red);
    auto prepared = namespaces.prepare(wanted);
    ASSERT_TRUE(prepared) << prepared.error().where << ": " << prepared.error().why;
    auto converged = namespaces.converge(wanted);
    ASSERT_TRUE(converged) << converged.error().where << ": " << converged.error().why;
  }
  // The same, with both TAPs there.
  void converge_red_with_taps() {
    ASSERT_TRUE(namespaces.prepare(configured(red)));
    public0 = tap("red", "public0");
    guest0 = tap("red", "guest0");
    converge_red();
  }
  std::string link(const std::string& id) { return ip("red", {"link", "show", id}); }
  std::string addresses(const std::string& id) {
    return ip("red", {"-brief", "address", "show", id});
  }
  std::string routes() { return ip("red", {"route"}); }
  bool is_whole() {
    return addresses("public0").find("203.0.113.2/24 203.0.113.3/24") != std::string::npos &&
           addresses("guest0").find("10.1.1.1/24") != std::string::npos && routes() == all_routes;
  }

  static constexpr std::string_view all_routes =
      "default via 203.0.113.1 dev public0 proto static \n"
      "10.1.1.0/24 dev guest0 proto kernel scope link src 10.1.1.1 \n"
      "10.9.0.0/16 via 10.1.1.9 dev guest0 proto static \n"
      "203.0.113.0/24 dev public0 proto kernel scope link src 203.0.113.2 \n";
  Namespaces namespaces{prefix};
  Descriptor public0;
  Descriptor guest0;
};

TEST_F(NamespacesOfRouters, GiveATapItsAddressesMtuAndRoutes) {
  converge_red_with_taps();
  EXPECT_THAT(link("guest0"), AllOf(HasSubstr(",UP"), HasSubstr("mtu 1400")));
  EXPECT_TRUE(is_whole()) << addresses("public0") << addresses("guest0") << routes();
}

TEST_F(NamespacesOfRouters, TakeAwayAddressesAndRoutesThatNobodyAskedFor) {
  converge_red_with_taps();
  ip("red", {"address", "add", "192.0.2.1/24", "dev", "guest0"});
  ip("red", {"route", "add", "198.51.100.0/24", "via", "10.1.1.77"});
  EXPECT_TRUE(eventually([&] { return is_whole(); })) << routes();
  EXPECT_THAT(addresses("guest0"), Not(HasSubstr("192.0.2.1")));
}

TEST_F(NamespacesOfRouters, HealAfterALinkWentDownAndUp) {
  converge_red_with_taps();
  ip("red", {"link", "set", "public0", "down"});
  EXPECT_TRUE(eventually([&] { return is_whole(); })) << routes();
  ip("red", {"link", "set", "public0", "down"});
  ip("red", {"link", "set", "public0", "up"});
  EXPECT_TRUE(eventually([&] { return is_whole(); })) << routes();
}

TEST_F(NamespacesOfRouters, HealAfterAddressesRoutesAndMtuWereChangedByHand) {
  converge_red_with_taps();
  ip("red", {"address", "del", "203.0.113.2/24", "dev", "public0"});
  EXPECT_TRUE(eventually([&] { return routes() == all_routes; })) << routes();
  ip("red", {"route", "del", "default"});
  EXPECT_TRUE(eventually([&] { return routes() == all_routes; })) << routes();
  ip("red", {"route", "del", "10.1.1.0/24"});
  EXPECT_TRUE(eventually([&] { return routes() == all_routes; })) << routes();
  ip("red", {"link", "set", "guest0", "mtu", "900"});
  EXPECT_TRUE(eventually([&] { return link("guest0").find("mtu 1400") != std::string::npos; }));
}

TEST_F(NamespacesOfRouters, KeepTheOtherAddressesOfANetworkWhenItsFirstIsRemoved) {
  {
    Namespaces nobody_heals_afterwards{prefix};
    ASSERT_TRUE(nobody_heals_afterwards.prepare(configured(red)));
    public0 = tap("red", "public0");
    ASSERT_TRUE(nobody_heals_afterwards.converge(configured(red)));
  }
  ip("red", {"address", "del", "203.0.113.2/24", "dev", "public0"});
  EXPECT_THAT(addresses("public0"), HasSubstr("203.0.113.3/24"));
}

TEST_F(NamespacesOfRouters, FurnishATapThatComesLaterOrComesBack) {
  converge_red();
  public0 = tap("red", "public0");
  guest0 = tap("red", "guest0");
  EXPECT_TRUE(eventually([&] { return is_whole(); })) << routes();
  guest0 = Descriptor{};
  EXPECT_TRUE(eventually([&] { return routes().find("guest0") == std::string::npos; }));
  guest0 = tap("red", "guest0");
  EXPECT_TRUE(eventually([&] { return is_whole(); })) << routes();
}

TEST_F(NamespacesOfRouters, LeaveTheRoutesOfRoutingDaemonsAlone) {
  converge_red_with_taps();
  ip("red", {"route", "add", "198.51.100.0/24", "via", "203.0.113.9", "proto", "bgp"});
  ip("red", {"route", "del", "default"});
  EXPECT_TRUE(eventually([&] { return routes().starts_with("default"); }));
  EXPECT_THAT(routes(), HasSubstr("198.51.100.0/24 via 203.0.113.9 dev public0 proto bgp"));
}

TEST_F(NamespacesOfRouters, LetTheKernelSpeakIpv6OnlyWhereItHasAnAddress) {
  converge_red_with_taps();
  EXPECT_EQ(ip("red", {"-6", "address", "show", "dev", "guest0"}), "");
  const Configuration both = configured(
      R"({"red":{"interfaces":{"guest0":{"role":"guest","port":"wire","addresses":["10.1.1.1/24","2001:db8:1::1/64"]}},
          "routes":{"default":{"prefix":"::/0","via":"2001:db8:1::9"}}}})");
  ASSERT_TRUE(namespaces.prepare(both));
  ASSERT_TRUE(namespaces.converge(both));
  EXPECT_THAT(ip("red", {"-6", "-brief", "address", "show", "guest0"}),
              AllOf(HasSubstr("2001:db8:1::1/64"), Not(HasSubstr("fe80"))));
  EXPECT_THAT(ip("red", {"-6", "route"}), HasSubstr("default via 2001:db8:1::9 dev guest0"));
}

TEST_F(NamespacesOfRouters, GoWithTheirRouter) {
  converge_red();
  ASSERT_TRUE(namespaces.converge({}));
  EXPECT_FALSE(NetworkNamespace::open(name("red")));
}

TEST_F(NamespacesOfRouters, GoWithTheirRouterEvenIfAnEarlierProcessMadeThem) {
  ASSERT_TRUE(Namespaces{prefix}.prepare(configured(red)));
  ASSERT_TRUE(namespaces.converge({}));
  EXPECT_FALSE(NetworkNamespace::open(name("red")));
}

TEST_F(NamespacesOfRouters, OfSomebodyElseAreNeitherRemovedNorTakenOver) {
  run({"ip", "netns", "add", prefix + "red"});
  // Its name begins with our prefix, too, but another prefix made it.
  ASSERT_TRUE(Namespaces{prefix + "lab-"}.prepare(configured(R"({"blue":{}})")));
  ASSERT_TRUE(namespaces.converge({}));
  EXPECT_TRUE(NetworkNamespace::open(name("red")));
  EXPECT_TRUE(NetworkNamespace::open(name("lab-blue")));

  const auto taken = namespaces.prepare(configured(red));
  ASSERT_FALSE(taken);
  EXPECT_EQ(taken.error().fault, Fault::conflict);
  EXPECT_EQ(taken.error().where, "/routers/red");
}

TEST_F(NamespacesOfRouters, AreTheSameWhenPreparedTwice) {
  converge_red_with_taps();
  const auto first = network("red");
  const auto guard = [&] {
    return run({"ip", "netns", "exec", prefix + "red", "nft", "list", "ruleset"});
  };
  const std::string before = guard();
  converge_red();
  EXPECT_TRUE(first.is_named(name("red")));
  EXPECT_EQ(guard(), before);
  EXPECT_TRUE(is_whole());
}

TEST_F(NamespacesOfRouters, OutliveTheProcessAndAreFoundAgain) {
  const Configuration wanted = configured(red);
  {
    Namespaces earlier{prefix};
    ASSERT_TRUE(earlier.prepare(wanted));
    public0 = tap("red", "public0");
    guest0 = tap("red", "guest0");
    ASSERT_TRUE(earlier.converge(wanted));
  }
  const auto first = network("red");
  EXPECT_TRUE(is_whole());
  ip("red", {"link", "set", "public0", "down"});
  converge_red();
  EXPECT_TRUE(first.is_named(name("red")));
  EXPECT_TRUE(is_whole());
}

TEST_F(NamespacesOfRouters, AreMadeAgainAfterTheirNameWasRemovedByHand) {
  converge_red();
  run({"ip", "netns", "delete", prefix + "red"});
  converge_red_with_taps();
  EXPECT_TRUE(is_whole());
}

TEST_F(NamespacesOfRouters, KnowWhetherTheyAreAsTheyWereMade) {
  const auto inside = [&](std::vector<std::string> command) {
    command.insert(command.begin(), {"ip", "netns", "exec", prefix + "red"});
    run(std::move(command));
  };
  EXPECT_FALSE(namespaces.is_prepared(configured(red)));
  converge_red_with_taps();
  EXPECT_TRUE(namespaces.is_prepared(configured(red)));
  inside({"nft", "flush", "ruleset"});
  EXPECT_FALSE(namespaces.is_prepared(configured(red)));
  converge_red();
  EXPECT_TRUE(namespaces.is_prepared(configured(red)));
  inside({"sysctl", "-q", "net.ipv4.ip_forward=1"});
  EXPECT_FALSE(namespaces.is_prepared(configured(red)));
  converge_red();
  EXPECT_TRUE(namespaces.is_prepared(configured(red)));
  run({"ip", "netns", "delete", prefix + "red"});
  EXPECT_FALSE(namespaces.is_prepared(configured(red)));
}

TEST_F(NamespacesOfRouters, AreMadeOverWhatACrashLeftBehind) {
  run({"mkdir", "-p", "/run/netns"});
  run({"touch", name("red").path()});
  converge_red_with_taps();
  EXPECT_TRUE(is_whole());
}

TEST_F(NamespacesOfRouters, NeverForward) {
  converge_red();
  EXPECT_EQ(run({"ip", "netns", "exec", prefix + "red", "cat", "/proc/sys/net/ipv4/ip_forward"}),
            "0\n");
}

TEST_F(NamespacesOfRouters, MustBePreparedBeforeTheyConverge) {
  const auto converged = namespaces.converge(configured(red));
  ASSERT_FALSE(converged);
  EXPECT_EQ(converged.error().where, "/routers/red");
}

TEST_F(NamespacesOfRouters, CannotHaveNamesThatLeadElsewhere) {
  for (const char* hostile :
       {"", ".", "..", "../red", "a/b", "/etc/passwd", "-red", "Red", "a b", "a\nb"}) {
    EXPECT_FALSE(NamespaceName::parse(hostile)) << hostile;
  }
  EXPECT_FALSE(NamespaceName::parse(std::string(256, 'a')));
  EXPECT_FALSE(NamespaceName::parse(std::string{"red\0x", 5}));

  Document document;
  document.routers["../../tmp/red"];
  Directory directory;
  const auto prepared = namespaces.prepare(compile(document, directory).value());
  ASSERT_FALSE(prepared);
  EXPECT_EQ(prepared.error().fault, Fault::invalid);
}

}  // namespace
}  // namespace viaduct::kernel
