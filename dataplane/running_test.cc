#include "dataplane/running.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>

#include "tests/model.h"

namespace viaduct::test {
namespace {

using api::Json;

class Running : public testing::Test {
 protected:
  Running() {
    std::string name = "/tmp/viaduct-XXXXXX";
    folder_ = mkdtemp(name.data());
    start();
  }
  ~Running() override { std::filesystem::remove_all(folder_); }

  void start() { running_.emplace(folder_ + "/running.log", std::uint16_t{9000}); }
  Result<void> apply(const Json& request) {
    auto next = running_->read(request, request.dump());
    if (!next) return tl::unexpected<Error>{next.error()};
    if (auto done = running_->remember(*next); !done) return done;
    running_->accept(*std::move(next));
    return {};
  }
  static Json changes(std::uint64_t revision, std::string_view list) {
    return {{"revision", revision}, {"base", revision - 1}, {"changes", json(list)}};
  }
  // A change whose document is told from others by the prefix of its only route.
  static Json routing(std::uint64_t revision) {
    return changes(revision, R"([{"path":"/routers/red/routes/a","after":{"prefix":"10.)" +
                                 std::to_string(revision % 250) +
                                 R"(.0.0/16","via":"203.0.113.1"}}])");
  }
  // As after a crash.
  void restart() {
    start();
    auto next = running_->recall();
    ASSERT_TRUE(next) << next.error().why;
    running_->accept(*std::move(next));
  }
  [[nodiscard]] std::string remembered() const { return folder_ + "/running.log"; }

  Paper paper_;
  std::string folder_;
  std::optional<RunningConfiguration> running_;
};

TEST_F(Running, TakesChangesOfTheRevisionThatItHas) {
  EXPECT_TRUE(apply({{"revision", 7U}, {"document", paper_.body()}}));
  EXPECT_TRUE(apply(routing(8)));
  paper_.with("routes/a", R"({"prefix":"10.8.0.0/16","via":"203.0.113.1"})");
  EXPECT_EQ(running_->document(), paper_.document());
  EXPECT_EQ(running_->revision(), 8U);
}

TEST_F(Running, RefusesChangesOfAnotherRevision) {
  EXPECT_TRUE(apply({{"revision", 7U}, {"document", paper_.body()}}));
  EXPECT_EQ(apply(routing(9)).error().fault, Fault::stale);
  EXPECT_EQ(running_->revision(), 7U);
}

TEST_F(Running, TakesUpWhatItHolds) {
  const Json whole = {{"revision", 7U}, {"document", paper_.body()}};
  const Json held = {{"revision", 7U}, {"held", true}};
  EXPECT_EQ(apply(held).error().fault, Fault::stale);
  running_->hold(sure(running_->read(whole, whole.dump())));
  EXPECT_EQ(running_->revision(), 0U);
  EXPECT_TRUE(apply(held));
  EXPECT_EQ(running_->document(), paper_.document());
  restart();
  EXPECT_EQ(running_->document(), paper_.document());
}

TEST_F(Running, HoldsNothingOnceSomethingElseWasRead) {
  const Json whole = {{"revision", 7U}, {"document", paper_.body()}};
  running_->hold(sure(running_->read(whole, whole.dump())));
  EXPECT_TRUE(apply({{"revision", 6U}, {"document", Json::object()}}));
  EXPECT_EQ(apply({{"revision", 7U}, {"held", true}}).error().fault, Fault::stale);
  EXPECT_EQ(running_->revision(), 6U);
}

TEST_F(Running, ComesBackWithAllChangesAfterACrash) {
  EXPECT_TRUE(apply({{"revision", 7U}, {"document", paper_.body()}}));
  for (std::uint64_t revision = 8; revision < 20; ++revision) EXPECT_TRUE(apply(routing(revision)));
  const Document before = running_->document();
  restart();
  EXPECT_EQ(running_->document(), before);
  EXPECT_EQ(running_->revision(), 19U);
  EXPECT_TRUE(apply(routing(20)));
  restart();
  EXPECT_EQ(running_->revision(), 20U);
}

