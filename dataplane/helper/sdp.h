#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "dataplane/helper/reader.h"

// What a session description says of endpoints (RFC 4566):
//   o=alice 1 1 IN IP4 10.1.1.20
//   c=IN IP4 10.1.1.20
//   m=audio 4000 RTP/AVP 0
//   a=rtcp:4001 IN IP4 10.1.1.20     (RFC 3605)
namespace viaduct::helper::sdp {

// Where one medium is received.
struct Medium {
  NumberAt port;                 // 0: nowhere, or not in datagrams
  bool is_rtp = false;           // RTCP has a port besides (RFC 3550 11)
  std::optional<NumberAt> rtcp;  // the next one, unless it is said
  Address address;               // unspecified: none that is IPv4
};

struct Description {
  Few<AddressAt, 24> addresses;  // all that stand there
  Few<Medium, 8> media;
};

// Nothing if it is no description, or one that says more than is looked at.
[[nodiscard]] std::optional<Description> read(std::string_view text, Range body) noexcept;

}  // namespace viaduct::helper::sdp
