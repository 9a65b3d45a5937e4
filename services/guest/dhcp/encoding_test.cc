#include "services/guest/dhcp/encoding.h"

#include <gtest/gtest.h>

#include "services/guest/dhcp/test_support.h"

namespace viaduct::dhcp::test {
namespace {

Route route(std::string_view text) {
  return parse_route(text).value();
}

TEST(SearchList, PointsToEndsThatWereThereBefore) {
  // The example of RFC 3397 4.
  EXPECT_EQ(to_hex(encode_search({"eng.apple.com", "marketing.apple.com"})),
            "03656e67056170706c6503636f6d00"  // 3 eng 5 apple 3 com 0
            "096d61726b6574696e67c004");      // 9 marketing, and on at byte 4
}

TEST(SearchList, NamesWithNothingInCommonAreWhole) {
  EXPECT_EQ(to_hex(encode_search({"a.b", "c"})),
            "01610162000163"
            "00");
}

TEST(SearchList, ANameThatIsTheEndOfAnotherIsAPointer) {
  EXPECT_EQ(to_hex(encode_search({"a.b", "b"})), "0161016200c002");
}

TEST(Routes, TellAsManyBytesOfADestinationAsItsLengthNeeds) {
  // The table of RFC 3442.
  const std::string via = " via 192.0.2.1";
  const std::string gateway = "c0000201";
  EXPECT_EQ(to_hex(encode_routes({route("0.0.0.0/0" + via)})), "00" + gateway);
  EXPECT_EQ(to_hex(encode_routes({route("10.0.0.0/8" + via)})), "080a" + gateway);
  EXPECT_EQ(to_hex(encode_routes({route("10.17.0.0/16" + via)})), "100a11" + gateway);
  EXPECT_EQ(to_hex(encode_routes({route("10.27.129.0/24" + via)})), "180a1b81" + gateway);
  EXPECT_EQ(to_hex(encode_routes({route("10.229.0.128/25" + via)})), "190ae50080" + gateway);
  EXPECT_EQ(to_hex(encode_routes({route("10.198.122.47/32" + via)})), "200ac67a2f" + gateway);
}

TEST(Addresses, FollowEachOther) {
  EXPECT_EQ(to_hex(encode_addresses({address("10.1.1.1"), address("192.0.2.53")})),
            "0a010101c0000235");
}

}  // namespace
}  // namespace viaduct::dhcp::test
