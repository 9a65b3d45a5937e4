#include <array>
#include <chrono>
#include <utility>

#include "services/guest/daemon/guest_services.h"

// What is told of the services: leases and counters.
namespace viaduct::guestd {
namespace {

using api::Json;

std::string_view name_of(broker::Kind kind) {
  switch (kind) {
    case broker::Kind::dhcp:
      return "dhcp";
    case broker::Kind::dns:
      return "dns";
    case broker::Kind::dns_stream:
      return "dns over tcp";
    case broker::Kind::metadata:
      return "metadata";
    case broker::Kind::metadata_tls:
      return "metadata over tls";
    default:
      return "password";
  }
}

std::string_view name_of(dhcp::State state) {
  constexpr std::array names{std::string_view{"offered"}, std::string_view{"bound"},
                             std::string_view{"lapsed"}, std::string_view{"declined"}};
  return names[static_cast<std::size_t>(state)];
}

Json write_lease(const Address& address, const dhcp::Lease& lease) {
  Json json = {{"address", to_string(address)},
               {"state", name_of(lease.state)},
               {"mac", to_string(lease.client.mac)}};
  if (!lease.client.id.empty()) json["client_id"] = dhcp::to_hex(dhcp::bytes_of(lease.client.id));
  if (!lease.host_name.empty()) json["host_name"] = lease.host_name;
  if (lease.until != dhcp::never) json["until"] = lease.until.time_since_epoch().count();
  return json;
}

// Each count by its name; `count(i)` tells the one at place i.
template <class Names, class Count>
Json write_counts(const Names& names, Count count) {
  Json json = Json::object();
  for (std::size_t i = 0; i < names.size(); ++i) {
    api::append(json, std::string{names[i]}, count(i));
  }
  return json;
}

template <class Event, class Names>
void add_web_counts(Json& to, const Names& names, const web::Counters<Event>* counters) {
  if (counters == nullptr) return;
  const auto count = [&](std::size_t i) { return (*counters)[static_cast<Event>(i)]; };
  to.update(write_counts(names, count));
}

Json write_dhcp(const dhcp::Network& network) {
  Json json = write_counts(dhcp::event_names, [&](std::size_t i) {
    return network.counters().of(static_cast<dhcp::Event>(i));
  });
  for (std::size_t i = 0; i < dhcp::state_count; ++i) {
    const auto state = static_cast<dhcp::State>(i);
    json["leases"][std::string{name_of(state)}] = network.leases().count(state);
  }
  return json;
}

Json write_resolvers(const dns::Server& server) {
  Json all = Json::array();
  server.each_upstream([&](const dns::Upstream& upstream) {
    using std::chrono::microseconds;
    Json& json = all.emplace_back(Json{{"resolver", to_string(upstream.endpoint())},
                                       {"asked", upstream.figures().asked},
                                       {"answered", upstream.figures().answered},
                                       {"timed_out", upstream.figures().timed_out},
                                       {"refused", upstream.figures().refused}});
    if (const auto round_trip = upstream.round_trip()) {
      json["round_trip_us"] = std::chrono::duration_cast<microseconds>(*round_trip).count();
    }
  });
  return all;
}

Json write_dns(const dns::Server& server) {
  const auto& figures = server.figures();
  return {{"cache", {{"answers", server.cache().size()}, {"bytes", server.cache().bytes()}}},
          {"questions",
           {{"waiting", server.pending()},
            {"asked", figures.asked},
            {"by_tcp", figures.by_tcp},
            {"joined", figures.joined},
            {"timed_out", figures.timed_out},
            {"strays", figures.strays},
            {"wrong_case", figures.wrong_case},
            {"malformed", figures.malformed},
            {"refused", figures.refused},
            {"truncated", figures.truncated}}},
          {"resolvers", write_resolvers(server)}};
}

// What of a router could not be opened yet, by interface.
std::map<std::string, Json> closed_listeners(const Listeners& listeners) {
  std::map<std::string, Json> closed;
  listeners.each([&](const Listener& listener, std::string_view problem) {
    if (problem.empty()) return;
    Json json = {{"service", name_of(listener.kind)}, {"problem", problem}};
    if (listener.kind != broker::Kind::dhcp) json["address"] = to_string(listener.address);
    closed.try_emplace(listener.interface, Json::array()).first->second.push_back(std::move(json));
  });
  return closed;
}

}  // namespace

Json GuestServices::leases(const std::string& router, const std::string& interface) const {
  const dhcp::Server& dhcp = std::as_const(*dhcp_).server();
  Json all = Json::array();
  for (const auto& [id, resources] : document_.routers) {
    if (!router.empty() && id != router) continue;
    for (const auto& [name, there] : resources.of<guest::Interface>()) {
      if (!interface.empty() && name != interface) continue;
      const dhcp::Network* const network = dhcp.find(routers_.at(id)->network(name));
      if (network == nullptr) continue;
      network->leases().each(
          [&, &owner = id, &at = name](const Address& address, const dhcp::Lease& lease) {
            Json json = {{"router", owner}, {"interface", at}};
            json.update(write_lease(address, lease));
            all.push_back(std::move(json));
          });
    }
  }
  return {{"leases", std::move(all)}};
}

Json GuestServices::network_counters(const RouterServices& services,
                                     const std::string& interface) const {
  const std::string at = services.network(interface);
  Json network = Json::object();
  if (const auto* leased = std::as_const(*dhcp_).server().find(at)) {
    network["dhcp"] = write_dhcp(*leased);
  }
  if (const auto* asked = services.dns().counters(interface)) {
    network["dns"] = write_counts(
        dns::count_names, [&](std::size_t i) { return (*asked)[static_cast<dns::Count>(i)]; });
  }
  add_web_counts(network["metadata"], web::event_names, metadata_.server().events(at));
  add_web_counts(network["metadata"], metadata::outcome_names, metadata_.server().outcomes(at));
  add_web_counts(network["password"], web::event_names, passwords_->server().events(at));
  add_web_counts(network["password"], password::outcome_names, passwords_->server().outcomes(at));
  return network;
}

Json GuestServices::counters() const {
  Json routers = Json::object();
  for (const auto& [id, resources] : document_.routers) {
    const RouterServices& services = *routers_.at(id);
    auto closed = closed_listeners(services.listeners());
    Json networks = Json::object();
    for (const auto& [name, there] : resources.of<guest::Interface>()) {
      Json network = network_counters(services, name);
      network["closed"] = closed.contains(name) ? std::move(closed[name]) : Json::array();
      api::append(networks, name, std::move(network));
    }
    api::append(routers, id,
                {{"networks", std::move(networks)}, {"dns", write_dns(services.dns())}});
  }
  return {{"revision", revision_}, {"routers", std::move(routers)}};
}

}  // namespace viaduct::guestd
