#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
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
// spoken for. Each room adds to it once it has compiled, for those after it.
struct Claims {
  struct ReservedPorts {
    Protocol protocol;
    EndpointRange endpoint;
    friend bool operator==(const ReservedPorts&, const ReservedPorts&) = default;
  };
  std::vector<Address> addresses;
  std::vector<Address> exclusive;  // those of them that stand for one guest, sorted
  std::vector<ReservedPorts> ports;
};

// What a room may know about its router while it compiles its table.
struct RouterContext {
  std::string_view router;  // its id in the document
  const interface::Table& interfaces;
  const route::Table& routes;
  const Claims& claims;
  Directory& directory;

  // The slots of one collection's resources, for counters and explanations.
  [[nodiscard]] SlotsBelow slots(std::string_view collection) const {
    std::string path = "/routers/";
    path.append(router).append("/").append(collection).append("/");
    return {directory, std::move(path)};
  }
};

}  // namespace viaduct
