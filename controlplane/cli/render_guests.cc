#include <algorithm>

#include "controlplane/cli/attributes.h"
#include "controlplane/cli/render.h"
#include "controlplane/status.h"

namespace viaduct::cli {
namespace {

using api::Json;

std::string text_at(const Json& json, const char* name) {
  return json.contains(name) ? readable(json[name]) : "";
}

// "for ever", or when it ends.
std::string end_of(const Json& lease) {
  if (!lease.contains("until")) return "for ever";
  return write_time(WallTime{std::chrono::seconds{lease["until"].get<std::int64_t>()}});
}

// What has been at all, most of it first: "ack 12, discover 9".
std::string told_events(const Json& counts) {
  std::vector<std::pair<std::uint64_t, std::string>> events;
  for (const auto& [event, count] : counts.items()) {
    if (count.is_number_unsigned() && count != 0U) events.emplace_back(count, event);
  }
  std::ranges::sort(events, [](const auto& a, const auto& b) { return a.first > b.first; });
  std::string text;
  for (const auto& [count, event] : events) {
    text += (text.empty() ? "" : ", ") + event + " " + std::to_string(count);
  }
  return text;
}

void add_network(Table& table, const std::string& router, const std::string& interface,
                 const Json& network) {
  for (const char* service : {"dhcp", "dns", "metadata", "password"}) {
    if (!network.contains(service)) continue;
    table.add({router, interface, service, told_events(network[service])});
  }
  const Json all_closed = network.value("closed", Json::array());
  for (const Json& closed : all_closed) {
    table.add(
        {router, interface, text_at(closed, "service"), "closed: " + text_at(closed, "problem")});
  }
}

}  // namespace

void show_leases(const Screen& screen, const Json& answer) {
  Table table{
      {"router", "interface", "address", "state", "ethernet address", "host name", "until"}};
  const Json leases = answer.value("leases", Json::array());
  for (const Json& lease : leases) {
    table.add({text_at(lease, "router"), text_at(lease, "interface"), text_at(lease, "address"),
               text_at(lease, "state"), text_at(lease, "mac"), text_at(lease, "host_name"),
               end_of(lease)});
  }
  table.print(screen.out, screen.style);
}

void show_services(const Screen& screen, const Json& counters) {
  Table table{{"router", "interface", "service", "events"}};
  const Json routers = counters.value("routers", Json::object());
  for (const auto& [router, of_router] : routers.items()) {
    const Json networks = of_router.value("networks", Json::object());
    for (const auto& [interface, network] : networks.items()) {
      add_network(table, router, interface, network);
    }
    const Json resolvers = of_router.value("dns", Json::object()).value("resolvers", Json::array());
    for (const Json& resolver : resolvers) {
      table.add({router, "", "resolver " + text_at(resolver, "resolver"), told_events(resolver)});
    }
  }
  table.print(screen.out, screen.style);
}

}  // namespace viaduct::cli
