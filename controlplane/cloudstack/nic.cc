#include "controlplane/cloudstack/nic.h"

#include <charconv>

#include "dataplane/interface/interface.h"

namespace viaduct::cloudstack {

std::optional<unsigned> device_number(std::string_view name) {
  constexpr std::string_view prefix = "eth";
  constexpr unsigned highest = 999;
  if (!name.starts_with(prefix)) return std::nullopt;
  name.remove_prefix(prefix.size());
  unsigned number = 0;
  const auto [stop, problem] = std::from_chars(name.data(), name.data() + name.size(), number);
  const bool is_whole = problem == std::errc{} && stop == name.data() + name.size();
  return is_whole && number <= highest ? std::optional{number} : std::nullopt;
}

Result<void> Nic::check() const {
  if (!device_number(name)) return fail(Fault::invalid, "/name", "is none of eth0 to eth999");
  if (mac.is_multicast() || mac == Mac{}) {
    return fail(Fault::invalid, "/mac", "is not the address of one station");
  }
  return interface::Port { device, network_namespace }.check();
}

}  // namespace viaduct::cloudstack
