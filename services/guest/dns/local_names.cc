#include "services/guest/dns/local_names.h"

#include <algorithm>

namespace viaduct::dns {

void LocalNames::set(std::string_view id, const Host& host) {
  remove(hosts_, id);
  install(hosts_.emplace(id, Installed<Host>{host, ++last_owner_, {}}).first->second);
}

void LocalNames::set(std::string_view id, const Alias& alias) {
  remove(aliases_, id);
  auto& installed = aliases_.emplace(id, Installed<Alias>{alias, ++last_owner_, {}}).first->second;
  add(alias.name, installed.names)
      .aliases.push_back({installed.owner, std::string{alias.target.wire()}});
}

void LocalNames::expand_below(const Name& domain) {
  if (domain == domain_) return;
  domain_ = domain;
  // In their old order, since the last of several has the last word.
  std::vector<Installed<Host>*> all;
  for (auto& [id, host] : hosts_) all.push_back(&host);
  std::ranges::sort(all, {}, &Installed<Host>::owner);
  for (Installed<Host>* host : all) {
    remove_records(host->owner, host->names);
    install(*host);
  }
}

template <class Resource>
void LocalNames::remove(Resources<Resource>& all, std::string_view id) {
  const auto it = all.find(id);
  if (it == all.end()) return;
  remove_records(it->second.owner, it->second.names);
  all.erase(it);
}

void LocalNames::install(Installed<Host>& host) {
  host.names.clear();
  const std::vector<Name> names = names_of(host.resource);
  for (const Name& name : names) {
    auto& addresses = add(name, host.names).addresses;
    for (const Address& address : host.resource.addresses) {
      addresses.push_back({host.owner, address});
    }
  }
  for (const Address& address : host.resource.addresses) {
    add(Name::reverse_of(address), host.names)
        .pointers.push_back({host.owner, names.front().wire()});
  }
}

std::vector<Name> LocalNames::names_of(const Host& host) const {
  std::vector<Name> names;
  for (const Name& name : host.names) {
    if (!domain_.is_root() && name.has_one_label()) {
      if (auto expanded = name.within(domain_)) names.push_back(*std::move(expanded));
    }
    names.push_back(name);
  }
  return names;
}

LocalNames::Node& LocalNames::add(const Name& name, std::vector<std::string>& names) {
  auto it = nodes_.find(name.wire());
  if (it == nodes_.end()) it = nodes_.emplace(name.wire(), Node{}).first;
  Node& node = it->second;  // stays where it is, whatever is added besides
  if (!node.has_records()) count_above(name.wire(), true);
  names.push_back(name.wire());
  return node;
}

void LocalNames::remove_records(OwnerId owner, const std::vector<std::string>& names) {
  for (const std::string& name : names) {
    const auto it = nodes_.find(name);
    if (it == nodes_.end() || !it->second.has_records()) continue;
    Node& node = it->second;
    const auto is_owned = [owner](const auto& record) { return record.owner == owner; };
    std::erase_if(node.addresses, is_owned);
    std::erase_if(node.pointers, is_owned);
    std::erase_if(node.aliases, is_owned);
    if (node.has_records()) continue;
    if (node.below == 0) nodes_.erase(it);
    count_above(name, false);
  }
}

void LocalNames::count_above(std::string_view name, bool is_new) {
  for (name = parent_of(name); !is_root(name); name = parent_of(name)) {
    auto it = nodes_.find(name);
    if (it == nodes_.end()) it = nodes_.emplace(name, Node{}).first;
    Node& node = it->second;
    node.below += is_new ? 1 : -1U;
    if (node.below == 0 && !node.has_records()) nodes_.erase(it);
  }
}

}  // namespace viaduct::dns
