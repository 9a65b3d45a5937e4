#include "base/durable_file.h"

#include <gtest/gtest.h>
#include <unistd.h>

namespace viaduct {
namespace {

class DurableFile : public testing::Test {
 protected:
  ~DurableFile() override {
    unlink(path.c_str());
    unlink((path + ".new").c_str());
  }
  const std::string path = testing::TempDir() + "durable." + std::to_string(getpid());
};

TEST_F(DurableFile, ReplacesWhatItHeld) {
  EXPECT_TRUE(write_durably(path, "old and long"));
  EXPECT_TRUE(write_durably(path, "new"));

  EXPECT_EQ(read_whole(path), "new");
}

TEST_F(DurableFile, KeepsWhatItHeldWhenTheDiskIsFull) {
  EXPECT_TRUE(write_durably(path, "old"));
  ASSERT_EQ(symlink("/dev/full", (path + ".new").c_str()), 0);

  EXPECT_EQ(write_durably(path, "new").error().fault, Fault::exhausted);
  EXPECT_EQ(read_whole(path), "old");
}

TEST_F(DurableFile, TellsOtherFailuresFromAFullDisk) {
  EXPECT_EQ(write_durably("/nowhere/at/all", "new").error().fault, Fault::failed);
  EXPECT_EQ(read_whole("/nowhere/at/all").error().fault, Fault::failed);
}

}  // namespace
}  // namespace viaduct
