#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "api/json.h"
#include "base/net.h"

// What the messages say that are applied, item by item. read() refuses what cannot be meant, with a
// pointer to the field.
namespace viaduct::cloudstack {

// An address of the router itself: an item of `ips`.
struct AddressRecord {
  enum class Side : std::uint8_t { guest, control, external, private_gateway };

  InterfaceAddress address;
  Side side = Side::external;
  bool is_source_nat = false;
  std::optional<Address> gateway;
  std::optional<Mac> mac;               // of the NIC
  std::optional<std::uint64_t> device;  // number of the NIC, where no NIC has that MAC
  std::optional<std::uint64_t> mtu;     // bytes

  static Result<AddressRecord> read(const api::Json& item);
};

// A tier of a VPC: `guestnetwork`.
struct TierRecord {
  std::string device;  // "eth3"
  std::optional<Mac> mac;
  InterfaceAddress address;        // the router's own
  std::optional<Address> gateway;  // what guests are told; the router's own unless it is one of two
  std::vector<Address> resolvers;  // IPv4
  std::string domain;
  std::optional<std::uint64_t> mtu;

  static Result<TierRecord> read(const api::Json& content);
};

// An item of `firewallrules`.
struct FirewallRecord {
  bool is_egress = false;
  bool is_system = false;                 // the rule that stands for the offering's default
  bool allows_by_default = false;         // the offering lets guests send
  std::optional<Address> public_address;  // of ingress, unless nothing is translated
  std::optional<Protocol> protocol;
  std::optional<PortRange> ports;
  std::optional<std::uint64_t> icmp_type;
  std::optional<std::uint64_t> icmp_code;
  std::vector<Prefix> sources;
  std::vector<Prefix> destinations;
  bool has_other_family = false;  // lists named only blocks that are not IPv4

  static Result<FirewallRecord> read(const api::Json& item);
};

// An item of `forwardrules`.
struct ForwardRecord {
  Protocol protocol{};
  EndpointRange public_endpoint;
  EndpointRange private_endpoint;
  std::vector<std::string> sources;  // as they were written

  static Result<ForwardRecord> read(const api::Json& item);
};

// An item of `staticnatrules`.
struct StaticNatRecord {
  Address public_address;
  Address private_address;

  static Result<StaticNatRecord> read(const api::Json& item);
};

// `dhcpentry`.
struct GuestRecord {
  std::string name;
  Mac mac;
  Address address;
  std::optional<Address> gateway;
  bool is_default_nic = true;
  std::optional<std::uint64_t> lease_time;  // seconds; 0 for ever

  static Result<GuestRecord> read(const api::Json& content);
};

// `vmdata`.
struct MetadataRecord {
  Address address;
  std::optional<std::string> user_data;  // base64; none: there is no such file
  std::vector<std::pair<std::string, std::string>> items;

  static Result<MetadataRecord> read(const api::Json& content);
};

}  // namespace viaduct::cloudstack
