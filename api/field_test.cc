#include "api/field.h"

#include <gtest/gtest.h>

namespace viaduct::api {
namespace {

// A resource of every kind of attribute.
struct Door {
  Address address;
  PortRange ports{80, 80};
  Ranged<std::uint8_t, 1, 9> width = 3;
  std::optional<Protocol> protocol;
  std::vector<Prefix> guests;

  static constexpr std::string_view collection = "doors";
  static constexpr std::string_view summary = "Where one may come in.";
  static constexpr std::tuple fields{
      Field{"address", &Door::address, "where it is"},
      Field{"ports", &Door::ports, "how many leaves it has"},
      Field{"width", &Door::width, "how wide it is", Presence::optional},
      Field{"protocol", &Door::protocol, "how one enters", Presence::optional},
      Field{"guests", &Door::guests, "who may enter", Presence::optional},
  };
  [[nodiscard]] Result<void> check() const {
    if (width.value == 9 && guests.empty())
      return fail(Fault::invalid, "/guests", "too wide for nobody");
    return {};
  }
};

std::string told(std::string_view text) {
  const auto door = read<Door>(*parse_json(text));
  return door ? "accepted" : door.error().where + ": " + door.error().why;
}

std::string again(std::string_view text) {
  return write(*read<Door>(*parse_json(text))).dump();
}

TEST(Resource, SurvivesTheRoundTrip) {
  constexpr auto text =
      R"({"address":"10.1.1.1","ports":"80-90","width":4,"protocol":"tcp","guests":["10.0.0.0/8"]})";
  EXPECT_EQ(again(text), text);
}

TEST(Resource, LeavesDefaultsOut) {
  EXPECT_EQ(again(R"({"address":"10.1.1.1","ports":"80","width":3,"guests":[]})"),
            R"({"address":"10.1.1.1","ports":"80"})");
}

TEST(Resource, WritesRequiredAttributesEvenWhenDefault) {
  EXPECT_EQ(write(Door{}).dump(), R"({"address":"::","ports":"80"})");
}

TEST(Resource, IsWrittenInTheOrderOfItsDeclaration) {
  EXPECT_EQ(again(R"({"width":4,"ports":"80","address":"10.1.1.1"})"),
            R"({"address":"10.1.1.1","ports":"80","width":4})");
}

TEST(Resource, IsAnObject) {
  EXPECT_EQ(told("[]"), ": expected an object, got array");
  EXPECT_EQ(told("null"), ": expected an object, got null");
}

TEST(Resource, NamesWhatIsMissingAndWhatItMeans) {
  EXPECT_EQ(told("{}"), "/address: missing: where it is");
  EXPECT_EQ(told(R"({"address":"10.1.1.1"})"), "/ports: missing: how many leaves it has");
}

TEST(Resource, PointsAtTheAttributeThatIsWrong) {
  EXPECT_EQ(told(R"({"address":"10.1.1.1","ports":"80","width":0})"),
            "/width: 0 is not from 1 to 9");
  EXPECT_EQ(told(R"({"address":"10.1.1.1","ports":"80","guests":["10.0.0.0/8","10.0.0.1/8"]})"),
            "/guests/1: '10.0.0.1/8' has host bits set: write 10.0.0.0/8");
}

TEST(Resource, TellsTheFirstErrorInTheOrderOfItsDeclaration) {
  EXPECT_EQ(told(R"({"width":0,"ports":"0","address":"10.1.1.1"})"),
            "/ports: '0' is not a port from 1 to 65535");
}

TEST(Resource, RefusesUnknownAttributes) {
  EXPECT_EQ(told(R"({"address":"10.1.1.1","ports":"80","colour":1})"),
            "/colour: unknown attribute");
  EXPECT_EQ(told(R"({"address":"10.1.1.1","ports":"80","a/b":1})"), "/a~1b: unknown attribute");
}

TEST(Resource, RefusesNullForAnAttribute) {
  EXPECT_EQ(told(R"({"address":"10.1.1.1","ports":"80","protocol":null})"),
            "/protocol: expected a string, got null");
}

TEST(Resource, ChecksRulesBetweenItsAttributes) {
  EXPECT_EQ(told(R"({"address":"10.1.1.1","ports":"80","width":9})"),
            "/guests: too wide for nobody");
}

TEST(ResourceSchema, ComesFromTheDeclaration) {
  const Json schema = api::schema<Door>();
  EXPECT_EQ(schema["description"], "Where one may come in.");
  EXPECT_EQ(schema["required"].dump(), R"(["address","ports"])");
  EXPECT_EQ(schema["additionalProperties"], false);
  EXPECT_EQ(
      schema["properties"]["width"].dump(),
      R"({"type":"integer","minimum":1,"maximum":9,"description":"how wide it is","default":3})");
}

TEST(ResourceSchema, ShowsNoDefaultWhereThereIsNone) {
  const Json properties = api::schema<Door>()["properties"];
  EXPECT_FALSE(properties["protocol"].contains("default"));
  EXPECT_FALSE(properties["address"].contains("default"));
}

}  // namespace
}  // namespace viaduct::api
