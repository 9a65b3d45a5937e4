#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/net.h"
#include "dataplane/model/directory.h"

namespace viaduct {

namespace interface {
class Table;
}
namespace route {
class Table;
}

// Which addresses a router answers for beyond its interfaces' own, and which of their ports are
// spoken for. Rooms add to it before any of them compiles.
struct Claims {
  struct ReservedPorts {
    Protocol protocol;
    EndpointRange endpoint;
  };
  std::vector<Address> addresses;
  std::set<Address> exclusive;  // those of them that stand for one guest, whatever the port
  std::vector<ReservedPorts> ports;
};

// What a room may know about its router while it compiles its table.
struct RouterContext {
  std::string_view router;  // its id in the document
  const interface::Table& interfaces;
  const route::Table& routes;
  const Claims& claims;
  Directory& directory;

  // The slot of one resource of this router, for counters and explanations.
  [[nodiscard]] Slot slot(std::string_view collection, std::string_view id) const {
    return directory.slot("/routers/" + std::string{router} + "/" + std::string{collection} + "/" +
                          std::string{id});
  }
};

}  // namespace viaduct
