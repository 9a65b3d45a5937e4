#include "services/guest/dnsmasq/lines.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "services/guest/dnsmasq/text.h"

namespace viaduct::dnsmasq {
namespace {

using testing::ElementsAre;

// Lines as "NUMBER KEY=VALUE", and the error that ended them.
std::vector<std::string> lines_of(std::string_view text, Shape shape = Shape::options) {
  std::vector<std::string> told;
  const auto read = read_lines(
      "f", text, shape,
      [&](const Line& line) -> Result<void> {
        told.push_back(std::to_string(line.source.line) + " " + line.key +
                       (line.value ? "=" + revealed(*line.value) : ""));
        return {};
      },
      [](const Source&, const Error&) { return false; });
  if (!read) told.push_back(read.error().where + ": " + read.error().why);
  return told;
}

TEST(Lines, TellOptionsWithTheirNumbers) {
  EXPECT_THAT(lines_of("domain-needed\n\n# nothing\n  domain = x.example \r\ncache-size="),
              ElementsAre("1 domain-needed", "4 domain=x.example", "5 cache-size="));
}

TEST(Lines, KeepWhatTheIniParserWouldCutOff) {
  const std::string value = std::string(190, 'a') + " ;" + std::string(300, 'b') + "[c]%41:=#d";
  EXPECT_THAT(lines_of("k=" + value + "\nl"), ElementsAre("1 k=" + value, "2 l"));
}

TEST(Lines, KeepValuesOfEveryLength) {
  for (std::size_t length = 0; length < 1000; ++length) {
    const std::string value(length, length % 3 == 0 ? ';' : 'x');
    EXPECT_THAT(lines_of("key=" + value), ElementsAre("1 key=" + value));
  }
}

TEST(Lines, KnowKeysOfSectionsAndCommentsOfOtherSyntaxesAsKeys) {
  EXPECT_THAT(lines_of("[dns]\n; a\nk: v"), ElementsAre("1 [dns]", "2 ; a", "3 k: v"));
}

TEST(Lines, EndAtACommentThatFollowsABlank) {
  EXPECT_THAT(lines_of("a=b # c\na=b#c\na=\"b # c\"\na= # c"),
              ElementsAre("1 a=b", "2 a=b#c", "3 a=b # c", "4 a="));
}

TEST(Lines, ReadEscapesInsideQuotesOnly) {
  EXPECT_THAT(lines_of(R"(a="\\\"\t\n\q")"), ElementsAre("1 a=\\\"\t\n\\q"));
  EXPECT_THAT(lines_of(R"(a=\t)"), ElementsAre("1 a=\\t"));
}

TEST(Lines, MissTheEndOfQuotes) {
  EXPECT_THAT(lines_of("a=\"b"), ElementsAre("f:1: missing \""));
  EXPECT_THAT(lines_of("a=b\""), ElementsAre("f:1: missing \""));
  EXPECT_THAT(lines_of(R"(a="b\")"), ElementsAre("f:1: missing \""));
  EXPECT_THAT(lines_of(R"(a="b""c")"), ElementsAre("f:1: missing \""));
}

TEST(Lines, RefuseControlCharactersAndWhatIsTooLong) {
  EXPECT_THAT(lines_of(std::string_view{"a\0b", 3}),
              ElementsAre("f:1: control character in the line"));
  EXPECT_THAT(lines_of("\na=" + std::string(1023, 'b')),
              ElementsAre("f:2: line is longer than 1024 bytes"));
  EXPECT_THAT(lines_of(std::string(1000, 'k')),
              ElementsAre("f:1: unknown option '" + std::string(1000, 'k') + "'"));
}

TEST(Lines, MayBeValuesOfOneKey) {
  EXPECT_THAT(lines_of("02:00:00:00:00:01,a=b\n# c\n\"d\"", Shape::values),
              ElementsAre("1 value=02:00:00:00:00:01,a=b", "3 value=d"));
}

TEST(Lines, GoOnBehindAnErrorIfTheyMay) {
  std::vector<std::string> told;
  const auto read = read_lines(
      "f", "a\nb=\"\nc\n", Shape::options,
      [&](const Line& line) -> Result<void> {
        told.push_back(line.key);
        return line.key == "a" ? Result<void>{bad("of a")} : Result<void>{};
      },
      [&](const Source& source, const Error& error) {
        told.push_back(to_string(source) + " " + error.where + " " + error.why);
        return true;
      });
  EXPECT_TRUE(read);
  EXPECT_THAT(told, ElementsAre("a", "f:1 f:1 of a", "f:2 f:2 missing \"", "c"));
}

TEST(Quotes, MakeSeparatorsAndNumbersPlainText) {
  std::string value;
  ASSERT_TRUE(read_lines(
      "f", R"(a="1,2",3)", Shape::options,
      [&](const Line& line) -> Result<void> {
        value = *line.value;
        return {};
      },
      [](const Source&, const Error&) { return false; }));
  const auto words = split(value, ',');
  ASSERT_EQ(words.size(), 2U);
  EXPECT_EQ(revealed(words[0]), "1,2");
  EXPECT_EQ(words[1], "3");
  EXPECT_FALSE(is_digits(words[0]));
}

}  // namespace
}  // namespace viaduct::dnsmasq
