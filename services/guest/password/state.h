#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/net.h"
#include "base/result.h"
#include "services/guest/password/secret.h"

namespace viaduct::password {

// A password that its guest has not acknowledged yet.
struct Pending {
  std::string network;
  std::string id;  // of the resource
  Address address;
  std::optional<Mac> mac;
  Secret password;
  friend bool operator==(const Pending&, const Pending&) = default;
};

// As bytes to be sealed. For each: network, id, Ethernet address (none: of no length) and password,
// each after its length of two bytes (big-endian), and the 16 bytes of the address after the id.
// REQUIRES: none of them is longer than 65 535 bytes.
[[nodiscard]] SecretBytes write_pending(std::span<const Pending> all);
// Fault::malformed for anything but what write_pending() writes.
[[nodiscard]] Result<std::vector<Pending>> read_pending(std::string_view bytes);

}  // namespace viaduct::password
