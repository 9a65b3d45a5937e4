#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tests/reference/packet.h"
#include "tests/reference/router.h"

// A router as docs/packet-path.md describes it, written for readers: one packet at a time, lists
// that are read from top to bottom, and no table, stage or session of the packet path. It has the
// router's document and a list of live sessions, and tells what becomes of a packet.
namespace viaduct::test::reference {

// What policy judges: the first packet of a session.
struct Conversation {
  std::string in;  // "" once that interface is gone
  bool from_host = false;
  Tuple tuple;
  std::uint8_t icmp_type = 0;
  std::uint8_t icmp_code = 0;
};

// A public endpoint that source NAT gave to a guest's. It lives as long as sessions hold it.
struct Mapping {
  Protocol protocol{};
  Endpoint as;
  Endpoint guest;
  Address peer;  // who was spoken to first
  network::Dependence depends_on = network::Dependence::endpoint_independent;
  std::uint16_t block = 0;  // of so many ports that are its guest's alone
  friend bool operator==(const Mapping&, const Mapping&) = default;
};

// What policy decides.
struct Decision {
  std::string refused;  // the reason, or ""
  Tuple translated;
  std::string out;
  Address next_hop;
  bool is_for_router = false;
  bool is_for_service = false;
  std::optional<Mapping> mapping;  // that its session holds
  bool permits_peer = false;       // whoever is where it goes may come in by the mapping
  bool opening_drains = false;     // of the firewall
  bool egress_drains = false;      // from the network's egress policy
  bool translation_drains = false;
  std::vector<std::string> rules;  // that decided
};

struct Session {
  // What one side has said.
  struct Side {
    std::string flags;  // of TCP
    unsigned last_seen = 0;
    unsigned acknowledged = 0;  // by its last packet; by a SYN: the answer that it waits for
  };
  Conversation first;
  Decision decision;
  Hop way_back;
  Side opener;
  Side answerer;
  std::optional<Address> guest;     // whose session it is
  bool is_old = false;              // it was judged by an older document
  bool may_have_lost_rule = false;  // and that document had something that it relied on

  [[nodiscard]] const Tuple& arrives() const { return first.tuple; }
  [[nodiscard]] const Tuple& leaves() const { return decision.translated; }
  [[nodiscard]] Tuple answer_arrives() const { return leaves().reversed(); }
  [[nodiscard]] Tuple answer_leaves() const { return arrives().reversed(); }
};

// A connection from outside that nothing let in, and whose sender is to be told (RFC 5382 REQ-4).
struct Refusal {
  Packet packet;  // `in` is "" once that interface is gone
  unsigned since = 0;
};

class Model {
 public:
  explicit Model(Fault fault = Fault::none) : fault_(fault) {}

  // Another document takes effect.
  void follow(const Router& desired);
  // Time passes. What becomes of the refusals that are due, in their order.
  std::vector<Verdict> wait(unsigned seconds);
  // What becomes of a packet. Where source NAT has a choice, `chosen` is what it chose, which is
  // taken over if it is one of those it may choose.
  Verdict receive(const Packet& packet, std::optional<Endpoint> chosen);

  [[nodiscard]] const std::vector<Session>& sessions() const { return sessions_; }
  [[nodiscard]] std::size_t refusals() const { return refusals_.size(); }
  [[nodiscard]] const RouterDocument& router() const { return router_; }
  // The session that such a packet belongs to.
  [[nodiscard]] std::optional<Session> session_of(const Tuple& arrives) const {
    const auto found = find(arrives);
    return found ? std::optional{sessions_[found->index]} : std::nullopt;
  }
  // Whether a packet of a session comes from within where those of its direction come from outside,
  // or the reverse, or from the host; or they may come from anywhere now.
  [[nodiscard]] bool comes_from_another_side(const Packet& packet) const;

