#include <algorithm>
#include <map>
#include <set>

#include "controlplane/cloudstack/fields.h"
#include "controlplane/cloudstack/translators.h"
#include "services/guest/dhcp/settings.h"
#include "services/guest/metadata/values.h"
#include "services/guest/web/message.h"

namespace viaduct::cloudstack {
namespace {

constexpr std::string_view name_of_router = "data-server";
constexpr std::string_view boot_file = "pxelinux.0";
// Clients whose vendor class (option 60) has "MSFT" in it are told to give their lease back when
// they shut down: Microsoft's vendor option 2 (option 43) with the value 1.
constexpr std::string_view is_microsoft = "msft:60=4d534654";
constexpr std::string_view release_on_shutdown = "msft:43=020400000001";

class Services {
 public:
  Services(const Site& site, const Entries& entries, Translation& out)
      : site_(site), entries_(entries), out_(out) {}

  void add_all() {
    if (site_.line.role == Role::internal_balancer) return;
    add_networks();
    add_dns();
    add_guests();
    add_metadata();
    add_passwords();
  }

 private:
  [[nodiscard]] bool has_dns() const {
    return site_.line.has_own_resolver || site_.line.role == Role::vpc;
  }

  // --- Networks

  void add_networks() {
    find_gateways();
    for (const Network& network : site_.networks) {
      if (network.side != Side::guest) continue;
      add_subnets(network);
      out_.add("metadata_networks", network.nic.name, api::Json::object());
      out_.add("password_networks", network.nic.name, api::Json::object());
    }
  }

  // In shared networks guests leave by a router that their entries name, the same in all of them.
  void find_gateways() {
    if (site_.line.role != Role::shared) return;
    each_of(entries_, "dhcpentry", [&](const std::string& id, const api::Json& content) {
      const auto guest = GuestRecord::read(content);
      if (!guest || !guest->gateway || !guest->gateway->is_unicast()) return;
      const InterfaceAddress* const at = subnet_of(guest->address);
      if (at == nullptr) return;
      if (!at->network.contains(*guest->gateway)) {
        return out_.notes.add(Note::odd, "dhcpentry", id, "its gateway is not in its network");
      }
      if (gateways_.try_emplace(at->network, *guest->gateway).first->second != *guest->gateway) {
        out_.notes.add(Note::odd, "dhcpentry", id, "others in its network have another gateway");
      }
    });
  }

  // The router's address in the subnet of a guest network that holds the address, or nullptr.
  [[nodiscard]] const InterfaceAddress* subnet_of(const Address& address) const {
    const Network* const network = site_.find(Side::guest, address);
    if (network == nullptr) return nullptr;
    const auto found = std::ranges::find_if(
        network->addresses, [&](const auto& own) { return own.network.contains(address); });
    return &*found;
  }

  void add_subnets(const Network& network) {
    std::set<Prefix> seen;
    for (const InterfaceAddress& own : network.addresses) {
      if (!seen.insert(own.network).second) continue;
      const bool is_first = seen.size() == 1;
      const std::string id =
          is_first ? network.nic.name : network.nic.name + "." + to_string(own.address);
      out_.add("dhcp_subnets", id, subnet_body(network, own));
    }
  }

  [[nodiscard]] api::Json subnet_body(const Network& network, const InterfaceAddress& own) const {
    const CommandLine& line = site_.line;
    api::Json body = {{"interface", network.nic.name},
                      {"subnet", to_string(own.network)},
                      {"server", to_string(own.address)},
                      {"lease_time", 0},
                      {"dns_servers", texts_of(resolvers_of(network, own.address))},
                      {"mtu", site_.mtu_of(network)}};
    if (const auto router = gateway_of(network, own)) body["router"] = to_string(*router);
    if (dhcp::is_domain_name(network.domain)) body["domain"] = network.domain;
    std::vector<std::string> search = line.search;
    std::erase_if(search, [](const std::string& name) { return !dhcp::is_domain_name(name); });
    if (!search.empty()) body["search"] = search;
    if (line.role == Role::vpc) return body;
    body["boot_file"] = boot_file;
    body["matches"] = {is_microsoft};
    body["options"] = {release_on_shutdown};
    return body;
  }

  [[nodiscard]] std::optional<Address> gateway_of(const Network& network,
                                                  const InterfaceAddress& own) const {
    if (site_.line.role == Role::shared) {
      const auto told = gateways_.find(own.network);
      if (told != gateways_.end()) return told->second;
      const auto& gateway = site_.line.gateway;
      return gateway && own.network.contains(*gateway) ? gateway : std::nullopt;
    }
    if (network.gateway && own.network.contains(*network.gateway)) return network.gateway;
    return own.address;
  }

  [[nodiscard]] std::vector<Address> resolvers_of(const Network& network,
                                                  const Address& own) const {
    const CommandLine& line = site_.line;
    if (line.is_only_resolver) return {own};
    std::vector<Address> resolvers;
    if (line.has_own_resolver) resolvers.push_back(own);
    for (const Address& other : network.resolvers) {
      if (std::ranges::find(resolvers, other) == resolvers.end()) resolvers.push_back(other);
    }
    return resolvers;
  }

