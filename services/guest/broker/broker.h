#pragma once

#include <string>
#include <string_view>

#include "base/framing.h"

namespace viaduct::broker {

// Where network namespaces have their names (ip-netns(8)).
constexpr std::string_view namespaces = "/run/netns/";

// The privileged half of the program: opens sockets inside the routers' network namespaces for
// whoever holds the other end of `socket`, a pair of SOCK_SEQPACKET, until that end is closed.
// Router red is served in the namespace `prefix` + red. Messages are those of request.h; a request
// that is none is answered with EINVAL.
void serve(const Descriptor& socket, const std::string& prefix);

}  // namespace viaduct::broker
