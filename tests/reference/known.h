#pragma once

#include <array>
#include <string_view>

#include "tests/reference/model.h"

// Where the product is known not to do what the model says. Whoever mends one takes it off the
// list.
namespace viaduct::test::reference {

struct Case {
  const Packet& packet;
  const RouterDocument& router;
  const std::optional<Session>& session;  // that it belonged to before
  const Verdict& foretold;
  const Verdict& expected;
  const Verdict& happened;
  bool has_same_sessions;
  bool has_returned_address;  // a public one that no source NAT had for a while

  [[nodiscard]] bool all_agree() const {
    return is_only_foretold() && describe(foretold) == describe(expected);
  }
  // If anything is wrong, it is explain.
  [[nodiscard]] bool is_only_foretold() const {
    return has_same_sessions && describe_all(happened) == describe_all(expected);
  }
  [[nodiscard]] bool ends_in(std::string_view reason) const {
    return is_only_foretold() && expected.reason == reason;
  }
};

struct KnownDifference {
  std::string_view what;
  bool (*explains)(const Case& found);
};

inline constexpr std::array known_differences{
    KnownDifference{
        "explain forgets that an ICMP error's source is translated, or its host",
        [](const Case& found) { return found.is_only_foretold() && found.packet.is_icmp_error(); }},
    KnownDifference{"explain does not see that there is no way back",
                    [](const Case& found) { return found.ends_in("neighbour_unreachable"); }},
    KnownDifference{"explain does not see that a ping has no way back",
                    [](const Case& found) {
                      return found.ends_in("no_route") && found.foretold.fate == Fate::answered;
                    }},
    KnownDifference{"explain does not see that answers would be another session's",
                    [](const Case& found) { return found.ends_in("no_public_port"); }},
    KnownDifference{"a session that lost its way back is not ended",
                    [](const Case& found) {
                      return found.expected.reason == "session_revoked" &&
                             found.happened.reason == "neighbour_unreachable";
                    }},
    KnownDifference{"what comes by a transit interface does not find its session",
                    [](const Case& found) {
                      return found.session &&
                             found.router.role(found.packet.in) == interface::Role::transit;
                    }},
    KnownDifference{"an Ethernet broadcast that belongs to a session is forwarded",
                    [](const Case& found) {
                      return found.packet.to_all && found.expected.reason == "martian_destination";
                    }},
    KnownDifference{
        "a drained session goes on to what is the router's own address by now",
        [](const Case& found) { return found.session && found.expected.reason == "no_route"; }},
    KnownDifference{"an ICMP error is sent to the router's own address",
                    [](const Case& found) {
                      return found.router.owns(found.packet.source) &&
                             !found.expected.sender_is_told;
                    }},
    KnownDifference{"a rule that let a guest in to another is not remembered",
                    [](const Case& found) {
                      return found.packet.is_icmp_error() &&
                             found.expected.reason == "no_session" && !found.is_only_foretold();
                    }},
    KnownDifference{"a quoted ICMP message of zeros gets the wrong checksum",
                    [](const Case& found) {
                      return found.packet.is_icmp_error() &&
                             found.packet.quoted->is_icmp_answer() &&
                             found.packet.quoted->identifier == 0;
                    }},
    KnownDifference{"a next hop that nothing was sent to yet is forgotten at a change",
                    [](const Case& found) {
                      return found.packet.is_icmp_error() &&
                             found.expected.fate == Fate::forwarded && !found.is_only_foretold();
                    }},
    KnownDifference{"a public address that comes back has forgotten whose its ports are",
                    [](const Case& found) {
                      const Tuple& expected = found.expected.leaves_as;
                      const Tuple& happened = found.happened.leaves_as;
                      const bool is_port_taken = found.expected.reason == "no_public_port";
                      const bool is_port_another =
                          found.expected.fate == Fate::forwarded && !found.session &&
                          expected.source.address == happened.source.address &&
                          expected.destination == happened.destination;
                      return found.has_returned_address && (is_port_taken || is_port_another);
                    }},
    KnownDifference{"a rule that drains lets go what another one cuts",
                    [](const Case& found) {
                      return found.expected.reason == "session_revoked" && found.session &&
                             found.session->decision.opening_drains !=
                                 found.session->decision.exception_drains;
                    }},
};

}  // namespace viaduct::test::reference
