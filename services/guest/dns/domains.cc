#include "services/guest/dns/domains.h"

#include <array>

namespace viaduct::dns {

namespace {

// Reverse zones of addresses that mean something in one network alone (RFC 6303 4).
const std::vector<Name>& private_zones() {
  static const std::vector<Name> zones = [] {
    constexpr std::array fixed{"10.in-addr.arpa",
                               "168.192.in-addr.arpa",
                               "0.in-addr.arpa",
                               "127.in-addr.arpa",
                               "254.169.in-addr.arpa",
                               "2.0.192.in-addr.arpa",
                               "100.51.198.in-addr.arpa",
                               "113.0.203.in-addr.arpa",
                               "255.255.255.255.in-addr.arpa",
                               "d.f.ip6.arpa",
                               "8.e.f.ip6.arpa",
                               "9.e.f.ip6.arpa",
                               "a.e.f.ip6.arpa",
                               "b.e.f.ip6.arpa",
                               "8.b.d.0.1.0.0.2.ip6.arpa"};
    std::vector<Name> all;
    const auto add = [&all](std::string_view text) { all.push_back(*Name::parse(text)); };
    for (const char* text : fixed) add(text);
    for (unsigned second = 16; second < 32; ++second) {
      add(std::to_string(second) + ".172.in-addr.arpa");
    }
    all.push_back(Name::reverse_of(Address{}));
    all.push_back(Name::reverse_of(*parse_address("::1")));
    return all;
  }();
  return zones;
}

const std::vector<Owned<Address>>& loopback_addresses() {
  static const std::vector<Owned<Address>> both{{0, *parse_address("127.0.0.1")},
                                                {0, *parse_address("::1")}};
  return both;
}

template <class Values>
void erase_of(Values& values, OwnerId owner) {
  std::erase_if(values, [owner](const auto& value) { return value.owner == owner; });
}

}  // namespace

Domains::Domains(std::uint64_t seed) : domains_(0, HashName{seed}) {
  at(*Name::parse("localhost")).is_loopback = true;
}

OwnerId Domains::begin(Ids& ids, std::string_view id, const Name& domain) {
  ids.insert_or_assign(std::string{id}, Installed{++last_owner_, domain});
  return last_owner_;
}

void Domains::set(std::string_view id, const Wildcard& wildcard) {
  remove_wildcard(id);
  const OwnerId owner = begin(wildcards_, id, wildcard.domain);
  Domain& domain = at(wildcard.domain);
  domain.wildcards.push_back(owner);
  for (const Address& address : wildcard.addresses) domain.addresses.push_back({owner, address});
}

void Domains::set(std::string_view id, const Forward& forward) {
  remove_forward(id);
  const OwnerId owner = begin(forwards_, id, forward.domain);
  Domain& domain = at(forward.domain);
  domain.forwards.push_back(owner);
  for (const Resolver& resolver : forward.resolvers) domain.resolvers.push_back({owner, resolver});
  tidy(forward.domain);
}

void Domains::remove_wildcard(std::string_view id) {
  const auto it = wildcards_.find(id);
  if (it == wildcards_.end()) return;
  const auto [owner, name] = it->second;
  wildcards_.erase(it);
  std::erase(at(name).wildcards, owner);
  erase_of(at(name).addresses, owner);
  tidy(name);
}

void Domains::remove_forward(std::string_view id) {
  const auto it = forwards_.find(id);
  if (it == forwards_.end()) return;
  const auto [owner, name] = it->second;
  forwards_.erase(it);
  std::erase(at(name).forwards, owner);
  erase_of(at(name).resolvers, owner);
  tidy(name);
}

void Domains::tidy(const Name& name) {
  Domain& domain = at(name);
  std::vector<Resolver> resolvers;
  for (const auto& resolver : domain.resolvers) resolvers.push_back(resolver.value);
  domain.upstreams = upstreams_.group_of(resolvers);
  if (domain.says_nothing()) domains_.erase(name.wire());
}

void Domains::configure(const Settings& settings) {
  for (const Name& name : from_settings_) {
    at(name).is_local = false;
    at(name).is_private = false;
    tidy(name);
  }
  from_settings_ = settings.local_domains;
  if (!settings.domain.is_root()) from_settings_.push_back(settings.domain);
  for (const Name& name : from_settings_) at(name).is_local = true;
  if (settings.bogus_priv) {
    for (const Name& name : private_zones()) {
      at(name).is_private = true;
      from_settings_.push_back(name);
    }
  }
  default_ = upstreams_.group_of(settings.resolvers);
}

std::optional<Domains::Decision> Domains::decide(std::string_view zone) const noexcept {
  const auto it = domains_.find(zone);
  if (it == domains_.end()) return std::nullopt;
  const Domain& domain = it->second;
  if (!domain.wildcards.empty()) return Decision{Way::wildcard, zone, &domain.addresses, nullptr};
  if (domain.is_loopback) return Decision{Way::wildcard, zone, &loopback_addresses(), nullptr};
  if (domain.forwards.empty()) return Decision{Way::local, zone, nullptr, nullptr};
  const UpstreamGroup& asked = domain.upstreams.empty() ? default_ : domain.upstreams;
  return Decision{Way::forward, zone, nullptr, &asked};
}

Domains::Decision Domains::find(std::string_view name) const noexcept {
  for (;; name = parent_of(name)) {
    if (auto decision = decide(name)) return *decision;
    if (is_root(name)) return {Way::forward, name, nullptr, &default_};
  }
}

std::optional<std::string_view> Domains::local_zone_of(std::string_view name) const noexcept {
  const Decision decision = find(name);
  if (decision.way == Way::forward) return std::nullopt;
  return decision.zone;
}

}  // namespace viaduct::dns
