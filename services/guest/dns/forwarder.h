#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "services/guest/dns/answer.h"
#include "services/guest/dns/name_map.h"
#include "services/guest/dns/outlet.h"
#include "services/guest/dns/random.h"
#include "services/guest/dns/upstream.h"

namespace viaduct::dns {

// A client that waits for what a resolver will say.
struct Waiter {
  Waiter(const Client& who, const Asked& what)
      : client(who), question(what.question.begin(), what.question.end()), query(what) {
    query.question = question;
  }
  Waiter(Waiter&&) = default;
  Waiter& operator=(Waiter&&) = default;
  Client client;
  std::vector<std::uint8_t> question;  // what `query` refers to
  Asked query;
};

// Asks resolvers, another one when one does not answer in time or does not want to, until one has
// answered or the clients have lost patience. Questions that are waiting already are not asked
// again (RFC 5452 5).
class Forwarder {
 public:
  class Listener {
   public:
    // A question is answered, or it failed. `epoch` is that of ask().
    virtual void settled(std::string_view key, const std::shared_ptr<const Answer>& answer,
                         std::uint64_t epoch, std::vector<Waiter> waiters, Time now) = 0;

   protected:
    ~Listener() = default;
  };

  struct Figures {
    std::uint64_t asked = 0;       // of resolvers, again and again
    std::uint64_t by_tcp = 0;      // of those
    std::uint64_t joined = 0;      // queries that waited for the question of another one
    std::uint64_t timed_out = 0;   // questions that nobody has answered
    std::uint64_t strays = 0;      // messages that answer no question, or another one
    std::uint64_t wrong_case = 0;  // answers with other letters than the question's
    std::uint64_t malformed = 0;   // answers that make no sense
    std::uint64_t refused = 0;     // answers that the resolver could not or would not
    std::uint64_t truncated = 0;   // answers that are to be had by TCP
  };

  enum class Admission : std::uint8_t {
    waits,
    looped,      // it is our own question that came back
    overloaded,  // too many are waiting, or too many of this client
  };

  // REQUIRES: `outlet`, `random` and `listener` outlive it.
  Forwarder(Outlet& outlet, Random& random, Listener& listener, std::uint64_t seed)
      : outlet_(outlet), random_(random), listener_(listener), pending_(0, HashName{seed}) {}

  void configure(std::size_t most_pending, TtlBounds bounds) noexcept;

  // REQUIRES: `upstreams` is not empty.
  Admission ask(const Client& client, const Query& query, const UpstreamGroup& upstreams,
                std::uint64_t epoch, Time now);
  // What a resolver has said. It may come too late.
  void answer(Token token, Bytes message, Time now);
  void unreachable(Token token, Time now);

  [[nodiscard]] std::optional<Time> next_deadline() const noexcept;
  // Does what is due.
  void tick(Time now);
  // Nobody of that network waits any more.
  void forget_network(NetworkSlot network);

  [[nodiscard]] const Figures& figures() const noexcept { return figures_; }
  [[nodiscard]] std::size_t pending() const noexcept { return pending_.size(); }

 private:
  struct Attempt {
    Token token = 0;
    std::shared_ptr<Upstream> upstream;
    Transport transport = Transport::udp;
    Question question;
    bool has_edns = true;
    bool is_late = false;
    unsigned strays = 0;
    Time asked;
  };
  struct Pending {
    std::string_view key;  // of the map that holds it
    std::vector<std::pair<std::shared_ptr<Upstream>, unsigned>> upstreams;  // and how often asked
    std::vector<Waiter> waiters;
    std::vector<Attempt> attempts;  // of which answers are awaited
    Transport transport = Transport::udp;
    bool with_edns = true;
    Time begun;
    Time deadline;
    std::uint64_t epoch = 0;
  };
  using AttemptPlace = std::vector<Attempt>::iterator;

  [[nodiscard]] bool may_wait(const Client& client) const noexcept;
  void add_waiter(Pending& pending, const Client& client, const Query& query);
  void note_gone(const Waiter& waiter);
  static bool is_our_own(const Pending& pending, const Query& query) noexcept;

  void ask_next(Pending& pending, Time now);
  void ask_upstream(Pending& pending, std::shared_ptr<Upstream> upstream, Duration patience,
                    Time now);
  void ask_again_by_tcp(Pending& pending, AttemptPlace attempt, Time now);
  [[nodiscard]] Question new_question(std::string_view key);
  void send(const Attempt& attempt, std::string_view key);
  void schedule(Pending& pending, Time deadline);

  void take_stray(Pending& pending, AttemptPlace attempt, Time now);
  void take_answer(Pending& pending, AttemptPlace attempt, Bytes message, Time now);
  void take_refusal(Pending& pending, AttemptPlace attempt, Rcode rcode, Time now);
  void give_up(Pending& pending, AttemptPlace attempt);
  // Goes on when an attempt has come to nothing.
  void go_on(Pending& pending, Time now);
  void miss_deadline(Pending& pending, Time now);
  void fail(Pending& pending, Time now);
  void settle(Pending& pending, const std::shared_ptr<const Answer>& answer, Time now);

  Outlet& outlet_;
  Random& random_;
  Listener& listener_;
  std::size_t most_pending_ = 1024;
  TtlBounds bounds_;
  NameMap<Pending> pending_;
  std::unordered_map<Token, Pending*> tokens_;
  std::set<std::pair<Time, Pending*>> deadlines_;
  std::map<Address, std::size_t> waiting_;  // how many queries of each client
  std::size_t all_waiting_ = 0;
  Token last_token_ = 0;
  Figures figures_;
};

}  // namespace viaduct::dns
