#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "services/guest/metadata/content.h"
#include "services/guest/metadata/counters.h"
#include "services/guest/metadata/tokens.h"
#include "services/guest/web/networks.h"

namespace viaduct::metadata {

// The metadata server of many networks, without sockets, clock or files. A guest is known by the
// interface that its connection came in by and its source address, whatever it says.
//
//   /latest/user-data                                  user data
//   /latest/meta-data/                                 the names of its items, each in a line
//   /latest/meta-data/NAME, /latest/NAME               an item
//   PUT /latest/api/token                              a token, as EC2's version 2 has them
//
// Networks are named as one likes, such that each interface of each router has its own name.
// Changes take constant time and hold from the next request on. One thread at a time.
class Server final : public web::Service {
 public:
  explicit Server(const web::Limits& limits = {}) : networks_(limits) {}

  // Adds a network, or changes its settings.
  void set_network(std::string_view network, const Settings& settings) {
    networks_.set(network, settings);
  }
  // With all that is known of its guests, and its counters. Requests on connections that are left
  // get 404.
  void remove_network(std::string_view network) { networks_.remove(network); }
  // Fault::not_found if there is no such network, Fault::conflict if another guest has the address.
  // REQUIRES: the guest has passed its check().
  Result<void> set_guest(std::string_view network, std::string_view id, Guest guest);
  // Does nothing if there is no such guest.
  void remove_guest(std::string_view network, std::string_view id);

  // A connection that has come in. Fault::not_found if there is no such network, Fault::exhausted
  // if the client or the network has too many already: close it then.
  Result<web::Connection> accept(web::Peer peer, web::Time now) {
    return networks_.accept(*this, std::move(peer), now);
  }

  // nullptr if there is no such network. Valid until it is removed.
  [[nodiscard]] const web::Counters<web::Event>* events(std::string_view network) const {
    const Network* const there = networks_.find(network);
    return there == nullptr ? nullptr : &there->events;
  }
  [[nodiscard]] const web::Counters<Outcome>* outcomes(std::string_view network) const {
    const Network* const there = networks_.find(network);
    return there == nullptr ? nullptr : &there->outcomes;
  }

 private:
  struct Entry {
    Address address;
    std::optional<Mac> mac;
    std::shared_ptr<const Content> content;
  };
  using Networks = web::Networks<Settings, Entry, Outcome>;
  using Network = Networks::Network;
  // A response and why it is that one.
  using Verdict = std::pair<Outcome, web::Response>;

  [[nodiscard]] web::Response respond(const web::Peer& peer, const web::Request& request,
                                      web::Time now) override;
  void count(const web::Peer& peer, web::Event event) override { networks_.count(peer, event); }

  [[nodiscard]] Verdict judge(Network& network, const web::Peer& peer, const web::Request& request,
                              web::Time now) const;
  [[nodiscard]] Verdict issue_token(const Network& network, const web::Peer& peer,
                                    const web::Request& request, web::Time now) const;
  [[nodiscard]] static Verdict serve(Network& network, const web::Peer& peer, const Path& path);

  TokenMint mint_;
  Networks networks_;
};

}  // namespace viaduct::metadata
