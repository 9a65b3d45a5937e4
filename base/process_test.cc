#include "base/process.h"

#include <gmock/gmock.h>

namespace viaduct {
namespace {

using namespace std::chrono_literals;

TEST(RunAndListen, KeepsBothStreamsAndTheStatus) {
  const auto finished = run_and_listen({"ls", "/proc/self/stat", "/nowhere"}, 10s);

  ASSERT_TRUE(finished);
  EXPECT_EQ(finished->status, 2);
  EXPECT_EQ(finished->out, "/proc/self/stat\n");
  EXPECT_THAT(finished->err, testing::HasSubstr("/nowhere"));
}

TEST(RunAndListen, HandsArgumentsOverAsTheyAre) {
  const auto finished = run_and_listen({"printf", "%s|", "$(id)", "; id", "a\nb"}, 10s);

  ASSERT_TRUE(finished);
  EXPECT_EQ(finished->out, "$(id)|; id|a\nb|");
}

TEST(RunAndListen, KillsWhatDoesNotEnd) {
  const auto finished = run_and_listen({"sleep", "1000"}, 50ms);

  ASSERT_TRUE(finished);
  EXPECT_EQ(finished->status, 128 + 9);
}

TEST(RunAndListen, GivesNoInput) {
  const auto finished = run_and_listen({"cat"}, 10s);

  ASSERT_TRUE(finished);
  EXPECT_EQ(finished->status, 0);
}

TEST(RunAndListen, SaysThatThereIsNoSuchProgram) {
  const auto finished = run_and_listen({"no-such-program"}, 10s);

  ASSERT_FALSE(finished);
  EXPECT_EQ(finished.error().fault, Fault::not_found);
}

}  // namespace
}  // namespace viaduct
