#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "services/guest/dns/name_map.h"
#include "services/guest/dns/upstream.h"

namespace viaduct::dns {

// What is done with a name that no host has. The longest domain that a name is in decides; where
// several things are said of that one, a wildcard comes before a forward, and that before the
// router's own domains and what RFC 6303 says of private addresses. Localhost has the loopback
// addresses, unless a wildcard says otherwise, and is asked of nobody (RFC 6761 6.3).
class Domains {
 public:
  enum class Way : unsigned char { forward, wildcard, local };

  struct Decision {
    Way way = Way::forward;
    std::string_view zone;                                   // the domain that decided
    const std::vector<Owned<Address>>* addresses = nullptr;  // of a wildcard
    const UpstreamGroup* upstreams = nullptr;                // of a forward
  };

  explicit Domains(std::uint64_t seed);

  void set(std::string_view id, const Wildcard& wildcard);
  void set(std::string_view id, const Forward& forward);
  void remove_wildcard(std::string_view id);
  void remove_forward(std::string_view id);
  void configure(const Settings& settings);

  // Valid until the next change. `name` outlives it.
  [[nodiscard]] Decision find(std::string_view name) const noexcept;
  // The domain of the router's own that the name is in.
  [[nodiscard]] std::optional<std::string_view> local_zone_of(std::string_view name) const noexcept;

  template <class Visit>
  void each_upstream(Visit visit) const {
    upstreams_.each(visit);
  }

 private:
  struct Domain {
    std::vector<OwnerId> wildcards;
    std::vector<Owned<Address>> addresses;  // of the wildcards
    std::vector<Owned<Resolver>> resolvers;
    std::vector<OwnerId> forwards;
    UpstreamGroup upstreams;  // those of the resolvers
    bool is_local = false;
    bool is_private = false;
    bool is_loopback = false;
    [[nodiscard]] bool says_nothing() const noexcept {
      return wildcards.empty() && forwards.empty() && !is_local && !is_private && !is_loopback;
    }
  };
  struct Installed {
    OwnerId owner = 0;
    Name domain;
  };
  using Ids = NameMap<Installed>;

  Domain& at(const Name& domain) { return domains_[domain.wire()]; }
  void tidy(const Name& domain);
  // The owner of what is about to be set, remembered by its id.
  OwnerId begin(Ids& ids, std::string_view id, const Name& domain);
  [[nodiscard]] std::optional<Decision> decide(std::string_view zone) const noexcept;

  NameMap<Domain> domains_;
  Ids wildcards_;
  Ids forwards_;
  std::vector<Name> from_settings_;
  Upstreams upstreams_;
  UpstreamGroup default_;
  OwnerId last_owner_ = 0;
};

}  // namespace viaduct::dns
