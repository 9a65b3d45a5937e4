#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

#include "controlplane/cloudstack_entry/health.h"

namespace viaduct::cloudstack_entry {
namespace {

using api::Json;
using Record = HealthReference::Record;

constexpr std::size_t most_named = 10;  // in one message

std::string string_at(const Json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

// What is missing, of so many things that there should be.
Check tell_missing(std::string name, const std::vector<std::string>& missing, std::size_t wanted) {
  if (missing.empty()) return judge(std::move(name), true, fmt::format("all {} are there", wanted));
  std::string message = "missing:";
  const std::size_t named = std::min(missing.size(), most_named);
  for (std::size_t i = 0; i < named; ++i) message += " " + missing[i];
  if (missing.size() > most_named) {
    message += fmt::format(" and {} more", missing.size() - most_named);
  }
  return judge(std::move(name), false, std::move(message));
}

std::string lower(std::string text) {
  std::ranges::transform(text, text.begin(), [](unsigned char c) {
    return static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
  });
  return text;
}

// The virtual machines that `service`, "dhcp" or "dns", should know and does not.
template <class Knows>
Check check_machines(std::string name, const HealthReference& reference, const char* service,
                     const Knows& knows) {
  std::vector<std::string> missing;
  std::size_t wanted = 0;
  for (const Record& machine : reference.records("virtualMachines")) {
    if (value_in(machine, service) != "true") continue;
    ++wanted;
    if (!knows(machine)) missing.push_back(value_in(machine, "vmName"));
  }
  return tell_missing(std::move(name), missing, wanted);
}

Check check_dhcp(const HealthReference& reference, const Json& router) {
  std::set<std::pair<std::string, std::string>> reserved;
  const Json reservations = router.value("dhcp_reservations", Json::object());
  for (const auto& [id, reservation] : reservations.items()) {
    reserved.emplace(string_at(reservation, "mac"), string_at(reservation, "address"));
  }
  return check_machines("dhcp_check.py", reference, "dhcp", [&](const Record& machine) {
    return reserved.contains({lower(value_in(machine, "macAddress")), value_in(machine, "ip")});
  });
}

Check check_dns(const HealthReference& reference, const Json& router) {
  if (router.value("dns_settings", Json::object()).empty()) {
    return judge("dns_check.py", true, "guests look names up elsewhere");
  }
  std::set<std::string> named;
  const Json hosts = router.value("dns_hosts", Json::object());
  for (const auto& [id, host] : hosts.items()) {
    for (const Json& address : host.value("addresses", Json::array())) named.insert(address);
  }
  return check_machines("dns_check.py", reference, "dns", [&](const Record& machine) {
    return named.contains(value_in(machine, "ip"));
  });
}

std::string endpoint(const Record& forward, const char* address, const char* first,
                     const char* last) {
  const std::string from = value_in(forward, first);
  const std::string to = value_in(forward, last);
  return value_in(forward, address) + ":" + (to.empty() || to == from ? from : from + "-" + to);
}

Check check_forwards(const HealthReference& reference, const Json& router,
                     const Result<Json>& status) {
  constexpr const char* name = "iptables_check.py";
  if (!status) return judge(name, false, status.error().why);
  if (!status->value("applied", false)) {
    const auto revision = status->value("revision", std::uint64_t{0});
    return judge(name, false, fmt::format("revision {} is not in force", revision));
  }
  std::set<std::pair<std::string, std::string>> forwarded;
  const Json forwards = router.value("port_forwards", Json::object());
  for (const auto& [id, forward] : forwards.items()) {
    forwarded.emplace(string_at(forward, "public"), string_at(forward, "private"));
  }
  std::vector<std::string> missing;
  const auto wanted = reference.records("portForwarding");
  for (const Record& each : wanted) {
    const auto from = endpoint(each, "sourceIp", "sourcePortStart", "sourcePortEnd");
    const auto to = endpoint(each, "destIp", "destPortStart", "destPortEnd");
    if (!forwarded.contains({from, to})) missing.push_back(fmt::format("{}>{}", from, to));
  }
  return tell_missing(name, missing, wanted.size());
}

// What was said and is not done; the server knows no check of that kind, but shows every one.
Check check_applied(const Json& notes) {
  std::set<std::string> types;
  for (const Json& note : notes) {
    if (string_at(note, "note") == "not_applied") types.insert(string_at(note, "type"));
  }
  if (types.empty()) return judge("not_applied_check", true, "all that was sent is done");
  std::string message = "not applied yet:";
  for (const std::string& type : types) message += " " + type;
  return {"not_applied_check", Outcome::warning, std::move(message)};
}

// Failing would have the server replace the router by one that can do no more.
Check check_balancer(const HealthReference& reference) {
  constexpr const char* name = "haproxy_check.py";
  if (reference.records("haproxyData").empty()) return judge(name, true, "nothing is balanced");
  return {name, Outcome::unknown, "not applied yet: load balancing"};
}

// A process that viaductd keeps at its part of the configuration.
Check check_process(std::string name, const Json& status, const char* process) {
  const Json told = status.value(process, Json::object());
  const std::string state = told.value("state", "unknown");
  const std::string detail = told.value("detail", "");
  return judge(std::move(name), state == "up", state + (detail.empty() ? "" : ": " + detail));
}

// Which of our processes does what the server knows by the name of a stock router's service.
const char* process_of(std::string_view service) {
  constexpr std::array guests{"dnsmasq", "apache2"};
  return std::ranges::find(guests, service) != guests.end() ? "guest_services" : nullptr;
}

}  // namespace

std::vector<Check> check_services(const HealthReference& reference, const Result<Json>& status) {
  if (!status) return {judge("viaductd.service", false, status.error().why)};
  std::vector<Check> checks{judge("viaductd.service", true, "answers"),
                            check_process("viaduct-dataplane.service", *status, "dataplane"),
                            check_process("viaduct-guestd.service", *status, "guest_services")};
  for (const std::string& service : reference.services()) {
    if (const char* process = process_of(service)) {
      checks.push_back(check_process(service + ".service", *status, process));
    }
  }
  return checks;
}

std::vector<Check> check_configuration(const HealthReference& reference, const Json& router,
                                       const Result<Json>& status, const Json& notes) {
  return {check_dhcp(reference, router), check_dns(reference, router),
          check_forwards(reference, router, status), check_balancer(reference),
          check_applied(notes)};
}

}  // namespace viaduct::cloudstack_entry
