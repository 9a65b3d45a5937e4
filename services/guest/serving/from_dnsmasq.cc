#include "services/guest/serving/from_dnsmasq.h"

#include <algorithm>
#include <array>
#include <iostream>

#include "services/guest/serving/dnsmasq_options.h"

namespace viaduct::serving {
namespace {

using dnsmasq::Configuration;
using dnsmasq::DomainMatch;
using dnsmasq::Source;

constexpr std::uint16_t dns_port = 53;
constexpr std::uint32_t usual_lease = 3600;  // seconds, as dnsmasq has it

// The same id whatever else the configuration says.
std::string id_of(const Source& source, std::string_view what) {
  return std::string{what} + "-" + std::to_string(source.line) + "-" + source.file;
}

bool matches(const std::string& pattern, const std::string& name) {
  if (!pattern.ends_with('*')) return pattern == name;
  return name.starts_with(std::string_view{pattern}.substr(0, pattern.size() - 1));
}

void warn_of_missing(const Configuration& configuration, const std::vector<Interface>& interfaces) {
  for (const std::string& wanted : configuration.interfaces) {
    const bool is_there = std::ranges::any_of(
        interfaces, [&](const Interface& interface) { return matches(wanted, interface.name); });
    // As dnsmasq, of names but not of patterns.
    if (!is_there && !wanted.ends_with('*')) {
      std::cerr << "viaduct-guestd: warning: interface " << wanted << " is not there\n";
    }
  }
}

std::vector<Interface> served(const Configuration& configuration,
                              const std::vector<Interface>& interfaces) {
  const auto is_in = [](const std::vector<std::string>& patterns, const Interface& interface) {
    return std::ranges::any_of(
        patterns, [&](const auto& pattern) { return matches(pattern, interface.name); });
  };
  std::vector<Interface> chosen;
  for (const Interface& interface : interfaces) {
    const bool is_wanted =
        configuration.interfaces.empty() || is_in(configuration.interfaces, interface);
    if (!is_wanted || is_in(configuration.except_interfaces, interface)) continue;
    Interface heard = interface;
    const auto& only = configuration.listen_addresses;
    std::erase_if(heard.addresses, [&](const InterfaceAddress& own) {
      return !only.empty() && std::ranges::find(only, own.address) == only.end();
    });
    heard.has_dhcp = !is_in(configuration.no_dhcp_interfaces, interface);
    if (!heard.addresses.empty()) chosen.push_back(std::move(heard));
  }
  return chosen;
}

bool is_said_for(const dnsmasq::Domain& domain, const Address& address) {
  if (const auto* block = std::get_if<Prefix>(&domain.scope)) return block->contains(address);
  const auto* range = std::get_if<std::pair<Address, Address>>(&domain.scope);
  return range != nullptr && range->first <= address && address <= range->second;
}

// The domain of an address: one that is said for it, else the one for all. The last one counts.
std::string domain_of(const Configuration& configuration, const Address& address) {
  std::string own;
  std::string usual;
  for (const auto& domain : configuration.domains) {
    if (std::holds_alternative<std::monostate>(domain.scope)) usual = domain.name;
    if (is_said_for(domain, address)) own = domain.name;
  }
  return own.empty() ? usual : own;
}

// --- DHCP

struct Place {
  const Interface* interface;
  InterfaceAddress address;
};

std::optional<Place> place_of(const std::vector<Interface>& interfaces, const Address& address) {
  for (const Interface& interface : interfaces) {
    for (const InterfaceAddress& own : interface.addresses) {
      if (interface.has_dhcp && own.network.contains(address)) return Place{&interface, own};
    }
  }
  return std::nullopt;
}

dhcp::Subnet subnet_at(const Place& place, const Configuration& configuration) {
  const Address& own = place.address.address;
  dhcp::Subnet subnet{.interface = place.interface->name,
                      .subnet = place.address.network,
                      .server = own,
                      .lease_time = usual_lease,
                      .authoritative = configuration.dhcp_authoritative,
                      .router = own,
                      .dns_servers = {own},
                      .domain = domain_of(configuration, own)};
  if (configuration.dhcp_lease_max) {
    subnet.lease_maximum = std::min(*configuration.dhcp_lease_max, dhcp::most_range_addresses);
  }
  return subnet;
}

std::uint32_t lease_seconds(const dnsmasq::DhcpRange& range) {
  const std::uint32_t said = range.lease_seconds.value_or(usual_lease);
  return said == dnsmasq::infinite_lease ? 0 : said;
}

// Of each subnet, the range that it was made for.
using FirstRanges = std::map<std::string, const dnsmasq::DhcpRange*>;

// Ranges of one network are one subnet, of one lease time and one tag.
Result<void> add_range(Site& site, FirstRanges& firsts, const dnsmasq::DhcpRange& range,
                       const Configuration& configuration) {
  if (!range.first.is_v4()) return unsupported(range.source, "DHCPv6");
  if (!range.tags.empty()) return unsupported(range.source, "a range for clients with tags");
  if (range.broadcast) return unsupported(range.source, "a broadcast address");
  const auto place = place_of(site.interfaces, range.first);
  if (!place) return {};  // of an interface that is not there, or not served
  const auto [entry, is_new] =
      site.subnets.try_emplace(to_string(place->address.network), subnet_at(*place, configuration));
  const dnsmasq::DhcpRange& first = *firsts.try_emplace(entry->first, &range).first->second;
  if (lease_seconds(range) != lease_seconds(first)) {
    return unsupported(range.source,
                       "a lease time other than that of another range of the network");
  }
  if (range.set_tag != first.set_tag) {
    return unsupported(range.source, "a tag other than that of another range of the network");
  }
  dhcp::Subnet& subnet = entry->second;
  if (range.is_dynamic) subnet.ranges.push_back({range.first, range.last});
  subnet.lease_time = lease_seconds(range);
  return {};
}

// dnsmasq gives clients the tag of their range, and one that is called as their interface.
SubnetTags tags_of(const Site& site, const dhcp::Subnet& subnet, const dnsmasq::DhcpRange& range) {
  SubnetTags tags{.of_all = {subnet.interface}};
  if (range.set_tag) tags.of_all.insert(*range.set_tag);
  for (const Interface& other : site.interfaces) {
    if (!tags.of_all.contains(other.name)) tags.of_none.insert(other.name);
  }
  return tags;
}

Result<void> add_reservation(Site& site, const dnsmasq::DhcpHost& host) {
  if (host.is_ignored) return unsupported(host.source, "a host that is ignored");
  if (!host.addresses6.empty()) return unsupported(host.source, "DHCPv6");
  if (!host.address) return unsupported(host.source, "a host without an address");
  const auto place = place_of(site.interfaces, *host.address);
  if (!place) return {};  // of an interface that is not there, or not served
  if (!host.macs.empty() && host.client_id) {
    return unsupported(host.source, "a host by either of two marks");
  }
  if (host.macs.size() > 1) return unsupported(host.source, "a host of several addresses");
  if (!host.macs.empty() && host.macs.front().wildcards != 0) {
    return unsupported(host.source, "an Ethernet address with wildcards");
  }
  if (!host.tags.empty()) return unsupported(host.source, "a host with conditions");
  dhcp::Reservation reservation{.interface = place->interface->name,
                                .address = *host.address,
                                .host_name = host.name,
                                .tags = host.set_tags};
  reservation.tags.emplace_back(known_tag);
  if (!host.macs.empty()) reservation.mac = host.macs.front().address;
  if (host.client_id) reservation.client_id = dhcp::ClientId{*host.client_id};
  if (host.lease_seconds) {
    reservation.lease_time =
        *host.lease_seconds == dnsmasq::infinite_lease ? 0 : *host.lease_seconds;
  }
  if (!reservation.mac && !reservation.client_id) {
    return unsupported(host.source, "a host by its name alone");
  }
  site.reservations.insert_or_assign(id_of(host.source, "host"), std::move(reservation));
  return {};
}

// What is known is what has a reservation: then ranges are for nobody.
Result<void> ignore_clients(Site& site, const Configuration& configuration) {
  const dnsmasq::TagMatch unknown{"known", false};
  for (const auto& ignored : configuration.dhcp_ignores) {
    if (ignored.tags != std::vector{unknown}) {
      return unsupported(ignored.source, "to ignore other clients than unknown ones");
    }
    for (auto& [id, subnet] : site.subnets) subnet.ranges.clear();
  }
  return {};
}

Result<void> add_dhcp(Site& site, const Configuration& configuration) {
  FirstRanges firsts;
  for (const auto& range : configuration.dhcp_ranges) {
    TRY(add_range(site, firsts, range, configuration));
  }
  TRY(ignore_clients(site, configuration));
  for (auto& [id, subnet] : site.subnets) {
    TRY(add_options(subnet, tags_of(site, subnet, *firsts[id]), configuration));
    if (auto checked = subnet.check(); !checked) return fail_within(id, checked.error());
  }
  for (const auto& host : configuration.dhcp_hosts) TRY(add_reservation(site, host));
  return {};
}

// --- DNS

Result<dns::Name> name_in(const Source& source, const std::string& text) {
  auto name = dns::Name::parse(text);
  if (!name) return fail(Fault::invalid, to_string(source), name.error().why);
  return name;
}

// The root if there is none.
dns::Name domain_at(const Configuration& configuration, const Address& address) {
  return dns::Name::parse(domain_of(configuration, address)).value_or(dns::Name{});
}

// Names of one label are known below the domain too, and told so by reverse lookup.
Result<void> add_host(Site& site, const Source& source, const std::vector<std::string>& names,
                      const std::vector<Address>& addresses, const dns::Name& domain = {}) {
  dns::Host host{.addresses = addresses};
  for (const std::string& text : names) {
    const auto name = TRY(name_in(source, text));
    if (!domain.is_root() && name.has_one_label()) {
      if (auto below = name.within(domain)) host.names.push_back(*std::move(below));
    }
    host.names.push_back(name);
  }
  if (!host.names.empty() && !host.addresses.empty()) {
    std::string id = id_of(source, "name");
    site.hosts.insert_or_assign(std::move(id), std::move(host));
  }
  return {};
}

// Whether a domain is one that names are looked up by: itself, and all below it.
Result<std::optional<dns::Name>> domain_in(const Source& source, const DomainMatch& match) {
  if (match.kind == DomainMatch::Kind::any) return dns::Name{};
  if (match.kind != DomainMatch::Kind::suffix) {
    return unsupported(source, "a pattern of names");
  }
  const auto name = TRY(name_in(source, match.name));
  return name;
}

Result<void> add_upstream(Site& site, const dnsmasq::UpstreamServer& server) {
  using Target = dnsmasq::UpstreamServer::Target;
  if (!server.from_interface.empty() || server.from || !server.scope.empty()) {
    return unsupported(server.source, "a server that is asked from some address");
  }
  const dns::Resolver resolver{server.server};
  if (server.domains.empty()) {
    if (server.target == Target::address) site.dns.resolvers.push_back(resolver);
    return {};
  }
  for (const auto& match : server.domains) {
    const auto domain = TRY(domain_in(server.source, match));
    if (server.target == Target::nobody) {
      site.dns.local_domains.push_back(*domain);
      continue;
    }
    auto& forward = site.forwards[to_string(*domain)];
    forward.domain = *domain;
    if (server.target == Target::address) forward.resolvers.push_back(resolver);
  }
  return {};
}

Result<void> add_wildcard(Site& site, const dnsmasq::DomainAddress& entry) {
  using Answer = dnsmasq::DomainAddress::Answer;
  for (const auto& match : entry.domains) {
    const auto domain = TRY(domain_in(entry.source, match));
    auto& wildcard = site.wildcards[to_string(*domain)];
    wildcard.domain = *domain;
    if (entry.answer == Answer::address) wildcard.addresses.push_back(entry.address);
    if (entry.answer == Answer::null) {
      const std::array nowhere{Address::v4({}), Address{}};
      wildcard.addresses.insert(wildcard.addresses.end(), nowhere.begin(), nowhere.end());
    }
  }
  return {};
}

Result<void> set_dns(Site& site, const Configuration& configuration) {
  if (configuration.port.value_or(dns_port) != dns_port) {
    if (*configuration.port != 0) return fail(Fault::invalid, "port", "is 53 or 0");
    site.has_dns = false;
  }
  for (const auto& domain : configuration.domains) {
    if (std::holds_alternative<std::string>(domain.scope)) {
      return unsupported(domain.source, "the domain of an interface");
    }
    const auto name = TRY(name_in(domain.source, domain.name));
    if (domain.is_local) site.dns.local_domains.push_back(name);
  }
  site.dns.domain_needed = configuration.domain_needed;
  site.dns.bogus_priv = configuration.bogus_priv;
  constexpr std::uint32_t largest_cache = 1'000'000;
  if (const auto size = configuration.cache_size) {
    site.dns.cache_size = std::min(*size, largest_cache);
  }
  for (const auto& server : configuration.servers) TRY(add_upstream(site, server));
  return {};
}

Result<void> add_record(Site& site, const dnsmasq::HostRecord& record) {
  if (record.ttl_seconds) return unsupported(record.source, "a lifetime of its own");
  std::vector<Address> addresses;
  if (record.ipv4) addresses.push_back(*record.ipv4);
  if (record.ipv6) addresses.push_back(*record.ipv6);
  return add_host(site, record.source, record.names, addresses);
}

Result<void> add_names(Site& site, const Configuration& configuration) {
  for (const auto& entry : configuration.addresses) TRY(add_wildcard(site, entry));
  for (const auto& record : configuration.host_records) TRY(add_record(site, record));
  for (const auto& entry : configuration.hosts) {
    const bool is_expanded = configuration.expand_hosts;
    TRY(add_host(site, entry.source, entry.names, {entry.address},
                 is_expanded ? domain_at(configuration, entry.address) : dns::Name{}));
  }
  for (const auto& host : configuration.dhcp_hosts) {
    if (host.name.empty() || !host.address) continue;
    TRY(add_host(site, host.source, {host.name}, {*host.address},
                 domain_at(configuration, *host.address)));
  }
  return {};
}

}  // namespace

Result<Site> from_dnsmasq(const Configuration& configuration,
                          const std::vector<Interface>& interfaces) {
  warn_of_missing(configuration, interfaces);
  Site site{.interfaces = served(configuration, interfaces)};
  TRY(add_dhcp(site, configuration));
  TRY(set_dns(site, configuration));
  TRY(add_names(site, configuration));
  return site;
}

}  // namespace viaduct::serving
