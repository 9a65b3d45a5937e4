#pragma once

#include <ldns/ldns.h>

#include <algorithm>
#include <cstdio>
#include <optional>
#include <vector>

#include "services/guest/dns/server.h"

// What fuzzers of the server share: peers that insist on what holds for every message.
namespace viaduct::dns::fuzz {

using Octets = std::vector<std::uint8_t>;

inline void insist(bool holds, const char* otherwise) {
  if (holds) return;
  std::fputs(otherwise, stderr);
  __builtin_trap();
}

// That ldns understands a message.
inline void insist_on_sense(Bytes message) {
  ldns_pkt* packet = nullptr;
  const ldns_status status = ldns_wire2pkt(&packet, message.data(), message.size());
  if (status == LDNS_STATUS_OK) ldns_pkt_free(packet);
  insist(status == LDNS_STATUS_OK, ldns_get_errorstr_by_id(status));
}

class Peers : public Outlet {
 public:
  struct Asked {
    Token token = 0;
    Octets message;
  };

  void answer(const Client& client, Bytes message) override {
    insist_on_sense(message);
    insist(client.belongs, "a stranger is answered");
    const bool fits = client.transport == Transport::tcp || message.size() <= largest_datagram;
    insist(fits, "an answer is too large");
    ++answers;
    last.assign(message.begin(), message.end());
  }
  void ask(Token token, const Endpoint& /*resolver*/, Transport /*transport*/,
           Bytes message) override {
    insist_on_sense(message);
    insist(message.size() <= largest_plain_datagram, "a question is too large");
    awaited.push_back({token, {message.begin(), message.end()}});
  }
  void forget(Token token) override {
    const auto is_it = [token](const Asked& asked) { return asked.token == token; };
    insist(std::erase_if(awaited, is_it) == 1, "a question is forgotten that nobody has asked");
  }

  std::size_t answers = 0;
  Octets last;
  std::vector<Asked> awaited;
};

// A source of numbers that are the same each time.
inline Random::Source repeatable() {
  return [state = std::uint64_t{1}](std::span<std::uint8_t> bytes) mutable {
    for (std::uint8_t& byte : bytes) {
      state = state * 6364136223846793005 + 1442695040888963407;
      byte = static_cast<std::uint8_t>(state >> 56);
    }
  };
}

// A router with some names of each kind.
class Router {
 public:
  Router() {
    const auto name = [](const char* text) { return *Name::parse(text); };
    const auto address = [](const char* text) { return *parse_address(text); };
    Settings settings;
    settings.domain = name("iso1.internal");
    settings.router_names = {name("data-server")};
    settings.resolvers = {*parse_resolver("198.51.100.53"), *parse_resolver("198.51.100.54")};
    settings.queries_per_second = 0;
    settings.cache_size = 64;
    server.configure(settings);
    (void)server.set_network({"guest0", {*parse_interface_address("10.1.1.1/24")}});
    server.set("web1", Host{{name("web1")}, {address("10.1.1.11"), address("fd00::11")}});
    Host many{{name("many")}, {}};
    for (std::uint32_t i = 0; i < 100; ++i) {
      many.addresses.push_back(Address::v4(Be32::of(0x0a010164 + i)));
    }
    server.set("many", many);
    server.set("www", Alias{name("www.iso1.internal"), name("web1.iso1.internal")});
    server.set("apps", Wildcard{name("apps.example"), {address("10.1.1.80")}});
    server.set("bad", Wildcard{name("bad.example"), {}});
  }

  void receive(Transport transport, Bytes message) {
    server.receive({0, {*parse_address("10.1.1.11"), 4000}, transport, 0, true}, message, now);
  }
  // Each query was answered, is waiting, or was dropped for a reason.
  void insist_on_counts() {
    const Counters& counters = *server.counters("guest0");
    std::uint64_t ended = 0;
    for (auto i = static_cast<int>(Count::local); i < static_cast<int>(Count::truncated); ++i) {
      ended += counters[static_cast<Count>(i)];
    }
    insist(ended <= counters[Count::received], "a query is counted twice");
    insist(server.pending() != 0 || ended == counters[Count::received], "a query is lost");
    insist((server.pending() == 0) == peers.awaited.empty(), "a question is never given up");
  }
  void wait_for_all() {
    while (const std::optional<Time> next = server.next_deadline()) {
      now = std::max(now, *next);
      server.tick(now);
    }
    insist_on_counts();
    insist(server.cache().bytes() <= std::size_t{64} * 512, "the cache takes too much memory");
  }

  Peers peers;
  Server server{peers, repeatable()};
  Time now{std::chrono::hours{1}};
};

}  // namespace viaduct::dns::fuzz
