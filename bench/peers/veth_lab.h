#pragma once

#include <string>
#include <utility>

#include "base/net.h"
#include "bench/wire/pair.h"

namespace viaduct::bench {

// Two network namespaces, of the router and of its hosts, and two cables between them: the
// interfaces "wan" and "lan" in both. All are gone with this object.
class VethLab {
 public:
  // The router's ends have these Ethernet addresses, whoever plays the router.
  static Result<VethLab> make(const Mac& wan, const Mac& lan);
  VethLab(VethLab&& other) noexcept : prefix_(std::exchange(other.prefix_, {})) {}
  VethLab& operator=(VethLab&&) = delete;
  ~VethLab();

  [[nodiscard]] std::string router() const { return prefix_ + "router"; }
  [[nodiscard]] std::string hosts() const { return prefix_ + "hosts"; }
  // Both sides through AF_PACKET.
  [[nodiscard]] Wires wires() const;
  // Whose cores look at what arrives at the router: those of the mask, or the sender's own if it
  // is 0.
  [[nodiscard]] Result<void> steer(unsigned cores) const;

 private:
  explicit VethLab(std::string prefix) : prefix_(std::move(prefix)) {}
  [[nodiscard]] Result<void> build(const Mac& wan, const Mac& lan) const;
  std::string prefix_;
};

}  // namespace viaduct::bench
