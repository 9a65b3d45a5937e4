#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include "controlplane/selftest/lab.h"

namespace viaduct::selftest {

// What a check wants its router to be like, beyond translating guests to its public addresses. A
// subject without a setting stays as it is, and the check shows what comes of that.
struct Terms {
  std::string mapping = "endpoint-independent";
  std::string filtering = "address-and-port-dependent";
  unsigned public_addresses = 1;  // or 2
  bool hairpins_as_public = true;
  std::optional<unsigned> udp_timeout;  // seconds
  std::optional<unsigned> ports_per_guest;
  std::optional<unsigned> sessions_per_guest;
  std::optional<unsigned> half_open_per_guest;
  std::optional<unsigned> port_block;
  std::optional<unsigned> outside_mtu;
  bool rejects_unsolicited = false;
  bool forwards = false;  // TCP and UDP 8080 of the first public address to port 80 of guest 1
  friend bool operator==(const Terms&, const Terms&) = default;
};

// A router that is put to the test in a lab. Stops with this object.
class Subject {
 public:
  Subject() = default;
  Subject(const Subject&) = delete;
  Subject& operator=(const Subject&) = delete;
  virtual ~Subject() = default;

  [[nodiscard]] virtual std::string name() const = 0;
  // Packets that are sent after this returns meet the new terms.
  virtual Result<void> configure(const Terms& terms) = 0;
  // How long it would keep a guest's session if no more packets came; nothing if it has none.
  virtual Result<std::optional<std::chrono::seconds>> lifetime(const Tuple& session) = 0;
};

// Daemons of their own, from the folder of this program, with the workings of a real appliance.
Result<std::unique_ptr<Subject>> start_viaduct(const Lab& lab);

// The kernel's forwarding and nftables, set up as cloud routers do: the control.
Result<std::unique_ptr<Subject>> start_linux(const Lab& lab);

}  // namespace viaduct::selftest
