#pragma once

#include <memory>
#include <vector>

#include "bench/cases.h"
#include "bench/frames.h"
#include "bench/router.h"

namespace viaduct::bench {

// The conversations of a case as those see them who have them: writes their frames, learns how the
// router translates them, and holds every frame against that. A number is twice that of the
// conversation, and one more for its answers.
class Conversations {
 public:
  // `ports` are where frames come out that the router sent by the ports of these names.
  static Result<Conversations> make(const Case& measured, const RouterPorts& ports);
  // The same, beside a router that there is already.
  Conversations(const Case& measured, const RouterPorts& ports, Protocol protocol,
                std::shared_ptr<const Snapshot> router);

  [[nodiscard]] std::uint32_t count() const { return case_.conversations(); }
  // The first frame of a conversation.
  [[nodiscard]] Sketch opening(std::uint32_t conversation) const;
  void write_opening(rte_mbuf& mbuf, std::uint32_t conversation);
  // From a first frame that came through, at `port`. Says whose it was.
  Result<std::uint32_t> learn(const rte_mbuf& mbuf, PortId port);
  [[nodiscard]] bool is_known(std::uint32_t conversation) const;
  // Fails with a description if the frame should not have come, or not so.
  [[nodiscard]] Result<void> check(const rte_mbuf& mbuf, PortId port) const;

  [[nodiscard]] const Sketch& sketch(std::uint32_t number) const { return sketches_[number]; }
  // All directions that enter by one port, in random order, of those conversations that are known.
  [[nodiscard]] std::vector<Sketch> entering(PortId port) const;
  void write(rte_mbuf& mbuf, const Sketch& sketch, std::uint16_t length,
             TcpFlags flags = TcpFlags::ack) const;
  // As short as a frame can be.
  void write_shortest(rte_mbuf& mbuf, const Sketch& sketch, TcpFlags flags) const;
  // The router's Ethernet address at a port.
  [[nodiscard]] const Mac& router_mac(PortId port) const { return view_of(port).config->mac; }

 private:
  [[nodiscard]] const InterfaceView& view_of(PortId port) const {
    return port == ports_.lan ? *guests_ : *outside_;
  }

  Case case_;
  RouterPorts ports_;
  Protocol protocol_;
  std::shared_ptr<const Snapshot> router_;
  const InterfaceView* guests_;
  const InterfaceView* outside_;
  std::vector<Sketch> sketches_;  // by number
};

}  // namespace viaduct::bench
