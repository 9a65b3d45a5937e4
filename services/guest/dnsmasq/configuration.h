#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "base/net.h"

// What a configuration in dnsmasq's syntax asks for, in the order in which it was written. Names
// are kept as A-labels (RFC 5890) without a trailing dot, in the case in which they were written.
namespace viaduct::dnsmasq {

struct Source {
  std::string file;
  unsigned line = 0;  // from 1
};
std::string to_string(const Source& source);  // "FILE:LINE"

// A tag that a request must have (tag:red) or must not have (tag:!red).
struct TagMatch {
  std::string tag;
  bool is_set = true;
  friend bool operator==(const TagMatch&, const TagMatch&) = default;
};

// Lease times are in seconds.
inline constexpr std::uint32_t infinite_lease = 0xffffffff;  // RFC 2131 3.3
inline constexpr std::uint32_t shortest_lease = 120;         // shorter ones are lengthened

// dhcp-range=
struct DhcpRange {
  // How IPv6 addresses are advertised beside DHCP (RFC 4861, RFC 4862).
  struct RouterAdvertisement {
    bool only = false;            // ra-only: no DHCP
    bool slaac = false;           // slaac: hosts make their own addresses too
    bool stateless = false;       // ra-stateless: DHCP gives no addresses
    bool names = false;           // ra-names: name such hosts by their IPv4 lease
    bool router_address = false;  // ra-advrouter: RFC 6275 7.2
    bool off_link = false;        // off-link: the prefix is not on the link
  };

  Source source;
  std::vector<TagMatch> tags;  // all must match for the range to be used
  std::optional<std::string> set_tag;
  Address first;
  Address last;             // of the same family, first <= last; equal if only one was written
  bool is_dynamic = false;  // addresses are given out; else only reserved ones, or none
  std::optional<Prefix> network;  // absent: that of the interface (IPv4). IPv6 is at least a /64
  std::optional<Address> broadcast;
  std::optional<std::string> constructor;  // IPv6: the interface whose prefixes complete the range
  RouterAdvertisement advertisement;
  std::optional<std::uint32_t> lease_seconds;
  bool is_deprecated = false;  // IPv6: a preferred lifetime of zero
};

// An Ethernet address, some of whose octets may be anything.
struct MacPattern {
  Mac address;
  std::uint8_t wildcards = 0;  // bit i: octet i may be anything, and is zero in `address`
  friend bool operator==(const MacPattern&, const MacPattern&) = default;
};

// dhcp-host=, and the lines of a dhcp-hostsfile.
struct DhcpHost {
  Source source;
  std::vector<MacPattern> macs;
  std::optional<std::vector<std::uint8_t>> client_id;  // RFC 2132 9.14, or a DUID of RFC 8415
  bool ignores_client_id = false;                      // id:*
  std::vector<std::string> set_tags;
  std::vector<TagMatch> tags;      // all must match for the reservation to be used
  std::optional<Address> address;  // IPv4; no two hosts of a configuration share one
  std::vector<Prefix> addresses6;  // IPv6: a block gives each client of the host one of its own
  std::string name;                // empty: the client's own
  std::optional<std::uint32_t> lease_seconds;
  bool is_ignored = false;  // never served
};

// A destination and its router (RFC 3442).
struct ClasslessRoute {
  Prefix destination;
  Address router;
  friend bool operator==(const ClasslessRoute&, const ClasslessRoute&) = default;
};

using Octets = std::vector<std::uint8_t>;
struct Names {
  std::vector<std::string> list;
  friend bool operator==(const Names&, const Names&) = default;
};

// What an option holds: nothing; addresses; domain names (RFC 3397, RFC 3361); routes; a text as it
// is; or octets as they go on the wire, of numbers and of hexadecimal.
using OptionData = std::variant<std::monostate, std::vector<Address>, Names,
                                std::vector<ClasslessRoute>, std::string, Octets>;

// dhcp-option=, dhcp-option-force=, and the lines of a dhcp-optsfile.
struct DhcpOption {
  struct Vendor {
    std::string vendor_class;  // a part of the client's; empty: any client
  };
  struct Encapsulating {
    std::uint8_t option;  // the option that holds this one
  };
  struct Enterprise {
    std::uint32_t number;  // IANA's; RFC 3925
  };
  using Encapsulation = std::variant<std::monostate, Vendor, Encapsulating, Enterprise>;

