#include "services/guest/dns/settings.h"

namespace viaduct::dns {

namespace {

constexpr std::uint16_t standard_port = 53;

}  // namespace

Result<Resolver> parse_resolver(std::string_view text) {
  if (const auto address = parse_address(text)) return Resolver{{*address, standard_port}};
  return Resolver{TRY(parse_endpoint(text))};
}

std::string to_string(const Resolver& resolver) {
  const Endpoint& endpoint = resolver.endpoint;
  return endpoint.port == standard_port ? to_string(endpoint.address) : to_string(endpoint);
}

Result<void> Settings::check() const {
  if (min_ttl <= max_ttl) return {};
  return fail(Fault::invalid, "/min_ttl", "more than max_ttl");
}

Result<void> Host::check() const {
  if (names.empty()) return fail(Fault::invalid, "/names", "needs at least one name");
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (!names[i].is_root()) continue;
    return fail(Fault::invalid, "/names/" + std::to_string(i), "the root is no host's name");
  }
  if (addresses.empty()) return fail(Fault::invalid, "/addresses", "needs at least one address");
  return {};
}

Result<void> Alias::check() const {
  if (name.is_root()) return fail(Fault::invalid, "/name", "the root is no alias");
  if (name == target) return fail(Fault::invalid, "/target", "a name is no alias of itself");
  return {};
}

}  // namespace viaduct::dns

VIADUCT_DEFINE_RESOURCE(viaduct::dns::Settings);
VIADUCT_DEFINE_RESOURCE(viaduct::dns::Host);
VIADUCT_DEFINE_RESOURCE(viaduct::dns::Alias);
VIADUCT_DEFINE_RESOURCE(viaduct::dns::Wildcard);
VIADUCT_DEFINE_RESOURCE(viaduct::dns::Forward);
