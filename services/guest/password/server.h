#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "services/guest/password/counters.h"
#include "services/guest/password/sealing.h"
#include "services/guest/password/settings.h"
#include "services/guest/password/state.h"
#include "services/guest/web/networks.h"

namespace viaduct::password {

// Tells guests of many networks their passwords, without sockets, clock or files. A guest is known
// by the interface that its connection came in by and its source address. What it wants is in the
// header DomU_Request of a GET:
//
//   send_my_password   the password, again and again, until it says
//   saved_password     that it has it: the password is forgotten, unless it is one that the guest
//                      was never told: then it means the one before
//
// Both answer "saved_password" if there is no password. Passwords are in memory alone, which is
// overwritten when they go; a sealed text carries them over a restart of the process.
//
// Networks are named as one likes, such that each interface of each router has its own name, by at
// most 65 535 bytes. Changes take constant time and hold from the next request on. One thread at a
// time.
class Server final : public web::Service {
 public:
  explicit Server(const web::Limits& limits = {}) : networks_(limits) {}

  // Adds a network, or changes its settings.
  void set_network(std::string_view network, const Settings& settings) {
    networks_.set(network, settings);
  }
  // With all its passwords and counters.
  void remove_network(std::string_view network) { networks_.remove(network); }
  // A password that is not told keeps the one that is there, if it is for the same address and was
  // not made for another Ethernet address.
  // Fault::not_found if there is no such network, Fault::conflict if another guest has the address.
  // REQUIRES: the password has passed its check().
  Result<void> set_password(std::string_view network, std::string_view id, Password password);
  // Does nothing if there is no such password.
  void remove_password(std::string_view network, std::string_view id);

  // All passwords that were not acknowledged, as one text.
  [[nodiscard]] Result<std::string> seal(const SealingKey& key) const;
  // What an earlier process has sealed: once the configuration is there, which tells whose
  // passwords still count. Changes nothing if it is refused, with the errors of SealingKey::open().
  Result<void> restore(std::string_view sealed, const SealingKey& key);

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
    // A response that is being sent shares it. nullptr once it is acknowledged.
    std::shared_ptr<const Secret> secret;
    bool is_told = false;  // or may have been, by an earlier process
  };
  using Networks = web::Networks<Settings, Entry, Outcome>;
  using Network = Networks::Network;
  // A response and why it is that one.
  using Verdict = std::pair<Outcome, web::Response>;

  [[nodiscard]] web::Response respond(const web::Peer& peer, const web::Request& request,
                                      web::Time now) override;
  void count(const web::Peer& peer, web::Event event) override { networks_.count(peer, event); }

  // Whether what was made for a guest with these addresses is for `entry`.
  [[nodiscard]] static bool is_for(const Entry& entry, const Address& address,
                                   const std::optional<Mac>& mac) {
    return entry.address == address && (!mac || entry.mac == mac);
  }
  [[nodiscard]] static Verdict judge(Network& network, const web::Peer& peer,
                                     const web::Request& request);
  [[nodiscard]] static Verdict tell(Network& network, const web::Peer& peer);
  [[nodiscard]] static Verdict forget(Network& network, const web::Peer& peer);

  Networks networks_;
};

}  // namespace viaduct::password