TEST_F(Running, ComesBackWithWhatWasWholeWhereverACrashCutTheLastChangeOff) {
  EXPECT_TRUE(apply({{"revision", 7U}, {"document", paper_.body()}}));
  EXPECT_TRUE(apply(routing(8)));
  const auto upto = std::filesystem::file_size(remembered());
  EXPECT_TRUE(apply(routing(9)));
  for (auto size = std::filesystem::file_size(remembered()) - 1; size >= upto; --size) {
    std::filesystem::resize_file(remembered(), size);
    restart();
    ASSERT_EQ(running_->revision(), 8U);
  }
}

TEST_F(Running, BeginsItsLogAnewWhenThatIsGone) {
  EXPECT_TRUE(apply({{"revision", 7U}, {"document", paper_.body()}}));
  std::filesystem::remove(remembered());
  EXPECT_TRUE(apply(routing(8)));
  restart();
  EXPECT_EQ(running_->revision(), 8U);
}

TEST_F(Running, BeginsItsLogAnewWhenThatHasGrownLong) {
  EXPECT_TRUE(apply({{"revision", 7U}, {"document", paper_.body()}}));
  Json large = routing(8);
  large["changes"] = Json(10'000, large["changes"][0]);
  for (std::uint64_t revision = 8; revision < 12; ++revision) {
    large["revision"] = revision;
    large["base"] = revision - 1;
    EXPECT_TRUE(apply(large));
    EXPECT_TRUE(running_->tidy());
  }
  EXPECT_LT(std::filesystem::file_size(remembered()), 3 * large.dump().size());
  const Document before = running_->document();
  restart();
  EXPECT_EQ(running_->document(), before);
}

TEST_F(Running, WaitsForADocumentWhenWhatItRememberedIsOfNoUse) {
  RecordLog log{remembered()};
  ASSERT_TRUE(log.begin("no JSON"));
  EXPECT_EQ(running_->recall().error().fault, Fault::invalid);
  EXPECT_TRUE(apply({{"revision", 7U}, {"document", paper_.body()}}));
  restart();
  EXPECT_EQ(running_->revision(), 7U);
}

TEST_F(Running, CompilesToTheSameWhicheverWayLedHere) {
  paper_.with("port_forwards/web",
              R"({"protocol":"tcp","public":"203.0.113.2:80","private":"10.1.1.20:80"})");
  EXPECT_TRUE(apply({{"revision", 7U}, {"document", paper_.body()}}));
  EXPECT_TRUE(apply(changes(8, R"([{"path":"/routers/red/port_forwards/ssh","after":{
      "protocol":"tcp","public":"203.0.113.2:22","private":"10.1.1.20:22"}},
      {"path":"/routers/red/port_forwards/web"}])")));
  EXPECT_TRUE(apply(routing(9)));
  EXPECT_EQ(running_->compiles_to_the_same(), true);
  EXPECT_TRUE(apply(routing(10))) << "nothing was taken up by that";
}

TEST_F(Running, NoticesTablesThatAreNotThoseOfItsDocument) {
  EXPECT_TRUE(apply({{"revision", 7U}, {"document", paper_.body()}}));
  auto next = sure(running_->read(routing(8), ""));
  next.compiled = running_->compiled();
  running_->accept(std::move(next));
  EXPECT_EQ(running_->compiles_to_the_same(), false);
}

TEST_F(Running, DoesNotDisturbWhatIsHeld) {
  EXPECT_TRUE(apply({{"revision", 7U}, {"document", paper_.body()}}));
  running_->hold(sure(running_->read(routing(8), routing(8).dump())));
  EXPECT_FALSE(running_->compiles_to_the_same().has_value());
  EXPECT_TRUE(apply({{"revision", 8U}, {"held", true}}));
}

}  // namespace
}  // namespace viaduct::test
