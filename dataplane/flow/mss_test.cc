#include "dataplane/flow/mss.h"

#include <gtest/gtest.h>

#include "tests/world.h"

namespace viaduct::test {
namespace {

constexpr std::size_t tcp_header = 20;  // without options

Draft syn(const Bytes& options, std::string_view sentence = "10.1.1.11:40000 > 198.51.100.9:80") {
  return tcp(sentence).flags("S").tcp_options(options);
}

class Mss : public testing::Test {
 protected:
  // What has become of the options, once the frame's checksums were found right.
  Bytes options_after(const Draft& draft) {
    const std::string told = router.sends(draft);
    EXPECT_TRUE(told.find('>') != told.npos && told.find("checksum") == told.npos) << told;
    const Bytes& frame = router.left().back().bytes;
    const std::size_t ethernet = told.starts_with("guest0") ? 18 : 14;
    const auto begin = frame.begin() + static_cast<std::ptrdiff_t>(ethernet + 20 + tcp_header);
    const std::size_t length = frame[ethernet + 20 + 12] / 16 * 4U - tcp_header;
    return {begin, begin + static_cast<std::ptrdiff_t>(length)};
  }
  World router;
};

const Bytes asks_for_1460{2, 4, 0x05, 0xb4};
const Bytes asks_for_8960{2, 4, 0x23, 0x00};

TEST_F(Mss, IsWhatTheMtuTakes) {
  EXPECT_EQ(options_after(syn(asks_for_8960)), asks_for_1460);
}

TEST_F(Mss, StaysIfItIsSmaller) {
  const Bytes asks_for_536{2, 4, 0x02, 0x18};
  EXPECT_EQ(options_after(syn(asks_for_536)), asks_for_536);
}

TEST_F(Mss, IsWhatTheSmallerMtuOfBothInterfacesTakes) {
  router.with("interfaces/guest0/mtu", "1400");
  const Bytes asks_for_1360{2, 4, 0x05, 0x50};
  EXPECT_EQ(options_after(syn(asks_for_1460)), asks_for_1360);
  EXPECT_EQ(options_after(syn(asks_for_1460, "198.51.100.9:80 > 203.0.113.2:40000").flags("SA")),
            asks_for_1360)
      << "the answer too";
}

TEST_F(Mss, IsFoundBehindOtherOptions) {
  EXPECT_EQ(options_after(syn({4, 2, 1, 1, 2, 4, 0x23, 0x00})),
            (Bytes{4, 2, 1, 1, 2, 4, 0x05, 0xb4}));
  EXPECT_EQ(options_after(syn({1, 2, 4, 0x23, 0x00, 1, 1, 0})),
            (Bytes{1, 2, 4, 0x05, 0xb4, 1, 1, 0}))
      << "at an odd place";
}

TEST_F(Mss, IsNotLookedForBeyondOptionsThatMakeNoSense) {
  for (const Bytes& options : {Bytes{0, 2, 4, 0x23}, Bytes{3, 0, 2, 4}, Bytes{2, 9, 0x23, 0},
                               Bytes{1, 1, 1, 2}, Bytes{2, 3, 0xff, 0}}) {
    EXPECT_EQ(options_after(syn(options)), options);
  }
}

TEST_F(Mss, StaysIfTheNetworkWantsThat) {
  router.with("networks/guest0", R"({"clamp_mss": false})");
  EXPECT_EQ(options_after(syn(asks_for_8960)), asks_for_8960);
}

}  // namespace
}  // namespace viaduct::test
