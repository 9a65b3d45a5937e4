#include "dataplane/runtime/described_packet.h"

#include <gtest/gtest.h>
#include <rte_mbuf.h>

#include "tests/world.h"

namespace viaduct::test {
namespace {

using runtime::find_interface;
using runtime::make_frame;

Result<DescribedPacket> described(std::string_view body) {
  return api::read<DescribedPacket>(json(body));
}

class Described : public testing::Test {
 protected:
  // The frame that comes of a description, in words.
  std::string reads(std::string_view body) {
    const auto packet = sure(described(body));
    const InterfaceView& in = *sure(find_interface(router.now(), packet));
    rte_mbuf* mbuf = make_frame(buffers(), in, sure(tuple_of(packet)), packet);
    if (mbuf == nullptr) return "nothing";
    const auto* data = rte_pktmbuf_mtod(mbuf, const std::uint8_t*);
    frame.assign(data, data + rte_pktmbuf_data_len(mbuf));
    rte_pktmbuf_free(mbuf);
    const Reading reading = read_frame(frame);
    EXPECT_EQ(reading.to, in.config->mac);
    EXPECT_EQ(reading.vlan, in.config->vlan);
    return describe(reading);
  }
  World router;
  Bytes frame;
};

TEST_F(Described, BecomesARealTcpFrame) {
  EXPECT_EQ(reads(R"({"router":"red","interface":"guest0","protocol":"tcp","tcp_flags":"SA",
                      "source":"10.1.1.2:40000","destination":"198.51.100.9:80","ttl":9})"),
            "10.1.1.2:40000 > 198.51.100.9:80");
  const auto ip = read_frame(frame).payload;
  EXPECT_EQ(ip.size(), 64U);
  EXPECT_EQ(ip[8], 9);
  EXPECT_EQ(ip[33], 0x12);
}

TEST_F(Described, BecomesARealUdpFrame) {
  EXPECT_EQ(reads(R"({"router":"red","interface":"public0","protocol":"udp","length":500,
                      "source":"198.51.100.9:53","destination":"203.0.113.2:40000"})"),
            "198.51.100.9:53 > 203.0.113.2:40000");
  EXPECT_EQ(read_frame(frame).payload.size(), 500U);
}

TEST_F(Described, MayBeFragmentedIfItSaysSo) {
  const std::string body = R"({"router":"red","interface":"guest0","protocol":"udp",
                               "source":"10.1.1.2:40000","destination":"198.51.100.9:53")";
  (void)reads(body + "}");
  EXPECT_EQ(read_frame(frame).payload[6], 0x40);
  (void)reads(body + R"(, "dont_fragment": false})");
  EXPECT_EQ(read_frame(frame).payload[6], 0);
}

TEST_F(Described, IsNoErrorAboutAnotherPacket) {
  EXPECT_EQ(described(R"({"router":"red","interface":"guest0","protocol":"icmp","icmp_type":3,
                          "source":"10.1.1.2","destination":"10.1.1.1"})")
                .error()
                .where,
            "/icmp_type");
}

TEST_F(Described, BecomesARealPing) {
  EXPECT_EQ(reads(R"({"router":"red","interface":"guest0","protocol":"icmp",
                      "source":"10.1.1.2","destination":"10.1.1.1"})"),
            "10.1.1.2 > 10.1.1.1 echo 0");
}

TEST_F(Described, HasOnlyFlagsThatTcpHas) {
  const auto refused = described(R"({"router":"red","interface":"guest0","protocol":"tcp",
      "tcp_flags":"SX","source":"10.1.1.2:40000","destination":"198.51.100.9:80"})");

  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().where, "/tcp_flags");
}

TEST_F(Described, IsLargeEnoughForItsHeaders) {
  EXPECT_EQ(reads(R"({"router":"red","interface":"guest0","protocol":"tcp","length":28,
                      "source":"10.1.1.2:40000","destination":"198.51.100.9:80"})"),
            "10.1.1.2:40000 > 198.51.100.9:80");
  EXPECT_EQ(read_frame(frame).payload.size(), 40U);
}

TEST_F(Described, IsNoFrameWhenItIsLargerThanABuffer) {
  EXPECT_EQ(reads(R"({"router":"red","interface":"guest0","protocol":"udp","length":9000,
                      "source":"10.1.1.2:40000","destination":"198.51.100.9:80"})"),
            "nothing");
}

TEST_F(Described, SaysWhatIsWrongWithItsNames) {
  DescribedPacket packet{.router = "green", .interface = "guest0"};
  EXPECT_TRUE(is_refused(find_interface(router.now(), packet), Fault::not_found, "/router"));
  packet = {.router = "red", .interface = "guest7"};
  EXPECT_TRUE(is_refused(find_interface(router.now(), packet), Fault::not_found, "/interface"));
}

TEST_F(Described, SaysWhatIsWrongWithItsEnds) {
  DescribedPacket packet{.protocol = Protocol::tcp, .source = "10.1.1.2", .destination = "x"};
  EXPECT_TRUE(is_invalid(tuple_of(packet), "/source"));
  packet.source = "10.1.1.2:80";
  EXPECT_TRUE(is_invalid(tuple_of(packet), "/destination"));
  packet.destination = "[2001:db8::1]:80";
  EXPECT_TRUE(is_invalid(tuple_of(packet), "/destination", "only IPv4"));
}

}  // namespace
}  // namespace viaduct::test
