#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "services/guest/dns/name_map.h"
#include "services/guest/dns/settings.h"

namespace viaduct::dns {

// The names that the router itself knows. A change costs as much as it says, however many names
// there are.
class LocalNames {
 public:
  // What is known by one name. What came last is at the end.
  struct Node {
    std::vector<Owned<Address>> addresses;
    std::vector<Owned<std::string>> pointers;  // PTR
    std::vector<Owned<std::string>> aliases;   // CNAME
    std::uint32_t below = 0;                   // how many names with records end with this one

    [[nodiscard]] bool has_records() const noexcept {
      return !addresses.empty() || !pointers.empty() || !aliases.empty();
    }
  };

  explicit LocalNames(std::uint64_t seed) : nodes_(0, HashName{seed}) {}

  // Hosts and aliases by the ids of their resources; setting one takes its old names away.
  void set(std::string_view id, const Host& host);
  void set(std::string_view id, const Alias& alias);
  void remove_host(std::string_view id) { remove(hosts_, id); }
  void remove_alias(std::string_view id) { remove(aliases_, id); }

  // The domain below which hosts of one label are known too; the root for none. Looks at all hosts.
  void expand_below(const Name& domain);

  // nullptr if neither the name nor one that ends with it is known.
  [[nodiscard]] const Node* find(std::string_view name) const noexcept {
    const auto it = nodes_.find(name);
    return it == nodes_.end() ? nullptr : &it->second;
  }

 private:
  template <class Resource>
  struct Installed {
    Resource resource;
    OwnerId owner = 0;
    std::vector<std::string> names;  // where its records are
  };
  template <class Resource>
  using Resources = NameMap<Installed<Resource>>;

  template <class Resource>
  void remove(Resources<Resource>& all, std::string_view id);
  void install(Installed<Host>& host);
  // The node of a name to which this owner adds records; `names` remembers it.
  Node& add(const Name& name, std::vector<std::string>& names);
  void remove_records(OwnerId owner, const std::vector<std::string>& names);
  // Tells the names that `name` ends with that there is one more, or one less.
  void count_above(std::string_view name, bool is_new);
  [[nodiscard]] std::vector<Name> names_of(const Host& host) const;

  NameMap<Node> nodes_;
  Resources<Host> hosts_;
  Resources<Alias> aliases_;
  Name domain_;
  OwnerId last_owner_ = 0;
};

}  // namespace viaduct::dns
