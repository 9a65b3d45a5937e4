#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "api/resource.h"
#include "services/guest/dhcp/values.h"

// What an operator says of DHCP, as resources of a router.
namespace viaduct::dhcp {

constexpr std::uint32_t infinite = 0xffff'ffff;  // as a lease time on the wire (RFC 2131 3.3)
constexpr std::uint32_t shortest_lease = 120;    // seconds
constexpr std::uint32_t most_range_addresses = 1U << 18;  // of one subnet

// In seconds; 0 for a lease that does not end.
using LeaseTime = api::Ranged<std::uint32_t, 0, infinite - 1>;

// One subnet that the server gives addresses of. A guest network has one or several; one that the
// server has no address in is served to relays.
struct Subnet {
  std::string interface;
  Prefix subnet;
  Address server;
  std::vector<AddressRange> ranges;
  LeaseTime lease_time = 3600;
  bool authoritative = true;
  std::optional<Address> router;
  std::vector<Address> dns_servers;
  std::string domain;
  std::vector<std::string> search;
  std::vector<Address> ntp_servers;
  std::optional<api::Ranged<std::uint16_t, 68, 65'535>> mtu;
  std::vector<Route> routes;
  std::optional<Address> next_server;
  std::string boot_server_name;
  std::string boot_file;
  std::vector<BootFile> tagged_boot_files;
  std::vector<Match> matches;
  std::vector<Option> options;
  api::Ranged<std::uint32_t, 0, most_range_addresses> lease_maximum = most_range_addresses;
  api::Ranged<std::uint32_t, 1, 1'000'000> new_clients_per_second = 100;

  static constexpr std::string_view collection = "dhcp_subnets";
  static constexpr std::string_view summary =
      "A subnet that DHCP gives addresses of, and what its guests are told.";
  static constexpr std::tuple fields{
      api::Field{"interface", &Subnet::interface, "id of the guest interface"},
      api::Field{"subnet", &Subnet::subnet, "the IPv4 subnet"},
      api::Field{"server", &Subnet::server,
                 "the router's own address that guests know the server by; outside of the subnet "
                 "if only relays ask for it"},
      api::Field{"ranges", &Subnet::ranges,
                 "addresses for guests without a reservation; none: only reservations are served",
                 api::Presence::optional},
      api::Field{"lease_time", &Subnet::lease_time,
                 "seconds that a lease lasts, at least 120; 0 for ever", api::Presence::optional},
      api::Field{"authoritative", &Subnet::authoritative,
                 "whether the server answers for every client of the subnet: refuses addresses "
                 "that are not theirs, and grants a free one to a client that it does not remember",
                 api::Presence::optional},
      api::Field{"router", &Subnet::router, "default gateway of guests", api::Presence::optional},
      api::Field{"dns_servers", &Subnet::dns_servers, "resolvers, the first one preferred",
                 api::Presence::optional},
      api::Field{"domain", &Subnet::domain, "domain name of guests", api::Presence::optional},
      api::Field{"search", &Subnet::search, "domains in which guests look names up (RFC 3397)",
                 api::Presence::optional},
      api::Field{"ntp_servers", &Subnet::ntp_servers, "time servers, the first one preferred",
                 api::Presence::optional},
      api::Field{"mtu", &Subnet::mtu, "largest IP packet that guests send, in bytes",
                 api::Presence::optional},
      api::Field{"routes", &Subnet::routes,
                 "routes that guests are told, besides the default one (RFC 3442)",
                 api::Presence::optional},
      api::Field{"next_server", &Subnet::next_server,
                 "where guests load their boot file from; by default the server itself",
                 api::Presence::optional},
      api::Field{"boot_server_name", &Subnet::boot_server_name, "the name of that server",
                 api::Presence::optional},
      api::Field{"boot_file", &Subnet::boot_file, "file that guests boot from by network",
                 api::Presence::optional},
      api::Field{"tagged_boot_files", &Subnet::tagged_boot_files,
                 "the same for guests that have a tag; the first one that applies",
                 api::Presence::optional},
      api::Field{"matches", &Subnet::matches,
                 "TAG:CODE=HEX gives the tag to clients whose option has these bytes in it",
                 api::Presence::optional},
      api::Field{"options", &Subnet::options,
                 "[TAG:]CODE=HEX, further options of guests (that have the tag), in the place of "
                 "what else would be sent; CODE!=HEX sends it unasked, nothing behind = withholds "
                 "it",
                 api::Presence::optional},
      api::Field{"lease_maximum", &Subnet::lease_maximum,
                 "how many leases of the ranges there may be", api::Presence::optional},
      api::Field{"new_clients_per_second", &Subnet::new_clients_per_second,
                 "how many clients that are not known yet get an address of the ranges in a second",
                 api::Presence::optional},
  };
  // Whether guests on the interface's own link are meant, not those behind a relay.
  [[nodiscard]] bool is_on_link() const { return subnet.contains(server); }
  [[nodiscard]] bool is_in_range(const Address& address) const;
  // Whether a guest may have the address.
  [[nodiscard]] bool takes(const Address& address) const {
    return subnet.contains(address) && !subnet.sets_aside(address) && address != server &&
           address != router;
  }
  [[nodiscard]] Result<void> check() const;
  friend bool operator==(const Subnet&, const Subnet&) = default;
};

// The address of one interface of a guest. A client must have what is said of it: the Ethernet
// address, the client identifier, or both.
struct Reservation {
  std::string interface;
  std::optional<Mac> mac;
  std::optional<ClientId> client_id;
  Address address;
  std::string host_name;
  std::optional<LeaseTime> lease_time;
  bool default_interface = true;
  std::vector<std::string> tags;
  std::vector<Option> options;

  static constexpr std::string_view collection = "dhcp_reservations";
  static constexpr std::string_view summary = "The address that DHCP keeps for a guest.";
  static constexpr std::tuple fields{
      api::Field{"interface", &Reservation::interface, "id of the guest interface"},
      api::Field{"mac", &Reservation::mac, "Ethernet address of the guest",
                 api::Presence::optional},
      api::Field{"client_id", &Reservation::client_id,
                 "client identifier of the guest (RFC 2132 9.14), in hexadecimal digits",
                 api::Presence::optional},
      api::Field{"address", &Reservation::address, "its address; in no subnet, it waits for one"},
      api::Field{"host_name", &Reservation::host_name, "its host name", api::Presence::optional},
      api::Field{"lease_time", &Reservation::lease_time,
                 "seconds that its lease lasts, at least 120; 0 for ever; by default the subnet's",
                 api::Presence::optional},
      api::Field{"default_interface", &Reservation::default_interface,
                 "whether this is the guest's default interface; by the others it is told no "
                 "router, resolvers or domains",
                 api::Presence::optional},
      api::Field{"tags", &Reservation::tags, "tags that it has", api::Presence::optional},
      api::Field{"options", &Reservation::options,
                 "further options of it, as those of the subnet and before them",
                 api::Presence::optional},
  };
  [[nodiscard]] Result<void> check() const;
  friend bool operator==(const Reservation&, const Reservation&) = default;
};

// Letters, digits, hyphens and underscores in labels of at most 63, at most 253 in all, no dot at
// the end.
[[nodiscard]] bool is_domain_name(std::string_view text);

}  // namespace viaduct::dhcp

VIADUCT_DECLARE_RESOURCE(viaduct::dhcp::Subnet);
VIADUCT_DECLARE_RESOURCE(viaduct::dhcp::Reservation);
