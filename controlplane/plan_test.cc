#include "controlplane/plan.h"

#include "controlplane/test_support.h"

namespace viaduct::test {
namespace {

using api::Json;

// "op path" of each change, one a line.
std::string planned(const Json& from, const Json& to) {
  std::string lines;
  for (const Json& change : write_changes(plan(sure(api::read_document<ApplianceDocument>(from)),
                                               sure(api::read_document<ApplianceDocument>(to))))) {
    lines += change.value("op", "") + " " + change.value("path", "") + "\n";
  }
  return lines;
}

TEST(Plan, IsEmptyBetweenEqualDocuments) {
  Json spelled_out = small_document();
  spelled_out["routers"]["red"]["interfaces"]["guest0"]["vlan"] = 0;

  EXPECT_EQ(planned(small_document(), spelled_out), "");
}

TEST(Plan, TellsWhatBecameOfEachResource) {
  Json to = small_document();
  Json& red = to["routers"]["red"];
  red["interfaces"]["guest0"]["mtu"] = 1400;
  red["port_forwards"] = {
      {"mail", {{"protocol", "tcp"}, {"public", "203.0.113.2:25"}, {"private", "10.1.1.9:25"}}}};
  to["ports"]["third"] = {{"device", "net_null2"}};

  EXPECT_EQ(planned(small_document(), to),
            "add /ports/third\n"
            "change /routers/red/interfaces/guest0\n"
            "remove /routers/red/port_forwards/web\n"
            "add /routers/red/port_forwards/mail\n");
}

TEST(Plan, ShowsBeforeAndAfter) {
  Json to = small_document();
  to["ports"]["wan"]["device"] = "net_null9";
  const Json changes = write_changes(plan(sure(read_document(small_document())),  //
                                          sure(read_document(to))));

  EXPECT_EQ(changes, Json::parse(R"([{"op":"change","path":"/ports/wan",
      "before":{"device":"net_null0"},"after":{"device":"net_null9"}}])"));
}

TEST(Plan, MakesAndRemovesRoutersWithAllTheyHave) {
  const Json nothing = Json::object();
  const Json one = {{"routers", {{"red", Json::object()}}}};

  EXPECT_EQ(planned(nothing, one), "add /routers/red\n");
  EXPECT_EQ(planned(one, nothing), "remove /routers/red\n");
}

}  // namespace
}  // namespace viaduct::test
