#include "bench/conversations.h"

#include <gtest/gtest.h>
#include <rte_ether.h>
#include <rte_ip.h>
#include <rte_mbuf.h>

#include <array>
#include <cstring>

namespace viaduct::bench::test {
namespace {

constexpr RouterPorts ports{.wan = 0, .lan = 1};

// A frame that left a router which only forwards.
class ForwardedFrame : public testing::Test {
 protected:
  ForwardedFrame() {
    mbuf_.buf_addr = memory_.data();
    mbuf_.buf_len = static_cast<std::uint16_t>(memory_.size());
    all_.write_opening(mbuf_, 0);
    EXPECT_TRUE(all_.learn(mbuf_, ports.wan));
    ip().time_to_live = 63;
    ip().hdr_checksum = 0;
    ip().hdr_checksum = rte_ipv4_cksum(&ip());
    travel(all_.router_mac(ports.wan), mac_of(Case::gateway()));
  }

  void travel(const Mac& from, const Mac& to) {
    auto& ethernet = *rte_pktmbuf_mtod(&mbuf_, rte_ether_hdr*);
    std::memcpy(&ethernet.src_addr, from.bytes.data(), RTE_ETHER_ADDR_LEN);
    std::memcpy(&ethernet.dst_addr, to.bytes.data(), RTE_ETHER_ADDR_LEN);
  }
  rte_ipv4_hdr& ip() {
    return *rte_pktmbuf_mtod_offset(&mbuf_, rte_ipv4_hdr*, sizeof(rte_ether_hdr));
  }
  std::string complaint() {
    const auto outcome = all_.check(mbuf_, ports.wan);
    return outcome ? "" : outcome.error().why;
  }

  const Case case_{Kind::forward, 10, 0};
  Conversations all_ = Conversations::make(case_, ports).value();
  std::array<std::uint8_t, 2048> memory_{};
  rte_mbuf mbuf_{};
};

TEST_F(ForwardedFrame, IsRightAsTheRouterSendsIt) {
  EXPECT_EQ(complaint(), "");
}

TEST_F(ForwardedFrame, IsWrongIfTheLinkWouldCarryItElsewhere) {
  travel(all_.router_mac(ports.lan), mac_of(Case::gateway()));
  EXPECT_NE(complaint().find("leaves from"), std::string::npos);

  travel(all_.router_mac(ports.wan), mac_of(Case::guest(0)));
  EXPECT_NE(complaint().find("leaves from"), std::string::npos);
}

TEST_F(ForwardedFrame, IsWrongWithAnotherTtlOrChecksum) {
  ip().hdr_checksum ^= 1;
  EXPECT_NE(complaint().find("wrong IP checksum"), std::string::npos);

  ip().time_to_live = 64;
  ip().hdr_checksum = 0;
  ip().hdr_checksum = rte_ipv4_cksum(&ip());
  EXPECT_NE(complaint().find("TTL is 64"), std::string::npos);
}

}  // namespace
}  // namespace viaduct::bench::test
