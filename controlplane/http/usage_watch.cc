#include "controlplane/http/usage_watch.h"

namespace viaduct::http {
namespace {

// Calls visit(name, value) for each usage counter there is.
template <class Visit>
void for_each_usage(const api::Json& counters, Visit visit) {
  const api::Json nothing = api::Json::object();
  const api::Json routers = counters.value("routers", nothing);
  for (const auto& [router, of_router] : routers.items()) {
    const api::Json addresses = of_router.value("public_addresses", nothing);
    for (const auto& [address, usage] : addresses.items()) {
      for (const auto& [name, value] : usage.items()) {
        visit(std::tuple{router, address, name}, value.template get<std::uint64_t>());
      }
    }
  }
}

}  // namespace

UsageWatch::Reading UsageWatch::read(Dataplane& dataplane) {
  const std::scoped_lock lock{one_at_a_time_};
  auto counters = dataplane.ask({{"op", "counters"}}).value_or(api::Json::object());
  for_each_usage(counters, [&](const CounterName& name, std::uint64_t value) {
    auto& last = last_[name];
    if (value < last) ++backwards_;
    last = value;
  });
  return {std::move(counters), backwards_};
}

}  // namespace viaduct::http
