#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <mutex>
#include <optional>

#include "base/hash.h"
#include "base/net.h"
#include "base/spin_lock.h"
#include "dataplane/flow/session.h"

namespace viaduct::helper {

// A session that another one announced: somebody at an address, with any port, may come to a public
// endpoint, where somebody listens.
struct Expectation {
  // What it lets be: one session, within `lifetime`; or any number, for as long as the announcing
  // session lives, which are looked into by the helper themselves or not.
  enum class Opens : std::uint8_t { one, many, signalling };
  struct Session {
    std::uint32_t worker = 0;
    std::uint32_t id = 0;
    friend bool operator==(const Session&, const Session&) = default;
  };
  struct Place {
    Be32 address;
    std::uint16_t port = 0;
    friend bool operator==(const Place&, const Place&) = default;
  };
  network::Helper helper{};
  Protocol protocol{};
  Slot router = 0;
  Be32 guest;  // one of the two: whose it is
  Be32 from;
  Place at;
  Place listener;
  Be32 speak_as;              // how the listener knows who comes
  std::uint32_t mapping = 0;  // of the public endpoint; 0 is none
  Slot rule = 0;              // that let the announcing session be
  Slot forward = 0;           // port forward that did
  Session announced_in;
  std::uint32_t call = 0;  // which of the session's calls it is of, where it has such
  Opens opens = Opens::one;
  flow::Ticks since = 0;
};

// What is announced and may come yet. Shared by all workers, since who comes may be another's than
// who announced it: shares by who is to come and to which port, each with a lock, which nobody asks
// for while nothing is expected. Never allocates.
class Expectations {
 public:
  static constexpr flow::Ticks lifetime = 60 * flow::ticks_per_second;
  // Of one guest in a share, so that none fills it: its oldest goes for a newer one.
  static constexpr std::size_t most_of_one = 8;

  explicit Expectations(std::uint64_t seed) : seed_(seed) {}

  [[nodiscard]] std::size_t count() const noexcept {
    return count_.load(std::memory_order_relaxed);
  }
  // Adds one, in the place of its like. The mapping of one that has to go for it is given to
  // `release`. False if there is no room, or somebody else listens there.
  template <class Release>
  [[nodiscard]] bool add(const Expectation& wanted, Release release) noexcept;
  // What was announced of who comes from there to there.
  [[nodiscard]] std::optional<Expectation> find(Slot router, const Tuple& comer,
                                                flow::Ticks now) noexcept;
  // The same, for a session that it opens now. One that opens no other is taken out; the mapping of
  // one that does is given to `hold`, to be held once more.
  template <class Hold>
  [[nodiscard]] std::optional<Expectation> take(Slot router, const Tuple& comer, flow::Ticks now,
                                                Hold hold) noexcept;
  // Calls visit(Expectation&) for what a session announced, with the lock held.
  template <class Visit>
  void each_of(const Expectation::Session& session, Visit visit) noexcept;
  // Forgets what a session announced, whose mappings are given to `release`.
  template <class Release>
  void forget(const Expectation::Session& session, Release release) noexcept;
  // Forgets what is too old in one share; each time in another.
  template <class Release>
  void expire(flow::Ticks now, Release release) noexcept;

 private:
  static constexpr std::size_t shares = 64;
  static constexpr std::size_t room = 32;
  struct alignas(64) Share {
    SpinLock lock;
    std::size_t count = 0;
    std::array<Expectation, room> all;  // the oldest first
  };
  [[nodiscard]] Share& share_of(Slot router, Be32 from, std::uint16_t port) noexcept {
    const std::uint64_t comer = mix(seed_, (std::uint64_t{router} << 32) | from.bits());
    return shares_[(mix(comer, port) >> 16) % shares];
  }
  // Workers' clocks may differ by a little.
  static bool is_old(const Expectation& each, flow::Ticks now) noexcept {
    return each.opens == Expectation::Opens::one &&
           static_cast<std::int32_t>(now - each.since) > static_cast<std::int32_t>(lifetime);
  }
  // Where it is in the share; count if it is not there.
  [[nodiscard]] static std::size_t place_of(const Share& share, Slot router, const Tuple& comer,
                                            flow::Ticks now) noexcept;
  void remove(Share& share, std::size_t index) noexcept;
  // Removes those that `is_meant` picks, and gives their mappings to `release`.
  template <class Meant, class Release>
  void remove_if(Share& share, Meant is_meant, Release release) noexcept;
  // Which one has to go for another to come: room if none; `room + 1` if none may.
  [[nodiscard]] static std::size_t place_for(const Share& share,
                                             const Expectation& wanted) noexcept;
  static constexpr std::size_t nowhere = room + 1;

  std::uint64_t seed_;
  std::atomic<std::size_t> count_ = 0;
  std::atomic<std::size_t> next_to_expire_ = 0;
  std::array<Share, shares> shares_;
};

template <class Release>
bool Expectations::add(const Expectation& wanted, Release release) noexcept {
  Share& share = share_of(wanted.router, wanted.from, wanted.at.port);
  const std::scoped_lock lock{share.lock};
  const std::size_t place = place_for(share, wanted);
  if (place == nowhere) return false;
  if (place != room) {
    release(share.all[place].mapping);
    remove(share, place);
  }
  share.all[share.count++] = wanted;
  count_.fetch_add(1, std::memory_order_relaxed);
  return true;
}

template <class Meant, class Release>
void Expectations::remove_if(Share& share, Meant is_meant, Release release) noexcept {
  const std::scoped_lock lock{share.lock};
  for (std::size_t i = share.count; i != 0; --i) {
    if (!is_meant(share.all[i - 1])) continue;
    release(share.all[i - 1].mapping);
    remove(share, i - 1);
  }
}

template <class Hold>
std::optional<Expectation> Expectations::take(Slot router, const Tuple& comer, flow::Ticks now,
                                              Hold hold) noexcept {
  auto& part = share_of(router, comer.source.address.as_v4(), comer.destination.port);
  const std::scoped_lock lock{part.lock};
  const std::size_t place = place_of(part, router, comer, now);
  if (place == part.count) return std::nullopt;
  const Expectation copy = part.all[place];
  if (copy.opens == Expectation::Opens::one) {
    remove(part, place);
  } else {
    hold(copy.mapping);
  }
  return copy;
}

template <class Visit>
void Expectations::each_of(const Expectation::Session& session, Visit visit) noexcept {
  if (count() == 0) return;
  for (Share& share : shares_) {
    const std::scoped_lock lock{share.lock};
    for (std::size_t i = 0; i < share.count; ++i) {
      if (share.all[i].announced_in == session) visit(share.all[i]);
    }
  }
}

template <class Release>
void Expectations::forget(const Expectation::Session& session, Release release) noexcept {
  if (count() == 0) return;
  const auto is_meant = [&](const Expectation& each) { return each.announced_in == session; };
  for (Share& share : shares_) remove_if(share, is_meant, release);
}

template <class Release>
void Expectations::expire(flow::Ticks now, Release release) noexcept {
  if (count() == 0) return;
  const std::size_t next = next_to_expire_.fetch_add(1, std::memory_order_relaxed) % shares;
  remove_if(
      shares_[next], [&](const Expectation& each) { return is_old(each, now); }, release);
}

}  // namespace viaduct::helper
