#include "dataplane/document.h"

#include "api/document.h"
#include "tests/model.h"

namespace viaduct::test {
namespace {

// What the README shows.
constexpr std::string_view example = R"({
  "ports":{"wan":{"device":"net_af_packet0,iface=wan0","namespace":"lab-switch"},
           "lan":{"device":"net_af_packet1,iface=lan0"}},
  "routers":{"red":{
    "interfaces":{"public0":{"role":"public","port":"wan","addresses":["203.0.113.2/24"]},
                  "guest0":{"role":"guest","port":"lan","addresses":["10.1.1.1/24"],"egress":"allow"}},
    "routes":{"default":{"prefix":"0.0.0.0/0","via":"203.0.113.1"}},
    "source_nats":{"default":{"addresses":["203.0.113.2"]}},
    "static_nats":{"db":{"public":"203.0.113.12","private":"10.1.1.12"}},
    "port_forwards":{"web":{"protocol":"tcp","public":"203.0.113.2:8080","private":"10.1.1.20:80"}},
    "firewall_rules":{"web":{"destination":"203.0.113.2","protocol":"tcp","ports":"8080",
                             "sources":["198.51.100.0/24"]},
                      "ping":{"destination":"203.0.113.2","protocol":"icmp","icmp_type":8}},
    "egress_rules":{"smtp":{"interface":"guest0","protocol":"tcp","ports":"25"}}}}})";

Result<Document> read(std::string_view text) {
  return read_document(json(text));
}

TEST(Document, MayBeEmpty) {
  EXPECT_EQ(*read("{}"), Document{});
  EXPECT_EQ(write_document({}).dump(), "{}");
  EXPECT_EQ(write_document(*read(R"({"ports":{},"routers":{}})")).dump(), "{}");
}

TEST(Document, SurvivesTheRoundTrip) {
  const Document document = sure(read(example));
  EXPECT_EQ(sure(read_document(write_document(document))), document);
}

TEST(Document, KeepsARouterThatHasNothingYet) {
  EXPECT_EQ(write_document(*read(R"({"routers":{"red":{}}})")).dump(), R"({"routers":{"red":{}}})");
}

TEST(Document, DoesNotDependOnTheOrderOfItsText) {
  EXPECT_EQ(*read(R"({"routers":{"b":{},"a":{}},"ports":{"p":{"device":"net_ring0"}}})"),
            *read(R"({"ports":{"p":{"device":"net_ring0"}},"routers":{"a":{},"b":{}}})"));
}

TEST(Document, IsAnObject) {
  EXPECT_TRUE(is_invalid(read("[]"), "", "expected an object, got array"));
  EXPECT_TRUE(is_invalid(read(R"({"routers":[]})"), "/routers"));
  EXPECT_TRUE(is_invalid(read(R"({"ports":7})"), "/ports"));
  EXPECT_TRUE(is_invalid(read(R"({"routers":{"red":null}})"), "/routers/red"));
}

TEST(Document, PointsAtUnknownAttributes) {
  EXPECT_TRUE(is_invalid(read(R"({"router":{}})"), "/router", "unknown attribute"));
  EXPECT_TRUE(is_invalid(read(R"({"routers":{"red":{"firewall":{}}}})"), "/routers/red/firewall"));
  EXPECT_TRUE(is_invalid(read(R"({"ports":{"wan":{"device":"net_ring0","speed":1}}})"),
                         "/ports/wan/speed"));
}

TEST(Document, PointsAtIdsThatAreNone) {
  EXPECT_TRUE(is_invalid(read(R"({"routers":{"Red":{}}})"), "/routers/Red"));
  EXPECT_TRUE(is_invalid(read(R"({"routers":{"a/b":{}}})"), "/routers/a~1b"));
  EXPECT_TRUE(is_invalid(read(R"({"ports":{"":{"device":"net_ring0"}}})"), "/ports/"));
}

TEST(Document, PointsDeepIntoLists) {
  EXPECT_TRUE(
      is_invalid(read(R"({"routers":{"red":{"firewall_rules":{"web":{"destination":"203.0.113.2",
               "sources":["192.0.2.0/24","192.0.2.1/24"]}}}}})"),
                 "/routers/red/firewall_rules/web/sources/1", "write 192.0.2.0/24"));
}

