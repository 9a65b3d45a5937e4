#include "api/collections.h"

#include <gtest/gtest.h>

namespace viaduct::api {
namespace {

struct Lamp {
  bool lit = false;
  static constexpr std::string_view collection = "lamps";
  static constexpr std::string_view summary = "It is lit or not.";
  static constexpr std::tuple fields{Field{"lit", &Lamp::lit, "whether it is lit"}};
  friend bool operator==(const Lamp&, const Lamp&) = default;
};

struct Tap {
  bool open = false;
  static constexpr std::string_view collection = "taps";
  static constexpr std::string_view summary = "It is open or not.";
  static constexpr std::size_t longest_id = 4;
  static constexpr std::tuple fields{
      Field{"open", &Tap::open, "whether it runs", Presence::optional}};
  friend bool operator==(const Tap&, const Tap&) = default;
};

using House = Collections<Lamp, Tap>;

std::string told(std::string_view text) {
  const auto house = read_collections<House>(*parse_json(text));
  return house ? "accepted" : house.error().where + ": " + house.error().why;
}

TEST(Id, IsMadeOfLowerCaseLettersDigitsAndAFewMarks) {
  for (const auto* text : {"a", "0", "web-1", "10.1.1.2", "a_b", "a."}) EXPECT_TRUE(is_id(text));
  for (const auto* text :
       {"", "Web", "-a", ".", "..", "_a", "a b", "a/b", "a~b", "\u00fc", "a\n"}) {
    EXPECT_FALSE(is_id(text)) << text;
  }
}

TEST(Id, HasTheLengthThatItsTypeTakes) {
  EXPECT_TRUE(check_id<Lamp>(std::string(63, 'a')));
  EXPECT_FALSE(check_id<Lamp>(std::string(64, 'a')));
  EXPECT_TRUE(check_id<Tap>("wash"));
  EXPECT_EQ(check_id<Tap>("basin").error().why,
            "an id is 1 to 4 lower-case letters, digits, '-', '_' or '.', beginning with a letter "
            "or digit");
}

TEST(Collections, SurviveTheRoundTrip) {
  constexpr auto text = R"({"lamps":{"hall":{"lit":true}},"taps":{"sink":{}}})";
  const auto house = read_collections<House>(*parse_json(text));
  ASSERT_TRUE(house);
  EXPECT_TRUE(house->of<Lamp>().at("hall").lit);
  EXPECT_EQ(write_collections(*house).dump(), text);
}

TEST(Collections, MayBeLeftOutOrEmpty) {
  EXPECT_EQ(told("{}"), "accepted");
  EXPECT_EQ(write_collections(*read_collections<House>(*parse_json(R"({"taps":{}})"))).dump(),
            "{}");
}

TEST(Collections, PointAtWhatIsWrong) {
  EXPECT_EQ(told("7"), ": expected an object, got number");
  EXPECT_EQ(told(R"({"lamps":[]})"), "/lamps: expected an object of resources, got array");
  EXPECT_EQ(told(R"({"lamps":{"hall":{}}})"), "/lamps/hall/lit: missing: whether it is lit");
  EXPECT_EQ(told(R"({"chairs":{}})"), "/chairs: unknown attribute");
}

TEST(Collections, PointAtAnIdThatIsNone) {
  EXPECT_EQ(told(R"({"lamps":{"a/b":{"lit":true}}})").substr(0, 14), "/lamps/a~1b: a");
  EXPECT_EQ(told(R"({"taps":{"":{}}})").substr(0, 9), "/taps/: a");
}

TEST(Collections, HaveALimit) {
  Json many = Json::object();
  for (std::size_t i = 0; i <= most_resources; ++i) append(many, "t" + std::to_string(i), {});
  EXPECT_EQ(read_named<Lamp>(many).error().fault, Fault::too_large);
}

TEST(Collections, VisitTheirTypesInOrder) {
  std::string order;
  House::for_each_type([&]<class R>() { order += std::string{R::collection} + " "; });
  EXPECT_EQ(order, "lamps taps ");
}

}  // namespace
}  // namespace viaduct::api
