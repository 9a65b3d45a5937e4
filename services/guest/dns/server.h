#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "services/guest/dns/cache.h"
#include "services/guest/dns/counters.h"
#include "services/guest/dns/domains.h"
#include "services/guest/dns/forwarder.h"
#include "services/guest/dns/limiter.h"
#include "services/guest/dns/local_names.h"
#include "services/guest/dns/outlet.h"

namespace viaduct::dns {

// A guest network as the server knows it. Its id is not empty.
struct Network {
  std::string id;
  // The router's addresses there, those by which guests are to know it.
  std::vector<InterfaceAddress> addresses;
};

// The DNS server of one router: authoritative for the names of its guests, a caching forwarder for
// all others. It has neither sockets nor a clock: bytes and the time come in by its calls, and
// bytes go out by its outlet. One thread at a time; the time never runs backwards.
//
// Resources are set and removed one by one, by their ids, at a cost that does not depend on how
// many there are; the next query sees them. They have passed their check(). Changing settings,
// forwards or wildcards empties the cache.
class Server final : private Forwarder::Listener {
 public:
  // REQUIRES: `outlet` outlives it.
  explicit Server(Outlet& outlet, Random::Source random = {});
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  void configure(const Settings& settings);
  // Adds a network or gives it other addresses; the slot stays the same as long as it is there.
  // Fault::exhausted for more than 65 535.
  Result<NetworkSlot> set_network(const Network& network);
  // Also forgets its counters and clients. Does nothing if there is no such network.
  void remove_network(std::string_view id);

  void set(std::string_view id, const Host& host) { names_.set(id, host); }
  void set(std::string_view id, const Alias& alias) { names_.set(id, alias); }
  void set(std::string_view id, const Wildcard& wildcard);
  void set(std::string_view id, const Forward& forward);
  // These do nothing if there is no such resource.
  void remove_host(std::string_view id) { names_.remove_host(id); }
  void remove_alias(std::string_view id) { names_.remove_alias(id); }
  void remove_wildcard(std::string_view id);
  void remove_forward(std::string_view id);

  // A message from a client, at most 65 535 bytes. Its answer goes out before this returns, or
  // when a resolver has answered, or never if it deserves none.
  void receive(const Client& client, Bytes message, Time now);
  // A message from a resolver, at the socket of that token.
  void answer(Token token, Bytes message, Time now) { forwarder_.answer(token, message, now); }
  // The resolver of that token cannot be reached, or has closed its connection.
  void unreachable(Token token, Time now) { forwarder_.unreachable(token, now); }
  // When to call tick() next; none while nothing is waited for.
  [[nodiscard]] std::optional<Time> next_deadline() const noexcept {
    return forwarder_.next_deadline();
  }
  void tick(Time now) { forwarder_.tick(now); }

  // nullptr if there is no such network.
  [[nodiscard]] const Counters* counters(std::string_view network_id) const;
  [[nodiscard]] const Forwarder::Figures& figures() const noexcept { return forwarder_.figures(); }
  // Questions that resolvers have not answered yet.
  [[nodiscard]] std::size_t pending() const noexcept { return forwarder_.pending(); }
  [[nodiscard]] const Cache& cache() const noexcept { return cache_; }
  // Calls visit(const Upstream&) for each resolver that is configured.
  template <class Visit>
  void each_upstream(Visit visit) const {
    domains_.each_upstream(visit);
  }

 private:
  struct NetworkState {
    std::string id;  // empty while the slot is free
    std::vector<InterfaceAddress> addresses;
    Counters counters;
  };
  // A query that is being answered.
  struct Work {
    const Client& client;
    NetworkState& network;
    Query query;
    Time now;
  };

  void settled(std::string_view key, const std::shared_ptr<const Answer>& answer,
               std::uint64_t epoch, std::vector<Waiter> waiters, Time now) override;

  void resolve(Work& work);
  void refuse_unread(Work& work, Reading reading);
  [[nodiscard]] static bool is_refused(const Query& query) noexcept;
  bool answer_from_names(Work& work);
  // What of a name was asked for; false if there is nothing of it.
  bool add_records(Reply& reply, const Work& work, const LocalNames::Node& node,
                   Reply::Offset owner) const;
  bool add_addresses(Reply& reply, const Work& work, const std::vector<Owned<Address>>& addresses,
                     Reply::Offset owner) const;
  // That there is nothing of the name asked for: the SOA record of the zone that it ends with,
  // which may be the very record asked for.
  void add_denial(Reply& reply, const Query& query, std::string_view zone, bool does_exist) const;
  void answer_by_domain(Work& work);
  void answer_denial(Work& work, std::optional<std::string_view> zone, bool does_exist);
  void answer_wildcard(Work& work, const Domains::Decision& decision);
  void forward(Work& work, const UpstreamGroup& upstreams);
  void send_answer(const Client& client, const Asked& query, const Answer& answer,
                   std::uint32_t age);

  // What the resolver told, but that a name exists that is known here, or that one known ends with
  // (RFC 8020).
  [[nodiscard]] Rcode rcode_of(const Asked& query, const Answer& answer) const;
  [[nodiscard]] Reply reply_to(const Client& client, const Asked& query) noexcept;
  void send(const Client& client, Reply& reply, Rcode rcode, std::uint16_t flags = 0);
  // Answers with a code alone.
  void send_code(Work& work, Rcode rcode, Count why);
  void name_the_router();
  void forget_answers();

  Outlet& outlet_;
  Random random_;
  std::uint64_t seed_;
  Settings settings_;
  std::vector<NetworkState> networks_;
  LocalNames names_;
  Domains domains_;
  Cache cache_;
  Limiter limiter_;
  Forwarder forwarder_;
  std::uint64_t epoch_ = 0;  // of what decides which resolvers are asked
  std::vector<std::uint8_t> buffer_;
};

}  // namespace viaduct::dns
