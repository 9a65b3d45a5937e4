#include "dataplane/guest/guest.h"

#include <algorithm>

namespace viaduct::guest {

Result<void> Guest::check() const {
  if (mac.is_multicast() || mac == Mac{}) {
    return fail(Fault::invalid, "/mac", to_string(mac) + " is not the address of one station");
  }
  if (addresses.empty()) return fail(Fault::invalid, "/addresses", "needs at least one address");
  return {};
}

Result<Table> Table::compile(const api::Named<Guest>& guests, const interface::Table& interfaces) {
  std::size_t count = 0;
  for (const auto& [id, guest] : guests) count += guest.addresses.size();
  Table table;
  table.bindings_ = decltype(bindings_){count};
  for (const auto& [id, guest] : guests) {
    const interface::Compiled* on = interfaces.find(guest.interface);
    if (on == nullptr || on->role != interface::Role::guest) {
      return fail(Fault::conflict, "/" + id + "/interface",
                  "the router has no guest interface '" + guest.interface + "'");
    }
    for (std::size_t i = 0; i < guest.addresses.size(); ++i) {
      const Address& address = guest.addresses[i];
      const std::string where = "/" + id + "/addresses/" + std::to_string(i);
      if (!on->is_on_link(address) || on->sets_aside(address)) {
        return fail(Fault::conflict, where,
                    to_string(address) + " is no station's in a network of '" + on->id + "'");
      }
      const bool is_the_routers = std::ranges::any_of(
          on->addresses, [&](const InterfaceAddress& own) { return own.address == address; });
      if (is_the_routers) {
        return fail(Fault::conflict, where, to_string(address) + " is the router's own");
      }
      if (table.bindings_.insert({on->slot, address}, guest.mac)) continue;
      return fail(Fault::conflict, where, to_string(address) + " already is another guest's");
    }
  }
  return table;
}

}  // namespace viaduct::guest

VIADUCT_DEFINE_RESOURCE(viaduct::guest::Guest);
