#include "dataplane/core/frame_check.h"

#include <gtest/gtest.h>
#include <rte_mbuf.h>

#include <algorithm>
#include <memory>

#include "tests/world.h"

namespace viaduct::test {
namespace {

constexpr Mac station_mac{{0x02, 0, 0, 0, 0, 1}};

class SentFrames : public testing::Test {
 protected:
  using Frame = std::unique_ptr<rte_mbuf, decltype(&rte_pktmbuf_free)>;
  static Frame frame_of(const Draft& draft, std::uint16_t vlan = 0) {
    const Bytes bytes = draft.frame(station_mac, vlan);
    Frame frame{rte_pktmbuf_alloc(buffers()), rte_pktmbuf_free};
    std::ranges::copy(bytes,
                      rte_pktmbuf_append(frame.get(), static_cast<std::uint16_t>(bytes.size())));
    return frame;
  }
  // How many of them are found unsound: a frame that came as one draft and leaves as another.
  std::uint64_t unsound(const Draft& came, const Draft& leaves, std::uint16_t mtu = 1500) {
    const Frame arrived = frame_of(came);
    const Frame left = frame_of(leaves);
    check.arm();
    check.look_at_arrival(*arrived);
    left->ol_flags = arrived->ol_flags;
    check.look_at_departure(*left, mtu);
    return check.unsound();
  }
  const Draft datagram = udp("10.1.1.11:40000 > 198.51.100.9:53");
  FrameCheck check;
};

TEST_F(SentFrames, AreSoundAsTheyShouldBe) {
  for (const Draft& draft :
       {datagram, Draft{datagram}.without_checksum(), tcp("10.1.1.11:40000 > 198.51.100.9:80"),
        ping("10.1.1.11 > 198.51.100.9"), other(47, "10.1.1.11 > 198.51.100.9")}) {
    EXPECT_EQ(unsound(draft, draft), 0U);
  }
}

TEST_F(SentFrames, HaveARightHeaderChecksum) {
  EXPECT_EQ(unsound(datagram, Draft{datagram}.spoil(8, 7)), 1U);
}

TEST_F(SentFrames, HaveARightChecksumAboveIpIfTheyCameWithOne) {
  const Draft spoilt = Draft{datagram}.spoil(35, 1);
  EXPECT_EQ(unsound(spoilt, spoilt), 0U) << "that is its sender's doing";
  EXPECT_EQ(unsound(datagram, spoilt), 1U);
}

TEST_F(SentFrames, FitTheirInterface) {
  const Draft large = Draft{datagram}.length(1400);
  EXPECT_EQ(unsound(large, large, 1400), 0U);
  EXPECT_EQ(unsound(large, large, 1399), 1U);
}

TEST_F(SentFrames, AreLookedAtWithTheirTag) {
  check.arm();
  check.look_at_departure(*frame_of(Draft{datagram}.spoil(8, 7), 9), 1500);
  EXPECT_EQ(check.unsound(), 1U);
}

TEST_F(SentFrames, AreLookedAtOnlyWhileTheCheckIsArmed) {
  EXPECT_FALSE(check.awaits_departures());
  check.arm();
  const Frame frame = frame_of(datagram);
  for (std::uint32_t i = 0; i < FrameCheck::at_a_time; ++i) {
    ASSERT_TRUE(check.awaits_departures());
    check.look_at_departure(*frame, 1500);
  }
  EXPECT_FALSE(check.awaits_departures());
}

// What a worker sends meanwhile: a translated packet, an answer, an error, fragments.
TEST(FrameCheckOfAWorker, FindsNothingWrong) {
  World router;
  router.with("interfaces/public0/mtu", "700");
  (void)router.sends(udp("10.1.1.11:40000 > 198.51.100.9:53"));
  for (const auto& worker : router.workers()) worker->frame_check().arm();
  (void)router.sends({udp("10.1.1.11:40000 > 198.51.100.9:53"),
                      udp("10.1.1.11:40000 > 198.51.100.9:53").length(900),
                      udp("10.1.1.11:40000 > 198.51.100.9:53").length(900).may_be_fragmented(),
                      udp("10.1.1.11:40000 > 198.51.100.9:53").spoil(35, 1),
                      ping("10.1.1.11 > 10.1.1.1")});
  ASSERT_GE(router.left().size(), 5U);
  for (const auto& worker : router.workers()) EXPECT_EQ(worker->frame_check().unsound(), 0U);
}

TEST(FrameCheckOfAWorker, NoticesALineThatTranslatesWrong) {
  World router{1024, 1};
  const Draft packet = udp("10.1.1.11:40000 > 198.51.100.9:53");
  (void)router.sends(packet);
  router.worker().sessions.forward(0).l4_change ^= 0x0101;
  (void)router.sends(packet);
  EXPECT_EQ(router.worker().frame_check().unsound(), 0U) << "nobody looked";
  router.worker().frame_check().arm();
  (void)router.sends(packet);
  EXPECT_EQ(router.worker().frame_check().unsound(), 1U);
}

}  // namespace
}  // namespace viaduct::test
