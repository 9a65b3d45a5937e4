#include "dataplane/interface/interface.h"

#include <algorithm>
#include <iterator>
#include <set>
#include <tuple>

#include "base/hash.h"

namespace viaduct::interface {
namespace {

constexpr std::array drivers{"net_af_packet", "net_af_xdp",      "net_memif", "net_null",
                             "net_ring",      "net_virtio_user", "net_vhost", "net_tap"};
constexpr std::array guest_services{punt::Service::dhcp, punt::Service::dns,
                                    punt::Service::metadata, punt::Service::password};

// Names that the kernel keeps for itself, where an interface is also the name of its TAP.
constexpr std::array kernel_names{"lo", "all", "default"};

// A network of the router, and the attribute that made it one.
struct Origin {
  Prefix network;
  const std::string* interface;
  std::size_t index;
};

bool is_pci_address(std::string_view name) {
  const auto is_hex = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); };
  constexpr std::string_view shape = "xxxx:xx:xx.x";
  return name.size() == shape.size() && std::ranges::equal(name, shape, [&](char c, char wanted) {
           return wanted == 'x' ? is_hex(c) : c == wanted;
         });
}

bool is_virtual_device(std::string_view name) {
  return std::ranges::any_of(drivers, [&](std::string_view driver) {
    if (!name.starts_with(driver)) return false;
    const auto instance = name.substr(driver.size());
    return !instance.empty() && std::ranges::all_of(instance, [](char c) {
      return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || c == '_' || c == '-';
    });
  });
}

// Two blocks of addresses nest or are apart, so among sorted ones neighbours tell. Several
// addresses of one network on one interface are no overlap.
Result<void> check_overlaps(const api::Named<Interface>& interfaces) {
  std::vector<Origin> all;
  for (const auto& [id, interface] : interfaces) {
    for (std::size_t i = 0; i < interface.addresses.size(); ++i) {
      all.push_back({interface.addresses[i].network, &id, i});
    }
  }
  std::ranges::stable_sort(all, {}, [](const Origin& o) {
    return std::tuple{o.network.is_v4(), o.network};
  });
  const auto overlap = std::ranges::adjacent_find(all, [](const Origin& a, const Origin& b) {
    return a.network.overlaps(b.network) && (a.interface != b.interface || a.network != b.network);
  });
  if (overlap == all.end()) return {};
  const Origin& wider = *overlap;
  const Origin& other = *std::next(overlap);
  return fail(Fault::conflict, "/" + *other.interface + "/addresses/" + std::to_string(other.index),
              to_string(other.network) + " overlaps " + to_string(wider.network) +
                  " of interface '" + *wider.interface + "' of the same router");
}

}  // namespace

std::string_view Port::device_name() const {
  return std::string_view{device}.substr(0, device.find(','));
}

Result<void> Port::check() const {
  const auto name = device_name();
  if (!is_pci_address(name) && !is_virtual_device(name)) {
    std::string known;
    for (const char* driver : drivers) known += std::string{known.empty() ? "" : ", "} + driver;
    return fail(Fault::invalid, "/device",
                "'" + std::string{name} +
                    "' is neither a PCI address nor a numbered virtual device of " + known);
  }
  const bool printable = std::ranges::all_of(device, [](char c) { return c > ' ' && c < 127; });
  if (!printable) return fail(Fault::invalid, "/device", "contains blanks or control characters");
  if (!network_namespace.empty() && !api::is_id(network_namespace)) {
    return fail(Fault::invalid, "/namespace",
                "'" + network_namespace + "' is not a name below /run/netns");
  }
  return {};
}

Result<void> Interface::check() const {
  if (mac && (mac->is_multicast() || *mac == Mac{})) {
    return fail(Fault::invalid, "/mac", to_string(*mac) + " is not the address of one station");
  }
  std::set<Address> seen;
  for (std::size_t i = 0; i < addresses.size(); ++i) {
    if (!seen.insert(addresses[i].address).second) {
      return fail(Fault::invalid, "/addresses/" + std::to_string(i),
                  to_string(addresses[i].address) + " is listed twice");
    }
  }
  if (role != Role::guest && egress != Policy::allow) {
    return fail(Fault::invalid, "/egress", "only guest networks have a policy of their own");
  }
  if (role != Role::guest && egress_on_change != OnRemove::cut) {
    return fail(Fault::invalid, "/egress_on_change",
                "only guest networks have a policy of their own");
  }
  if (role == Role::guest && unsolicited != Unsolicited::drop) {
    return fail(Fault::invalid, "/unsolicited", "is for outside networks");
  }
  return {};
}

