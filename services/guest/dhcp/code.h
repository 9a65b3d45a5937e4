#pragma once

#include <cstdint>

namespace viaduct::dhcp {

// Option codes (IANA "BOOTP Vendor Extensions and DHCP Options") that the server knows. Any other
// number may be configured.
enum class Code : std::uint8_t {
  pad = 0,
  subnet_mask = 1,
  router = 3,
  domain_name_servers = 6,
  host_name = 12,
  domain_name = 15,
  interface_mtu = 26,
  broadcast_address = 28,
  static_routes = 33,  // by classes of addresses; long out of use
  ntp_servers = 42,
  requested_address = 50,
  lease_time = 51,
  overload = 52,
  message_type = 53,
  server_identifier = 54,
  parameter_request_list = 55,
  message = 56,
  maximum_message_size = 57,
  renewal_time = 58,
  rebinding_time = 59,
  vendor_class = 60,
  client_identifier = 61,
  tftp_server_name = 66,
  boot_file_name = 67,
  relay_agent_information = 82,
  domain_search = 119,     // RFC 3397
  classless_routes = 121,  // RFC 3442
  microsoft_routes = 249,  // the same, as Windows asks for it
  end = 255,
};

// What a relay says within option 82 (RFC 3046) and we heed.
enum class RelayCode : std::uint8_t {
  link_selection = 5,      // RFC 3527: an address of the client's subnet
  server_identifier = 11,  // RFC 5107: whom the client is to take for the server
};

// DHCP message types (RFC 2132 9.6).
enum class Kind : std::uint8_t {
  discover = 1,
  offer = 2,
  request = 3,
  decline = 4,
  ack = 5,
  nak = 6,
  release = 7,
  inform = 8,
};

}  // namespace viaduct::dhcp
