#include "dataplane/guest/guest.h"

#include <gtest/gtest.h>

#include "tests/model.h"

namespace viaduct::test {
namespace {

constexpr auto web =
    R"({"interface": "guest0", "mac": "02:00:00:00:00:11", "addresses": ["10.1.1.11"]})";

class Guests : public testing::Test {
 protected:
  Result<Configuration> compile_with(const std::string& attribute, const std::string& value) {
    paper.with("guests/web", web).with("guests/web/" + attribute, value);
    return paper.compile();
  }
  Paper paper;
};

TEST_F(Guests, AreFoundByTheirAddress) {
  const auto& router = paper.with("guests/web", web).router();
  const auto slot = [&](const char* id) { return router.interfaces->find(id)->slot; };
  ASSERT_NE(router.guests->find(slot("guest0"), address("10.1.1.11")), nullptr);
  EXPECT_EQ(to_string(*router.guests->find(slot("guest0"), address("10.1.1.11"))),
            "02:00:00:00:00:11");
  EXPECT_EQ(router.guests->find(slot("guest0"), address("10.1.1.12")), nullptr);
  EXPECT_EQ(router.guests->find(slot("guest1"), address("10.1.1.11")), nullptr);
}

TEST_F(Guests, LiveOnAGuestInterface) {
  for (const std::string id : {R"("nowhere0")", R"("public0")"}) {
    EXPECT_TRUE(is_conflict(compile_with("interface", id), "/routers/red/guests/web/interface",
                            "no guest interface"));
  }
}

TEST_F(Guests, HaveAddressesOfTheirNetwork) {
  for (const std::string wrong : {"10.1.2.11", "10.1.1.0", "10.1.1.255", "10.1.1.1"}) {
    EXPECT_TRUE(is_conflict(compile_with("addresses", "[\"" + wrong + "\"]"),
                            "/routers/red/guests/web/addresses/0"))
        << wrong;
  }
}

TEST_F(Guests, HaveAnAddressAndAnEthernetAddress) {
  EXPECT_TRUE(is_invalid(compile_with("addresses", "[]"), "/routers/red/guests/web/addresses"));
  EXPECT_TRUE(
      is_invalid(compile_with("mac", R"("ff:ff:ff:ff:ff:ff")"), "/routers/red/guests/web/mac"));
}

TEST_F(Guests, DoNotShareAnAddress) {
  paper.with("guests/zoo", web);
  EXPECT_TRUE(is_conflict(compile_with("mac", R"("02:00:00:00:00:12")"),
                          "/routers/red/guests/zoo/addresses/0", "another guest"));
}

TEST_F(Guests, TakeNothingFromSessionsByComing) {
  const Configuration before = sure(paper.compile());
  paper.directory.commit();
  paper.with("guests/web", web);
  const Configuration after = sure(paper.compile(before));
  EXPECT_FALSE(after.routers.front()->revoked.all);
  EXPECT_TRUE(after.routers.front()->revoked.rules.empty());
  EXPECT_EQ(after.routers.front()->interfaces, before.routers.front()->interfaces);
}

}  // namespace
}  // namespace viaduct::test