TEST(DocumentSchemas, DescribeEveryCollection) {
  const api::Json schemas = api::document_schemas<Document>();
  for (const auto* name : {"document", "router", "ports", "interfaces", "routes", "static_nats",
                           "port_forwards", "source_nats", "firewall_rules", "egress_rules"}) {
    EXPECT_TRUE(schemas.contains(name)) << name;
  }
  EXPECT_EQ(schemas["router"]["properties"]["routes"]["additionalProperties"]["$ref"],
            "#/components/schemas/routes");
}

class Compilation : public testing::Test {
 protected:
  Paper paper_;
};

TEST_F(Compilation, TakesTheExample) {
  Directory directory;
  EXPECT_EQ(told(compile(sure(read(example)), directory)), "accepted");
}

TEST_F(Compilation, TakesNothingAtAll) {
  Directory directory;
  EXPECT_TRUE(sure(compile({}, directory)).routers.empty());
}

TEST_F(Compilation, GivesTheSameSlotsToTheSameDocument) {
  Directory directory;
  const Document document = sure(read(example));
  const Slot before = sure(compile(document, directory)).routers[0]->slot;
  directory.commit();
  const Slot limit = directory.limit();
  EXPECT_EQ(sure(compile(document, directory)).routers[0]->slot, before);
  EXPECT_EQ(directory.limit(), limit);
}

TEST_F(Compilation, NamesEveryResourceByItsPointer) {
  EXPECT_EQ(paper_.directory.name(paper_.router().slot), "/routers/red");
  EXPECT_EQ(paper_.directory.name(paper_.router().interfaces->find("guest0")->slot),
            "/routers/red/interfaces/guest0");
}

TEST_F(Compilation, KnowsAllAddressesThatARouterAnswersFor) {
  paper_.with("source_nats/default", R"({"addresses":["203.0.113.2","203.0.113.3"]})");
  const auto& router = paper_.router();
  for (const auto* own : {"203.0.113.2", "203.0.113.3", "10.1.1.1", "2001:db8:2::1"}) {
    EXPECT_TRUE(router.owns(address(own))) << own;
  }
  EXPECT_FALSE(router.owns(address("203.0.113.4")));
}

TEST_F(Compilation, RemembersWhatItWasMadeFrom) {
  EXPECT_EQ(paper_.router().desired, paper_.document().routers.at("red"));
}

TEST_F(Compilation, TakesOverlappingNetworksInTwoRouters) {
  paper_.at("/routers/blue/interfaces/guest0",
            R"({"role":"guest","port":"lan","vlan":101,"addresses":["10.1.1.1/24"]})");
  EXPECT_EQ(told(paper_.compile()), "accepted");
}

TEST_F(Compilation, RefusesOneAddressInTwoRoutersOnOneWire) {
  paper_.at("/routers/blue/interfaces/public0",
            R"({"role":"public","port":"wan","addresses":["203.0.113.2/24"]})");
  EXPECT_TRUE(is_conflict(paper_.compile(), "/routers/red",
                          "203.0.113.2 on port 'wan', VLAN 0, already belongs to router 'blue'"));
}

TEST_F(Compilation, RefusesOneNatAddressInTwoRoutersOnOneWire) {
  paper_
      .at("/routers/blue/interfaces/public0",
          R"({"role":"public","port":"wan","addresses":["203.0.113.3/24"]})")
      .at("/routers/blue/source_nats/default", R"({"addresses":["203.0.113.9"]})")
      .with("source_nats/default", R"({"addresses":["203.0.113.9"]})");
  EXPECT_TRUE(is_conflict(paper_.compile(), "/routers/red", "203.0.113.9"));
}

TEST_F(Compilation, RefusesAPortThatIsNotThere) {
  paper_.with("interfaces/guest2", R"({"role":"guest","port":"dmz"})");
  EXPECT_TRUE(is_invalid(paper_.compile(), "/routers/red/interfaces/guest2/port",
                         "there is no port 'dmz'"));
}

TEST_F(Compilation, RefusesTwoPortsOnOneDevice) {
  paper_.at("/ports/other", R"({"device":"net_ring1,nodeaction=x"})");
  EXPECT_TRUE(is_conflict(paper_.compile(), "/ports/other/device",
                          "net_ring1 is already the device of port 'lan'"));
}

