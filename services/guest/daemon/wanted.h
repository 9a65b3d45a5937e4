#pragma once

#include <set>
#include <string>
#include <string_view>

#include "services/guest/daemon/listeners.h"
#include "services/guest/document.h"

namespace viaduct::guestd {

// Where guests ask for metadata whatever their network is (RFC 3927 sets the block aside).
constexpr std::string_view metadata_address = "169.254.169.254";

// Where a router's guests are to be listened to: of each interface what it has, and what is
// configured for it. Metadata are served by TLS, too, if there is a certificate.
[[nodiscard]] std::set<Listener> wanted_listeners(const guest::Router& router,
                                                  bool has_certificate = false);

// Whether the two want the same, as far as is told without looking at every resource.
[[nodiscard]] bool want_the_same(const guest::Router& a, const guest::Router& b);

}  // namespace viaduct::guestd
