#include <algorithm>

#include "services/guest/dns/server.h"

// How a server finds the answer to a query that it has read.
namespace viaduct::dns {

namespace {

constexpr std::uint16_t first_meta_type = 128;  // RFC 6895 3.1
constexpr unsigned most_local_aliases = 8;
constexpr std::uint32_t any_ttl = 3600;  // seconds, for which others need not ask again

// Types that tell how a name is reached: who has a name here is not also reached as others say.
bool is_address_type(const Asked& query) noexcept {
  return query.is_for(Type::a) || query.is_for(Type::aaaa) || query.is_for(Type::https) ||
         query.is_for(Type::svcb);
}

// Where the zone that a name ends with stands, if the name itself stands at `place`.
Reply::Offset place_of(std::string_view zone, std::string_view name, Reply::Offset place) noexcept {
  return static_cast<Reply::Offset>(place + name.size() - zone.size());
}

}  // namespace

bool Server::is_refused(const Query& query) noexcept {
  if (query.klass != class_in) return true;
  return query.type >= first_meta_type && query.type < 256 && !query.is_for(Type::any);
}

void Server::resolve(Work& work) {
  const Query& query = work.query;
  if (query.type == 0 || query.is_for(Type::opt)) {
    return send_code(work, Rcode::format_error, Count::malformed);
  }
  if (is_refused(query)) return send_code(work, Rcode::refused, Count::refused);
  if (answer_from_names(work)) return;
  if (const Cache::Hit hit = cache_.find(query.key(), work.now); hit.answer != nullptr) {
    if (!query.has(flag::recursion_desired)) {
      // Who does not ask for recursion may be after what others have asked for.
      return send_code(work, Rcode::refused, Count::refused);
    }
    work.network.counters.add(Count::cached);
    return send_answer(work.client, query, *hit.answer, hit.age);
  }
  answer_by_domain(work);
}

bool Server::answer_from_names(Work& work) {
  const Query& query = work.query;
  const LocalNames::Node* node = names_.find(query.name());
  if (node == nullptr || !node->has_records()) return false;
  Reply reply = reply_to(work.client, query);
  Reply::Offset owner = Reply::name_asked;
  std::string_view name = query.name();
  if (query.is_for(Type::any)) {
    reply.add_refusal_of_any(any_ttl);
    node = nullptr;
  }
  bool has_answer = node == nullptr;
  for (unsigned aliases = 0; node != nullptr; ++aliases) {
    const bool is_alias = node->addresses.empty() && !node->aliases.empty();
    if (!is_alias) {
      has_answer = add_records(reply, work, *node, owner);
      break;
    }
    const std::string& target = node->aliases.back().value;
    node = names_.find(target);
    if (aliases == most_local_aliases || node == nullptr || !node->has_records()) return false;
    owner = reply.add_name(owner, Type::cname, settings_.local_ttl, target);
    name = target;
    has_answer = query.is_for(Type::cname);
    if (has_answer) break;
  }
  if (!has_answer) {
    const auto zone = domains_.local_zone_of(name);
    const bool is_alias = owner != Reply::name_asked;
    const bool is_ours = zone || is_alias || is_address_type(query) || query.is_for(Type::ptr);
    if (!is_ours) return false;
    if (is_alias) {
      reply.add_soa(Reply::Section::authority, place_of(zone.value_or(name), name, owner),
                    settings_.local_ttl);
    } else {
      add_denial(reply, query, zone.value_or(name), true);
    }
  }
  work.network.counters.add(Count::local);
  send(work.client, reply, Rcode::no_error, flag::authoritative);
  return true;
}

bool Server::add_records(Reply& reply, const Work& work, const LocalNames::Node& node,
                         Reply::Offset owner) const {
  if (work.query.is_for(Type::ptr) && !node.pointers.empty()) {
    // What came last has the last word.
    reply.add_name(owner, Type::ptr, settings_.local_ttl, node.pointers.back().value);
    return true;
  }
  return add_addresses(reply, work, node.addresses, owner);
}

bool Server::add_addresses(Reply& reply, const Work& work,
                           const std::vector<Owned<Address>>& addresses,
                           Reply::Offset owner) const {
  if (!work.query.is_for(Type::a) && !work.query.is_for(Type::aaaa)) return false;
  const bool wants_v4 = work.query.is_for(Type::a);
  // Of several subnets of the family that the client asks by, it is in one.
  const Address& client = work.client.endpoint.address;
  const auto is_near = [&](const Address& address) {
    return std::ranges::any_of(work.network.addresses, [&](const InterfaceAddress& own) {
      const bool is_its_own = wants_v4 != client.is_v4() || own.network.contains(client);
      return is_its_own && own.network.contains(address);
    });
  };
  const bool has_near = std::ranges::any_of(addresses, [&](const Owned<Address>& each) {
    return each.value.is_v4() == wants_v4 && is_near(each.value);
  });
  bool has_answer = false;
  for (const auto& each : addresses) {
    const Address& address = each.value;
    if (address.is_v4() != wants_v4 || (has_near && !is_near(address))) continue;
    // Several hosts may say the same; it is told once (RFC 2181 5).
    if (&*std::ranges::find(addresses, address, &Owned<Address>::value) != &each) continue;
    reply.add_address(owner, settings_.local_ttl, address);
    has_answer = true;
  }
  return has_answer;
}

void Server::add_denial(Reply& reply, const Query& query, std::string_view zone,
                        bool does_exist) const {
  const bool is_answer = does_exist && query.is_for(Type::soa) && zone == query.name();
  reply.add_soa(is_answer ? Reply::Section::answer : Reply::Section::authority,
                place_of(zone, query.name(), Reply::name_asked), settings_.local_ttl);
}

void Server::answer_by_domain(Work& work) {
  const Query& query = work.query;
  const std::string_view name = query.name();
  const Domains::Decision decision = domains_.find(name);
  if (decision.way == Domains::Way::wildcard) return answer_wildcard(work, decision);
  if (decision.way == Domains::Way::local) {
    // A node without records is there for the names that end with it.
    return answer_denial(work, decision.zone, decision.zone == name || names_.find(name));
  }
  if (query.is_for(Type::any)) {
    work.network.counters.add(Count::refused);
    Reply reply = reply_to(work.client, query);
    reply.add_refusal_of_any(any_ttl);
    return send(work.client, reply, Rcode::no_error);
  }
  const bool is_plain = has_one_label(name) && is_root(decision.zone) && is_address_type(query);
  if (settings_.domain_needed && is_plain) {
    return answer_denial(work, std::nullopt, names_.find(name) != nullptr);
  }
  forward(work, *decision.upstreams);
}

void Server::answer_denial(Work& work, std::optional<std::string_view> zone, bool does_exist) {
  work.network.counters.add(Count::local);
  Reply reply = reply_to(work.client, work.query);
  if (zone) add_denial(reply, work.query, *zone, does_exist);
  send(work.client, reply, does_exist ? Rcode::no_error : Rcode::name_error, flag::authoritative);
}

void Server::answer_wildcard(Work& work, const Domains::Decision& decision) {
  if (decision.addresses->empty()) {
    return answer_denial(work, decision.zone, names_.find(work.query.name()) != nullptr);
  }
  Reply reply = reply_to(work.client, work.query);
  if (work.query.is_for(Type::any)) {
    reply.add_refusal_of_any(any_ttl);
  } else if (!add_addresses(reply, work, *decision.addresses, Reply::name_asked)) {
    add_denial(reply, work.query, decision.zone, true);
  }
  work.network.counters.add(Count::local);
  send(work.client, reply, Rcode::no_error, flag::authoritative);
}

void Server::forward(Work& work, const UpstreamGroup& upstreams) {
  const Query& query = work.query;
  if (!query.has(flag::recursion_desired) || upstreams.empty()) {
    return send_code(work, Rcode::refused, Count::refused);
  }
  switch (forwarder_.ask(work.client, query, upstreams, epoch_, work.now)) {
    case Forwarder::Admission::waits:
      return;
    case Forwarder::Admission::looped:
      return send_code(work, Rcode::refused, Count::looped);
    case Forwarder::Admission::overloaded:
      return send_code(work, Rcode::server_failure, Count::overloaded);
  }
}

}  // namespace viaduct::dns