TEST_F(Compilation, RefusesAnMtuThatPacketBuffersDoNotHold) {
  paper_.at("/routers/red/interfaces/guest0/mtu", "1901");
  Directory directory;
  EXPECT_TRUE(is_invalid(compile(paper_.document(), directory, 1900),
                         "/routers/red/interfaces/guest0/mtu", "packet buffers hold 1900 bytes"));
  EXPECT_EQ(told(compile(paper_.document(), directory, 1901)), "accepted");
}

TEST_F(Compilation, RefusesTwoStationsOfOneEthernetAddressOnOneWire) {
  paper_.with("interfaces/a", R"({"role":"guest","port":"lan","mac":"02:00:00:00:00:01"})")
      .with("interfaces/b", R"({"role":"guest","port":"lan","mac":"02:00:00:00:00:01"})");
  EXPECT_TRUE(is_conflict(paper_.compile(), "/routers/red/interfaces/b/mac",
                          "another interface on port 'lan', VLAN 0, already is 02:00:00:00:00:01"));
}

TEST_F(Compilation, TakesOneEthernetAddressOnTwoWires) {
  paper_.with("interfaces/a", R"({"role":"guest","port":"lan","vlan":7,"mac":"02:00:00:00:00:01"})")
      .with("interfaces/b", R"({"role":"guest","port":"lan","vlan":8,"mac":"02:00:00:00:00:01"})")
      .with("interfaces/c", R"({"role":"guest","port":"wan","vlan":7,"mac":"02:00:00:00:00:01"})");
  EXPECT_EQ(told(paper_.compile()), "accepted");
}

TEST_F(Compilation, GivesPrecedenceListsInOneOrder) {
  using Expected = TablesOf<static_nat::Table, port_forward::Table, source_nat::Table,
                            firewall::Table, egress::Table>;
  EXPECT_TRUE((std::is_same_v<Rooms<TablesOf>, Expected>));
}

// A candidate for the configuration that follows another one.
class Recompilation : public testing::Test {
 protected:
  Recompilation() {
    paper_
        .with("port_forwards/web",
              R"({"protocol":"tcp","public":"203.0.113.2:80","private":"10.1.1.20:80"})")
        .with("firewall_rules/web", R"({"destination":"203.0.113.2","protocol":"tcp"})")
        .with("source_nats/default", R"({"addresses":["203.0.113.2","203.0.113.3"]})")
        .at("/routers/blue/interfaces/guest0",
            R"({"role":"guest","port":"lan","vlan":7,"addresses":["10.9.9.1/24"]})");
    next();
  }
  // Takes up what is written on the paper.
  void next() {
    before_ = std::exchange(now_, sure(compile(paper_.document(), directory_, 9000, now_)));
    directory_.commit();
  }
  [[nodiscard]] static const CompiledRouter& red(const Configuration& of) {
    return **of.find("red");
  }
  template <class Table>
  [[nodiscard]] bool is_reused() const {
    return &red(before_).of<Table>() == &red(now_).of<Table>();
  }

  Paper paper_;
  Directory directory_;
  Configuration before_;
  Configuration now_;
};

TEST_F(Recompilation, KeepsARouterThatDidNotChange) {
  paper_.remove("/routers/red/port_forwards/web");
  next();
  EXPECT_EQ(*before_.find("blue"), *now_.find("blue"));
  EXPECT_NE(*before_.find("red"), *now_.find("red"));
}

TEST_F(Recompilation, KeepsTheTablesOfRoomsThatDidNotChange) {
  paper_.with("port_forwards/ssh",
              R"({"protocol":"tcp","public":"203.0.113.2:22","private":"10.1.1.20:22"})");
  next();
  EXPECT_TRUE(is_reused<firewall::Table>());
  EXPECT_FALSE(is_reused<port_forward::Table>());
  EXPECT_FALSE(is_reused<source_nat::Table>()) << "its free ports depend on the forwards";
  EXPECT_EQ(red(before_).interfaces, red(now_).interfaces);
}

TEST_F(Recompilation, LooksAtEveryRoomAgainWhenANetworkChanges) {
  paper_.with("interfaces/guest0/addresses", R"(["10.2.2.1/24"])");
  EXPECT_TRUE(is_invalid(compile(paper_.document(), directory_, 9000, now_),
                         "/routers/red/port_forwards/web/private"));
}

