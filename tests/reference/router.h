#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "dataplane/document.h"

namespace viaduct::test::reference {

// The facts of a conversation's first packet that rules speak of.
struct Facts {
  Protocol protocol{};
  Address source;
  Address destination;
  std::uint16_t destination_port = 0;
  std::uint8_t icmp_type = 0;
  std::uint8_t icmp_code = 0;
};

// Faults that can be planted in the model, to see that they do not go unnoticed.
enum class Fault {
  none,
  ignores_firewall_sources,
  ignores_egress_ports,
  takes_the_shortest_prefix,
  never_expires,
  never_cuts,
  maps_whoever_is_spoken_to_alike,
  lets_in_answers_alone,
  ignores_limits_of_guests,
  gives_no_blocks,
  never_clamps
};

struct Hop {
  std::string interface;
  Address next_hop;
};

// A resource and its id.
template <class Resource>
struct Named {
  std::string id;
  Resource resource;
};

// Questions to the document of one router, each answered by reading it from top to bottom.
class RouterDocument {
 public:
  RouterDocument() = default;
  explicit RouterDocument(Router desired, Fault fault = Fault::none)
      : desired_(std::move(desired)), fault_(fault) {}

  [[nodiscard]] const Router& desired() const { return desired_; }
  // REQUIRES: there is one.
  [[nodiscard]] const interface::Interface& interface(const std::string& id) const;
  [[nodiscard]] bool has_interface(const std::string& id) const;
  [[nodiscard]] interface::Role role(const std::string& id) const { return interface(id).role; }
  // The settings of the guest network that an interface is in; the defaults if it says nothing, is
  // of another role, or is no more.
  [[nodiscard]] network::Settings network(const std::string& id) const;
  // Whether some network has others come in by a mapping than who was spoken to.
  [[nodiscard]] bool lets_in_more_than_answers() const;
  // Every role but guest faces the outside.
  [[nodiscard]] bool is_outside(const std::string& id) const;
  // The interface in whose network `address` is, or "".
  [[nodiscard]] std::string on_link(const Address& address) const;
  // Whether the router answers for `address`: its interfaces' and all public addresses.
  [[nodiscard]] bool owns(const Address& address) const;
  // Broadcasts and multicasts.
  [[nodiscard]] bool is_for_all(const Address& address) const;
  // The address of an interface that `peer` sees it by.
  [[nodiscard]] std::optional<Address> address_facing(const std::string& id,
                                                      const Address& peer) const;

  // The longest prefix wins, then the first id.
  [[nodiscard]] std::optional<Hop> route(const Address& destination) const;
  [[nodiscard]] std::optional<Hop> route_by(const std::string& id,
                                            const Address& destination) const;

  [[nodiscard]] bool offers(const std::string& id, Protocol protocol, std::uint16_t port) const;

  [[nodiscard]] std::optional<Named<static_nat::Rule>> static_nat_at(
      const Address& public_address) const;
  [[nodiscard]] std::optional<Named<static_nat::Rule>> static_nat_of(const Address& guest) const;
  [[nodiscard]] std::optional<Named<port_forward::Rule>> forward_at(
      Protocol protocol, const Endpoint& public_endpoint) const;
  [[nodiscard]] std::optional<Named<source_nat::Rule>> source_nat_of(const Address& guest) const;
  // Whether a pool of source NAT has it.
  [[nodiscard]] bool is_pooled(const Address& address) const;
  // The Ethernet address that a guest's address may be claimed with, if that is known.
  [[nodiscard]] std::optional<Mac> owner_of(const std::string& id, const Address& guest) const;
  // Whether a port is not for guests: below 1024, a forward's, a service's, or the host's.
  [[nodiscard]] bool is_reserved(Protocol protocol, const Endpoint& endpoint) const;

  // Of the rules that speak of a packet, the one with the longest destination, then the first id.
  [[nodiscard]] std::optional<Named<firewall::Rule>> opening_for(const Facts& facts) const;
  [[nodiscard]] std::optional<Named<egress::Rule>> exception_for(const std::string& id,
                                                                 const Facts& facts) const;

 private:
  template <class Visit>
  void each_hop(const Address& destination, Visit visit) const;
  [[nodiscard]] bool is_service_port(Protocol protocol, const Endpoint& endpoint) const;

  Router desired_;
  Fault fault_ = Fault::none;
};

}  // namespace viaduct::test::reference
