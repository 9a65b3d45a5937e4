#include "bench/peers/peer.h"

namespace viaduct::bench {
namespace {

class ViaductPeer final : public Peer {
 public:
  explicit ViaductPeer(Viaduct viaduct) : viaduct_(std::move(viaduct)) {}

  Result<void> check() override { return viaduct_.check(); }
  void begin() override {
    packets_ = viaduct_.counters().packets;
    cycles_ = viaduct_.counters().cycles;
  }
  std::optional<double> cycles_per_packet() override {
    const std::uint64_t packets = viaduct_.counters().packets - packets_;
    if (packets == 0) return std::nullopt;
    return static_cast<double>(viaduct_.counters().cycles - cycles_) / static_cast<double>(packets);
  }

 private:
  Viaduct viaduct_;
  std::uint64_t packets_ = 0;
  std::uint64_t cycles_ = 0;
};

}  // namespace

Result<std::unique_ptr<Peer>> start_viaduct(const Contest& contest) {
  auto viaduct =
      TRY(Viaduct::start(contest.measured, contest.wires.device, contest.core, contest.directory));
  return std::make_unique<ViaductPeer>(std::move(viaduct));
}

}  // namespace viaduct::bench
