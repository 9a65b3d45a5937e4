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
  flow::Ticks since = 0;
};

// What is announced and did not come yet. Shared by all workers, since who comes may be another's
// than who announced it: shares by who is to come, each with a lock, which nobody asks for while
// nothing is expected. Never allocates.
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
  // Who comes from there to there: what was announced, and whether it is taken out, so that it
  // opens one session only.
  enum class Use : std::uint8_t { look, take };
  [[nodiscard]] std::optional<Expectation> find(Use use, Slot router, const Tuple& comer,
                                                flow::Ticks now) noexcept;
  // Forgets what a session announced to `peer`, whose mappings are given to `release`.
  template <class Release>
  void forget(Slot router, Be32 peer, const Expectation::Session& session,
              Release release) noexcept;
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
  [[nodiscard]] Share& share_of(Slot router, Be32 from) noexcept {
    return shares_[mix(seed_, (std::uint64_t{router} << 32) | from.bits()) % shares];
  }
  // Workers' clocks may differ by a little.
  static bool is_old(const Expectation& each, flow::Ticks now) noexcept {
    return static_cast<std::int32_t>(now - each.since) > static_cast<std::int32_t>(lifetime);
  }
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
  Share& share = share_of(wanted.router, wanted.from);
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

template <class Release>
void Expectations::forget(Slot router, Be32 peer, const Expectation::Session& session,
                          Release release) noexcept {
  if (count() == 0) return;
  remove_if(
      share_of(router, peer), [&](const Expectation& each) { return each.announced_in == session; },
      release);
}

template <class Release>
void Expectations::expire(flow::Ticks now, Release release) noexcept {
  if (count() == 0) return;
  const std::size_t next = next_to_expire_.fetch_add(1, std::memory_order_relaxed) % shares;
  remove_if(
      shares_[next], [&](const Expectation& each) { return is_old(each, now); }, release);
}

}  // namespace viaduct::helper
