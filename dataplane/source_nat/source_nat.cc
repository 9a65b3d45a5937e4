#include "dataplane/source_nat/source_nat.h"

#include <algorithm>
#include <set>

#include "base/hash.h"
#include "dataplane/model/endpoint_checks.h"
#include "dataplane/model/traffic.h"

namespace viaduct::source_nat {
namespace {

constexpr auto by_endpoint = [](const Claims::ReservedPorts& r) {
  return std::tuple{r.endpoint.address, r.protocol, r.endpoint.ports.first};
};

bool is_before(const Claims::ReservedPorts& a, const Claims::ReservedPorts& b) {
  return by_endpoint(a) < by_endpoint(b);
}

Result<void> check_pool_address(const RouterContext& context, const Address& address) {
  TRY(check_public_address(context, address));
  if (!std::ranges::binary_search(context.claims.exclusive, address)) return {};
  return fail(Fault::conflict, "", to_string(address) + " already stands for one guest alone");
}

// Sorted, and no two of them overlap.
std::vector<Claims::ReservedPorts> merge(const std::vector<Claims::ReservedPorts>& all) {
  std::vector<Claims::ReservedPorts> merged;
  merged.reserve(all.size());
  for (const Claims::ReservedPorts& next : all) {
    if (!merged.empty() && merged.back().protocol == next.protocol &&
        merged.back().endpoint.address == next.endpoint.address &&
        merged.back().endpoint.ports.overlaps(next.endpoint.ports)) {
      auto& last = merged.back().endpoint.ports.last;
      last = std::max(last, next.endpoint.ports.last);
    } else {
      merged.push_back(next);
    }
  }
  return merged;
}

// Everything that is no port for a guest's session: other features' ports, and those of the
// router's own services.
std::vector<Claims::ReservedPorts> reserved_ports(const RouterContext& context) {
  std::vector<Claims::ReservedPorts> all = context.claims.ports;
  // Forwards come sorted, and are many; what follows is little.
  if (!std::ranges::is_sorted(all, {}, by_endpoint)) std::ranges::sort(all, {}, by_endpoint);
  const auto claimed = static_cast<std::ptrdiff_t>(all.size());
  for (const auto& interface : context.interfaces.all()) {
    const auto reserve = [&](Protocol protocol, PortRange ports) {
      for (const InterfaceAddress& own : interface.addresses) {
        all.push_back({protocol, {own.address, ports}});
      }
    };
    reserve(Protocol::tcp, punt::host_ports);
    reserve(Protocol::udp, punt::host_ports);
    for (const punt::Service service : interface.services) {
      for (const auto& [protocol, ports] : punt::facts(service).ports()) reserve(protocol, ports);
    }
  }
  std::sort(all.begin() + claimed, all.end(), is_before);
  std::inplace_merge(all.begin(), all.begin() + claimed, all.end(), is_before);
  return merge(all);
}

Table::Needs needs_of(const interface::Table& interfaces) {
  using network::Dependence;
  Table::Needs needs;
  for (const auto& interface : interfaces.all()) {
    const network::Settings& network = interface.network;
    needs.holders |= network.filtering != Dependence::address_and_port ||
                     network.hairpin_source == network::Hairpin::public_endpoint;
    needs.permits |= network.filtering == Dependence::address;
    needs.peers |= network.mapping == Dependence::address;
    needs.blocks |= network.port_block.value != 0;
  }
  return needs;
}

}  // namespace

Result<void> Rule::check() const {
  if (addresses.empty()) return fail(Fault::invalid, "/addresses", "needs at least one address");
  const bool is_v4 = addresses.front().is_v4();
  std::set<Address> seen;
  for (std::size_t i = 0; i < addresses.size(); ++i) {
    const std::string where = "/addresses/" + std::to_string(i);
    if (!seen.insert(addresses[i]).second) {
      return fail(Fault::invalid, where, to_string(addresses[i]) + " is listed twice");
    }
    if (addresses[i].is_v4() != is_v4) {
      return fail(Fault::invalid, where,
                  to_string(addresses[i]) + " is of another address family than the first one");
    }
  }
  return check_sources(sources, addresses.front());
}

const Table::PublicAddress& Table::Pool::address_for(const Address& guest) const noexcept {
  return addresses[(hash(guest) >> 16) % addresses.size()];
}

const Table::PublicAddress& Table::Pool::address_for(const Endpoint& guest) const noexcept {
  return addresses[(hash(guest) >> 16) % addresses.size()];
}

const Table::PublicAddress* Table::find_address(const Address& address) const noexcept {
  const auto found = std::ranges::lower_bound(addresses_, address, {}, &PublicAddress::address);
  return found == addresses_.end() || found->address != address ? nullptr : &*found;
}

void Table::claim(Claims& claims) const {
  for (const Pool& pool : pools_) {
    for (const PublicAddress& at : pool.addresses) claims.addresses.push_back(at.address);
  }
}

void Table::release(const Table& next, Directory& directory) const {
  std::vector<Slot> kept;
  next.each_address([&](const PublicAddress& at) { kept.push_back(at.slot); });
  std::ranges::sort(kept);
  each_address([&](const PublicAddress& at) {
    if (!std::ranges::binary_search(kept, at.slot)) directory.release(at.slot);
  });
}

Result<Table> Table::compile(const api::Named<Rule>& rules, const RouterContext& context) {
  Table table;
  std::vector<std::pair<Prefix, std::uint32_t>> sources;
  std::set<Prefix> seen;
  SlotsBelow rule_slots = context.slots(Rule::collection);
  SlotsBelow address_slots = context.slots("public_addresses");
  for (const auto& [id, rule] : rules) {
    const auto index = static_cast<std::uint32_t>(table.pools_.size());
    Pool pool{{}, rule_slots(id), rule.on_remove};
    for (std::size_t i = 0; i < rule.addresses.size(); ++i) {
      const Address& address = rule.addresses[i];
      if (auto fits = check_pool_address(context, address); !fits) {
        return fail_within("/" + id + "/addresses/" + std::to_string(i), fits.error());
      }
      pool.addresses.push_back({address, address_slots.again(to_string(address))});
    }
    table.pools_.push_back(std::move(pool));
    if (rule.sources.empty()) {
      if (table.default_pool_ != none) {
        return fail(
            Fault::conflict, "/" + id + "/sources",
            "the router already has a default source NAT: " +
                std::string{context.directory.name(table.pools_[table.default_pool_].rule)});
      }
      table.default_pool_ = index;
    }
    for (std::size_t i = 0; i < rule.sources.size(); ++i) {
      if (!seen.insert(rule.sources[i]).second) {
        return fail(Fault::conflict, "/" + id + "/sources/" + std::to_string(i),
                    to_string(rule.sources[i]) + " already has a source NAT");
      }
      sources.emplace_back(rule.sources[i], index);
    }
  }
  table.by_source_ = PrefixMap<std::uint32_t>{sources};
  for (const Pool& pool : table.pools_) {
    table.addresses_.insert(table.addresses_.end(), pool.addresses.begin(), pool.addresses.end());
  }
  std::ranges::sort(table.addresses_, {}, &PublicAddress::address);
  table.needs_ = needs_of(context.interfaces);
  table.reserved_ = reserved_ports(context);
  for (const auto& interface : context.interfaces.all()) {
    if (interface.role != interface::Role::guest || interface.addresses.empty()) continue;
    const Address own = interface.addresses.front().address;
    table.hairpins_.emplace_back(interface.slot,
                                 PublicAddress{own, address_slots.again(to_string(own))});
  }
  return table;
}

const Table::PublicAddress* Table::hairpin_address(Slot interface) const noexcept {
  for (const auto& [slot, at] : hairpins_) {
    if (slot == interface) return &at;
  }
  return nullptr;
}

const Table::Pool* Table::find(const Address& guest) const noexcept {
  if (const auto* index = by_source_.find(guest)) return &pools_[*index];
  return default_pool_ == none ? nullptr : &pools_[default_pool_];
}

std::optional<PortRange> Table::reserved_range(Protocol protocol,
                                               const Endpoint& endpoint) const noexcept {
  // They do not overlap, so the nearest one that begins at or before the port decides.
  const auto after = std::ranges::upper_bound(
      reserved_, std::tuple{endpoint.address, protocol, endpoint.port}, {}, by_endpoint);
  if (after == reserved_.begin()) return std::nullopt;
  const auto& [of, nearest] = *std::prev(after);
  const bool covers = of == protocol && nearest.address == endpoint.address &&
                      nearest.ports.contains(endpoint.port);
  return covers ? std::optional{nearest.ports} : std::nullopt;
}

std::uint32_t Table::unreserved_ports(Protocol protocol, const Address& address,
                                      std::uint16_t lowest) const noexcept {
  std::uint32_t count = 65'536U - lowest;
  auto each = std::ranges::lower_bound(reserved_, std::tuple{address, protocol, std::uint16_t{0}},
                                       {}, by_endpoint);
  for (; each != reserved_.end(); ++each) {
    const auto& [of, at] = *each;
    if (of != protocol || at.address != address) break;
    if (at.ports.last >= lowest) count -= at.ports.last - std::max(at.ports.first, lowest) + 1U;
  }
  return count;
}

}  // namespace viaduct::source_nat

VIADUCT_DEFINE_RESOURCE(viaduct::source_nat::Rule);
