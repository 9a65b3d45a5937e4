#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <tuple>

#include "api/field.h"

namespace viaduct::cloudstack {

// A network device of the machine that this router runs on, as the caller sees it.
struct Nic {
  std::string name;  // "eth2", after its number among the machine's NICs
  Mac mac;
  std::string device;             // what DPDK opens; see the resource `ports`
  std::string network_namespace;  // in which it is opened

  static constexpr std::string_view summary = "A network device of this machine.";
  static constexpr std::tuple fields{
      api::Field{"name", &Nic::name, "eth0, eth1, ... by the number of the NIC"},
      api::Field{"mac", &Nic::mac, "its Ethernet address"},
      api::Field{"device", &Nic::device, "DPDK devargs, as a port has them"},
      api::Field{"namespace", &Nic::network_namespace,
                 "network namespace in which the device is opened", api::Presence::optional},
  };
  [[nodiscard]] Result<void> check() const;
  friend bool operator==(const Nic&, const Nic&) = default;
};

// 2 of "eth2"; nothing for other names.
[[nodiscard]] std::optional<unsigned> device_number(std::string_view name);

}  // namespace viaduct::cloudstack