 private:
  struct Found {
    std::size_t index = 0;
    bool is_answer = false;
  };
  Verdict judge(const Packet& packet);
  [[nodiscard]] std::optional<Found> find(const Tuple& arrives) const;

  [[nodiscard]] std::optional<Verdict> pass_in_transit(const Packet& packet) const;
  Verdict receive_of_session(const Packet& packet, Found found);
  // Empty if the session may go on.
  std::optional<Verdict> judge_again(Session& session);
  Verdict receive_first(const Packet& packet);
  [[nodiscard]] Verdict receive_error(const Packet& packet) const;
  std::vector<Verdict> settle_refusals();
  Verdict open(const Packet& packet, const Conversation& first, const Decision& decision);
  // The guest that a session would be for, if it has as many as it may have.
  [[nodiscard]] bool has_too_many_sessions(const std::optional<Address>& guest,
                                           const std::string& network) const;
  // Of the guest network that a session is of: its opener's, if both ends are guests.
  [[nodiscard]] network::Settings network_of(const Session& session) const;
  [[nodiscard]] unsigned timeout_of(const Session& session) const;
  Verdict leave(const Packet& packet, Session& session, bool is_answer) const;

  // --- policy
  [[nodiscard]] bool is_source_believable(const Conversation& first) const;
  [[nodiscard]] Decision decide(const Conversation& first, const Session* live, bool to_all);
  void translate_destination(const Conversation& first, Decision& decision) const;
  [[nodiscard]] bool let_in_by_mapping(const Conversation& first, const Session* live,
                                       Decision& decision);
  // Whether a guest that has a mapping has spoken to the guest endpoint that now speaks to it; if
  // not, that one may be answered for a minute.
  [[nodiscard]] bool has_spoken(const Conversation& first, const Mapping& by);
  void judge_inbound(const Conversation& first, Decision& decision) const;
  void judge_outbound(const Conversation& first, Decision& decision) const;
  void leave_by_own_network(const Conversation& first, Decision& decision) const;
  void translate_source(const Conversation& first, const Session* live, Decision& decision);
  [[nodiscard]] Address choose_address(const Conversation& first, const source_nat::Rule& pool,
                                       const Session* live);
  // Says why there is none, or "".
  [[nodiscard]] std::string choose_mapping(const Conversation& first, const Address& at,
                                           Decision& decision) const;
  void choose_port(Mapping& wanted, const network::Settings& network) const;
  // How many ports of a public address a guest has.
  [[nodiscard]] std::size_t ports_of(const Address& guest, Protocol protocol,
                                     const Address& at) const;
  // The live mappings at a public address.
  [[nodiscard]] std::vector<Mapping> mappings_at(Protocol protocol, const Address& at) const;

  // --- what packets meet on their way out
  [[nodiscard]] std::optional<Verdict> turn_back(const Packet& packet,
                                                 const std::string& out) const;
  // Drops the packet, and tells its sender if one may.
  [[nodiscard]] Verdict tell(const Packet& packet, const std::string& reason, std::uint8_t type,
                             std::uint8_t code) const;
  [[nodiscard]] bool is_to_be_told_later(const Packet& packet) const;
  [[nodiscard]] std::uint16_t clamped(const Packet& packet, const Session& session,
                                      const std::string& out) const;
  [[nodiscard]] bool comes_the_right_way(const Packet& packet, const Session& session,
                                         bool is_answer) const;

  Fault fault_;
  RouterDocument router_;
  std::vector<Session> sessions_;
  std::vector<Refusal> refusals_;
  unsigned now_ = 0;  // seconds
  std::optional<Endpoint> chosen_;
  std::vector<std::string> rules_;  // that decided about the packet
  // The public address that each guest got from each pool; or each of its endpoints, where guests
  // have no address of their own.
  std::map<std::pair<std::vector<Address>, std::string>, Address> paired_;
  // When a guest endpoint last spoke in vain to the public endpoint of another.
  std::map<Tuple, unsigned> spoken_;
};

}  // namespace viaduct::test::reference
