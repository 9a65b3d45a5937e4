#pragma once

#include <memory>
#include <optional>
#include <string>

#include "bench/cases.h"
#include "bench/peers/veth_lab.h"
#include "bench/wire/pair.h"

namespace viaduct::bench {

// TSC cycles of a packet.
struct PacketCycles {
  double all = 0;
  // But for what receiving and sending by the wires' driver takes, where that is known.
  std::optional<double> without_driver = {};
};

// Somebody at work between two wires. Stops with this object.
class Peer {
 public:
  Peer() = default;
  Peer(const Peer&) = delete;
  Peer& operator=(const Peer&) = delete;
  virtual ~Peer() = default;
  // Fails if it no longer works.
  virtual Result<void> check() { return {}; }
  // From now on its cycles count.
  virtual void begin() {}
  // What a packet took since then, where it knows. May end its work.
  virtual std::optional<PacketCycles> cycles() { return std::nullopt; }
};

// What all of them are told.
struct Contest {
  Case measured;
  unsigned core = 0;
  const PrivateDirectory& directory;
  const Wires& wires;
};

Result<std::unique_ptr<Peer>> start_viaduct(const Contest& contest);

// The kernel's own forwarding and nftables.
Result<std::unique_ptr<Peer>> start_linux(const Contest& contest, const VethLab& lab);

// Passes frames on as they are.
Result<std::unique_ptr<Peer>> start_testpmd(const Contest& contest);

Result<std::unique_ptr<Peer>> start_vpp(const Contest& contest, const std::string& program);

}  // namespace viaduct::bench
