#pragma once

#include <gtest/gtest.h>
#include <ldns/ldns.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "services/guest/dns/server.h"

// A server between clients and resolvers that ldns speaks for.
namespace viaduct::dns::test {

using Octets = std::vector<std::uint8_t>;

inline Name name(std::string_view text) {
  return Name::parse(text).value();
}
inline Address address(std::string_view text) {
  return parse_address(text).value();
}
inline Resolver resolver(std::string_view text) {
  return parse_resolver(text).value();
}
inline Host host(std::string_view text, const std::vector<std::string>& addresses) {
  Host made{{name(text)}, {}};
  for (const std::string& each : addresses) made.addresses.push_back(address(each));
  return made;
}

struct FreePacket {
  void operator()(ldns_pkt* packet) const { ldns_pkt_free(packet); }
};
using Packet = std::unique_ptr<ldns_pkt, FreePacket>;

inline Packet packet_of(Bytes message) {
  ldns_pkt* packet = nullptr;
  const ldns_status status = ldns_wire2pkt(&packet, message.data(), message.size());
  EXPECT_EQ(status, LDNS_STATUS_OK) << ldns_get_errorstr_by_id(status);
  return Packet{packet};
}
inline Octets octets_of(const ldns_pkt& packet) {
  std::uint8_t* bytes = nullptr;
  std::size_t size = 0;
  EXPECT_EQ(ldns_pkt2wire(&bytes, &packet, &size), LDNS_STATUS_OK);
  Octets octets{bytes, bytes + size};
  std::free(bytes);
  return octets;
}

inline std::string text_of(char* owned) {
  std::string text{owned};
  std::free(owned);
  return text;
}

// "NOERROR aa: A 10.1.1.11; A 10.1.1.12", and after '|' the authority section.
inline std::string told(Bytes message) {
  const Packet packet = packet_of(message);
  if (!packet) return "not a message";
  std::string text = text_of(ldns_pkt_rcode2str(ldns_pkt_get_rcode(packet.get())));
  if (ldns_pkt_edns_extended_rcode(packet.get()) != 0) text += " extended";
  if (ldns_pkt_aa(packet.get())) text += " aa";
  if (ldns_pkt_tc(packet.get())) text += " tc";
  if (ldns_pkt_ad(packet.get())) text += " ad";
  const auto add = [&text](const ldns_rr_list* section, std::string before) {
    for (std::size_t i = 0; i < ldns_rr_list_rr_count(section); ++i) {
      const ldns_rr* record = ldns_rr_list_rr(section, i);
      text += before + text_of(ldns_rr_type2str(ldns_rr_get_type(record)));
      before = "; ";
      for (std::size_t part = 0; part < ldns_rr_rd_count(record); ++part) {
        text += " " + text_of(ldns_rdf2str(ldns_rr_rdf(record, part)));
      }
    }
  };
  add(ldns_pkt_answer(packet.get()), ": ");
  add(ldns_pkt_authority(packet.get()), " | ");
  return text;
}

struct Ask {
  std::string name;
  ldns_rr_type type = LDNS_RR_TYPE_A;
  ldns_rr_class klass = LDNS_RR_CLASS_IN;
  std::uint16_t udp_size = 0;  // 0 is without EDNS
  bool wants_dnssec = false;
  std::uint16_t flags = LDNS_RD;
  std::uint16_t id = 4711;

  [[nodiscard]] Octets message() const {
    ldns_rdf* const owner = ldns_dname_new_frm_str(name.c_str());
    const Packet packet{ldns_pkt_query_new(owner, type, klass, flags)};
    ldns_pkt_set_id(packet.get(), id);
    if (udp_size != 0) ldns_pkt_set_edns_udp_size(packet.get(), udp_size);
    if (wants_dnssec) ldns_pkt_set_edns_do(packet.get(), true);
    return octets_of(*packet);
  }
};

// What a resolver says to a question.
struct Say {
  std::vector<std::string> answers;
  std::vector<std::string> authorities = {};
  ldns_pkt_rcode rcode = LDNS_RCODE_NOERROR;
  bool is_truncated = false;
  bool is_authentic = false;

  [[nodiscard]] Octets to(Bytes question) const {
    const Packet packet = packet_of(question);
    ldns_pkt_set_qr(packet.get(), true);
    ldns_pkt_set_ra(packet.get(), true);
    ldns_pkt_set_rcode(packet.get(), rcode);
    ldns_pkt_set_tc(packet.get(), is_truncated);
    ldns_pkt_set_ad(packet.get(), is_authentic);
    const auto push = [&packet](ldns_pkt_section section, const std::string& text) {
      ldns_rr* record = nullptr;
      const ldns_status status = ldns_rr_new_frm_str(&record, text.c_str(), 3600, nullptr, nullptr);
      ASSERT_EQ(status, LDNS_STATUS_OK) << text;
      ldns_pkt_push_rr(packet.get(), section, record);
    };
    for (const std::string& text : answers) push(LDNS_SECTION_ANSWER, text);
    for (const std::string& text : authorities) push(LDNS_SECTION_AUTHORITY, text);
    return octets_of(*packet);
  }
};

class ServerTest : public testing::Test, public Outlet {
 protected:
  ServerTest() {
    settings.domain = name("iso1.internal");
    settings.router_names = {name("data-server")};
    settings.resolvers = {resolver("198.51.100.53"), resolver("198.51.100.54")};
    configure();
    guest0 = add_network("guest0", "10.1.1.1/24");
    guest1 = add_network("guest1", "10.1.2.1/24");
  }
  void configure() { server.configure(settings); }
  NetworkSlot add_network(std::string id, std::string_view router) {
    return server.set_network({std::move(id), {parse_interface_address(router).value()}}).value();
  }

  struct Asking {
    Token token = 0;
    Endpoint resolver;
    Transport transport = Transport::udp;
    Octets message;
  };
  // What a client of guest0 is told at once; "nothing" if that is nothing.
  std::string ask(const Ask& what) { return ask(client(), what); }
  std::string ask(const Client& who, const Ask& what) {
    const std::size_t before = answers.size();
    server.receive(who, what.message(), now);
    return answers.size() == before ? "nothing" : told(answers.back());
  }
  Client client(std::string_view from = "10.1.1.11") const {
    return {guest0, {address(from), 40'000}, Transport::udp, 0, true};
  }
  // What clients are told, last, when a resolver has said this to the last question.
  std::string hear(const Say& said) { return hear(asked.back(), said); }
  std::string hear(const Asking& question, const Say& said) {
    const std::size_t before = answers.size();
    server.answer(question.token, said.to(question.message), now);
    return answers.size() == before ? "nothing" : told(answers.back());
  }
  // Time passes up to the next deadline.
  void wait() {
    now = server.next_deadline().value();
    server.tick(now);
  }
  [[nodiscard]] std::uint64_t count(Count what) const { return (*server.counters("guest0"))[what]; }

  void answer(const Client& who, Bytes message) override {
    answered.push_back(who);
    answers.emplace_back(message.begin(), message.end());
  }
  void ask(Token token, const Endpoint& whom, Transport transport, Bytes message) override {
    asked.push_back({token, whom, transport, {message.begin(), message.end()}});
  }
  void forget(Token token) override { forgotten.push_back(token); }

  Time now{std::chrono::hours{1}};
  Settings settings;
  Server server{*this};
  NetworkSlot guest0 = 0;
  NetworkSlot guest1 = 0;
  std::vector<Client> answered;
  std::vector<Octets> answers;
  std::vector<Asking> asked;
  std::vector<Token> forgotten;
};

}  // namespace viaduct::dns::test
