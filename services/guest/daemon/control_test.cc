#include "services/guest/daemon/control.h"

#include <gtest/gtest.h>

#include "base/durable_file.h"
#include "services/guest/daemon/test_support.h"

namespace viaduct::guestd::test {
namespace {

using api::Json;

class ControlOfGuestd : public testing::Test {
 protected:
  std::uint64_t revision() { return world_.ask(R"({"op":"hello"})").at("revision"); }
  // Of router red's network.
  Json network() {
    return world_.ask(R"({"op":"counters"})").at("routers").at("red").at("networks").at("guest0");
  }
  static std::string change(int base, const std::string& path, const std::string& after) {
    return R"({"op":"apply","revision":)" + std::to_string(base + 1) + R"(,"base":)" +
           std::to_string(base) + R"(,"changes":[{"path":")" + path + "\"" +
           (after.empty() ? "" : ",\"after\":" + after) + "}]}";
  }
  World world_;
};

TEST_F(ControlOfGuestd, ServesNothingUntilItIsToldWhat) {
  EXPECT_EQ(revision(), 0U);
  EXPECT_EQ(world_.ask(R"({"op":"counters"})").at("routers"), Json::object());

  ASSERT_EQ(world_.complaint(apply_red()), "");

  EXPECT_EQ(revision(), 1U);
  EXPECT_EQ(network().at("dhcp").at("received"), 0);
  EXPECT_EQ(network().at("closed").size(), 6U) << "of DNS there are two, of metadata, too";
}

TEST_F(ControlOfGuestd, TakesChangesOfTheRevisionThatItServes) {
  ASSERT_EQ(world_.complaint(apply_red()), "");
  const std::string path = "/routers/red/dns_hosts/db";

  EXPECT_EQ(world_.complaint(change(1, path, R"({"names":["db"],"addresses":["10.1.0.12"]})")), "");
  EXPECT_EQ(revision(), 2U);
  EXPECT_EQ(world_.complaint(change(1, path, "")), "stale /base");
  EXPECT_EQ(world_.complaint(change(2, path, "")), "");
  EXPECT_EQ(world_.complaint(change(3, path, "")), "not_found " + path);
  EXPECT_EQ(revision(), 3U);
}

TEST_F(ControlOfGuestd, RefusesAsAWholeWhatContradictsItself) {
  ASSERT_EQ(world_.complaint(apply_red()), "");
  const auto before = world_.services->document();

  EXPECT_EQ(world_.complaint(change(
                1, "/routers/red/dhcp_reservations/db",
                R"({"interface":"guest0","mac":"02:00:00:00:00:12","address":"10.1.0.11"})")),
            "conflict /routers/red/dhcp_reservations/db/address");
  EXPECT_EQ(world_.complaint(change(1, "/routers/red/dhcp_reservations/db",
                                    R"({"interface":"guest7","mac":"02:00:00:00:00:12",
                                        "address":"10.1.0.12"})")),
            "invalid /routers/red/dhcp_reservations/db/interface");

  EXPECT_EQ(revision(), 1U);
  EXPECT_EQ(world_.services->document(), before);
}

TEST_F(ControlOfGuestd, ForgetsARouterThatHasGone) {
  ASSERT_EQ(world_.complaint(apply_red()), "");
  ASSERT_EQ(world_.complaint(R"({"op":"apply","revision":2,"document":{}})"), "");
  EXPECT_EQ(world_.ask(R"({"op":"counters"})").at("routers"), Json::object());
  EXPECT_EQ(world_.complaint(apply_red()), "") << "and takes it again";
}

TEST_F(ControlOfGuestd, StoresPasswordsSealedBeforeItAnswers) {
  const std::string secret = "t4Wq9ZxK";
  const std::string secrets = R"(,"secrets":{"/routers/red/passwords/web1":")" + secret + "\"}";

  ASSERT_EQ(world_.complaint(apply_red(secrets)), "");

  const auto stored = read_whole(world_.directory.file("passwords"));
  ASSERT_TRUE(stored);
  EXPECT_EQ(stored->find(secret), std::string::npos);
  EXPECT_EQ(world_.ask(R"({"op":"counters"})").dump().find(secret), std::string::npos);
}

TEST_F(ControlOfGuestd, DoesNotQuoteSecretsThatItRefuses) {
  const Json answer =
      world_.ask(apply_red(R"(,"secrets":{"/routers/red/dns_hosts/web1":"t4Wq9ZxK"})"));
  EXPECT_FALSE(answer.at("ok").get<bool>());
  EXPECT_EQ(answer.dump().find("t4Wq9ZxK"), std::string::npos);
  EXPECT_EQ(revision(), 0U);
}

TEST_F(ControlOfGuestd, PassesOverSecretsOfNobody) {
  EXPECT_EQ(world_.complaint(apply_red(R"(,"secrets":{"/routers/red/passwords/gone":"x",)"
                                       R"("/routers/gone/passwords/web1":"x"})")),
            "");
}

TEST_F(ControlOfGuestd, SaysWhatIsWrongWithAQuestion) {
  EXPECT_EQ(world_.complaint("{"), "invalid ");
  EXPECT_EQ(world_.complaint("[]"), "invalid /op");
  EXPECT_EQ(world_.complaint(R"({"op":"dance"})"), "invalid /op");
  EXPECT_EQ(world_.complaint(R"({"op":"leases","routr":"red"})"), "invalid /routr");
  EXPECT_EQ(world_.complaint(R"({"op":"leases","router":7})"), "invalid /router");
  EXPECT_EQ(world_.complaint(R"({"op":"apply"})"), "invalid /revision");
  EXPECT_EQ(world_.complaint(R"({"op":"apply","revision":0,"document":{}})"), "invalid /revision");
  EXPECT_EQ(world_.complaint(R"({"op":"apply","revision":1})"), "invalid ");
  EXPECT_EQ(world_.complaint(R"({"op":"apply","revision":1,"changes":[]})"), "invalid /base");
  EXPECT_EQ(
      world_.complaint(R"({"op":"apply","revision":1,"document":{"routers":{"red":{"x":1}}}})"),
      "invalid /document/routers/red/x");
}

}  // namespace
}  // namespace viaduct::guestd::test
