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

// What policy decides.
struct Decision {
  std::string refused;  // the reason, or ""
  Tuple translated;
  std::string out;
  Address next_hop;
  bool is_for_router = false;
  bool is_for_service = false;
  bool is_mapped = false;         // by source NAT, to a port of its own
  bool opening_drains = false;    // of the firewall
  bool exception_drains = false;  // from the network's egress policy
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
  bool is_old = false;              // it was judged by an older document
  bool may_have_lost_rule = false;  // and that document had something that it relied on

  [[nodiscard]] const Tuple& arrives() const { return first.tuple; }
  [[nodiscard]] const Tuple& leaves() const { return decision.translated; }
  [[nodiscard]] Tuple answer_arrives() const { return leaves().reversed(); }
  [[nodiscard]] Tuple answer_leaves() const { return arrives().reversed(); }
};

class Model {
 public:
  explicit Model(Fault fault = Fault::none) : fault_(fault) {}

  // Another document takes effect.
  void follow(const Router& desired);
  void wait(unsigned seconds);
  // What becomes of a packet. Where source NAT has a choice, `chosen` is what it chose, which is
  // taken over if it is one of those it may choose.
  Verdict receive(const Packet& packet, std::optional<Endpoint> chosen);

  [[nodiscard]] const std::vector<Session>& sessions() const { return sessions_; }
  [[nodiscard]] const RouterDocument& router() const { return router_; }
  // The session that such a packet belongs to.
  [[nodiscard]] std::optional<Session> session_of(const Tuple& arrives) const {
    const auto found = find(arrives);
    return found ? std::optional{sessions_[found->index]} : std::nullopt;
  }

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
  Verdict open(const Packet& packet, const Conversation& first, const Decision& decision);
  Verdict leave(const Packet& packet, Session& session, bool is_answer) const;

  // --- policy
  [[nodiscard]] bool is_source_believable(const Conversation& first) const;
  [[nodiscard]] Decision decide(const Conversation& first, const Session* live, bool to_all);
  void translate_destination(const Conversation& first, Decision& decision) const;
  void judge_inbound(const Conversation& first, Decision& decision) const;
  void judge_outbound(const Conversation& first, Decision& decision) const;
  void translate_source(const Conversation& first, const Session* live, Decision& decision);
  [[nodiscard]] Address choose_address(const Conversation& first, const source_nat::Rule& pool,
                                       const Session* live);
  [[nodiscard]] std::uint16_t choose_port(const Conversation& first, const Address& at) const;

  // --- what packets meet on their way out
  [[nodiscard]] std::optional<Verdict> turn_back(const Packet& packet,
                                                 const std::string& out) const;
  // Drops the packet, and tells its sender if one may.
  [[nodiscard]] Verdict tell(const Packet& packet, const std::string& reason, std::uint8_t type,
                             std::uint8_t code) const;
  [[nodiscard]] bool comes_the_right_way(const Packet& packet, const Session& session,
                                         bool is_answer) const;

  Fault fault_;
  RouterDocument router_;
  std::vector<Session> sessions_;
  unsigned now_ = 0;  // seconds
  std::optional<Endpoint> chosen_;
  std::vector<std::string> rules_;  // that decided about the packet
  // The public address that each guest got from each pool.
  std::map<std::pair<std::vector<Address>, Address>, Address> paired_;
};

}  // namespace viaduct::test::reference
