#include "dataplane/model/endpoint_checks.h"

#include "dataplane/interface/interface.h"
#include "dataplane/route/route.h"

namespace viaduct {
namespace {

Result<void> check_not_set_aside(const interface::Compiled& interface, const Address& address) {
  if (!interface.sets_aside(address)) return {};
  return fail(Fault::invalid, "",
              to_string(address) + " is a network's own address or its broadcast address");
}

}  // namespace

Result<void> check_public_address(const RouterContext& context, const Address& address) {
  const auto* interface = context.interfaces.on_link(address);
  if (interface == nullptr || interface->role != interface::Role::external) {
    return fail(Fault::invalid, "",
                to_string(address) + " is in no public network of router '" +
                    std::string{context.router} + "'");
  }
  return check_not_set_aside(*interface, address);
}

Result<void> check_guest_address(const RouterContext& context, const Address& address) {
  const auto hop = context.routes.find(address);
  if (!hop || hop->interface->role != interface::Role::guest) {
    return fail(Fault::invalid, "",
                to_string(address) + " is in no guest network of router '" +
                    std::string{context.router} + "'");
  }
  for (const InterfaceAddress& own : hop->interface->addresses) {
    if (own.address == address) {
      return fail(Fault::invalid, "", to_string(address) + " is the router's own address");
    }
  }
  return check_not_set_aside(*hop->interface, address);
}

}  // namespace viaduct