  void add_dns() {
    if (!has_dns()) return;
    api::Json body = {{"router_names", {name_of_router}},
                      {"resolvers", texts_of(site_.line.resolvers)}};
    if (dhcp::is_domain_name(site_.line.domain)) {
      body["domain"] = site_.line.domain;
    } else {
      out_.notes.add(Note::odd, "cmdline", "domain", "is no domain");
    }
    out_.add("dns_settings", "cmdline", std::move(body));
  }

  // --- Guests

  void add_guests() {
    constexpr std::string_view type = "dhcpentry";
    each_of(entries_, type, [&](const std::string& id, const api::Json& content) {
      const auto guest = GuestRecord::read(content);
      if (!guest) return out_.notes.add(Note::odd, type, id, guest.error().why);
      const Network* const network = site_.find(Side::guest, guest->address);
      if (network == nullptr) {
        return out_.notes.add(Note::waits, type, id, "its address is in no network that is there");
      }
      if (!is_for_guests(*network, guest->address)) {
        return out_.notes.add(Note::odd, type, id, "no guest can have its address");
      }
      if (!known_.emplace(network->number, guest->mac).second) {
        return out_.notes.add(Note::odd, type, id, "another guest has its Ethernet address");
      }
      const bool has_name = dhcp::is_domain_name(guest->name);
      if (!has_name) out_.notes.add(Note::odd, type, id, "its host name is no name");
      add_reservation(id, *guest, *network, has_name);
      if (!has_name || !has_dns()) return;
      if (web::to_lower(guest->name) == name_of_router) {
        return out_.notes.add(Note::odd, type, id, "its host name is the router's");
      }
      out_.add("dns_hosts", id,
               {{"names", {guest->name}}, {"addresses", {to_string(guest->address)}}});
    });
  }

  // Neither the router's, nor the gateway's, nor one that no station has.
  [[nodiscard]] bool is_for_guests(const Network& network, const Address& address) const {
    return network.takes(address) && gateway_of(network, *subnet_of(address)) != address;
  }

  void add_reservation(const std::string& id, const GuestRecord& guest, const Network& network,
                       bool has_name) {
    api::Json body = {{"interface", network.nic.name},
                      {"mac", to_string(guest.mac)},
                      {"address", to_string(guest.address)},
                      {"default_interface", guest.is_default_nic}};
    if (has_name) body["host_name"] = guest.name;
    if (guest.lease_time) body["lease_time"] = lease_time_of(*guest.lease_time);
    out_.add("dhcp_reservations", id, std::move(body));
  }

  static std::uint64_t lease_time_of(std::uint64_t seconds) {
    if (seconds == 0) return seconds;
    return std::clamp<std::uint64_t>(seconds, dhcp::shortest_lease, dhcp::infinite - 1);
  }

  void add_metadata() {
    constexpr std::string_view type = "vmdata";
    each_of(entries_, type, [&](const std::string& id, const api::Json& content) {
      const auto record = MetadataRecord::read(content);
      if (!record) return out_.notes.add(Note::odd, type, id, record.error().why);
      const Network* const network = site_.find(Side::guest, record->address);
      if (network == nullptr) {
        return out_.notes.add(Note::waits, type, id, "its address is in no network that is there");
      }
      api::Json body = guest_at(*network, record->address);
      if (record->user_data) body["user_data"] = *record->user_data;
      body["items"] = items_of(id, *record);
      out_.add("metadata_guests", id, std::move(body));
    });
  }

  // Those that can be served; one with a name that no path has does not take the others with it.
  api::Json items_of(const std::string& id, const MetadataRecord& record) {
    api::Json items = api::Json::object();
    std::set<std::string> names;
    for (const auto& [name, content] : record.items) {
      const bool is_new = names.insert(web::to_lower(name)).second;
      if (is_new && metadata::read_items({{name, content}})) {
        api::append(items, name, content);
      } else {
        out_.notes.add(Note::odd, "vmdata", id, "a file cannot be served: '" + name + "'");
      }
    }
    return items;
  }

  void add_passwords() {
    constexpr std::string_view type = "vmpassword";
    each_of(entries_, type, [&](const std::string& id, const api::Json& content) {
      const auto address = Fields{content}.needed_address("ip_address");
      const Network* const network = address ? site_.find(Side::guest, *address) : nullptr;
      if (network == nullptr) {
        return out_.notes.add(Note::waits, type, id, "its address is in no network that is there");
      }
      out_.add("passwords", id, guest_at(*network, *address));
    });
  }

  // Who is told something: whoever has the address, and its Ethernet address if that is known.
  [[nodiscard]] api::Json guest_at(const Network& network, const Address& address) const {
    api::Json body = {{"interface", network.nic.name}, {"address", to_string(address)}};
    const auto entry = entries_.find(entry_id("dhcpentry", to_string(address)));
    if (entry == entries_.end()) return body;
    const auto guest = GuestRecord::read(entry->second.content.json());
    if (guest) body["mac"] = to_string(guest->mac);
    return body;
  }

  const Site& site_;
  const Entries& entries_;
  Translation& out_;
  std::map<Prefix, Address> gateways_;        // of shared networks, by subnet
  std::set<std::pair<unsigned, Mac>> known_;  // guests, by the number of their NIC's network
};

}  // namespace

void add_services(const Site& site, const Entries& entries, Translation& out) {
  Services{site, entries, out}.add_all();
}

}  // namespace viaduct::cloudstack
