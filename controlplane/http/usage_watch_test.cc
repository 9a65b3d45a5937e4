#include "controlplane/http/usage_watch.h"

#include "controlplane/test_support.h"

namespace viaduct::test {
namespace {

class UsageWatch : public testing::Test {
 protected:
  // How often usage has run backwards once this many bytes are reported.
  std::uint64_t backwards_at(std::uint64_t bytes) {
    const api::Json usage = {{"203.0.113.2", {{"in_bytes", bytes}, {"out_bytes", 7}}}};
    dataplane.answers["counters"] = {{"routers", {{"red", {{"public_addresses", usage}}}}}};
    return watch.read(dataplane).backwards;
  }
  FakeDataplane dataplane;
  http::UsageWatch watch;
};

TEST_F(UsageWatch, IsContentWhileUsageRises) {
  EXPECT_EQ(backwards_at(5), 0U);
  EXPECT_EQ(backwards_at(5), 0U);
  EXPECT_EQ(backwards_at(6), 0U);
}

TEST_F(UsageWatch, NoticesUsageThatRunsBackwardsEvenWhileItDidNotLook) {
  backwards_at(5);
  dataplane.is_away = true;
  EXPECT_TRUE(watch.read(dataplane).counters.empty());
  dataplane.is_away = false;

  EXPECT_EQ(backwards_at(4), 1U);
  EXPECT_EQ(backwards_at(9), 1U);
}

}  // namespace
}  // namespace viaduct::test
