#include "controlplane/http/server.h"

#include <sys/stat.h>

#include "controlplane/http/test_server.h"

namespace viaduct::test {
namespace {

using api::Json;

class Api : public ServerFixture {
 protected:
  struct Answer {
    int status = 0;
    Json body;
    std::string etag;
  };
  static Answer read(const httplib::Result& result) {
    if (!result) throw std::runtime_error{httplib::to_string(result.error())};
    return {result->status, Json::parse(result->body, nullptr, false),
            result->get_header_value("ETag")};
  }
  Answer get(const std::string& path) { return read(client().Get(path)); }
  Answer put(const std::string& path, const std::string& body, const httplib::Headers& with = {}) {
    return read(client().Put(path, with, body, "application/json"));
  }
  Answer put(const std::string& path, const Json& body) { return put(path, body.dump()); }
  // "status pointer" of what putting this document gets.
  std::string refusal(const Json& wrong) {
    const Answer answer = put("/v1/config", wrong);
    EXPECT_FALSE(answer.body.value("detail", "").empty());
    return std::to_string(answer.status) + " " + answer.body.value("pointer", "");
  }
  static Json& red(Json& document) { return document["routers"]["red"]; }

  Json document = small_document();
};

TEST_F(Api, TakesAndGivesTheDocument) {
  const Answer taken = put("/v1/config", document);
  EXPECT_EQ(taken.status, 200);
  EXPECT_EQ(taken.etag, "\"1\"");
  EXPECT_EQ(taken.body["applied"], true);
  const Answer given = get("/v1/config");

  EXPECT_EQ(given.body, current());
  EXPECT_EQ(given.etag, "\"1\"");
}

TEST_F(Api, ServesEveryResource) {
  put("/v1/config", document);
  const std::string web = "/v1/config/routers/red/port_forwards/web";
  const Json moved = {
      {"protocol", "tcp"}, {"public", "203.0.113.2:81"}, {"private", "10.1.1.20:80"}};
  EXPECT_EQ(put(web, moved).status, 200);
  EXPECT_EQ(get(web).body, moved);
  EXPECT_EQ(get("/v1/config/routers/red/port_forwards").body, (Json{{"web", moved}}));
  EXPECT_EQ(get("/v1/config/ports/wan").body["device"], "net_null0");
  EXPECT_EQ(read(client().Delete(web)).status, 200);

  EXPECT_EQ(get(web).status, 404);
  EXPECT_EQ(read(client().Delete(web)).status, 404);
}

TEST_F(Api, MergesAPatch) {
  put("/v1/config", document);
  const char* patch =
      R"({"routers":{"red":{"port_forwards":null,"interfaces":{"guest0":{"mtu":1400}}}}})";
  EXPECT_EQ(read(client().Patch("/v1/config", patch, "application/merge-patch+json")).status, 200);

  EXPECT_EQ(get("/v1/config/routers/red/interfaces/guest0").body["mtu"], 1400);
  EXPECT_EQ(get("/v1/config/routers/red/port_forwards/web").status, 404);
}

TEST_F(Api, PointsAtAnUnknownAttribute) {
  red(document)["interfaces"]["guest0"]["colour"] = "blue";
  EXPECT_EQ(refusal(document), "422 /routers/red/interfaces/guest0/colour");
}

TEST_F(Api, PointsAtOverlappingGuestNetworks) {
  red(document)["interfaces"]["guest1"] = {
      {"role", "guest"}, {"port", "lan"}, {"vlan", 5}, {"addresses", {"10.1.0.1/16"}}};
  EXPECT_THAT(refusal(document), testing::StartsWith("409 /routers/red/interfaces/guest"));
}

TEST_F(Api, PointsAtASecondForwardOfOneEndpoint) {
  red(document)["port_forwards"]["zweb"] = red(document)["port_forwards"]["web"];
  EXPECT_EQ(refusal(document), "409 /routers/red/port_forwards/zweb/public");
}

TEST_F(Api, PointsAtAnAddressOutsideItsNetwork) {
  red(document)["port_forwards"]["web"]["private"] = "10.9.9.9:80";
  EXPECT_EQ(refusal(document), "422 /routers/red/port_forwards/web/private");
}

TEST_F(Api, PointsAtPortZeroAndAtAReversedRange) {
  red(document)["port_forwards"]["web"]["public"] = "203.0.113.2:0";
  EXPECT_EQ(refusal(document), "422 /routers/red/port_forwards/web/public");
  red(document)["port_forwards"]["web"]["public"] = "203.0.113.2:90-80";
  EXPECT_EQ(refusal(document), "422 /routers/red/port_forwards/web/public");
}

TEST_F(Api, ChangesNothingWhenItRefuses) {
  put("/v1/config", document);
  const Json before = current();
  red(document)["port_forwards"]["web"]["public"] = "203.0.113.2:0";
  refusal(document);

  EXPECT_EQ(current(), before);
  EXPECT_EQ(get("/v1/config").etag, "\"1\"");
}

TEST_F(Api, RefusesAHugeBody) {
  EXPECT_EQ(put("/v1/config", std::string(std::size_t{100} << 20, ' ')).status, 413);
}

TEST_F(Api, RefusesAHugeChunkedBody) {
  std::size_t sent = 0;
  const auto chunk = [&](std::size_t /*offset*/, httplib::DataSink& sink) {
    static const std::string blanks(std::size_t{1} << 20, ' ');
    sent += blanks.size();
    if (sent <= std::size_t{40} << 20) return sink.write(blanks.data(), blanks.size());
    sink.done();
    return true;
  };
  EXPECT_EQ(read(client().Put("/v1/config", chunk, "application/json")).status, 413);
}

TEST_F(Api, RefusesWhatIsNoReasonableJson) {
  EXPECT_EQ(put("/v1/config", std::string(10'000, '[')).status, 413);
  EXPECT_EQ(put("/v1/config", std::string{"{\"\xff\":1}"}).status, 400);
  EXPECT_EQ(put("/v1/config", std::string{"{"}).status, 400);
  EXPECT_EQ(put("/v1/config", std::string{}).status, 400);
  EXPECT_EQ(put("/v1/config", std::string{"[]"}).status, 422);
}

TEST_F(Api, RefusesAStaleChange) {
  put("/v1/config", document);
  EXPECT_EQ(put("/v1/config", "{}", {{"If-Match", "\"0\""}}).status, 412);
  EXPECT_EQ(put("/v1/config", "{}", {{"If-Match", "one"}}).status, 400);
  EXPECT_EQ(put("/v1/config", "{}", {{"If-Match", "\"1\""}}).status, 200);
}

TEST_F(Api, AnswersARepeatedRequestAsTheFirstTime) {
  const httplib::Headers key{{"Idempotency-Key", "a"}};
  const Answer first = put("/v1/config", document.dump(), key);
  EXPECT_EQ(put("/v1/config", document.dump(), key).body, first.body);
  EXPECT_EQ(put("/v1/config", "{}", key).status, 409);
}

TEST_F(Api, TellsInADryRunWhatWouldChange) {
  const Answer answer = put("/v1/config?dry_run=true", document);
  EXPECT_EQ(answer.status, 200);
  EXPECT_FALSE(answer.body["changes"].empty());
  EXPECT_EQ(get("/v1/config").body, Json::object());
  EXPECT_EQ(put("/v1/config?dry_run=perhaps", document).status, 400);
}

TEST_F(Api, KeepsAHistoryAndGoesBack) {
  put("/v1/config?note=first", document);
  put("/v1/config", Json::object());
  EXPECT_EQ(get("/v1/history").body["revisions"][1]["note"], "first");
  EXPECT_EQ(get("/v1/history/1").body["document"], write_document(sure(journal->document(1))));
  EXPECT_EQ(get("/v1/history/7").status, 404);
  const Answer back = read(client().Post("/v1/rollback/1", "", "text/plain"));
  EXPECT_EQ(back.status, 200);
  EXPECT_EQ(back.etag, "\"3\"");

  EXPECT_EQ(get("/v1/config/ports/wan").status, 200);
}

TEST_F(Api, ConfirmsAChange) {
  EXPECT_EQ(read(client().Post("/v1/confirm", "", "text/plain")).status, 404);
  put("/v1/config?confirm_within=60", document);
  EXPECT_FALSE(get("/v1/status").body["confirmation"].is_null());
  EXPECT_EQ(read(client().Post("/v1/confirm", "", "text/plain")).status, 200);
  EXPECT_TRUE(get("/v1/status").body["confirmation"].is_null());
}

TEST_F(Api, RefusesToWaitNoTimeForAConfirmation) {
  EXPECT_EQ(put("/v1/config?confirm_within=0", document).status, 400);
  EXPECT_EQ(control->desired()->revision, 0U);
}

TEST_F(Api, SaysWhenTheDataPlaneIsAway) {
  dataplane.is_away = true;
  EXPECT_EQ(get("/v1/sessions").status, 503);
  EXPECT_EQ(get("/v1/capture").status, 503);
  EXPECT_EQ(put("/v1/config", document).body["applied"], false);
}

TEST_F(Api, AsksTheDataPlaneWithTheFiltersGiven) {
  EXPECT_EQ(get("/v1/sessions?router=red&limit=5").status, 200);
  EXPECT_EQ(dataplane.asked.back(),
            (Json{{"op", "sessions"}, {"router", "red"}, {"limit", 5}, {"cursor", 0}}));
  EXPECT_EQ(get("/v1/sessions?limit=many").status, 400);
}

TEST_F(Api, AsksGuestdForLeasesAndCounters) {
  guest_services.answers["leases"] = {{"ok", true}, {"leases", Json::array()}};
  guest_services.answers["counters"] = {{"ok", true}, {"routers", Json::object()}};

  put("/v1/config", document);
  EXPECT_EQ(get("/v1/leases?router=red").body, (Json{{"leases", Json::array()}}));
  EXPECT_EQ(guest_services.asked.back(), (Json{{"op", "leases"}, {"router", "red"}}));
  EXPECT_EQ(get("/v1/services").body, (Json{{"routers", Json::object()}}));
  guest_services.is_away = true;
  EXPECT_EQ(get("/v1/leases").status, 503);
}

TEST_F(Api, HasNoLeasesOfRoutersThatAreNotThere) {
  put("/v1/config", document);
  EXPECT_EQ(get("/v1/leases?router=nosuch").status, 404);
  EXPECT_EQ(get("/v1/leases?foo=1").status, 400);
  EXPECT_EQ(get("/v1/sessions?foo=1").status, 400);
}

TEST_F(Api, ExplainsByAnEarlierRevision) {
  put("/v1/config", document);
  const std::string question = R"({"packet":{"router":"red"},"revision":1})";
  EXPECT_EQ(read(client().Post("/v1/explain", question, "application/json")).status, 200);
  EXPECT_EQ(dataplane.asked.back()["document"], current());
  read(client().Post("/v1/explain", R"({"packet":{},"revision":0})", "application/json"));
  EXPECT_EQ(dataplane.asked.back()["document"], Json::object());
  EXPECT_EQ(read(client().Post("/v1/explain", "{}", "application/json")).body["pointer"],
            "/packet");
}

TEST_F(Api, CapturesWithACompiledFilter) {
  const auto capture = client().Get("/v1/capture?router=red&filter=udp%20port%2053");
  ASSERT_TRUE(capture);
  EXPECT_EQ(capture->body, "pcap");
  EXPECT_EQ(dataplane.asked.back()["program"][0], (Json{0x28, 0, 0, 12}));
  EXPECT_EQ(get("/v1/capture?filter=nonsense").status, 400);
}

TEST_F(Api, KnowsWhatItDoesNotKnow) {
  EXPECT_EQ(get("/v2").status, 404);
  EXPECT_EQ(get("/v1/config/routers/red/colours").status, 404);
  EXPECT_EQ(get("/v1/config/" + std::string(7000, 'a')).status, 404);
}

TEST_F(Api, SaysWhatAPathTakes) {
  const auto refused = client().Post("/v1/config", "{}", "application/json");
  EXPECT_EQ(refused->status, 405);
  EXPECT_EQ(refused->get_header_value("Allow"), "GET, PUT, PATCH");
  EXPECT_EQ(read(client().Delete("/v1/status")).status, 405);
  EXPECT_EQ(get("/v1/rollback/1").body["detail"], "/v1/rollback/1 takes POST, not GET");
}

TEST_F(Api, ListensWhereOnlyItsOwnersMayEnter) {
  struct stat facts {};
  ASSERT_EQ(stat(socket.c_str(), &facts), 0);
  EXPECT_EQ(facts.st_mode & 0777, 0660U);
}

TEST_F(Api, AnswersManyCallersAtOnce) {
  std::atomic<int> answered = 0;
  std::vector<std::jthread> callers;
  for (int i = 0; i < 60; ++i) {
    callers.emplace_back([&] { answered += get("/v1/status").status == 200 ? 1 : 0; });
  }
  callers.clear();

  EXPECT_EQ(answered, 60);
}

TEST_F(Api, DoesNotTakeASocketThatIsInUse) {
  http::Server second{*control, {*journal, dataplane, guest_services, kernel}};
  EXPECT_EQ(second.start(socket).error().fault, Fault::conflict);
}

}  // namespace
}  // namespace viaduct::test
