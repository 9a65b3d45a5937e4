#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "dataplane/helper/reader.h"

// What a SIP message in a datagram says of endpoints (RFC 3261, RFC 3581):
//   REGISTER sip:198.51.100.9 SIP/2.0
//   Via: SIP/2.0/UDP 10.1.1.20:5060;branch=z9hG4bK1;rport
//   Contact: <sip:alice@10.1.1.20:5060>;expires=600
// Of hosts only IPv4 addresses are read: names are nobody's to translate.
namespace viaduct::helper::sip {

constexpr std::uint16_t default_port = 5060;

struct HostPort {
  Range at;
  Address address;
  std::optional<std::uint16_t> port;  // none is written

  [[nodiscard]] Endpoint endpoint() const noexcept {
    return {address, port.value_or(default_port)};
  }
};

struct Message {
  bool is_request = false;
  bool is_about_registration = false;  // REGISTER, or a response to it
  std::uint16_t status = 0;            // of a response
  std::optional<HostPort> target;      // Request-URI
  std::optional<HostPort> via;         // sent-by of the topmost Via, if that is over UDP
  std::optional<AddressAt> received;   // of the same
  std::optional<NumberAt> rport;       // likewise
  Few<HostPort, 4> contacts;
  std::optional<std::uint32_t> expires;  // seconds: the longest that it says
  std::uint32_t call = 0;                // stands for the Call-ID; 0 if there is none
  std::optional<NumberAt> content_length;
  Range body;
  bool describes_session = false;  // the body is SDP
};

// Nothing if it is no SIP message, or one that cannot be read as a whole.
[[nodiscard]] std::optional<Message> read(std::string_view datagram) noexcept;

}  // namespace viaduct::helper::sip
