#include "dataplane/core/capture.h"

#include <gtest/gtest.h>
#include <pcap/bpf.h>
#include <pcap/pcap.h>

#include "tests/world.h"

namespace viaduct::test {
namespace {

class CaptureTest : public testing::Test {
 protected:
  ~CaptureTest() override { give(nullptr); }
  void begin(Capture::Options options) {
    capture = sure(Capture::make(std::move(options)));
    give(capture.get());
  }
  void give(Capture* to_take) {
    for (const auto& worker : router.workers()) worker->capture = to_take;
  }
  // What is caught, oldest first, and takes it.
  std::string caught() {
    std::string all;
    while (const Capture::Record* record = capture->front()) {
      EXPECT_EQ(record->captured, capture->front_bytes().size());
      all += (all.empty() ? "" : "; ") + describe(read_frame(capture->front_bytes()));
      capture->pop();
    }
    return all;
  }
  static std::vector<bpf_insn> compiled(const char* filter) {
    pcap_t* handle = pcap_open_dead(DLT_EN10MB, 65535);
    bpf_program program{};
    EXPECT_EQ(pcap_compile(handle, &program, filter, 1, PCAP_NETMASK_UNKNOWN), 0);
    std::vector<bpf_insn> code{program.bf_insns, program.bf_insns + program.bf_len};
    pcap_freecode(&program);
    pcap_close(handle);
    return code;
  }
  World router;
  std::unique_ptr<Capture> capture;
};

TEST_F(CaptureTest, SeesBothSidesOfTheRouter) {
  (void)router.sends(tcp("10.1.1.11:40000 > 198.51.100.9:80"));
  begin({});
  (void)router.sends(tcp("10.1.1.11:40000 > 198.51.100.9:80"));
  EXPECT_EQ(caught(), "10.1.1.11:40000 > 198.51.100.9:80; 203.0.113.2:40000 > 198.51.100.9:80");
}

TEST_F(CaptureTest, SeesTheWantedInterfacesOnly) {
  (void)router.sends(tcp("10.1.1.11:40000 > 198.51.100.9:80"));
  begin({.interfaces = {router.interface("public0").slot()}});
  (void)router.sends(tcp("10.1.1.11:40000 > 198.51.100.9:80"));
  EXPECT_EQ(caught(), "203.0.113.2:40000 > 198.51.100.9:80");
}

TEST_F(CaptureTest, SeesWhatItsProgramLetsThrough) {
  (void)router.sends(tcp("10.1.1.11:40000 > 198.51.100.9:80"));
  begin({.program = compiled("ip src 203.0.113.2")});
  (void)router.sends(tcp("10.1.1.11:40000 > 198.51.100.9:80"));
  EXPECT_EQ(caught(), "203.0.113.2:40000 > 198.51.100.9:80");
}

TEST_F(CaptureTest, KeepsTheBeginningOfEachFrame) {
  begin({.snap_length = 34});
  (void)router.sends(udp("10.1.1.11:40000 > 198.51.100.9:80").length(500));
  EXPECT_EQ(capture->front()->captured, 34U);
  EXPECT_EQ(capture->front()->length, 518U);
  EXPECT_EQ(capture->front_bytes().size(), 34U);
}

TEST_F(CaptureTest, CountsWhatDoesNotFit) {
  begin({});
  (void)router.sends(tcp("10.1.1.11:40000 > 198.51.100.9:80"));
  for (int i = 0; i < 2100; ++i) (void)router.sends(tcp("10.1.1.11:40000 > 198.51.100.9:80"));
  EXPECT_GT(capture->lost(), 0U);
}

TEST_F(CaptureTest, RefusesAProgramThatDoesNotEnd) {
  const bpf_insn loads{.code = BPF_LD | BPF_H | BPF_ABS, .jt = 0, .jf = 0, .k = 12};
  EXPECT_TRUE(is_invalid(Capture::make({.program = {loads}}), "/program"));
}

TEST_F(CaptureTest, RefusesAProgramThatJumpsOut) {
  const bpf_insn jumps{.code = BPF_JMP | BPF_JA, .jt = 0, .jf = 0, .k = 100};
  const bpf_insn ends{.code = BPF_RET | BPF_K, .jt = 0, .jf = 0, .k = 1};
  EXPECT_TRUE(is_invalid(Capture::make({.program = {jumps, ends}}), "/program"));
}

}  // namespace
}  // namespace viaduct::test
