#include "base/record_log.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>

#include "base/durable_file.h"

namespace viaduct {
namespace {

class RecordLogTest : public testing::Test {
 protected:
  RecordLogTest() {
    std::string name = "/tmp/viaduct-XXXXXX";
    folder_ = mkdtemp(name.data());
  }
  ~RecordLogTest() override { std::filesystem::remove_all(folder_); }

  [[nodiscard]] std::string path() const { return folder_ + "/log"; }
  [[nodiscard]] std::string kept() const { return path() + ".unreadable"; }
  [[nodiscard]] std::vector<std::string> records() const {
    return RecordLog{path()}.open().value();
  }
  void append(const std::vector<std::string>& records) const {
    RecordLog log{path()};
    ASSERT_TRUE(log.open());
    for (const std::string& record : records) {
      ASSERT_TRUE(log.append(record) || log.begin(record));
    }
  }
  void replace(std::string_view bytes) const {
    std::ofstream{path(), std::ios::binary | std::ios::trunc} << bytes;
  }

  const std::vector<std::string> three_{"one", "2", "three"};

 private:
  std::string folder_;
};

TEST(Checksum, IsCastagnolis) {
  EXPECT_EQ(checksum_of("123456789"), 0xe3069283U);  // RFC 3720's check value
}

TEST_F(RecordLogTest, GivesBackWhatWasAppended) {
  append(three_);
  EXPECT_EQ(records(), three_);
}

TEST_F(RecordLogTest, GoesOnWhereItEnded) {
  append({"one"});
  append({"2", "three"});
  EXPECT_EQ(records(), three_);
}

TEST_F(RecordLogTest, LeavesOutARecordThatWasCutOffWhereverThatWas) {
  append(three_);
  const std::string whole = read_whole(path()).value();
  for (std::size_t size = whole.size(); size-- > 0;) {
    replace(std::string_view{whole}.substr(0, size));
    const auto left = records();
    ASSERT_LT(left.size(), three_.size());
    ASSERT_TRUE(std::equal(left.begin(), left.end(), three_.begin()));
    append({"more"});
    ASSERT_EQ(records().back(), "more") << "it goes on behind what is whole";
  }
}

TEST_F(RecordLogTest, LeavesOutZerosAtTheEnd) {
  append(three_);
  replace(read_whole(path()).value() + std::string(100, '\0'));
  EXPECT_EQ(records(), three_);
}

TEST_F(RecordLogTest, EndsBeforeARecordThatIsNotAsItWasWritten) {
  append(three_);
  std::string bytes = read_whole(path()).value();
  bytes.back() = 'E';
  replace(bytes);
  EXPECT_EQ(records(), (std::vector<std::string>{"one", "2"}));
}

TEST_F(RecordLogTest, KeepsAFileAsideWhoseMiddleIsNotAsItWasWritten) {
  append(three_);
  const std::string whole = read_whole(path()).value();
  const std::size_t last = whole.size() - three_.back().size() - 8;
  for (std::size_t i = 0; i < last; ++i) {
    std::string bytes = whole;
    bytes[i] = static_cast<char>(bytes[i] ^ 0x80);
    replace(bytes);
    std::filesystem::remove(kept());
    RecordLog log{path()};
    ASSERT_LT(log.open()->size(), 2U) << i;
    ASSERT_TRUE(log.is_damaged()) << i;
    ASSERT_EQ(read_whole(kept()).value_or("nothing"), bytes) << i;
  }
}

TEST_F(RecordLogTest, KeepsNothingAsideAfterACrash) {
  append(three_);
  const std::string whole = read_whole(path()).value();
  const std::size_t last = three_.back().size() + 8;
  for (std::size_t lost = 0; lost <= last; ++lost) {
    for (const bool is_zeros : {false, true}) {
      const std::string zeros(is_zeros ? lost : 0, '\0');
      replace(whole.substr(0, whole.size() - lost) + zeros);
      RecordLog log{path()};
      ASSERT_TRUE(log.open());
      ASSERT_FALSE(log.is_damaged()) << lost;
    }
  }
  EXPECT_FALSE(std::filesystem::exists(kept()));
}

TEST_F(RecordLogTest, KeepsAFileAsideThatIsNoneOfOurs) {
  replace("1700000000 02:00:00:00:00:11 10.1.1.11 web1 *\n");
  RecordLog log{path()};
  EXPECT_TRUE(log.open()->empty());
  EXPECT_TRUE(log.is_damaged());
  EXPECT_TRUE(log.begin("all"));
  EXPECT_EQ(read_whole(kept()).value(), "1700000000 02:00:00:00:00:11 10.1.1.11 web1 *\n");
}

TEST_F(RecordLogTest, DoesNotOpenWhatCannotBeReadOrKept) {
  std::filesystem::create_directory(path());
  EXPECT_FALSE(RecordLog{path()}.open());
  std::filesystem::remove(path());
  replace("none of ours");
  std::filesystem::create_directory(kept());
  EXPECT_FALSE(RecordLog{path()}.open());
  EXPECT_EQ(read_whole(path()).value(), "none of ours");
}

TEST_F(RecordLogTest, HoldsOneRecordAfterItBeganAnew) {
  append(three_);
  RecordLog log{path()};
  ASSERT_TRUE(log.open());
  ASSERT_TRUE(log.begin("all"));
  ASSERT_TRUE(log.append("new"));
  EXPECT_EQ(records(), (std::vector<std::string>{"all", "new"}));
}

TEST_F(RecordLogTest, DoesNotAppendToAFileThatSomebodyChanged) {
  RecordLog log{path()};
  EXPECT_FALSE(log.append("one")) << "there is none";
  ASSERT_TRUE(log.begin("one"));
  replace("VLOG");
  EXPECT_FALSE(log.append("two"));
  std::filesystem::remove(path());
  EXPECT_FALSE(log.append("two"));
}

TEST_F(RecordLogTest, IsLongWhenChangesOutweighWhatTheyChange) {
  RecordLog log{path()};
  ASSERT_TRUE(log.begin("all"));
  EXPECT_FALSE(log.is_long());
  ASSERT_TRUE(log.append(std::string(std::size_t{1} << 20, 'x')));
  EXPECT_TRUE(log.is_long());
  ASSERT_TRUE(log.begin("all"));
  EXPECT_FALSE(log.is_long());
}

}  // namespace
}  // namespace viaduct
