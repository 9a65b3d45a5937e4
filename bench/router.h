#pragma once

#include <memory>

#include "dataplane/core/snapshot.h"

namespace viaduct::bench {

// The ports by which a case's router is reached, at either end of their wires.
struct RouterPorts {
  PortId wan = 0;
  PortId lan = 0;
};

// A generation of the case's router at these ports. Every public address that fits is metered.
[[nodiscard]] std::unique_ptr<Snapshot> take_snapshot(const Configuration& configuration,
                                                      const RouterPorts& ports,
                                                      std::uint32_t generation,
                                                      const Snapshot* before = nullptr);

// Its interface to its guests, or to the outside.
[[nodiscard]] const InterfaceView& interface_of(const Snapshot& snapshot, bool to_guests);

}  // namespace viaduct::bench
