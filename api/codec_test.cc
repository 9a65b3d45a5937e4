#include "api/codec.h"

#include <gtest/gtest.h>

namespace viaduct {

enum class Colour : unsigned char { red, green };

template <>
struct api::Names<Colour> {
  static constexpr std::array table{std::pair{Colour::red, std::string_view{"red"}},
                                    std::pair{Colour::green, std::string_view{"green"}}};
};

namespace api {
namespace {

// What reading and writing again makes of a value; the error if it is refused.
template <class T>
std::string again(std::string_view text) {
  const auto value = Codec<T>::read(*parse_json(text));
  return value ? Codec<T>::write(*value).dump() : value.error().where + ": " + value.error().why;
}

TEST(VocabularyInJson, SurvivesTheRoundTrip) {
  EXPECT_EQ(again<Mac>(R"("02:00:5e:10:00:01")"), R"("02:00:5e:10:00:01")");
  EXPECT_EQ(again<Address>(R"("203.0.113.7")"), R"("203.0.113.7")");
  EXPECT_EQ(again<Prefix>(R"("10.1.1.0/24")"), R"("10.1.1.0/24")");
  EXPECT_EQ(again<InterfaceAddress>(R"("10.1.1.1/24")"), R"("10.1.1.1/24")");
  EXPECT_EQ(again<PortRange>(R"("80-90")"), R"("80-90")");
  EXPECT_EQ(again<EndpointRange>(R"("[2001:db8::7]:80")"), R"("[2001:db8::7]:80")");
  EXPECT_EQ(again<Protocol>(R"("17")"), R"("udp")");
}

TEST(VocabularyInJson, ShowsExamplesThatItTakes) {
  const auto is_taken = []<class T>(std::type_identity<T> /*type*/) {
    return Codec<T>::read(Codec<T>::schema()["example"]).has_value();
  };
  EXPECT_TRUE(is_taken(std::type_identity<Mac>{}));
  EXPECT_TRUE(is_taken(std::type_identity<Address>{}));
  EXPECT_TRUE(is_taken(std::type_identity<Prefix>{}));
  EXPECT_TRUE(is_taken(std::type_identity<InterfaceAddress>{}));
  EXPECT_TRUE(is_taken(std::type_identity<PortRange>{}));
  EXPECT_TRUE(is_taken(std::type_identity<EndpointRange>{}));
  EXPECT_TRUE(is_taken(std::type_identity<Protocol>{}));
}

TEST(VocabularyInJson, IsAString) {
  EXPECT_EQ(again<Address>("7"), ": expected a string, got number");
  EXPECT_EQ(again<PortRange>("80"), ": expected a string, got number");
  EXPECT_EQ(again<Prefix>("null"), ": expected a string, got null");
}

TEST(VocabularyInJson, IsShort) {
  EXPECT_EQ(again<Address>("\"" + std::string(65, '1') + "\""), ": longer than 64 bytes");
  EXPECT_EQ(again<EndpointRange>(R"("[1111:1111:1111:1111:1111:1111:1111:1111]:10000-65535")"),
            R"("[1111:1111:1111:1111:1111:1111:1111:1111]:10000-65535")");
}

TEST(EnumerationInJson, TravelsByName) {
  EXPECT_EQ(again<Colour>(R"("green")"), R"("green")");
  EXPECT_EQ(Codec<Colour>::schema()["enum"].dump(), R"(["red","green"])");
}

TEST(EnumerationInJson, ListsTheChoicesWhenRefused) {
  EXPECT_EQ(again<Colour>(R"("blue")"), ": 'blue' is not one of red, green");
  EXPECT_EQ(again<Colour>("0"), ": expected a string, got number");
}

TEST(BooleanInJson, IsTrueOrFalseOnly) {
  EXPECT_EQ(again<bool>("true"), "true");
  EXPECT_EQ(again<bool>("1"), ": expected true or false, got number");
  EXPECT_EQ(again<bool>("\"true\""), ": expected true or false, got string");
}

TEST(StringInJson, SurvivesTheRoundTrip) {
  EXPECT_EQ(again<std::string>(R"("net_ring0,iface=\u00fc")"), "\"net_ring0,iface=\u00fc\"");
}

TEST(StringInJson, HasALimitAndNoZeroByte) {
  EXPECT_EQ(again<std::string>("\"" + std::string(1025, 'a') + "\""), ": longer than 1024 bytes");
  EXPECT_EQ(again<std::string>(R"("a\u0000b")"), ": contains a zero byte");
}

using Vlan = Ranged<std::uint16_t, 1, 4094>;

TEST(NumberInJson, KeepsWithinItsRange) {
  EXPECT_EQ(again<Vlan>("1"), "1");
  EXPECT_EQ(again<Vlan>("4094"), "4094");
  EXPECT_EQ(again<Vlan>("0"), ": 0 is not from 1 to 4094");
  EXPECT_EQ(again<Vlan>("4095"), ": 4095 is not from 1 to 4094");
  EXPECT_EQ(again<Vlan>("-1"), ": -1 is not from 1 to 4094");
}

TEST(NumberInJson, DoesNotWrapAround) {
  EXPECT_EQ(again<Vlan>("65537"), ": 65537 is not from 1 to 4094");
  EXPECT_EQ(again<Vlan>("18446744073709551615"), ": 18446744073709551615 is not from 1 to 4094");
  EXPECT_EQ(again<Vlan>("-9223372036854775808"), ": -9223372036854775808 is not from 1 to 4094");
}

TEST(NumberInJson, IsWhole) {
  EXPECT_EQ(again<Vlan>("1.5"), ": 1.5 is not a whole number");
  EXPECT_EQ(again<Vlan>("\"7\""), ": expected a whole number, got string");
}

TEST(NumberInJson, MayComeFromASignedOne) {
  EXPECT_EQ(*Codec<Vlan>::read(Json(7)), Vlan{7});
}

TEST(OptionalInJson, IsTheValueItself) {
  EXPECT_EQ(again<std::optional<PortRange>>(R"("80")"), R"("80")");
  EXPECT_EQ(again<std::optional<PortRange>>("null"), ": expected a string, got null");
}

TEST(ListInJson, KeepsItsOrder) {
  EXPECT_EQ(again<std::vector<PortRange>>(R"(["90","80","90"])"), R"(["90","80","90"])");
  EXPECT_EQ(again<std::vector<PortRange>>("[]"), "[]");
}

TEST(ListInJson, PointsAtTheEntryThatIsWrong) {
  EXPECT_EQ(again<std::vector<PortRange>>(R"(["80","0"])"),
            "/1: '0' is not a port from 1 to 65535");
  EXPECT_EQ(again<std::vector<PortRange>>("{}"), ": expected a list, got object");
}

TEST(ListInJson, HasALimit) {
  using Vlans = std::vector<Vlan>;
  EXPECT_TRUE(Codec<Vlans>::read(Json(10'000, Json(7))));
  EXPECT_EQ(Codec<Vlans>::read(Json(10'001, Json(7))).error().why, "more than 10000 entries");
}

}  // namespace
}  // namespace api
}  // namespace viaduct
