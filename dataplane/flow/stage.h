#pragma once

#include <string_view>

#include "dataplane/core/fwd.h"
#include "dataplane/core/packet.h"

namespace viaduct::flow {

// Whether packets of the line may come in by another interface than its own.
[[nodiscard]] bool may_change_over(const Packet& packet, const Line& line,
                                   const Snapshot& now) noexcept;

// Whether a session that was judged in an older generation may have lost what it relied on since;
// or would, if `now` is only a candidate that is explained.
[[nodiscard]] bool may_be_revoked(const Line& line, const Snapshot& now, Worker& self) noexcept;

// A session goes on where it began. Only between outside interfaces may its packets change over,
// since ways there are not ours to choose.
[[nodiscard]] inline bool comes_the_right_way(const Packet& packet, const Line& line,
                                              const Snapshot& now) noexcept {
  if (packet.from_host != line.has(from_host)) return false;
  return line.ingress() == packet.in->slot() || may_change_over(packet, line, now);
}

// Asks for the bucket that tells each packet's session, or for the next hop of one in transit.
struct Prefetch {
  static constexpr std::string_view name = "prefetch";
  static constexpr bool judges_openings = false;
  static void run(Burst& burst, const Snapshot& now, Worker& self) noexcept;
};

// Asks for the line that the bucket names: a guess, until Find has compared its key.
struct Guess {
  static constexpr std::string_view name = "guess";
  static constexpr bool judges_openings = false;
  static constexpr bool runs_ahead = true;
  static void run(Burst& burst, const Snapshot& now, Worker& self) noexcept;
};

// Finds each packet's session. Those that have none, and those whose session was judged in an older
// generation, go to the policy stages.
struct Find {
  static constexpr std::string_view name = "session";
  static constexpr bool judges_openings = false;
  static void run(Burst& burst, const Snapshot& now, Worker& self) noexcept;
};

// Keeps what policy decided: opens sessions, and lets those that were judged again go on.
struct Settle {
  static constexpr std::string_view name = "settle";
  static constexpr bool judges_openings = true;
  static void run(Burst& burst, const Snapshot& now, Worker& self) noexcept;
};

// Makes every packet say what its session decided, ages it by a hop, and sends it on.
struct Rewrite {
  static constexpr std::string_view name = "rewrite";
  static constexpr bool judges_openings = false;
  static void run(Burst& burst, const Snapshot& now, Worker& self) noexcept;
};

}  // namespace viaduct::flow
