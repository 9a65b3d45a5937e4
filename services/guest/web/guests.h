#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/hash.h"
#include "base/result.h"
#include "services/guest/web/name_map.h"
#include "services/guest/web/service.h"

namespace viaduct::web {

// What is known of each guest of one network, by the id of its resource and by its address. `Guest`
// has an `address`, and a `mac` if nobody with another one is to pass for it. Everything takes
// constant time.
template <class Guest>
class Guests {
 public:
  // Replaces what is there under this id. Fault::conflict if another one has the address.
  Result<void> set(std::string_view id, Guest guest) {
    const auto holder = by_address_.find(guest.address);
    if (holder != by_address_.end() && holder->second->first != id) {
      return fail(Fault::conflict, "/address",
                  to_string(guest.address) + " is that of " + holder->second->first);
    }
    remove(id);
    const Address address = guest.address;
    const auto place = by_id_.emplace(std::string{id}, std::move(guest)).first;
    by_address_.emplace(address, &*place);
    return {};
  }
  // Does nothing if there is no such guest.
  void remove(std::string_view id) {
    const auto place = by_id_.find(id);
    if (place == by_id_.end()) return;
    by_address_.erase(place->second.address);
    by_id_.erase(place);
  }
  // nullptr if there is no such guest.
  [[nodiscard]] Guest* find(std::string_view id) {
    const auto place = by_id_.find(id);
    return place == by_id_.end() ? nullptr : &place->second;
  }

  struct Found {
    Guest* guest = nullptr;
    bool is_impostor = false;  // the address is known, but that of another machine
  };
  [[nodiscard]] Found find(const Peer& peer) {
    const auto place = by_address_.find(peer.address);
    if (place == by_address_.end()) return {};
    Guest& guest = place->second->second;
    if (guest.mac && guest.mac != peer.mac) return {nullptr, true};
    return {&guest, false};
  }

  // Calls visit(id, guest) for each, in no particular order.
  template <class Visit>
  void each(Visit visit) const {
    for (const auto& [id, guest] : by_id_) visit(id, guest);
  }

 private:
  struct HashAddress {
    std::size_t operator()(const Address& address) const noexcept { return hash(address); }
  };
  using Entry = typename NameMap<Guest>::value_type;

  NameMap<Guest> by_id_;
  std::unordered_map<Address, Entry*, HashAddress> by_address_;
};

}  // namespace viaduct::web
