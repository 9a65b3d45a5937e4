#include <gtest/gtest.h>

#include <set>
#include <string>

#include "base/flat_map.h"
#include "base/hash.h"
#include "base/prefix_map.h"

namespace viaduct {
namespace {

Address address(std::string_view text) {
  return parse_address(text).value();
}
Prefix prefix(std::string_view text) {
  return parse_prefix(text).value();
}

struct Collide {
  std::size_t operator()(int /*key*/) const noexcept { return 3; }
};
using Colliding = FlatMap<int, int, Collide>;

TEST(FlatMap, FindsWhatWasPut) {
  Colliding map{100};
  for (int key = 0; key < 100; ++key) EXPECT_TRUE(map.insert(key, 10 * key));
  for (int key = 0; key < 100; ++key) EXPECT_EQ(*map.find(key), 10 * key);
  EXPECT_EQ(map.find(100), nullptr);
  EXPECT_EQ(map.size(), 100U);
}

TEST(FlatMap, KeepsTheFirstValueOfAKey) {
  Colliding map{2};
  EXPECT_TRUE(map.insert(1, 10));
  EXPECT_FALSE(map.insert(1, 11));
  EXPECT_EQ(*map.find(1), 10);
}

TEST(FlatMap, RefusesMoreThanItHasRoomFor) {
  Colliding map;
  int taken = 0;
  while (map.insert(taken, taken)) ++taken;
  EXPECT_GE(taken, 1);
  EXPECT_EQ(map.size(), static_cast<std::size_t>(taken));
  EXPECT_EQ(map.find(taken), nullptr);
}

TEST(FlatMap, LetsAValueBeChangedInPlace) {
  Colliding map{1};
  ASSERT_TRUE(map.insert(1, 10));
  *map.find(1) = 11;
  EXPECT_EQ(*std::as_const(map).find(1), 11);
}

// Tables take the bits from the 8th on.
std::size_t homes(std::string_view first, unsigned octet) {
  std::set<std::uint64_t> seen;
  auto bytes = address(first).bytes();
  for (unsigned i = 0; i < 256; ++i) {
    bytes[octet] = static_cast<std::uint8_t>(i);
    seen.insert((hash(Address::v6(bytes)) >> 8) & 0x3ff);
  }
  return seen.size();
}

TEST(AddressHash, SpreadsNeighbours) {
  for (const unsigned octet : {12U, 13U, 14U, 15U}) EXPECT_GT(homes("10.1.1.0", octet), 128U);
  for (const unsigned octet : {0U, 7U, 8U, 15U}) EXPECT_GT(homes("2001:db8::", octet), 128U);
}

TEST(AddressHash, SpreadsAWholeNetwork) {
  std::set<std::uint64_t> seen;
  for (std::uint32_t host = 0; host < 4096; ++host) {
    seen.insert((hash(Address::v4(Be32::of(0x0a000000 + host)), 7) >> 8) % 65536);
  }
  EXPECT_GT(seen.size(), 3500U);
}

TEST(EndpointHash, TellsPortsApart) {
  EXPECT_NE(hash(Endpoint{address("10.1.1.1"), 80}), hash(Endpoint{address("10.1.1.1"), 81}));
}

using Routes = PrefixMap<std::string>;

std::string looked_up(const Routes& routes, std::string_view destination) {
  const auto* found = routes.find(address(destination));
  return found == nullptr ? "nothing" : *found;
}

class PrefixMapOfBothFamilies : public testing::Test {
 protected:
  const std::vector<std::pair<Prefix, std::string>> entries_{
      {prefix("0.0.0.0/0"), "v4 default"}, {prefix("10.0.0.0/8"), "ten"},
      {prefix("10.1.1.0/24"), "guest"},    {prefix("10.1.1.7"), "host"},
      {prefix("::/0"), "v6 default"},      {prefix("2001:db8::/32"), "documentation"},
      {prefix("2001:db8::7"), "v6 host"},
  };
  const Routes routes_{entries_};
};

TEST_F(PrefixMapOfBothFamilies, FindsTheLongestPrefix) {
  EXPECT_EQ(looked_up(routes_, "10.1.1.7"), "host");
  EXPECT_EQ(looked_up(routes_, "10.1.1.8"), "guest");
  EXPECT_EQ(looked_up(routes_, "10.1.2.7"), "ten");
  EXPECT_EQ(looked_up(routes_, "2001:db8::7"), "v6 host");
  EXPECT_EQ(looked_up(routes_, "2001:db8::8"), "documentation");
}

TEST_F(PrefixMapOfBothFamilies, KeepsTheFamiliesApart) {
  EXPECT_EQ(looked_up(routes_, "198.51.100.9"), "v4 default");
  EXPECT_EQ(looked_up(routes_, "2001:db9::1"), "v6 default");
  EXPECT_EQ(looked_up(routes_, "::1"), "v6 default");
}

TEST(PrefixMap, GivesIpv4NothingFromAnIpv6Default) {
  const std::vector<std::pair<Prefix, std::string>> v6_only{{prefix("::/0"), "v6 default"}};
  EXPECT_EQ(looked_up(Routes{v6_only}, "10.1.1.1"), "nothing");
}

TEST(PrefixMap, FindsNothingWhenEmpty) {
  EXPECT_TRUE(Routes{}.empty());
  EXPECT_EQ(looked_up(Routes{}, "10.1.1.1"), "nothing");
}

TEST(PrefixMap, KeepsTheFirstValueOfAPrefix) {
  const std::vector<std::pair<Prefix, std::string>> twice{{prefix("10.0.0.0/8"), "first"},
                                                          {prefix("10.0.0.0/8"), "second"}};
  EXPECT_EQ(looked_up(Routes{twice}, "10.1.1.1"), "first");
}

// An address in the block of `start` of this length, but in none of the longer ones.
Address just_inside(unsigned length, const Address& start) {
  auto bytes = start.bytes();
  if (length < Address::bits) {
    bytes[length / 8] = static_cast<std::uint8_t>(bytes[length / 8] ^ (0x80U >> (length % 8)));
  }
  return Address::v6(bytes);
}

TEST(PrefixMap, TakesEveryLengthOfBothFamilies) {
  const Address v6 = address("2001:db8::1");
  const Address v4 = address("10.1.1.1");
  std::vector<std::pair<Prefix, unsigned>> entries;
  for (unsigned length = 0; length <= Address::bits; ++length) {
    entries.emplace_back(Prefix{v6, length}, length);
    if (length >= Address::v4_offset) entries.emplace_back(Prefix{v4, length}, length);
  }
  const PrefixMap<unsigned> map{entries};
  for (const auto& [block, length] : entries) {
    EXPECT_EQ(*map.find(just_inside(length, block.is_v4() ? v4 : v6)), length) << to_string(block);
  }
}

}  // namespace
}  // namespace viaduct