std::span<const punt::Service> Interface::effective_services() const {
  if (services) return *services;
  if (role == Role::guest) return guest_services;
  return {};
}

Result<void> check_networks(const api::Named<Interface>& interfaces,
                            const api::Named<network::Settings>& networks) {
  for (const auto& [id, settings] : networks) {
    const auto interface = interfaces.find(id);
    if (interface != interfaces.end() && interface->second.role == Role::guest) continue;
    return fail(Fault::conflict, "/" + id, "the router has no guest interface '" + id + "'");
  }
  return {};
}

Mac derived_mac(std::string_view router, std::string_view interface) {
  std::uint64_t state = 0x5eed;
  for (const char c : router) state = mix(state, static_cast<std::uint8_t>(c));
  state = mix(state, '/');
  for (const char c : interface) state = mix(state, static_cast<std::uint8_t>(c));
  Mac mac{{0x02, 0x76}};  // locally administered, one station
  for (std::size_t i = 2; i < 6; ++i) mac.bytes[i] = static_cast<std::uint8_t>(state >> (8 * i));
  return mac;
}

bool Compiled::serves(punt::Service service) const {
  return std::ranges::find(services, service) != services.end();
}

bool Compiled::is_on_link(const Address& address) const {
  return std::ranges::any_of(addresses,
                             [&](const auto& own) { return own.network.contains(address); });
}

bool Compiled::sets_aside(const Address& address) const {
  return std::ranges::any_of(addresses,
                             [&](const auto& own) { return own.network.sets_aside(address); });
}

const Address* Compiled::address_facing(const Address& peer) const {
  for (const InterfaceAddress& own : addresses) {
    if (own.network.contains(peer)) return &own.address;
  }
  return addresses.empty() ? nullptr : &addresses.front().address;
}

Result<Table> Table::compile(std::string_view router, const api::Named<Interface>& interfaces,
                             const api::Named<network::Settings>& networks, Directory& directory) {
  TRY(check_overlaps(interfaces));
  std::vector<std::pair<Prefix, std::uint32_t>> prefixes;
  SlotsBelow slots{directory, "/routers/" + std::string{router} + "/interfaces/"};
  Table table;
  for (const auto& [id, interface] : interfaces) {
    if (std::ranges::find(kernel_names, id) != kernel_names.end()) {
      return fail(Fault::invalid, "/" + id, "the kernel keeps this name for itself");
    }
    for (const InterfaceAddress& own : interface.addresses) {
      prefixes.emplace_back(own.network, static_cast<std::uint32_t>(table.interfaces_.size()));
    }
    const auto services = interface.effective_services();
    const auto settings = networks.find(id);
    table.interfaces_.push_back(
        {.id = id,
         .slot = slots(id),
         .role = interface.role,
         .port = interface.port,
         .vlan = interface.vlan,
         .mac = interface.mac.value_or(derived_mac(router, id)),
         .mtu = interface.mtu,
         .egress = interface.egress,
         .egress_on_change = interface.egress_on_change,
         .unsolicited = interface.unsolicited,
         .addresses = interface.addresses,
         .services = {services.begin(), services.end()},
         .network = settings == networks.end() ? network::Settings{} : settings->second});
  }
  table.networks_ = PrefixMap<std::uint32_t>{prefixes};
  return table;
}

const Compiled* Table::find(std::string_view id) const noexcept {
  const auto found = std::ranges::lower_bound(interfaces_, id, {}, &Compiled::id);
  return found == interfaces_.end() || found->id != id ? nullptr : &*found;
}

const Compiled* Table::on_link(const Address& address) const noexcept {
  const auto* index = networks_.find(address);
  return index == nullptr ? nullptr : &interfaces_[*index];
}

}  // namespace viaduct::interface

VIADUCT_DEFINE_RESOURCE(viaduct::interface::Port);
VIADUCT_DEFINE_RESOURCE(viaduct::interface::Interface);
