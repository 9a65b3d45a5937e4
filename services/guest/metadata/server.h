#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "services/guest/metadata/content.h"
#include "services/guest/metadata/counters.h"
#include "services/guest/metadata/tokens.h"
#include "services/guest/web/connection.h"
#include "services/guest/web/guests.h"

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
  explicit Server(const web::Limits& limits = {}) : limits_(limits) {}

  // Adds a network, or changes its settings.
  void set_network(std::string_view network, const Settings& settings);
  // With all that is known of its guests, and its counters. Requests on connections that are left
  // get 404.
  void remove_network(std::string_view network);
  // Fault::not_found if there is no such network, Fault::conflict if another guest has the address.
  // REQUIRES: the guest has passed its check().
  Result<void> set_guest(std::string_view network, std::string_view id, Guest guest);
  // Does nothing if there is no such guest.
  void remove_guest(std::string_view network, std::string_view id);

  // A connection that has come in. Fault::not_found if there is no such network, Fault::exhausted
  // if the client or the network has too many already: close it then.
  Result<web::Connection> accept(web::Peer peer, web::Time now);

  // nullptr if there is no such network. Valid until it is removed.
  [[nodiscard]] const web::Counters<web::Event>* events(std::string_view network) const;
  [[nodiscard]] const web::Counters<Outcome>* outcomes(std::string_view network) const;

 private:
  struct Entry {
    Address address;
    std::optional<Mac> mac;
    std::shared_ptr<const Content> content;
  };
  struct Network {
    Settings settings;
    web::Guests<Entry> guests;
    std::shared_ptr<web::Admission> admission = std::make_shared<web::Admission>();
    web::Counters<web::Event> events;
    web::Counters<Outcome> outcomes;
  };
  // A response and why it is that one.
  using Verdict = std::pair<Outcome, web::Response>;

  [[nodiscard]] web::Response respond(const web::Peer& peer, const web::Request& request,
                                      web::Time now) override;
  void count(const web::Peer& peer, web::Event event) override;

  [[nodiscard]] Verdict judge(Network& network, const web::Peer& peer, const web::Request& request,
                              web::Time now) const;
  [[nodiscard]] Verdict issue_token(const Network& network, const web::Peer& peer,
                                    const web::Request& request, web::Time now) const;
  [[nodiscard]] static Verdict serve(Network& network, const web::Peer& peer, const Path& path);
  [[nodiscard]] Network* find(std::string_view network);

  web::Limits limits_;
  TokenMint mint_;
  web::NameMap<Network> networks_;
};

}  // namespace viaduct::metadata
