#pragma once

#include <memory>
#include <vector>

#include "bench/cases.h"
#include "bench/frames.h"

namespace viaduct::bench {

// The conversations of a case as somebody sees them who sits on the router's wires: sends their
// frames, learns how the router translates them, and holds every frame against that.
class Conversations {
 public:
  // The bench's own ports that lead to the router's.
  struct Wires {
    PortId wan = 0;
    PortId lan = 0;
  };
  static Result<Conversations> make(const Case& measured, const Wires& wires);

  [[nodiscard]] std::uint32_t count() const { return case_.conversations(); }
  // The first frame of a conversation: what to write, and the wire that it goes to.
  void write_opening(rte_mbuf& mbuf, std::uint32_t conversation);
  // From a first frame that came through, at the wire `port`. Says whose it was.
  Result<std::uint32_t> learn(const rte_mbuf& mbuf, PortId port);
  [[nodiscard]] bool is_known(std::uint32_t conversation) const;
  // Fails with a description if the frame should not have come, or not so.
  [[nodiscard]] Result<void> check(const rte_mbuf& mbuf, PortId port) const;

  // All directions that enter by one wire, in random order. REQUIRES: every conversation is known.
  [[nodiscard]] std::vector<Sketch> entering(PortId port) const;
  void write(rte_mbuf& mbuf, const Sketch& sketch, std::uint16_t length) const;
  // The router's Ethernet address on a wire.
  [[nodiscard]] const Mac& router_mac(PortId port) const { return view_of(port).config->mac; }

 private:
  Conversations(const Case& measured, const Wires& wires, const Configuration& configuration);
  [[nodiscard]] const InterfaceView& view_of(PortId port) const;

  Case case_;
  Wires wires_;
  std::unique_ptr<const Snapshot> router_;
  std::vector<Sketch> sketches_;  // by number
};

}  // namespace viaduct::bench
