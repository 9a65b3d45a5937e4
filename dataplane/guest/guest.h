#pragma once

#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "api/resource.h"
#include "base/flat_map.h"
#include "base/hash.h"
#include "dataplane/interface/interface.h"

// The machines that are known to live in guest networks. What they say of themselves by ARP is held
// against it, so that none takes another's address.
namespace viaduct::guest {

struct Guest {
  std::string interface;
  Mac mac;
  std::vector<Address> addresses;

  static constexpr std::string_view collection = "guests";
  static constexpr std::string_view summary =
      "A machine in a guest network. Nobody else there may claim its addresses by ARP.";
  // Sessions do not depend on them.
  static constexpr bool judges_no_session = true;
  static constexpr std::tuple fields{
      api::Field{"interface", &Guest::interface, "id of the guest interface"},
      api::Field{"mac", &Guest::mac, "its Ethernet address"},
      api::Field{"addresses", &Guest::addresses, "its IP addresses, in the interface's networks"},
  };
  [[nodiscard]] Result<void> check() const;
  friend bool operator==(const Guest&, const Guest&) = default;
};

class Table {
 public:
  static Result<Table> compile(const api::Named<Guest>& guests, const interface::Table& interfaces);

  // The Ethernet address of the guest that an address belongs to; nullptr if it is nobody's that is
  // known.
  [[nodiscard]] const Mac* find(Slot interface, const Address& address) const noexcept {
    return bindings_.find({interface, address});
  }
  friend bool operator==(const Table&, const Table&) = default;

 private:
  struct Place {
    Slot interface = 0;
    Address address;
    friend bool operator==(const Place&, const Place&) = default;
  };
  struct HashPlace {
    std::size_t operator()(const Place& place) const noexcept {
      return hash(place.address, place.interface) >> 8;
    }
  };
  FlatMap<Place, Mac, HashPlace> bindings_;
};

}  // namespace viaduct::guest

VIADUCT_DECLARE_RESOURCE(viaduct::guest::Guest);
