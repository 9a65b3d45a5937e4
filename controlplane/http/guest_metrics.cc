#include "controlplane/http/guest_metrics.h"

#include <array>
#include <string_view>

namespace viaduct::http {
namespace {

using api::Json;

// Calls visit(router, interface, network) for each network.
template <class Visit>
void for_each_network(const Json& counters, Visit visit) {
  for (const auto& [router, of_router] : member(counters, "routers").items()) {
    for (const auto& [interface, network] : member(of_router, "networks").items()) {
      visit(router, interface, network);
    }
  }
}

void add_events(Families& families, const Json& counters) {
  constexpr std::array services{"dhcp", "dns", "metadata", "password"};
  for_each_network(counters, [&](const auto& router, const auto& interface, const Json& network) {
    for (const char* service : services) {
      for (const auto& [event, count] : member(network, service).items()) {
        if (!count.is_number()) continue;
        families.counter(
            "viaduct_guest_service_events_total",
            "What guests asked of a service, and what became of it.", count.template get<double>(),
            {{"router", router}, {"interface", interface}, {"service", service}, {"event", event}});
      }
    }
  });
}

void add_leases(Families& families, const Json& counters) {
  for_each_network(counters, [&](const auto& router, const auto& interface, const Json& network) {
    for (const auto& [state, count] : member(member(network, "dhcp"), "leases").items()) {
      families.gauge("viaduct_dhcp_leases", "Addresses that DHCP keeps for somebody.",
                     count.template get<double>(),
                     {{"router", router}, {"interface", interface}, {"state", state}});
    }
  });
}

void add_closed(Families& families, const Json& counters) {
  for_each_network(counters, [&](const auto& router, const auto& interface, const Json& network) {
    families.gauge("viaduct_guest_services_closed",
                   "Sockets that could not be opened yet, such as those of a TAP that is missing.",
                   static_cast<double>(network.value("closed", Json::array()).size()),
                   {{"router", router}, {"interface", interface}});
  });
}

void add_dns(Families& families, const Json& counters) {
  const Json& routers = member(counters, "routers");
  for (const auto& [router, of_router] : routers.items()) {
    families.gauge("viaduct_dns_cached_answers", "Answers of resolvers that are kept.",
                   number(member(member(of_router, "dns"), "cache"), "answers"),
                   {{"router", router}});
  }
  for (const auto& [router, of_router] : routers.items()) {
    for (const auto& [event, count] : member(member(of_router, "dns"), "questions").items()) {
      if (event == "waiting") continue;
      families.counter("viaduct_dns_questions_total", "What became of questions to resolvers.",
                       count.template get<double>(), {{"router", router}, {"event", event}});
    }
  }
  for (const auto& [router, of_router] : routers.items()) {
    const Json resolvers = member(of_router, "dns").value("resolvers", Json::array());
    for (const Json& resolver : resolvers) {
      for (const char* event : {"asked", "answered", "timed_out", "refused"}) {
        families.counter(
            "viaduct_dns_resolver_events_total", "What became of questions to one resolver.",
            number(resolver, event),
            {{"router", router}, {"resolver", resolver.value("resolver", "")}, {"event", event}});
      }
    }
  }
}

}  // namespace

void add_guest_services(Families& families, const Json& counters) {
  add_events(families, counters);
  add_leases(families, counters);
  add_closed(families, counters);
  add_dns(families, counters);
}

}  // namespace viaduct::http
