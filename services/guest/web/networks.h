#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "services/guest/web/connection.h"
#include "services/guest/web/guests.h"

namespace viaduct::web {

// The networks that a service is for, each with its settings, its guests and its counters. They are
// named as one likes. `Settings` says how many connections a guest may have.
template <class Settings, class Guest, class Outcome>
class Networks {
 public:
  struct Network {
    Settings settings;
    Guests<Guest> guests;
    std::shared_ptr<Admission> admission = std::make_shared<Admission>();
    Counters<Event> events;
    Counters<Outcome> outcomes;
  };

  explicit Networks(const Limits& limits) : limits_(limits) {}

  // Adds a network, or changes its settings.
  void set(std::string_view name, const Settings& settings) {
    all_[std::string{name}].settings = settings;
  }
  // Does nothing if there is no such network.
  void remove(std::string_view name) {
    const auto place = all_.find(name);
    if (place != all_.end()) all_.erase(place);
  }
  // nullptr if there is no such network. Valid until it is removed.
  [[nodiscard]] Network* find(std::string_view name) {
    const auto place = all_.find(name);
    return place == all_.end() ? nullptr : &place->second;
  }
  [[nodiscard]] const Network* find(std::string_view name) const {
    const auto place = all_.find(name);
    return place == all_.end() ? nullptr : &place->second;
  }
  // Fault::not_found if there is no such network, Fault::exhausted if the client or the network has
  // too many connections already. REQUIRES: `service` outlives the connection.
  Result<Connection> accept(Service& service, Peer peer, Time now) {
    Network* const network = find(peer.network);
    if (network == nullptr) {
      return fail(Fault::not_found, peer.network, "is no network that is served");
    }
    auto seat = Admission::enter(network->admission, peer.address, limits_.connections,
                                 network->settings.connections_per_guest);
    if (!seat) {
      network->events.add(Event::turned_away);
      return fail(Fault::exhausted, peer.network, to_string(peer.address) + " may not have more");
    }
    return Connection{service, std::move(peer), limits_, *std::move(seat), now};
  }
  void count(const Peer& peer, Event event) {
    if (Network* const network = find(peer.network)) network->events.add(event);
  }
  // Calls visit(name, network) for each, in no particular order.
  template <class Visit>
  void each(Visit visit) const {
    for (const auto& [name, network] : all_) visit(name, network);
  }

 private:
  Limits limits_;
  NameMap<Network> all_;
};

}  // namespace viaduct::web
