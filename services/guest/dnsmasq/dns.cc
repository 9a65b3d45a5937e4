#include "services/guest/dnsmasq/dns.h"

#include <algorithm>
#include <span>

#include "services/guest/dnsmasq/text.h"

namespace viaduct::dnsmasq {
namespace {

constexpr std::uint16_t dns_port = 53;

Result<DomainMatch> domain_match(std::string_view word) {
  using enum DomainMatch::Kind;
  if (word.empty()) return DomainMatch{.kind = unqualified, .name = {}};
  if (word == "#" || word == "*") return DomainMatch{.kind = any, .name = {}};
  if (const auto below = after("*.", word)) {
    return DomainMatch{.kind = subdomains, .name = TRY(domain_name(*below))};
  }
  if (const auto end = after("*", word)) {
    return DomainMatch{.kind = ending, .name = TRY(domain_name(*end))};
  }
  // A leading dot is of old, and says nothing.
  return DomainMatch{.kind = suffix, .name = TRY(domain_name(after(".", word).value_or(word)))};
}

// "/DOMAIN/.../REST", or just the rest.
struct DomainsAndRest {
  std::vector<DomainMatch> domains;
  std::string_view rest;
};
Result<DomainsAndRest> take_domains(std::string_view value) {
  if (!value.starts_with('/')) return DomainsAndRest{{}, value};
  const auto words = split(value.substr(1), '/');
  DomainsAndRest taken{{}, words.back()};
  if (words.size() == 1 && words.back().empty()) taken.domains.push_back(TRY(domain_match("")));
  for (const auto word : std::span{words}.first(words.size() - 1)) {
    taken.domains.push_back(TRY(domain_match(word)));
  }
  return taken;
}

// ADDRESS[#PORT]; without a number, the port is 0.
Result<Endpoint> endpoint(std::string_view text, Address address) {
  const auto hash = text.find('#');
  if (hash == std::string_view::npos || hash + 1 == text.size()) return Endpoint{address, 0};
  const auto port = whole_number(text.substr(hash + 1));
  if (!port || *port > 0xffff) return bad("bad port in " + shown(text));
  return Endpoint{address, static_cast<std::uint16_t>(*port)};
}

std::string_view without_port(std::string_view text) {
  return text.substr(0, text.find('#'));
}

// Words behind '@': an interface, an address, or an interface and an address.
Result<void> take_origin(std::span<const std::string_view> words, UpstreamServer& server) {
  if (words.empty()) return {};
  auto interfaces = words;
  if (const auto from = address(without_port(words.back()))) {
    if (from->is_v4() != server.server.address.is_v4()) {
      return bad("server and source address are of different families");
    }
    server.from = TRY(endpoint(words.back(), *from));
    interfaces = words.first(words.size() - 1);
  }
  if (interfaces.size() > 1) return bad("interface can only be specified once");
  if (!interfaces.empty()) server.from_interface = interfaces.front();
  return {};
}

Result<void> take_target(std::string_view rest, UpstreamServer& server) {
  if (rest == "#") server.target = UpstreamServer::Target::standard;
  if (rest.empty() || rest == "#") return {};
  const auto words = split(rest, '@');
  const std::string_view where = words.front();
  const std::string_view host = without_port(where);
  const auto percent = std::min(host.find('%'), host.size());
  const auto parsed = address(host.substr(0, percent));
  const bool is_scoped = percent != host.size();
  if (!parsed || (is_scoped && parsed->is_v4())) {
    return not_supported("a server that is not an address: " + shown(where));
  }
  server.target = UpstreamServer::Target::address;
  if (is_scoped) server.scope = host.substr(percent + 1);
  if (is_scoped && server.scope.empty()) return bad("bad interface name in " + shown(rest));
  server.server = TRY(endpoint(where, *parsed));
  if (server.server.port == 0) server.server.port = dns_port;
  return take_origin(std::span{words}.subspan(1), server);
}

// BASE/LENGTH[,local]
Result<void> take_block(std::string_view scope, Domain& domain) {
  const auto slash = scope.find('/');
  const auto base = address(scope.substr(0, slash));
  const auto words = split(scope.substr(slash + 1), ',');
  if (words.front().empty()) return not_supported("an address block without a length");
  const auto length = whole_number(words.front());
  if (!base || !length) return bad("bad address block " + shown(scope));
  const unsigned offset = base->is_v4() ? Address::v4_offset : 0;
  if (*length > Address::bits - offset) return bad("bad prefix length in " + shown(scope));
  domain.scope = Prefix{*base, offset + *length};
  domain.is_local = words.size() == 2 && words[1] == "local";
  if (words.size() > 1 && !domain.is_local) {
    return bad("expected 'local', not " + shown(scope.substr(scope.find(',') + 1)));
  }
  return {};
}

// FIRST[,LAST]
Result<void> take_range(Address first, std::span<const std::string_view> rest, Domain& domain) {
  domain.scope = Prefix::host(first);
  if (rest.empty()) return {};
  const auto last = address(rest.front());
  if (!last || last->is_v4() != first.is_v4()) {
    return bad("bad address range at " + shown(rest.front()));
  }
  domain.scope = std::minmax(first, *last);
  return {};
}

Result<void> take_scope(std::string_view scope, Domain& domain) {
  if (scope.find('/') != std::string_view::npos) return take_block(scope, domain);
  const auto words = split(scope, ',');
  const auto rest = std::span{words}.subspan(1);
  if (const auto first = address(words.front())) return take_range(*first, rest, domain);
  if (words.front().empty()) return {};
  domain.scope = std::string{words.front()};
  domain.is_local = !rest.empty() && rest.front() == "local";
  const bool is_understood = rest.empty() || rest.front().empty() || domain.is_local;
  if (!is_understood) return not_supported("more than an interface: " + shown(scope));
  return {};
}

}  // namespace

Result<UpstreamServer> parse_server(std::string_view value) {
  const std::string plain = revealed(value);
  auto [domains, rest] = TRY(take_domains(plain));
  UpstreamServer server;
  server.domains = std::move(domains);
  TRY(take_target(rest, server));
  return server;
}

Result<DomainAddress> parse_domain_address(std::string_view value) {
  using enum DomainAddress::Answer;
  const std::string plain = revealed(value);
  auto [domains, rest] = TRY(take_domains(plain));
  DomainAddress entry;
  entry.domains = std::move(domains);
  if (rest == "#") {
    entry.answer = null;
  } else if (!rest.empty()) {
    const auto parsed = dnsmasq::address(rest);
    if (!parsed) return bad("bad address " + shown(rest));
    entry.answer = DomainAddress::Answer::address;
    entry.address = *parsed;
  }
  return entry;
}

// NAME,...[,IPv4][,IPv6][,TTL], in any order
Result<HostRecord> parse_host_record(std::string_view value) {
  const auto words = split(value, ',');
  if (words.size() < 2) return bad("expected a name and an address");
  HostRecord record;
  for (const auto word : words) {
    if (word.empty()) continue;
    if (const auto parsed = address(revealed(word))) {
      (parsed->is_v4() ? record.ipv4 : record.ipv6) = *parsed;
    } else if (const auto ttl = whole_number(word)) {
      record.ttl_seconds = *ttl;
    } else {
      record.names.push_back(TRY(domain_name(word)));
    }
  }
  return record;
}

// NAME[,BLOCK[,local]|FIRST[,LAST]|INTERFACE]
Result<Domain> parse_domain(std::string_view value) {
  const auto comma = std::min(value.find(','), value.size());
  const auto name = trimmed(value.substr(0, comma));
  const auto scope = revealed(trimmed(value.substr(std::min(comma + 1, value.size()))));
  Domain domain;
  if (name == "#") return not_supported("a domain taken from resolv.conf");
  if (!name.empty()) domain.name = TRY(domain_name(name));
  TRY(take_scope(scope, domain));
  return domain;
}

// hosts(5): ADDRESS NAME...
Result<std::optional<HostsEntry>> parse_hosts_line(std::string_view line) {
  line = trimmed(line.substr(0, line.find('#')));
  std::vector<std::string_view> words;
  while (!line.empty()) {
    const auto end = std::min(line.find_first_of(" \t\r\v\f"), line.size());
    words.push_back(line.substr(0, end));
    line = trimmed(line.substr(end));
  }
  if (words.empty()) return std::nullopt;
  const auto parsed = address(words.front());
  if (!parsed) return bad("bad address " + shown(words.front()));
  if (words.size() == 1) return bad("an address without a name");
  HostsEntry entry;
  entry.address = *parsed;
  for (const auto word : std::span{words}.subspan(1)) {
    entry.names.push_back(TRY(domain_name(word)));
  }
  return entry;
}

}  // namespace viaduct::dnsmasq