TEST_F(Recompilation, GivesTheSameTablesAsAFreshCompilation) {
  paper_.with("port_forwards/ssh",
              R"({"protocol":"tcp","public":"203.0.113.2:22","private":"10.1.1.20:22"})");
  next();
  paper_.with("port_forwards/web/private", R"("10.1.1.21:8080")")
      .remove("/routers/red/port_forwards/ssh");
  next();
  const auto& forwards = red(now_).of<port_forward::Table>();
  const auto* web = forwards.find(Protocol::tcp, endpoint("203.0.113.2:80"));
  ASSERT_NE(web, nullptr);
  EXPECT_EQ(web->target_of(80), endpoint("10.1.1.21:8080"));
  EXPECT_EQ(forwards.find(Protocol::tcp, endpoint("203.0.113.2:22")), nullptr);
  const auto& pools = red(now_).of<source_nat::Table>();
  EXPECT_TRUE(pools.is_reserved(Protocol::tcp, endpoint("203.0.113.2:80")));
  EXPECT_FALSE(pools.is_reserved(Protocol::tcp, endpoint("203.0.113.2:22")));
  EXPECT_TRUE(have_same_tables(now_, sure(compile(paper_.document(), directory_))));
}

// Each change is noticed by the table that it is about.
TEST_F(Recompilation, GivesOtherTablesForAnotherDocument) {
  for (const auto& [resource, body] : std::initializer_list<std::pair<const char*, const char*>>{
           {"interfaces/guest0/mtu", "1400"},
           {"networks/guest0", R"({"pooling":"arbitrary"})"},
           {"guests/vm",
            R"({"interface":"guest0","mac":"02:00:00:00:00:11","addresses":["10.1.1.11"]})"},
           {"routes/a", R"({"prefix":"10.8.0.0/16","via":"203.0.113.1"})"},
           {"static_nats/db", R"({"public":"203.0.113.12","private":"10.1.1.12"})"},
           {"port_forwards/web/on_remove", R"("drain")"},
           {"source_nats/default/addresses", R"(["203.0.113.3","203.0.113.2"])"},
           {"firewall_rules/web/ports", R"("80")"},
           {"egress_rules/dns", R"({"interface":"guest1","protocol":"udp"})"}}) {
    paper_.with(resource, body);
    next();
    EXPECT_FALSE(have_same_tables(before_, now_)) << resource;
  }
}

TEST_F(Recompilation, RefusesAForwardThatOverlapsOneThatStays) {
  paper_.with("port_forwards/also",
              R"({"protocol":"tcp","public":"203.0.113.2:79-81","private":"10.1.1.20:79-81"})");
  EXPECT_FALSE(compile(paper_.document(), directory_, 9000, now_));
}

TEST_F(Recompilation, RefusesAnAddressThatAnotherRouterHas) {
  paper_.at("/routers/blue/interfaces/public0",
            R"({"role":"public","port":"wan","addresses":["203.0.113.4/24"]})");
  next();
  paper_.with("port_forwards/theirs",
              R"({"protocol":"tcp","public":"203.0.113.4:80","private":"10.1.1.20:80"})");
  EXPECT_FALSE(compile(paper_.document(), directory_, 9000, now_));
}

TEST_F(Recompilation, ReleasesTheSlotsOfWhatIsNoMore) {
  paper_.remove("/routers/red/port_forwards/web");
  paper_.with("source_nats/default/addresses", R"(["203.0.113.2"])");
  next();
  EXPECT_FALSE(directory_.find("/routers/red/port_forwards/web"));
  EXPECT_FALSE(directory_.find("/routers/red/public_addresses/203.0.113.3"));
  EXPECT_TRUE(directory_.find("/routers/red/firewall_rules/web"));
  paper_.remove("/routers/red");
  next();
  for (const auto* gone :
       {"", "/interfaces/guest0", "/firewall_rules/web", "/public_addresses/203.0.113.2"}) {
    EXPECT_FALSE(directory_.find(std::string{"/routers/red"} + gone)) << gone;
  }
}

TEST_F(Recompilation, LeavesTheDirectoryAsItWasWhenItIsRolledBack) {
  const Slot limit = directory_.limit();
  const auto web = directory_.find("/routers/red/port_forwards/web");
  paper_.remove("/routers/red/port_forwards/web");
  paper_.with("firewall_rules/more", R"({"destination":"203.0.113.3"})");
  sure(compile(paper_.document(), directory_, 9000, now_));
  directory_.rollback();
  directory_.commit();
  EXPECT_EQ(directory_.find("/routers/red/port_forwards/web"), web);
  EXPECT_EQ(directory_.limit(), limit);
}

}  // namespace
}  // namespace viaduct::test
