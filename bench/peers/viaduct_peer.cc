#include "bench/peers/peer.h"

namespace viaduct::bench {
namespace {

class ViaductPeer final : public Peer {
 public:
  explicit ViaductPeer(Viaduct viaduct) : viaduct_(std::move(viaduct)) {}

  Result<void> check() override { return viaduct_.check(); }
  void begin() override { before_ = Reading::of(viaduct_.counters()); }
  std::optional<PacketCycles> cycles() override {
    const Reading now = Reading::of(viaduct_.counters());
    const auto packets = static_cast<double>(now.packets - before_.packets);
    if (packets == 0) return std::nullopt;
    const auto all = static_cast<double>(now.cycles - before_.cycles);
    const auto driver = static_cast<double>(now.of_driver - before_.of_driver);
    return PacketCycles{all / packets, (all - driver) / packets};
  }

 private:
  struct Reading {
    std::uint64_t packets = 0;
    std::uint64_t cycles = 0;
    std::uint64_t of_driver = 0;
    static Reading of(const DeviceCounters& counters) {
      return {counters.packets, counters.cycles, counters.receive_cycles + counters.send_cycles};
    }
  };

  Viaduct viaduct_;
  Reading before_;
};

}  // namespace

Result<std::unique_ptr<Peer>> start_viaduct(const Contest& contest) {
  auto viaduct =
      TRY(Viaduct::start(contest.measured, contest.wires.device, contest.core, contest.directory));
  return std::make_unique<ViaductPeer>(std::move(viaduct));
}

}  // namespace viaduct::bench
