#include "services/guest/dns/server.h"

#include <algorithm>
#include <limits>

namespace viaduct::dns {

namespace {

// The id of no resource: under it are the names of the router itself.
constexpr std::string_view router_id;

}  // namespace

Server::Server(Outlet& outlet, Random::Source random)
    : outlet_(outlet),
      random_(random ? Random{std::move(random)} : Random{}),
      seed_(random_.number<std::uint64_t>()),
      names_(seed_),
      domains_(seed_),
      cache_(seed_),
      limiter_(seed_),
      forwarder_(outlet, random_, *this, seed_),
      buffer_(largest_message) {
  configure({});
}

void Server::configure(const Settings& settings) {
  settings_ = settings;
  names_.expand_below(settings.expand_hosts ? settings.domain : Name{});
  domains_.configure(settings);
  cache_.resize(settings.cache_size);
  limiter_.limit(settings.queries_per_second);
  forwarder_.configure(settings.pending_questions,
                       {settings.min_ttl, settings.max_ttl, settings.max_negative_ttl});
  name_the_router();
  forget_answers();
}

Result<NetworkSlot> Server::set_network(const Network& network) {
  auto place = std::ranges::find(networks_, network.id, &NetworkState::id);
  if (place == networks_.end()) place = std::ranges::find(networks_, "", &NetworkState::id);
  if (place == networks_.end()) {
    if (networks_.size() == std::numeric_limits<NetworkSlot>::max()) {
      return fail(Fault::exhausted, "", "there are too many networks");
    }
    place = networks_.emplace(networks_.end());
  }
  place->id = network.id;
  place->addresses = network.addresses;
  name_the_router();
  return static_cast<NetworkSlot>(place - networks_.begin());
}

void Server::remove_network(std::string_view id) {
  const auto place = std::ranges::find(networks_, id, &NetworkState::id);
  if (place == networks_.end() || id.empty()) return;
  forwarder_.forget_network(static_cast<NetworkSlot>(place - networks_.begin()));
  *place = {};
  name_the_router();
}

void Server::name_the_router() {
  Host router{settings_.router_names, {}};
  for (const NetworkState& network : networks_) {
    for (const InterfaceAddress& own : network.addresses) router.addresses.push_back(own.address);
  }
  names_.remove_host(router_id);
  if (!router.names.empty()) names_.set(router_id, router);
}

void Server::forget_answers() {
  cache_.clear();
  ++epoch_;
}

void Server::set(std::string_view id, const Wildcard& wildcard) {
  domains_.set(id, wildcard);
  forget_answers();
}

void Server::set(std::string_view id, const Forward& forward) {
  domains_.set(id, forward);
  forget_answers();
}

void Server::remove_wildcard(std::string_view id) {
  domains_.remove_wildcard(id);
  forget_answers();
}

void Server::remove_forward(std::string_view id) {
  domains_.remove_forward(id);
  forget_answers();
}

const Counters* Server::counters(std::string_view network_id) const {
  const auto place = std::ranges::find(networks_, network_id, &NetworkState::id);
  return place == networks_.end() || network_id.empty() ? nullptr : &place->counters;
}

void Server::receive(const Client& client, Bytes message, Time now) {
  if (client.network >= networks_.size() || networks_[client.network].id.empty()) return;
  NetworkState& network = networks_[client.network];
  network.counters.add(Count::received);
  if (!client.belongs) return network.counters.add(Count::foreign);
  if (!limiter_.admit(client.endpoint.address, now)) {
    return network.counters.add(Count::rate_limited);
  }
  Work work{client, network, {}, now};
  const Reading reading = read_query(message, work.query);
  if (reading != Reading::good) return refuse_unread(work, reading);
  resolve(work);
}

void Server::refuse_unread(Work& work, Reading reading) {
  switch (reading) {
    case Reading::bad_version:
      return send_code(work, Rcode::bad_version, Count::malformed);
    case Reading::not_implemented:
      work.network.counters.add(Count::not_implemented);
      return outlet_.answer(work.client,
                            write_bare_reply(buffer_, work.query, Rcode::not_implemented));
    case Reading::malformed:
      work.network.counters.add(Count::malformed);
      return outlet_.answer(work.client,
                            write_bare_reply(buffer_, work.query, Rcode::format_error));
    default:
      return work.network.counters.add(Count::not_a_query);
  }
}

void Server::settled(std::string_view key, const std::shared_ptr<const Answer>& answer,
                     std::uint64_t epoch, std::vector<Waiter> waiters, Time now) {
  if (epoch == epoch_) cache_.insert(key, answer, now);
  const bool is_failure = answer->rcode == Rcode::server_failure;
  for (const Waiter& waiter : waiters) {
    networks_[waiter.client.network].counters.add(is_failure ? Count::failed : Count::forwarded);
    send_answer(waiter.client, waiter.query, *answer, 0);
  }
}

void Server::send_answer(const Client& client, const Asked& query, const Answer& answer,
                         std::uint32_t age) {
  Reply reply = reply_to(client, query);
  const auto records = reply.add_records(answer.records, answer.answers, answer.authorities);
  if (!records.empty()) age_ttls(answer, age, records);
  // RFC 6840 5.8: not for those who have not asked whether it was checked.
  const bool asks = query.wants_dnssec || query.has(flag::authentic_data);
  const Rcode rcode = rcode_of(query, answer);
  const bool is_authentic = answer.is_authentic && rcode == answer.rcode;
  send(client, reply, rcode, is_authentic && asks ? flag::authentic_data : 0);
}

Rcode Server::rcode_of(const Asked& query, const Answer& answer) const {
  // Behind an alias, another name is the one that does not exist.
  if (answer.rcode != Rcode::name_error || answer.answers != 0) return answer.rcode;
  std::string name{as_text(query.question.first(query.name_size))};
  make_lower(name.data(), name.size());
  return names_.find(name) == nullptr ? answer.rcode : Rcode::no_error;
}

Reply Server::reply_to(const Client& client, const Asked& query) noexcept {
  const bool is_datagram = client.transport == Transport::udp;
  return Reply{buffer_, query, is_datagram ? datagram_limit(query) : largest_message};
}

void Server::send(const Client& client, Reply& reply, Rcode rcode, std::uint16_t flags) {
  const Bytes message = reply.finish(rcode, flags);
  if (reply.is_truncated()) networks_[client.network].counters.add(Count::truncated);
  outlet_.answer(client, message);
}

void Server::send_code(Work& work, Rcode rcode, Count why) {
  work.network.counters.add(why);
  Reply reply = reply_to(work.client, work.query);
  send(work.client, reply, rcode);
}

}  // namespace viaduct::dns
