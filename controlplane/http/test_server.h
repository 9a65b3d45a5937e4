#pragma once

#include "controlplane/http/server.h"
#include "controlplane/test_support.h"

namespace viaduct::test {

// The whole API on a socket, before a faked data plane.
class ServerFixture : public ControlFixture {
 protected:
  ServerFixture() { sure(server.start(socket)); }

  [[nodiscard]] httplib::Client client() const {
    httplib::Client connected{socket, 80};
    connected.set_address_family(AF_UNIX);
    return connected;
  }

  const std::string socket = directory.file("api.sock");
  http::Server server{*control, {*journal, dataplane, guest_services, kernel}};
};

}  // namespace viaduct::test
