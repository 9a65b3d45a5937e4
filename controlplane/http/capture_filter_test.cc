#include "controlplane/http/capture_filter.h"

#include <gtest/gtest.h>
#include <pcap/bpf.h>

#include <vector>

namespace viaduct::http {
namespace {

using Bytes = std::vector<std::uint8_t>;

// A UDP packet to port 53, in network 7 if it is tagged.
Bytes frame(bool tagged) {
  Bytes bytes{2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2};
  if (tagged) bytes.insert(bytes.end(), {0x81, 0x00, 0, 7});
  bytes.insert(bytes.end(), {0x08, 0x00});
  bytes.insert(bytes.end(), {0x45, 0, 0, 28, 0, 0, 0, 0, 64, 17, 0, 0, 10, 1, 1, 11, 8, 8, 8, 8});
  bytes.insert(bytes.end(), {0x9c, 0x40, 0, 53, 0, 8, 0, 0});
  return bytes;
}

bool lets_through(const std::string& expression, const Bytes& bytes) {
  const auto rows = compile_filter(expression, 256);
  EXPECT_TRUE(rows) << rows.error().why;
  std::vector<bpf_insn> program;
  for (const api::Json& row : rows.value_or(api::Json::array())) {
    program.push_back({row[0], row[1], row[2], row[3]});
  }
  const auto length = static_cast<unsigned>(bytes.size());
  return bpf_filter(program.data(), bytes.data(), length, length) != 0;
}

TEST(CaptureFilterTest, FindsPacketsWithAndWithoutTag) {
  EXPECT_TRUE(lets_through("udp port 53", frame(false)));
  EXPECT_TRUE(lets_through("udp port 53", frame(true)));
}

TEST(CaptureFilterTest, RefusesPacketsWithAndWithoutTag) {
  EXPECT_FALSE(lets_through("not udp", frame(false)));
  EXPECT_FALSE(lets_through("not udp", frame(true)));
  EXPECT_FALSE(lets_through("tcp or icmp", frame(true)));
}

TEST(CaptureFilterTest, IsTakenAtItsWordAboutTags) {
  EXPECT_TRUE(lets_through("vlan 7 and udp port 53", frame(true)));
  EXPECT_FALSE(lets_through("vlan 8 and udp port 53", frame(true)));
  EXPECT_FALSE(lets_through("vlan and udp port 53", frame(false)));
}

TEST(CaptureFilterTest, AnswersForTheExpressionAsItWasWritten) {
  const auto refused = compile_filter("udp port", 256);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().why.rfind("filter: ", 0), 0U) << refused.error().why;
  EXPECT_FALSE(compile_filter("tcp) or (udp", 256));
}

}  // namespace
}  // namespace viaduct::http
