#include "dataplane/static_nat/static_nat.h"

#include <algorithm>

#include "dataplane/model/endpoint_checks.h"

namespace viaduct::static_nat {

Result<void> Rule::check() const {
  if (private_address.is_v4() != public_address.is_v4()) {
    return fail(
        Fault::invalid, "/private",
        to_string(private_address) + " is of another address family than the public address");
  }
  return {};
}

void Table::claim(Claims& claims) const {
  inward_.each([&](const Address& address, const auto& /*nat*/) {
    claims.addresses.push_back(address);
    claims.exclusive.push_back(address);
  });
  std::ranges::sort(claims.exclusive);
}

Result<Table> Table::compile(const api::Named<Rule>& rules, const RouterContext& context) {
  Table table{rules.size()};
  SlotsBelow slots = context.slots(Rule::collection);
  for (const auto& [id, rule] : rules) {
    const std::string where = "/" + id;
    if (auto fits = check_public_address(context, rule.public_address); !fits) {
      return fail_within(where + "/public", fits.error());
    }
    if (auto fits = check_guest_address(context, rule.private_address); !fits) {
      return fail_within(where + "/private", fits.error());
    }
    const Slot slot = slots(id);
    if (!table.inward_.insert(rule.public_address, {rule.private_address, slot, rule.on_remove})) {
      return fail(Fault::conflict, where + "/public",
                  to_string(rule.public_address) + " already stands for another guest");
    }
    if (!table.outward_.insert(rule.private_address, {rule.public_address, slot, rule.on_remove})) {
      return fail(Fault::conflict, where + "/private",
                  to_string(rule.private_address) + " already has another public address");
    }
  }
  return table;
}

}  // namespace viaduct::static_nat

VIADUCT_DEFINE_RESOURCE(viaduct::static_nat::Rule);
