#include "bench/peers/vpp_runtime.h"

#include <gtest/gtest.h>

namespace viaduct::bench {
namespace {

constexpr std::string_view runtime =
    "Time 2.1, 10.000000 sec internal node vector rate 255.98 loops/sec 325592.63\r\n"
    "  vector rates in 9.6988e5, out 0.0000e0, drop 0.0000e0, punt 9.6988e5\r\n"
    "             Name                 State         Calls          Vectors        Suspends"
    "      Packet-Clocks   Vectors/Call  \r\n"
    "ethernet-input                   active               7813         2000000               0"
    "          1.00e1          255.98\r\n"
    "ip4-full-reassembly-expire-wal \"any wait\"                0               0              42"
    "          4.75e3            0.00\r\n"
    "memif-input                     polling               9000         2000000               0"
    "          2.00e1          222.22\r\n"
    "memif1/0-tx                      active                  1         1000000               0"
    "          6.00e0          100.00\r\n";

TEST(VppRuntime, AddsUpWhatEachNodeTookForItsPackets) {
  EXPECT_DOUBLE_EQ(cycles_in(runtime, "memif-input").value().all, 33);
}

TEST(VppRuntime, TellsTheDriverApart) {
  EXPECT_DOUBLE_EQ(cycles_in(runtime, "memif-input").value().without_driver.value(), 10);
}

TEST(VppRuntime, SaysNothingIfNothingCameIn) {
  EXPECT_FALSE(cycles_in(runtime, "dpdk-input"));
  EXPECT_FALSE(cycles_in("", "memif-input"));
}

}  // namespace
}  // namespace viaduct::bench
