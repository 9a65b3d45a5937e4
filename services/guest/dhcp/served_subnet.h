#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "services/guest/dhcp/address_set.h"
#include "services/guest/dhcp/lease.h"
#include "services/guest/dhcp/settings.h"

namespace viaduct::dhcp {

// Which interfaces of guests are told something.
enum class Audience : std::uint8_t { all, default_interfaces, other_interfaces };

// An option that is ready to be sent.
struct PreparedOption {
  Code code{};
  Bytes value;
  Audience audience = Audience::all;
};

// A subnet as the server works with it.
class ServedSubnet {
 public:
  explicit ServedSubnet(Subnet settings);

  [[nodiscard]] const Subnet& settings() const { return settings_; }
  // What the attributes of the subnet say, but not its `options`.
  [[nodiscard]] const std::vector<PreparedOption>& options() const { return options_; }

  // Of each address in the ranges: nobody has had it, or it has lapsed, or it is kept from clients
  // without a reservation. It is in none of these while a client has it, or nobody may.
  AddressSet unused;
  AddressSet lapsed;
  AddressSet kept;
  [[nodiscard]] std::size_t leased() const {
    return unused.capacity() - unused.count() - lapsed.count() - kept.count();
  }

  // Whether one more client that is not known yet may be served in this second; counts it.
  [[nodiscard]] bool admits_new_client(Time now);

 private:
  void prepare(Code code, Bytes value, Audience audience);
  void prepare_routes();

  Subnet settings_;
  std::vector<PreparedOption> options_;
  Time second_{};
  std::uint32_t new_clients_ = 0;  // in that second
};

}  // namespace viaduct::dhcp
