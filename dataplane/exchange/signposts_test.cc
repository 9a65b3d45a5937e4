#include "dataplane/exchange/signposts.h"

#include <gtest/gtest.h>

#include <random>
#include <thread>
#include <vector>

namespace viaduct::test {
namespace {

using exchange::Signposts;

std::vector<std::uint64_t> hashes(std::size_t count, std::uint64_t seed) {
  std::mt19937_64 random{seed};  // NOLINT(cert-msc51-cpp): runs are to be alike
  std::vector<std::uint64_t> all(count);
  for (auto& hash : all) hash = random();
  return all;
}

TEST(SignpostsOf, PointWhereTheyWereSetUp) {
  Signposts signposts{1000, false};
  EXPECT_TRUE(signposts.is_empty());
  EXPECT_TRUE(signposts.add(4711, 3));
  EXPECT_FALSE(signposts.is_empty());
  EXPECT_EQ(signposts.find(4711, 0), 3);
  EXPECT_EQ(signposts.find(4712, 7), 7);
  EXPECT_EQ(signposts.find(0, 7), 7) << "free places look like no hash";
}

TEST(SignpostsOf, AreRemovedByWhomTheyPointTo) {
  Signposts signposts{1000, false};
  ASSERT_TRUE(signposts.add(4711, 3));
  signposts.remove(4711, 2);
  EXPECT_EQ(signposts.find(4711, 0), 3);
  signposts.remove(4711, 3);
  EXPECT_EQ(signposts.find(4711, 0), 0);
  EXPECT_TRUE(signposts.is_empty());
}

TEST(SignpostsOf, HaveRoomForWhatTheyWereMadeFor) {
  Signposts signposts{100'000, false};
  for (const auto hash : hashes(100'000, 1)) ASSERT_TRUE(signposts.add(hash, 1));
  for (const auto hash : hashes(100'000, 1)) ASSERT_EQ(signposts.find(hash, 0), 1);
}

TEST(SignpostsOf, RefuseWhatDoesNotFit) {
  Signposts signposts{8, false};
  std::size_t added = 0;
  for (const auto hash : hashes(1000, 1)) added += signposts.add(hash, 1) ? 1U : 0U;
  EXPECT_GE(added, 8U);
  EXPECT_LT(added, 1000U);
}

TEST(SignpostsOf, SeveralWorkersDoNotGetIntoEachOthersWay) {
  Signposts signposts{100'000, false};
  std::vector<std::thread> workers;
  for (std::uint8_t worker = 0; worker < 4; ++worker) {
    workers.emplace_back([&signposts, worker] {
      const auto mine = hashes(20'000, worker + 1U);
      for (int round = 0; round < 5; ++round) {
        for (const auto hash : mine) EXPECT_TRUE(signposts.add(hash, worker));
        for (const auto hash : mine) EXPECT_EQ(signposts.find(hash, 0xff), worker);
        for (const auto hash : mine) signposts.remove(hash, worker);
      }
    });
  }
  for (std::thread& worker : workers) worker.join();
  EXPECT_TRUE(signposts.is_empty());
}

}  // namespace
}  // namespace viaduct::test
