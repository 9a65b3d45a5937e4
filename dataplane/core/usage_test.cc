#include "dataplane/core/usage.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "tests/model.h"

namespace viaduct::test {
namespace {

class UsageFile : public testing::Test {
 protected:
  ~UsageFile() override { std::filesystem::remove(path); }
  std::string path = testing::TempDir() + "usage-" + std::to_string(getpid());
};

TEST_F(UsageFile, GivesEveryAddressOfEveryRouterItsPlace) {
  usage::File file = sure(usage::File::open(path));
  const auto first = file.index("red", address("203.0.113.2"));
  EXPECT_NE(first, 0);
  EXPECT_EQ(file.index("red", address("203.0.113.2")), first);
  EXPECT_NE(file.index("blue", address("203.0.113.2")), first);
  EXPECT_NE(file.index("red", address("203.0.113.3")), first);
}

TEST_F(UsageFile, MakesNoPlaceWhenItIsOnlyAsked) {
  usage::File file = sure(usage::File::open(path));
  EXPECT_EQ(file.find("red", address("203.0.113.2")), 0);
  const auto made = file.index("red", address("203.0.113.2"));
  EXPECT_EQ(file.find("red", address("203.0.113.2")), made);
}

TEST_F(UsageFile, KeepsItsCounts) {
  {
    usage::File file = sure(usage::File::open(path));
    (void)file.index("red", address("203.0.113.1"));
    file.counters()[file.index("red", address("203.0.113.2"))].out = {3, 300};
  }
  usage::File again = sure(usage::File::open(path));
  const auto& counters = again.counters()[again.find("red", address("203.0.113.2"))];
  EXPECT_EQ(counters.out.packets, 3U);
  EXPECT_EQ(counters.out.bytes, 300U);
}

TEST_F(UsageFile, AddsUpWhatAllWorkersCounted) {
  UsageIndex index = 0;
  {
    usage::File file = sure(usage::File::open(path, 3));
    index = file.index("red", address("203.0.113.2"));
    file.counters(0)[index].in = {1, 10};
    file.counters(2)[index].in = {2, 20};
  }
  usage::File fewer = sure(usage::File::open(path));
  EXPECT_EQ(fewer.total(index).in.bytes, 30U) << "of workers there are no more";
  fewer.counters()[index].in.bytes += 5;
  EXPECT_EQ(fewer.total(index).in.bytes, 35U);
}

TEST_F(UsageFile, BelongsToOneAtATime) {
  const usage::File file = sure(usage::File::open(path));
  EXPECT_TRUE(is_conflict(usage::File::open(path), path, "in use"));
}

TEST_F(UsageFile, IsNeverOverwrittenIfItIsSomethingElse) {
  std::ofstream{path} << "precious";
  EXPECT_TRUE(is_invalid(usage::File::open(path), path));
  EXPECT_EQ(std::filesystem::file_size(path), 8U);
}

}  // namespace
}  // namespace viaduct::test
