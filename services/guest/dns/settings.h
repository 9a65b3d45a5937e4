#pragma once

#include <cstdint>
#include <string_view>
#include <tuple>
#include <vector>

#include "api/resource.h"
#include "services/guest/dns/name.h"

// How the names of a router's guest networks are declared.
namespace viaduct::dns {

// A resolver that questions are forwarded to: "198.51.100.53", or with a port other than 53,
// "198.51.100.53:5353" or "[2001:db8::53]:5353".
struct Resolver {
  Endpoint endpoint;
  friend auto operator<=>(const Resolver&, const Resolver&) = default;
};
Result<Resolver> parse_resolver(std::string_view text);
std::string to_string(const Resolver& resolver);

using Ttl = api::Ranged<std::uint32_t, 0, 604'800>;  // seconds

// What holds for all networks of a router.
struct Settings {
  Name domain;
  bool expand_hosts = true;
  std::vector<Name> local_domains;
  bool domain_needed = true;
  bool bogus_priv = true;
  std::vector<Name> router_names;
  std::vector<Resolver> resolvers;
  Ttl local_ttl = 0;
  Ttl min_ttl = 0;
  Ttl max_ttl = 86'400;
  Ttl max_negative_ttl = 3600;
  api::Ranged<std::uint32_t, 0, 1'000'000> cache_size = 10'000;
  api::Ranged<std::uint32_t, 1, 65'536> pending_questions = 1024;
  api::Ranged<std::uint32_t, 0, 1'000'000> queries_per_second = 2000;

  static constexpr std::string_view collection = "dns_settings";
  static constexpr std::string_view summary =
      "How a router answers its guests' questions for names. A router has one of them at most.";
  static constexpr std::tuple fields{
      api::Field{
          "domain", &Settings::domain,
          "the guests' domain, whose names are asked of others only if they are forwarded; the "
          "root for none",
          api::Presence::optional},
      api::Field{"expand_hosts", &Settings::expand_hosts,
                 "whether a host of one label is also known below the domain, and reverse lookup "
                 "tells that name",
                 api::Presence::optional},
      api::Field{"local_domains", &Settings::local_domains, "other domains that this is so for",
                 api::Presence::optional},
      api::Field{"domain_needed", &Settings::domain_needed,
                 "whether addresses of unknown names of one label are not asked of others",
                 api::Presence::optional},
      api::Field{
          "bogus_priv", &Settings::bogus_priv,
          "whether the names of unknown private addresses are not asked of others (RFC 6303)",
          api::Presence::optional},
      api::Field{"router_names", &Settings::router_names,
                 "names of the router itself: each network is told the router's address there",
                 api::Presence::optional},
      api::Field{"resolvers", &Settings::resolvers,
                 "who is asked for all other names; without any, they do not resolve",
                 api::Presence::optional},
      api::Field{"local_ttl", &Settings::local_ttl,
                 "seconds for which others may keep what is answered from the router's own names",
                 api::Presence::optional},
      api::Field{"min_ttl", &Settings::min_ttl,
                 "seconds for which answers of others are kept at least", api::Presence::optional},
      api::Field{"max_ttl", &Settings::max_ttl,
                 "seconds for which answers of others are kept at most", api::Presence::optional},
      api::Field{"max_negative_ttl", &Settings::max_negative_ttl,
                 "the same for answers that there is no such name or record (RFC 2308)",
                 api::Presence::optional},
      api::Field{"cache_size", &Settings::cache_size,
                 "how many answers of others are kept, of 512 bytes on average; 0 for none",
                 api::Presence::optional},
      api::Field{"pending_questions", &Settings::pending_questions,
                 "how many questions may be waiting for others' answers at a time",
                 api::Presence::optional},
      api::Field{"queries_per_second", &Settings::queries_per_second,
                 "how many queries are taken of one client, in bursts of up to a second's worth; 0 "
                 "for no limit",
                 api::Presence::optional},
  };
  [[nodiscard]] Result<void> check() const;
  friend bool operator==(const Settings&, const Settings&) = default;
};

// A name, or several, for addresses.
struct Host {
  std::vector<Name> names;
  std::vector<Address> addresses;

  static constexpr std::string_view collection = "dns_hosts";
  static constexpr std::string_view summary =
      "Names of a guest or another host, answered forward and reverse. Where it has addresses in "
      "the network that asks, these alone are told.";
  static constexpr std::tuple fields{
      api::Field{"names", &Host::names, "its names; reverse lookup tells the first"},
      api::Field{"addresses", &Host::addresses, "its IP addresses"},
  };
  [[nodiscard]] Result<void> check() const;
  friend bool operator==(const Host&, const Host&) = default;
};

// Another name for a host.
struct Alias {
  Name name;
  Name target;

  static constexpr std::string_view collection = "dns_aliases";
  static constexpr std::string_view summary =
      "Another name (CNAME) for a host of this router. While there is no such host, there is no "
      "such alias.";
  static constexpr std::tuple fields{
      api::Field{"name", &Alias::name, "the other name"},
      api::Field{"target", &Alias::target, "a name that hosts of this router have"},
  };
  [[nodiscard]] Result<void> check() const;
  friend bool operator==(const Alias&, const Alias&) = default;
};

// One answer for a whole domain.
struct Wildcard {
  Name domain;
  std::vector<Address> addresses;

  static constexpr std::string_view collection = "dns_wildcards";
  static constexpr std::string_view summary =
      "Addresses for a domain and every name below it that no host has.";
  static constexpr std::tuple fields{
      api::Field{"domain", &Wildcard::domain, "the domain"},
      api::Field{"addresses", &Wildcard::addresses,
                 "their addresses; without any, the names do not exist", api::Presence::optional},
  };
  friend bool operator==(const Wildcard&, const Wildcard&) = default;
};

// Who is asked for the names of a domain.
struct Forward {
  Name domain;
  std::vector<Resolver> resolvers;

  static constexpr std::string_view collection = "dns_forwards";
  static constexpr std::string_view summary =
      "Resolvers for a domain and every name below it, in the place of the router's.";
  static constexpr std::tuple fields{
      api::Field{"domain", &Forward::domain, "the domain"},
      api::Field{"resolvers", &Forward::resolvers,
                 "who is asked; without any, those that the router asks for all other names",
                 api::Presence::optional},
  };
  friend bool operator==(const Forward&, const Forward&) = default;
};

}  // namespace viaduct::dns

namespace viaduct {

template <>
struct api::Text<dns::Resolver> : TextOf<dns::Resolver> {
  static constexpr std::string_view format = "ip-resolver";
  static constexpr std::string_view example = "198.51.100.53";
  static Result<dns::Resolver> parse(std::string_view s) { return dns::parse_resolver(s); }
};

}  // namespace viaduct

VIADUCT_DECLARE_RESOURCE(viaduct::dns::Settings);
VIADUCT_DECLARE_RESOURCE(viaduct::dns::Host);
VIADUCT_DECLARE_RESOURCE(viaduct::dns::Alias);
VIADUCT_DECLARE_RESOURCE(viaduct::dns::Wildcard);
VIADUCT_DECLARE_RESOURCE(viaduct::dns::Forward);
