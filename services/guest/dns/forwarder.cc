#include "services/guest/dns/forwarder.h"

#include <algorithm>
#include <array>
#include <cstring>

namespace viaduct::dns {

namespace {

using std::chrono::milliseconds;

// Stub resolvers ask again after five seconds.
constexpr Duration longest_wait = milliseconds{4500};
constexpr Duration tcp_patience = milliseconds{1500};
constexpr unsigned most_attempts = 16;  // for one question
// Whoever guesses needs thousands; by TCP he cannot.
constexpr unsigned most_strays = 8;
constexpr std::uint32_t failure_lifetime = 2;    // seconds (RFC 9520 3.2)
constexpr std::size_t waiters_per_question = 4;  // on average
constexpr std::size_t shares = 4;                // one client gets no more than one of them

bool is_refusal(Rcode rcode) noexcept {
  return rcode != Rcode::no_error && rcode != Rcode::name_error;
}

std::size_t share_of(std::size_t all) noexcept {
  return std::max<std::size_t>(all / shares, 1);
}

}  // namespace

void Forwarder::configure(std::size_t most_pending, TtlBounds bounds) noexcept {
  most_pending_ = most_pending;
  bounds_ = bounds;
}

bool Forwarder::may_wait(const Client& client) const noexcept {
  const std::size_t most = most_pending_ * waiters_per_question;
  if (all_waiting_ >= most) return false;
  const auto it = waiting_.find(client.endpoint.address);
  return it == waiting_.end() || it->second < share_of(most_pending_);
}

void Forwarder::add_waiter(Pending& pending, const Client& client, const Query& query) {
  pending.waiters.emplace_back(client, query);
  ++waiting_[client.endpoint.address];
  ++all_waiting_;
}

void Forwarder::note_gone(const Waiter& waiter) {
  const auto it = waiting_.find(waiter.client.endpoint.address);
  if (--it->second == 0) waiting_.erase(it);
  --all_waiting_;
}

bool Forwarder::is_our_own(const Pending& pending, const Query& query) noexcept {
  return std::ranges::any_of(pending.attempts, [&query](const Attempt& attempt) {
    return attempt.question.id == query.id &&
           std::ranges::equal(attempt.question.as_asked, query.question);
  });
}

Forwarder::Admission Forwarder::ask(const Client& client, const Query& query,
                                    const UpstreamGroup& upstreams, std::uint64_t epoch, Time now) {
  const auto known = pending_.find(query.key());
  if (known != pending_.end()) {
    if (is_our_own(known->second, query)) return Admission::looped;
    if (!may_wait(client)) return Admission::overloaded;
    ++figures_.joined;
    add_waiter(known->second, client, query);
    return Admission::waits;
  }
  if (pending_.size() >= most_pending_ || !may_wait(client)) return Admission::overloaded;
  const auto it = pending_.emplace(query.key(), Pending{}).first;
  Pending& pending = it->second;
  pending.key = it->first;
  for (const auto& upstream : upstreams) pending.upstreams.emplace_back(upstream, 0);
  pending.begun = now;
  pending.epoch = epoch;
  deadlines_.emplace(pending.deadline, &pending);
  add_waiter(pending, client, query);
  ask_next(pending, now);
  return Admission::waits;
}

void Forwarder::ask_next(Pending& pending, Time now) {
  const auto is_better = [](const auto& a, const auto& b) {
    return std::pair{a.second, a.first->reluctance()} < std::pair{b.second, b.first->reluctance()};
  };
  auto& [chosen, times] = *std::ranges::min_element(pending.upstreams, is_better);
  if (pending.attempts.empty()) {
    for (const auto& [upstream, asked] : pending.upstreams) {
      if (upstream != chosen) upstream->note_rest();
    }
  }
  const Duration patience =
      pending.transport == Transport::tcp ? tcp_patience : chosen->patience() * (1U << times);
  ++times;
  ask_upstream(pending, chosen, patience, now);
}

void Forwarder::ask_upstream(Pending& pending, std::shared_ptr<Upstream> upstream,
                             Duration patience, Time now) {
  Attempt attempt;
  attempt.token = ++last_token_;
  attempt.transport = pending.transport;
  attempt.question = new_question(pending.key);
  attempt.has_edns = pending.with_edns;
  attempt.asked = now;
  attempt.upstream = std::move(upstream);
  attempt.upstream->note_question();
  ++figures_.asked;
  figures_.by_tcp += attempt.transport == Transport::tcp ? 1 : 0;
  tokens_.emplace(attempt.token, &pending);
  pending.attempts.push_back(std::move(attempt));
  schedule(pending, std::min(now + patience, pending.begun + longest_wait));
  send(pending.attempts.back(), pending.key);
}

Question Forwarder::new_question(std::string_view key) {
  Question question;
  question.id = random_.number<std::uint16_t>();
  const std::string_view name_and_type = key.substr(0, key.size() - 1);
  question.as_asked.assign(name_and_type.begin(), name_and_type.end());
  const std::size_t name_size = name_and_type.size() - sizeof(std::uint16_t);
  std::uint32_t bits = 0;
  for (std::size_t i = 0; i < name_size; ++i) {
    if (i % 32 == 0) bits = random_.number<std::uint32_t>();
    std::uint8_t& letter = question.as_asked[i];
    constexpr std::uint8_t case_bit = 0x20;
    const bool is_letter = letter >= 'a' && letter <= 'z';
    if (is_letter && (bits >> i % 32 & 1) != 0) letter ^= case_bit;
  }
  question.as_asked.push_back(class_in >> 8);
  question.as_asked.push_back(class_in);
  return question;
}

void Forwarder::send(const Attempt& attempt, std::string_view key) {
  const auto& question = attempt.question.as_asked;
  const auto wanted = static_cast<unsigned char>(key.back());
  const bool is_unchecked = (wanted & Query::key_unchecked) != 0;
  std::array<std::uint8_t, header_size + longest_name + question_tail + opt_size> message{};
  write16(&message[0], attempt.question.id);
  write16(&message[2], static_cast<std::uint16_t>(
                           flag::recursion_desired |
                           (is_unchecked ? flag::checking_disabled : flag::authentic_data)));
  write16(&message[4], 1);
  write16(&message[10], attempt.has_edns ? 1 : 0);
  std::memcpy(&message[header_size], question.data(), question.size());
  std::size_t size = header_size + question.size();
  if (attempt.has_edns) {
    write16(&message[size + 1], static_cast<std::uint16_t>(Type::opt));
    write16(&message[size + 3], largest_datagram);
    write32(&message[size + 5], (wanted & Query::key_dnssec) != 0 ? dnssec_ok : 0);
    size += opt_size;
  }
  outlet_.ask(attempt.token, attempt.upstream->endpoint(), attempt.transport,
              Bytes{message}.first(size));
}

void Forwarder::schedule(Pending& pending, Time deadline) {
  deadlines_.erase({pending.deadline, &pending});
  pending.deadline = deadline;
  deadlines_.emplace(deadline, &pending);
}

void Forwarder::answer(Token token, Bytes message, Time now) {
  const auto it = tokens_.find(token);
  if (it == tokens_.end()) return void(++figures_.strays);
  Pending& pending = *it->second;
  const auto attempt = std::ranges::find(pending.attempts, token, &Attempt::token);
  const Match matches = match(message, attempt->question);
  if (matches == Match::none) return take_stray(pending, attempt, now);
  if (matches == Match::case_differs && attempt->transport == Transport::udp) {
    ++figures_.wrong_case;
    return ask_again_by_tcp(pending, attempt, now);
  }
  attempt->upstream->note_answer(now - attempt->asked);
  if ((flags_of(message) & flag::truncated) != 0 && attempt->transport == Transport::udp) {
    ++figures_.truncated;
    return ask_again_by_tcp(pending, attempt, now);
  }
  take_answer(pending, attempt, message, now);
}

void Forwarder::take_stray(Pending& pending, AttemptPlace attempt, Time now) {
  ++figures_.strays;
  if (attempt->transport == Transport::tcp) {
    give_up(pending, attempt);
    return go_on(pending, now);
  }
  if (++attempt->strays >= most_strays) ask_again_by_tcp(pending, attempt, now);
}

void Forwarder::take_answer(Pending& pending, AttemptPlace attempt, Bytes message, Time now) {
  auto answer = read_answer(message, bounds_);
  if (!answer) {
    ++figures_.malformed;
    return take_refusal(pending, attempt, Rcode::server_failure, now);
  }
  if (is_refusal(answer->rcode)) return take_refusal(pending, attempt, answer->rcode, now);
  settle(pending, std::make_shared<const Answer>(*std::move(answer)), now);
}

void Forwarder::take_refusal(Pending& pending, AttemptPlace attempt, Rcode rcode, Time now) {
  ++figures_.refused;
  const bool may_be_for_edns = rcode == Rcode::format_error || rcode == Rcode::not_implemented ||
                               rcode == Rcode::bad_version;
  const auto upstream = attempt->upstream;
  const bool asks_without = may_be_for_edns && attempt->has_edns;
  give_up(pending, attempt);
  if (asks_without) {
    pending.with_edns = false;
    return ask_upstream(pending, upstream, upstream->patience(), now);
  }
  upstream->note_refusal();
  go_on(pending, now);
}

void Forwarder::unreachable(Token token, Time now) {
  const auto it = tokens_.find(token);
  if (it == tokens_.end()) return;
  Pending& pending = *it->second;
  const auto attempt = std::ranges::find(pending.attempts, token, &Attempt::token);
  attempt->upstream->note_silence();
  give_up(pending, attempt);
  go_on(pending, now);
}

void Forwarder::ask_again_by_tcp(Pending& pending, AttemptPlace attempt, Time now) {
  pending.transport = Transport::tcp;
  const auto upstream = attempt->upstream;
  give_up(pending, attempt);
  ask_upstream(pending, upstream, tcp_patience, now);
}

void Forwarder::give_up(Pending& pending, AttemptPlace attempt) {
  const Token token = attempt->token;
  tokens_.erase(token);
  pending.attempts.erase(attempt);
  outlet_.forget(token);
}

void Forwarder::go_on(Pending& pending, Time now) {
  const bool is_one_left =
      std::ranges::any_of(pending.upstreams, [](const auto& each) { return each.second == 0; });
  if (is_one_left) return ask_next(pending, now);
  if (pending.attempts.empty()) fail(pending, now);
}

void Forwarder::miss_deadline(Pending& pending, Time now) {
  unsigned times = 0;
  for (const auto& each : pending.upstreams) times += each.second;
  for (Attempt& attempt : pending.attempts) {
    if (!std::exchange(attempt.is_late, true)) attempt.upstream->note_silence();
  }
  if (now < pending.begun + longest_wait && times < most_attempts) return ask_next(pending, now);
  ++figures_.timed_out;
  fail(pending, now);
}

void Forwarder::fail(Pending& pending, Time now) {
  Answer failure;
  failure.rcode = Rcode::server_failure;
  failure.lifetime = failure_lifetime;
  settle(pending, std::make_shared<const Answer>(std::move(failure)), now);
}

void Forwarder::settle(Pending& pending, const std::shared_ptr<const Answer>& answer, Time now) {
  while (!pending.attempts.empty()) give_up(pending, pending.attempts.end() - 1);
  deadlines_.erase({pending.deadline, &pending});
  for (const Waiter& waiter : pending.waiters) note_gone(waiter);
  const auto node = pending_.extract(pending_.find(pending.key));
  listener_.settled(node.key(), answer, pending.epoch, std::move(node.mapped().waiters), now);
}

std::optional<Time> Forwarder::next_deadline() const noexcept {
  if (deadlines_.empty()) return std::nullopt;
  return deadlines_.begin()->first;
}

void Forwarder::tick(Time now) {
  while (!deadlines_.empty() && deadlines_.begin()->first <= now) {
    miss_deadline(*deadlines_.begin()->second, now);
  }
}

void Forwarder::forget_network(NetworkSlot network) {
  for (auto& [key, pending] : pending_) {
    const auto is_gone = [network](const Waiter& w) { return w.client.network == network; };
    for (const Waiter& waiter : pending.waiters) {
      if (is_gone(waiter)) note_gone(waiter);
    }
    std::erase_if(pending.waiters, is_gone);
  }
}

}  // namespace viaduct::dns
