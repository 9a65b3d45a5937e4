#include <fstream>
#include <iterator>

#include "controlplane/http/test_server.h"

namespace viaduct::test {
namespace {

using api::Json;

class CloudstackApi : public ServerFixture {
 protected:
  struct Answer {
    int status = 0;
    Json body;
  };
  static Answer read(const httplib::Result& result) {
    if (!result) throw std::runtime_error{httplib::to_string(result.error())};
    return {result->status, Json::parse(result->body, nullptr, false)};
  }
  Answer post(const Json& body, const std::string& query = "") {
    return read(client().Post("/v1/cloudstack" + query, body.dump(), "application/json"));
  }
  Answer get(const std::string& path) { return read(client().Get(path)); }
  static std::string sample(const std::string& name) {
    std::ifstream file{VIADUCT_SOURCE "/tests/cloudstack/samples/" + name};
    return {std::istreambuf_iterator<char>{file}, {}};
  }
  // Starts an isolated network's router.
  static Json boot() {
    Json nics = Json::array();
    for (const auto& [name, mac] :
         {std::pair{"eth0", "02:00:0a:01:01:01"}, std::pair{"eth2", "1e:00:52:00:01:0a"}}) {
      nics.push_back({{"name", name}, {"mac", mac}, {"device", std::string{"net_null"} + name[3]}});
    }
    return {{"nics", nics},
            {"parts",
             {{{"cmdline", sample("iso-00-cmdline.txt")}},
              {{"aggregate", sample("iso-50-boot.cfg")}}}}};
  }
  static Json message(const std::string& type, const Json& content) {
    return {{"parts", {{{"type", type}, {"content", content}}}}};
  }
};

TEST_F(CloudstackApi, TakesAnAggregateInOneTransaction) {
  const Answer booted = post(boot());
  ASSERT_EQ(booted.status, 200) << booted.body.dump();
  EXPECT_EQ(booted.body["revision"], 1);
  EXPECT_EQ(booted.body["parts"].size(), 2);
  EXPECT_FALSE(booted.body["notes"].empty());
  EXPECT_EQ(get("/v1/config/routers/vr/port_forwards").body.size(), 3);
  EXPECT_EQ(dataplane.document["routers"]["vr"]["firewall_rules"].size(), 9);
}

TEST_F(CloudstackApi, TellsWhatItKnows) {
  post(boot());
  const Answer known = get("/v1/cloudstack");
  EXPECT_EQ(known.status, 200);
  EXPECT_EQ(known.body["entries"]["firewallrules.1101"]["content"]["src_ip"], "203.0.113.11");
  EXPECT_FALSE(known.body["notes"].empty());
}

TEST_F(CloudstackApi, ChangesNothingWhenAMessageIsWrong) {
  post(boot());
  const Json before = current();
  const Answer refused = post(message("dhcpentry", Json::object()));
  EXPECT_EQ(refused.status, 422);
  EXPECT_EQ(refused.body["pointer"], "/parts/0/content/mac_address");
  EXPECT_EQ(post(message("nonsense", Json::object())).status, 404);
  EXPECT_EQ(post({{"what", 1}}).status, 400);
  EXPECT_EQ(current(), before);
}

TEST_F(CloudstackApi, RollsBackMessagesWithWhatTheyMeant) {
  post(boot());
  const Json before = current();
  post(message("firewallrules", {{"rules", {{{"id", 1101}, {"revoked", true}}}}}));
  EXPECT_NE(current(), before);
  EXPECT_EQ(read(client().Post("/v1/rollback/1", "", "application/json")).status, 200);
  EXPECT_EQ(current(), before);
}

TEST_F(CloudstackApi, KeepsItsEntriesOverARestart) {
  post(boot());
  const Json before = current();
  server.stop();
  start();
  EXPECT_EQ(current(), before);
}

TEST_F(CloudstackApi, HandsPasswordsOnAndForgetsThem) {
  post(boot());
  const Answer told =
      post(message("vmpassword", {{"ip_address", "10.1.1.11"}, {"password", "t4Wq9ZxK"}}));
  ASSERT_EQ(told.status, 200) << told.body.dump();
  EXPECT_NE(guest_services.secrets.dump().find("t4Wq9ZxK"), std::string::npos);
  EXPECT_EQ(current().dump().find("t4Wq9ZxK"), std::string::npos);
  EXPECT_EQ(told.body.dump().find("t4Wq9ZxK"), std::string::npos);
  EXPECT_EQ(get("/v1/history/2").body.dump().find("t4Wq9ZxK"), std::string::npos);
}

}  // namespace
}  // namespace viaduct::test
