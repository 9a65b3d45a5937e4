#pragma once

#include <string_view>

#include "dataplane/core/fwd.h"

namespace viaduct {
struct Packet;
}

namespace viaduct::flow {

struct Line;

// A session goes on where it began. Only between outside interfaces may its packets change over,
// since ways there are not ours to choose.
[[nodiscard]] bool comes_the_right_way(const Packet& packet, const Line& line,
                                       const Snapshot& now) noexcept;

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
