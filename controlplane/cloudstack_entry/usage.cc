#include <map>
#include <optional>

#include "api/json.h"
#include "controlplane/cloudstack_entry/entry_points.h"

namespace viaduct::cloudstack_entry {
namespace {

using api::Json;

// What the counters of each address were when the server last had them reset. Those of the
// appliance itself never run backwards.
constexpr std::string_view baseline_file = "/var/lib/viaduct/cloudstack-usage.json";

struct Bytes {
  std::uint64_t sent = 0;  // from the guests outward
  std::uint64_t received = 0;
};

using Usage = std::map<std::string, Bytes>;  // by public address

enum class Action : unsigned char { none, create, get, reset, add, remove, vpn };

struct Call {
  Action action = Action::none;
  std::string address;
};

std::uint64_t number_at(const Json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_number_unsigned() ? found->get<std::uint64_t>() : 0;
}

Usage read_usage(const Json& addresses) {
  Usage usage;
  if (!addresses.is_object()) return usage;
  for (const auto& [address, counted] : addresses.items()) {
    usage[address] = {number_at(counted, "out_bytes"), number_at(counted, "in_bytes")};
  }
  return usage;
}

Result<Usage> counted(Site& site) {
  const Json counters = TRY(site.client.ask({.method = "GET", .path = "/v1/counters"}));
  const api::Json::json_pointer addresses{"/routers/" + std::string{router_id} +
                                          "/public_addresses"};
  return counters.contains(addresses) ? read_usage(counters[addresses]) : Usage{};
}

Usage read_baseline(const Site& site) {
  const auto text = read_file(site.path(baseline_file));
  if (!text) return {};
  const auto json = api::parse_json(*text);
  return json ? read_usage(*json) : Usage{};
}

Result<void> write_baseline(const Site& site, const Usage& usage) {
  Json json = Json::object();
  for (const auto& [address, bytes] : usage) {
    json[address] = {{"out_bytes", bytes.sent}, {"in_bytes", bytes.received}};
  }
  return write_file(site.path(baseline_file), json.dump());
}

// Counters that are behind their baseline began anew after it.
std::uint64_t since(std::uint64_t baseline, std::uint64_t count) {
  return count < baseline ? count : count - baseline;
}

Result<Bytes> usage_of(Site& site, const std::string& address) {
  Bytes sum;
  Usage baseline = read_baseline(site);
  const Usage now = TRY(counted(site));
  for (const auto& [each, bytes] : now) {
    if (!address.empty() && each != address) continue;
    sum.sent += since(baseline[each].sent, bytes.sent);
    sum.received += since(baseline[each].received, bytes.received);
  }
  return sum;
}

Result<void> reset(Site& site, const std::string& address) {
  Usage baseline = read_baseline(site);
  const Usage now = TRY(counted(site));
  for (const auto& [each, bytes] : now) {
    if (address.empty() || each == address) baseline[each] = bytes;
  }
  return write_baseline(site, baseline);
}

// Options as getopt takes them: each with its value in a word of its own, where it has one.
std::optional<Call> read_call(const Arguments& arguments, std::string_view with_value) {
  Call call;
  for (std::size_t at = 0; at < arguments.size(); ++at) {
    const std::string& word = arguments[at];
    if (word.size() != 2 || word[0] != '-') return {};
    const char option = word[1];
    const bool has_value = with_value.find(option) != with_value.npos;
    if (has_value && ++at == arguments.size()) return {};
    if (option == 'c') call.action = Action::create;
    if (option == 'g') call.action = Action::get;
    if (option == 'r') call.action = Action::reset;
    if (option == 'n') call.action = Action::vpn;
    if (option == 'a') call.action = Action::add;
    if (option == 'd') call.action = Action::remove;
    if (option == 'l') call.address = arguments[at];
    if (!has_value && std::string_view{"cgrn"}.find(option) == std::string_view::npos) return {};
  }
  if (call.action == Action::none) return {};
  return call;
}

// Everything is counted from the beginning: only two of the actions have something to do. What the
// router itself says by TCP, the second pair, is not accounted to anybody.
int answer(Site& site, const Call& call) {
  if (call.action == Action::reset) {
    const auto done = reset(site, call.address);
    return done ? 0 : report(site, done.error());
  }
  if (call.action != Action::get) return 0;
  const auto bytes = usage_of(site, call.address);
  if (!bytes) return report(site, bytes.error());
  site.out << bytes->sent << ":" << bytes->received << ":0:0:";
  return 0;
}

}  // namespace

int network_usage(Site& site, const Arguments& arguments) {
  const auto call = read_call(arguments, "lad");
  if (call && call->action != Action::vpn) return answer(site, *call);
  return report(site, {Fault::malformed, "",
                       "usage: netusage.sh -c | -g [-l ADDRESS] | -r | -a NIC | -d NIC"});
}

int vpc_usage(Site& site, const Arguments& arguments) {
  const auto call = read_call(arguments, "lv");
  if (call) return answer(site, *call);
  return report(site, {Fault::malformed, "",
                       "usage: vpc_netusage.sh -c -v CIDR -l ADDRESS | -g|-r|-n -l ADDRESS"});
}

}  // namespace viaduct::cloudstack_entry