  Source source;
  std::vector<TagMatch> tags;  // all must match for the option to be sent
  bool is_forced = false;      // sent even if it was not asked for
  bool is_ipv6 = false;        // of DHCPv6
  Encapsulation encapsulation;
  std::uint16_t number = 0;  // 1 to 254 and 255 (the server's address) for DHCPv4
  // Nothing takes away what would be sent by default. The address 0.0.0.0, and for DHCPv6 ::, means
  // the server's own, unless it is encapsulated.
  OptionData data;
};

// dhcp-boot=
struct DhcpBoot {
  Source source;
  std::vector<TagMatch> tags;
  std::string file;
  std::string server_name;
  std::string server;  // an address, or a name that the hosts files know; empty: this machine
};

// dhcp-ignore=: clients for which all of these match get no lease.
struct DhcpIgnore {
  Source source;
  std::vector<TagMatch> tags;
};

// Which names an entry of the DNS is about.
struct DomainMatch {
  enum class Kind : std::uint8_t {
    suffix,       // the name and what is below it
    subdomains,   // only what is below it ("*.example.com")
    ending,       // whatever ends so, in the midst of a label too ("*example.com")
    unqualified,  // names without a dot
    any,
  };
  Kind kind = Kind::suffix;
  std::string name;  // empty for unqualified and any
  friend bool operator==(const DomainMatch&, const DomainMatch&) = default;
};

// server= and local=
struct UpstreamServer {
  enum class Target : std::uint8_t {
    address,   // ask `server`
    standard,  // ask the servers that are for every name ("#")
    nobody,    // answer from what is known here
  };
  Source source;
  std::vector<DomainMatch> domains;  // empty: every name
  Target target = Target::nobody;
  Endpoint server;
  std::string scope;             // the zone of a link-local address (RFC 4007)
  std::string from_interface;    // empty: any
  std::optional<Endpoint> from;  // port 0: any
};

// address=
struct DomainAddress {
  enum class Answer : std::uint8_t { address, null, no_such_name };
  Source source;
  std::vector<DomainMatch> domains;
  Answer answer = Answer::no_such_name;  // null: 0.0.0.0 and ::
  Address address;
};

// host-record=
struct HostRecord {
  Source source;
  std::vector<std::string> names;
  std::optional<Address> ipv4;
  std::optional<Address> ipv6;
  std::optional<std::uint32_t> ttl_seconds;
};

// domain=
struct Domain {
  Source source;
  std::string name;
  // For which addresses: a block, both ends of a range, those of an interface, or all.
  std::variant<std::monostate, Prefix, std::pair<Address, Address>, std::string> scope;
  bool is_local = false;  // never ask others about its names and its block's addresses
};

// A line of addn-hosts, as hosts(5) has it.
struct HostsEntry {
  Source source;
  Address address;
  std::vector<std::string> names;  // at least one; the first is the canonical one
};

// What was read but has no effect, and why.
struct Notice {
  Source source;
  std::string why;
};

struct Configuration {
  std::vector<DhcpRange> dhcp_ranges;
  std::vector<DhcpHost> dhcp_hosts;
  std::vector<DhcpOption> dhcp_options;
  std::vector<DhcpBoot> dhcp_boots;
  std::vector<DhcpIgnore> dhcp_ignores;
  bool dhcp_authoritative = false;
  bool dhcp_client_update = false;  // clients may register their names themselves (RFC 4702)
  std::optional<std::uint32_t> dhcp_lease_max;

  std::vector<UpstreamServer> servers;
  std::vector<DomainAddress> addresses;
  std::vector<HostRecord> host_records;
  std::vector<Domain> domains;
  std::vector<HostsEntry> hosts;          // of the addn-hosts files
  std::vector<std::string> resolv_files;  // paths; empty: /etc/resolv.conf
  bool expand_hosts = false;
  bool domain_needed = false;
  bool bogus_priv = false;
  bool no_resolv = false;
  bool no_hosts = false;  // /etc/hosts is not read
  bool localise_queries = false;
  std::optional<std::uint32_t> cache_size;  // names; 0: no cache
  std::optional<std::uint16_t> port;        // 0: no DNS

  // Names of interfaces may end in '*'.
  std::vector<std::string> interfaces;
  std::vector<std::string> except_interfaces;
  std::vector<std::string> no_dhcp_interfaces;
  std::vector<Address> listen_addresses;

  std::vector<Notice> notices;
};

}  // namespace viaduct::dnsmasq
