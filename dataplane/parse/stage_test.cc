#include <gtest/gtest.h>

#include "tests/world.h"

namespace viaduct::test {
namespace {

constexpr auto outward = "10.1.1.11:40000 > 198.51.100.9:80";
constexpr auto outward_sent = "public0: 203.0.113.2:40000 > 198.51.100.9:80";

class Parse : public testing::Test {
 protected:
  // The frame that a guest sends, changed by hand.
  template <class Edit>
  std::string sends_edited(const Draft& draft, Edit edit) {
    const InterfaceView& in = router.interface("guest0");
    Bytes frame = draft.frame(in.config->mac, in.config->vlan);
    edit(frame);
    return router.receives(frame, in.port);
  }
  World router;
};

TEST_F(Parse, DropsFramesThatEndWithinTheirHeader) {
  EXPECT_EQ(router.sends(tcp(outward).cut_to(13)), "dropped: runt");
  EXPECT_EQ(router.sends(tcp(outward).cut_to(16)), "dropped: runt");
  EXPECT_EQ(router.sends(tcp(outward).cut_to(17)), "dropped: runt");
}

TEST_F(Parse, DropsWhatIsNeitherIpNorArp) {
  EXPECT_EQ(sends_edited(tcp(outward), [](Bytes& frame) { frame[16] = 0x86, frame[17] = 0xdd; }),
            "dropped: unsupported_ethertype");
}

TEST_F(Parse, DropsWhatIsForNobodyHere) {
  EXPECT_EQ(router.sends(tcp(outward).to_mac({{2, 2, 2, 2, 2, 2}})), "dropped: no_interface");
  EXPECT_EQ(sends_edited(tcp(outward), [](Bytes& frame) { frame[15] = 3; }),
            "dropped: no_interface");
  EXPECT_EQ(sends_edited(tcp(outward),
                         [](Bytes& frame) { frame.erase(frame.begin() + 12, frame.begin() + 16); }),
            "dropped: no_interface");
}

TEST_F(Parse, IgnoresThePriorityInAVlanTag) {
  EXPECT_EQ(sends_edited(tcp(outward), [](Bytes& frame) { frame[14] |= 0xe0; }), outward_sent);
}

TEST_F(Parse, DropsIpHeadersThatContradictTheFrame) {
  EXPECT_EQ(router.sends(tcp(outward).byte(0, 0x65)), "dropped: bad_ip_header");
  EXPECT_EQ(router.sends(tcp(outward).byte(0, 0x44)), "dropped: bad_ip_header");
  EXPECT_EQ(router.sends(tcp(outward).byte(2, 9)), "dropped: bad_ip_header");
  EXPECT_EQ(router.sends(tcp(outward).byte(3, 19)), "dropped: bad_ip_header");
  EXPECT_EQ(router.sends(tcp(outward).cut_to(37)), "dropped: bad_ip_header");
}

TEST_F(Parse, DropsWrongIpChecksums) {
  EXPECT_EQ(router.sends(tcp(outward).spoil(10, 1)), "dropped: bad_ip_checksum");
  EXPECT_EQ(router.sends(tcp(outward).spoil(8, 63)), "dropped: bad_ip_checksum");
}

TEST_F(Parse, DropsIpOptions) {
  EXPECT_EQ(router.sends(udp(outward).length(64).byte(0, 0x46)), "dropped: ip_options");
}

TEST_F(Parse, DropsTransportHeadersThatAreCutShort) {
  EXPECT_EQ(router.sends(tcp(outward).byte(3, 39)), "dropped: bad_l4_header");
  EXPECT_EQ(router.sends(udp(outward).byte(3, 27)), "dropped: bad_l4_header");
  EXPECT_EQ(router.sends(ping("10.1.1.11 > 198.51.100.9").byte(3, 27)), "dropped: bad_l4_header");
}

TEST_F(Parse, DropsTransportHeadersThatContradictThemselves) {
  EXPECT_EQ(router.sends(tcp(outward).flags("SF")), "dropped: bad_l4_header");
  EXPECT_EQ(router.sends(tcp(outward).byte(32, 0x40)), "dropped: bad_l4_header");
  EXPECT_EQ(router.sends(tcp(outward).byte(32, 0xf0)), "dropped: bad_l4_header");
  EXPECT_EQ(router.sends(tcp(outward).byte(20, 0).byte(21, 0)), "dropped: bad_l4_header");
  EXPECT_EQ(router.sends(udp(outward).byte(22, 0).byte(23, 0)), "dropped: bad_l4_header");
  EXPECT_EQ(router.sends(udp(outward).byte(25, 7)), "dropped: bad_l4_header");
  EXPECT_EQ(router.sends(udp(outward).byte(25, 17)), "dropped: bad_l4_header");
  EXPECT_EQ(router.sends(ping("10.1.1.11 > 198.51.100.9").type(8, 1)), "dropped: bad_l4_header");
}

TEST_F(Parse, TakesADatagramWithOptionsAfterIt) {
  EXPECT_EQ(router.sends(udp(outward).byte(25, 12).without_checksum()), outward_sent);
  EXPECT_EQ(router.last().payload.size(), 36U);
}

TEST_F(Parse, DropsWhatIsLargerThanTheInterfaceTakes) {
  EXPECT_EQ(router.sends(udp(outward).length(1501)), "dropped: too_big");
  EXPECT_EQ(router.sends(udp(outward).length(1500)), outward_sent);
}

TEST_F(Parse, TakesPaddingOff) {
  ASSERT_EQ(router.sends(udp(outward).length(28)), outward_sent);
  EXPECT_EQ(router.last().payload.size(), 28U);
}

TEST_F(Parse, CountsWhatAnInterfaceReceives) {
  (void)router.sends(udp(outward).length(100));
  const Slot guest0 = router.interface("guest0").slot();
  std::uint64_t bytes = 0;
  for (const auto& worker : router.workers()) bytes += worker->interfaces[guest0].rx_bytes;
  EXPECT_EQ(bytes, 118U);
}

class Admit : public Parse {};

TEST_F(Admit, OpensNoSessionForAWrongChecksum) {
  EXPECT_EQ(router.sends(tcp(outward).spoil(36, 1)), "dropped: bad_l4_checksum");
  EXPECT_EQ(router.sends(udp(outward).spoil(26, 1)), "dropped: bad_l4_checksum");
  EXPECT_EQ(router.sends(ping("10.1.1.11 > 198.51.100.9").spoil(22, 1)),
            "dropped: bad_l4_checksum");
}

TEST_F(Admit, SumsADatagramWithoutTheOptionsAfterIt) {
  EXPECT_EQ(router.sends(udp(outward).byte(25, 12)), "dropped: bad_l4_checksum");
  // The length is summed twice, and what is no longer summed is zeros.
  const Bytes whole = udp(outward).ip_packet();
  const auto checksum = static_cast<std::uint16_t>((whole[26] << 8 | whole[27]) + 2 * (16 - 12));
  EXPECT_EQ(router.sends(udp(outward)
                             .byte(25, 12)
                             .byte(26, static_cast<std::uint8_t>(checksum >> 8))
                             .byte(27, static_cast<std::uint8_t>(checksum))),
            outward_sent);
}

TEST_F(Admit, DropsMartianSources) {
  for (const char* source :
       {"0.0.0.1", "127.0.0.1", "224.0.0.1", "240.0.0.1", "255.255.255.255", "0.0.0.0"}) {
    EXPECT_EQ(router.sends(udp(std::string{source} + ":68 > 198.51.100.9:67").from("guest0")),
              "dropped: martian_source")
        << source;
  }
  EXPECT_EQ(router.sends(udp("10.1.1.11:5000 > 10.1.1.11:5000")), "dropped: martian_source");
}

TEST_F(Admit, DropsMartianDestinations) {
  for (const char* destination : {"0.0.0.0", "0.1.2.3", "127.0.0.1", "240.0.0.1"}) {
    EXPECT_EQ(router.sends(udp("10.1.1.11:5000 > " + std::string{destination} + ":80")),
              "dropped: martian_destination")
        << destination;
  }
}

TEST_F(Admit, OpensNoSessionForAnAnswer) {
  EXPECT_EQ(router.sends(pong("10.1.1.11 > 198.51.100.9")), "dropped: no_session");
}

}  // namespace
}  // namespace viaduct::test
