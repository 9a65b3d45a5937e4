#include "services/guest/dhcp/address_set.h"

#include <gtest/gtest.h>

#include <set>

#include "services/guest/dhcp/test_support.h"

namespace viaduct::dhcp::test {
namespace {

class AddressSetTest : public testing::Test {
 protected:
  void fill() {
    for (const AddressRange& range : ranges) {
      for (std::uint32_t i = 0; i < range.size(); ++i) {
        set.set(Address::v4(Be32::of(range.first.as_v4().host() + i)), true);
      }
    }
  }
  const std::vector<AddressRange> ranges{parse_address_range("10.1.1.10-10.1.1.99").value(),
                                         parse_address_range("10.1.1.150-10.1.1.160").value()};
  AddressSet set{ranges};
};

TEST_F(AddressSetTest, IsEmptyAtFirst) {
  EXPECT_EQ(set.capacity(), 101U);
  EXPECT_EQ(set.count(), 0U);
  EXPECT_FALSE(set.contains(address("10.1.1.10")));
  EXPECT_EQ(set.pick(7), std::nullopt);
}

TEST_F(AddressSetTest, HoldsOnlyAddressesOfItsRanges) {
  for (const char* outside : {"10.1.1.9", "10.1.1.100", "10.1.1.149", "10.1.1.161", "10.1.2.10"}) {
    set.set(address(outside), true);
    EXPECT_FALSE(set.contains(address(outside))) << outside;
  }
  EXPECT_EQ(set.count(), 0U);
}

TEST_F(AddressSetTest, CountsAnAddressOnce) {
  set.set(address("10.1.1.160"), true);
  set.set(address("10.1.1.160"), true);
  EXPECT_EQ(set.count(), 1U);
  set.set(address("10.1.1.160"), false);
  set.set(address("10.1.1.160"), false);
  EXPECT_EQ(set.count(), 0U);
}

TEST_F(AddressSetTest, PicksEveryAddressWhateverTheHash) {
  for (const std::uint64_t hash : {0ULL, 7ULL, 64ULL, 100ULL, ~0ULL}) {
    fill();
    std::set<Address> picked;
    while (const auto one = set.pick(hash)) {
      EXPECT_TRUE(picked.insert(*one).second);
      set.set(*one, false);
    }
    EXPECT_EQ(picked.size(), 101U);
  }
}

TEST_F(AddressSetTest, PicksTheAddressThatTheHashMeans) {
  fill();
  EXPECT_EQ(set.pick(0), address("10.1.1.10"));
  EXPECT_EQ(set.pick(90), address("10.1.1.150"));
  EXPECT_EQ(set.pick(100), address("10.1.1.160"));
  EXPECT_EQ(set.pick(101), address("10.1.1.10"));
  set.set(address("10.1.1.160"), false);
  EXPECT_EQ(set.pick(100), address("10.1.1.10")) << "the next one, around the end";
}

}  // namespace
}  // namespace viaduct::dhcp::test
