#include "api/json.h"

#include <gtest/gtest.h>

namespace viaduct::api {
namespace {

std::string refusal(std::string_view text, JsonLimits limits = {}) {
  const auto parsed = parse_json(text, limits);
  return parsed ? "accepted" : parsed.error().why;
}

std::string nested(std::size_t depth) {
  return std::string(depth, '[') + std::string(depth, ']');
}

TEST(JsonText, KeepsEveryKindOfValueInTheOrderWritten) {
  constexpr std::string_view text =
      R"({"z":[1,-2,2.5,true,false,null,"\u00fc"],"a":{"nested":{}},"m":18446744073709551615})";
  EXPECT_EQ(parse_json(text)->dump(), Json::parse(text).dump());
}

TEST(JsonText, MayBeABareValue) {
  EXPECT_EQ(parse_json("7")->dump(), "7");
  EXPECT_EQ(parse_json("\"text\"")->dump(), "\"text\"");
}

TEST(JsonText, TellsWhereItStopsBeingJson) {
  EXPECT_EQ(refusal("{\"a\":1,}"),
            "not JSON, at byte 8: syntax error while parsing object key - unexpected '}'; "
            "expected string literal");
  EXPECT_EQ(refusal("{\"a\": nope}"),
            "not JSON, at byte 8: syntax error while parsing value - invalid literal");
}

TEST(JsonText, RefusesWhatIsCutOff) {
  for (const auto* text : {"", " ", "{", "[1,", "{\"a\"", "\"text", "tru", "1 2", "{} {}"}) {
    EXPECT_NE(refusal(text), "accepted") << text;
  }
}

TEST(JsonText, RefusesExtensionsOfTheLanguage) {
  for (const auto* text :
       {"{'a':1}", "[1,]", "// why\n1", "/* why */ 1", "NaN", "01", "+1", ".5"}) {
    EXPECT_NE(refusal(text), "accepted") << text;
  }
}

TEST(JsonText, RefusesWhatIsNotUtf8) {
  const std::string why =
      "not JSON, at byte 7: syntax error while parsing value - "
      "invalid string: ill-formed UTF-8 byte";
  EXPECT_EQ(refusal("{\"a\":\"\xff\"}"), why);
  EXPECT_NE(refusal("\"\xc0\xaf\""), "accepted");      // overlong
  EXPECT_NE(refusal("\"\xed\xa0\x80\""), "accepted");  // half a surrogate pair
  EXPECT_NE(refusal("\"\\ud800\""), "accepted");
}

TEST(JsonText, IsRefusedInWordsThatAreUtf8Whatever) {
  for (const auto* text :
       {"{\"\xff\":1}", "\"\xff", "[\"a\xc3\"]", "\xff", "{\"a\":1e999,\"\xff"}) {
    EXPECT_NO_THROW((void)Json(refusal(text)).dump());
  }
}

TEST(JsonText, IsRefusedInFewWordsHoweverLongItIs) {
  EXPECT_LT(refusal("\"" + std::string(1'000'000, 'a')).size(), 200U);
  EXPECT_LT(refusal(std::string(1'000'000, '9')).size(), 200U);
}

TEST(JsonText, RefusesNumbersBeyondAllBounds) {
  EXPECT_EQ(refusal("[1e999]"), "not JSON, at byte 6: number overflow");
}

TEST(JsonText, RefusesAnAttributeThatOccursTwice) {
  EXPECT_EQ(refusal(R"({"a":{"b":1,"b":2}})"), "attribute 'b' occurs twice in one object");
  EXPECT_EQ(refusal(R"({"a":1,"\u0061":2})"), "attribute 'a' occurs twice in one object");
}

TEST(JsonText, TakesOneNameInSeveralObjects) {
  EXPECT_EQ(refusal(R"({"a":{"a":{"a":1}},"b":[{"a":1},{"a":2}]})"), "accepted");
}

TEST(JsonText, RefusesEndlessNames) {
  EXPECT_EQ(refusal("{\"" + std::string(1024, 'a') + "\":1}"), "accepted");
  EXPECT_EQ(refusal("{\"" + std::string(1025, 'a') + "\":1}"),
            "an attribute's name is longer than 1024 bytes");
}

TEST(JsonText, RefusesWhatIsNestedTooDeep) {
  EXPECT_EQ(refusal(nested(32)), "accepted");
  EXPECT_EQ(refusal(nested(33)), "nested deeper than 32");
  EXPECT_EQ(parse_json(nested(10'000)).error().fault, Fault::too_large);
  EXPECT_EQ(refusal(R"({"a":{"b":1}})", {.depth = 1}), "nested deeper than 1");
}

TEST(JsonText, CountsDepthNotBrackets) {
  EXPECT_EQ(refusal("[[],[],[]]", {.depth = 2}), "accepted");
}

TEST(JsonText, RefusesWhatIsTooLargeUnread) {
  EXPECT_EQ(refusal("12345", {.bytes = 5}), "accepted");
  EXPECT_EQ(refusal("123456", {.bytes = 5}), "larger than 5 bytes");
  EXPECT_EQ(parse_json(std::string(100'000'000, '[')).error().fault, Fault::too_large);
}

TEST(PointerToken, EscapesWhatPointersAreMadeOf) {
  EXPECT_EQ(pointer_token("web"), "web");
  EXPECT_EQ(pointer_token("a/b~c"), "a~1b~0c");
  EXPECT_EQ(pointer_token("~1"), "~01");
  EXPECT_EQ(pointer_token(""), "");
}

TEST(Append, PutsAnAttributeLast) {
  Json object = {{"b", 1}};
  append(object, "a", 2) = 3;
  EXPECT_EQ(object.dump(), R"({"b":1,"a":3})");
}

}  // namespace
}  // namespace viaduct::api
