#include <fstream>

#include "bench/peers/peer.h"

namespace viaduct::bench {
namespace {

class TestpmdPeer final : public Peer {
 public:
  TestpmdPeer(Process process, std::string log)
      : process_(std::move(process)), log_(std::move(log)) {}

  Result<void> check() override {
    if (process_->is_running()) return {};
    return fail(Fault::failed, "", "dpdk-testpmd has ended: " + process_->last_words());
  }

  // It tells when it ends, for all packets since it began.
  std::optional<PacketCycles> cycles() override {
    process_->ask_to_end();
    process_.reset();
    std::ifstream said{log_};
    std::optional<PacketCycles> cycles;
    for (std::string line; std::getline(said, line);) {
      constexpr std::string_view what = "CPU cycles/packet=";
      const auto at = line.find(what);
      if (at != std::string::npos) cycles = {std::strtod(&line[at + what.size()], nullptr)};
    }
    return cycles;
  }

 private:
  std::optional<Process> process_;
  std::string log_;
};

}  // namespace

Result<std::unique_ptr<Peer>> start_testpmd(const Contest& contest) {
  const std::string core = std::to_string(contest.core);
  const std::string log = contest.directory.file("testpmd.log");
  const Ports::Plan& ports = contest.wires.device;
  // Its first logical core only waits, the second forwards.
  const Arguments program{"dpdk-testpmd",
                          "--lcores",
                          "0@" + core + ",1@" + core,
                          "--in-memory",
                          "-m",
                          "64",
                          "--no-pci",
                          "--no-telemetry",
                          "--vdev",
                          ports.wan,
                          "--vdev",
                          ports.lan,
                          "--",
                          "--forward-mode=io",
                          "--auto-start",
                          "--disable-link-check",
                          "--record-core-cycles",
                          "--nb-cores=1",
                          "--burst=64",
                          "--rxd=1024",
                          "--txd=1024",
                          "--total-num-mbufs=16384"};
  auto process = TRY(Process::start(inside_namespace(ports.network_namespace, program), log));
  return std::make_unique<TestpmdPeer>(std::move(process), log);
}

}  // namespace viaduct::bench
