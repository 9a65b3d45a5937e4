#include "services/guest/dnsmasq/keys.h"

#include <algorithm>
#include <array>
#include <limits>

#include "services/guest/dnsmasq/dhcp.h"
#include "services/guest/dnsmasq/dns.h"
#include "services/guest/dnsmasq/text.h"

namespace viaduct::dnsmasq {
namespace {

using Take = Key::Take;

template <bool Configuration::*flag>
Result<void> set_flag(std::string_view /*value*/, const Source& /*source*/, Configuration& into) {
  into.*flag = true;
  return {};
}

// Appends what `parse` makes of the value to a list of the configuration.
template <auto list, auto parse>
Result<void> append(std::string_view value, const Source& source, Configuration& into) {
  auto entry = TRY(parse(value));
  entry.source = source;
  (into.*list).push_back(std::move(entry));
  return {};
}

template <auto member>
Result<void> set_number(std::string_view value, const Source& /*source*/, Configuration& into) {
  using Number = typename std::remove_reference_t<decltype(into.*member)>::value_type;
  const auto number = whole_number(revealed(value));
  if (!number) return bad(shown(value) + " is not a whole number");
  if (*number > std::numeric_limits<Number>::max()) return bad(shown(value) + " is too large");
  into.*member = static_cast<Number>(*number);
  return {};
}

template <std::vector<std::string> Configuration::*list>
Result<void> add_names(std::string_view value, const Source& /*source*/, Configuration& into) {
  for (const auto word : split(value, ',')) {
    if (!word.empty()) (into.*list).push_back(revealed(word));
  }
  return {};
}

Result<void> add_resolv_file(std::string_view value, const Source& /*source*/,
                             Configuration& into) {
  if (!value.empty()) into.resolv_files.push_back(revealed(value));
  return {};
}

Result<void> add_listen_addresses(std::string_view value, const Source& /*source*/,
                                  Configuration& into) {
  for (const auto word : split(value, ',')) {
    const auto parsed = address(revealed(word));
    if (!parsed) return bad("bad address " + shown(word));
    into.listen_addresses.push_back(*parsed);
  }
  return {};
}

Result<void> add_forced_option(std::string_view value, const Source& source, Configuration& into) {
  TRY((append<&Configuration::dhcp_options, parse_dhcp_option>(value, source, into)));
  into.dhcp_options.back().is_forced = true;
  return {};
}

Result<void> without_effect(const Source& source, Configuration& into, std::string why) {
  into.notices.push_back({source, std::move(why)});
  return {};
}

Result<void> ignore_tftp(std::string_view /*value*/, const Source& source, Configuration& into) {
  return without_effect(source, into, "no effect: there is no TFTP server");
}

Result<void> ignore_lease_file(std::string_view /*value*/, const Source& source,
                               Configuration& into) {
  return without_effect(source, into, "no effect: leases are kept by viaduct-guestd");
}

Result<void> ignore_log(std::string_view value, const Source& source, Configuration& into) {
  constexpr std::array facilities = std::to_array<std::string_view>(
      {"auth",   "authpriv", "cron",   "daemon", "ftp",    "kern",   "lpr",    "mail",
       "news",   "security", "syslog", "user",   "uucp",   "local0", "local1", "local2",
       "local3", "local4",   "local5", "local6", "local7", "-"});
  const bool is_path = value.find('/') != std::string_view::npos;
  if (!is_path && std::ranges::find(facilities, value) == facilities.end()) {
    return bad("bad log facility " + shown(value));
  }
  return without_effect(source, into, "no effect: the journal keeps the log");
}

constexpr bool once = false;
constexpr bool often = true;
constexpr bool filled = false;
constexpr bool empty_too = true;

template <bool Configuration::*flag>
constexpr Key flag_key(std::string_view name) {
  return {name, Key::Value::none, often, filled, set_flag<flag>};
}

template <auto list, auto parse>
constexpr Key list_key(std::string_view name, bool may_be_empty) {
  return {name, Key::Value::required, often, may_be_empty, append<list, parse>};
}

using enum Key::Value;
using C = Configuration;
constexpr std::array keys = std::to_array<Key>({
    list_key<&C::dhcp_ranges, parse_dhcp_range>("dhcp-range", filled),
    list_key<&C::dhcp_hosts, parse_dhcp_host>("dhcp-host", empty_too),
    list_key<&C::dhcp_options, parse_dhcp_option>("dhcp-option", empty_too),
    {"dhcp-option-force", required, often, empty_too, add_forced_option},
    list_key<&C::dhcp_boots, parse_dhcp_boot>("dhcp-boot", empty_too),
    list_key<&C::dhcp_ignores, parse_dhcp_ignore>("dhcp-ignore", empty_too),
    flag_key<&C::dhcp_authoritative>("dhcp-authoritative"),
    flag_key<&C::dhcp_client_update>("dhcp-client-update"),
    {"dhcp-lease-max", required, once, empty_too, set_number<&C::dhcp_lease_max>},
    {"dhcp-leasefile", required, once, empty_too, ignore_lease_file},
    {"leasefile-ro", none, often, filled, ignore_lease_file},

    list_key<&C::servers, parse_server>("server", empty_too),
    list_key<&C::servers, parse_server>("local", empty_too),
    list_key<&C::addresses, parse_domain_address>("address", empty_too),
    list_key<&C::host_records, parse_host_record>("host-record", filled),
    list_key<&C::domains, parse_domain>("domain", empty_too),
    {"resolv-file", optional, often, empty_too, add_resolv_file},
    flag_key<&C::expand_hosts>("expand-hosts"),
    flag_key<&C::domain_needed>("domain-needed"),
    flag_key<&C::bogus_priv>("bogus-priv"),
    flag_key<&C::no_resolv>("no-resolv"),
    flag_key<&C::no_hosts>("no-hosts"),
    flag_key<&C::localise_queries>("localise-queries"),
    {"cache-size", required, once, empty_too, set_number<&C::cache_size>},
    {"port", required, once, empty_too, set_number<&C::port>},

    {"interface", required, often, empty_too, add_names<&C::interfaces>},
    {"except-interface", required, often, empty_too, add_names<&C::except_interfaces>},
    {"no-dhcp-interface", required, often, empty_too, add_names<&C::no_dhcp_interfaces>},
    {"listen-address", required, often, filled, add_listen_addresses},

    {"enable-tftp", optional, often, empty_too, ignore_tftp},
    {"tftp-root", required, often, empty_too, ignore_tftp},
    {"log-facility", required, once, filled, ignore_log},
});

// What else `dnsmasq --help` of Debian 12 lists.
constexpr std::array unsupported = std::to_array<std::string_view>({
    "add-cpe-id",
    "add-mac",
    "add-subnet",
    "alias",
    "all-servers",
    "auth-peer",
    "auth-sec-servers",
    "auth-server",
    "auth-soa",
    "auth-ttl",
    "auth-zone",
    "bind-dynamic",
    "bind-interfaces",
    "bogus-nxdomain",
    "bootp-dynamic",
    "bridge-interface",
    "caa-record",
    "cache-rr",
    "clear-on-reload",
    "cname",
    "conf-script",
    "connmark-allowlist",
    "connmark-allowlist-enable",
    "conntrack",
    "dhcp-alternate-port",
    "dhcp-broadcast",
    "dhcp-circuitid",
    "dhcp-duid",
    "dhcp-fqdn",
    "dhcp-generate-names",
    "dhcp-hostsdir",
    "dhcp-ignore-clid",
    "dhcp-ignore-names",
    "dhcp-luascript",
    "dhcp-mac",
    "dhcp-match",
    "dhcp-name-match",
    "dhcp-no-override",
    "dhcp-optsdir",
    "dhcp-proxy",
    "dhcp-pxe-vendor",
    "dhcp-rapid-commit",
    "dhcp-relay",
    "dhcp-remoteid",
    "dhcp-reply-delay",
    "dhcp-script",
    "dhcp-scriptuser",
    "dhcp-sequential-ip",
    "dhcp-subscrid",
    "dhcp-ttl",
    "dhcp-userclass",
    "dhcp-vendorclass",
    "dns-forward-max",
    "dns-loop-detect",
    "dns-rr",
    "dnssec",
    "dnssec-check-unsigned",
    "dnssec-debug",
    "dnssec-limits",
    "dnssec-no-timecheck",
    "dnssec-timestamp",
    "dumpfile",
    "dumpmask",
    "dynamic-host",
    "edns-packet-max",
    "enable-dbus",
    "enable-ra",
    "enable-ubus",
    "fast-dns-retry",
    "filter-A",
    "filter-AAAA",
    "filter-rr",
    "filterwin2k",
    "group",
    "help",
    "hostsdir",
    "ignore-address",
    "interface-name",
    "ipset",
    "keep-in-foreground",
    "local-service",
    "local-ttl",
    "localmx",
    "log-async",
    "log-debug",
    "log-dhcp",
    "log-queries",
    "max-cache-ttl",
    "max-port",
    "max-tcp-connections",
    "max-ttl",
    "min-cache-ttl",
    "min-port",
    "mx-host",
    "mx-target",
    "naptr-record",
    "neg-ttl",
    "nftset",
    "no-daemon",
    "no-dhcpv4-interface",
    "no-dhcpv6-interface",
    "no-ident",
    "no-negcache",
    "no-ping",
    "no-poll",
    "no-round-robin",
    "pid-file",
    "port-limit",
    "proxy-dnssec",
    "ptr-record",
    "pxe-prompt",
    "pxe-service",
    "query-port",
    "quiet-dhcp",
    "quiet-dhcp6",
    "quiet-ra",
    "quiet-tftp",
    "ra-param",
    "read-ethers",
    "rebind-domain-ok",
    "rebind-localhost-ok",
    "rev-server",
    "script-arp",
    "script-on-renewal",
    "selfmx",
    "servers-file",
    "shared-network",
    "srv-host",
    "stop-dns-rebind",
    "strict-order",
    "strip-mac",
    "strip-subnet",
    "synth-domain",
    "tag-if",
    "test",
    "tftp-lowercase",
    "tftp-max",
    "tftp-mtu",
    "tftp-no-blocksize",
    "tftp-no-fail",
    "tftp-port-range",
    "tftp-secure",
    "tftp-single-port",
    "tftp-unique-root",
    "trust-anchor",
    "txt-record",
    "umbrella",
    "use-stale-cache",
    "user",
    "version",
});

}  // namespace

const Key* find_key(std::string_view name) {
  const auto* found = std::ranges::find(keys, name, &Key::name);
  return found == keys.end() ? nullptr : found;
}

bool is_unsupported_key(std::string_view name) {
  return std::ranges::find(unsupported, name) != unsupported.end();
}

}  // namespace viaduct::dnsmasq
