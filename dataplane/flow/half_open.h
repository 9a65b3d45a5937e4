#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "base/huge_array.h"
#include "dataplane/flow/table.h"

namespace viaduct::flow {

// Sessions of one worker that are half open: of TCP, those whose handshake was never done, reset or
// not; of other protocols, those that nobody has answered. All together, oldest first; those of TCP
// also by owner (a guest, a public address), in a row each. What is no longer half open leaves a
// row when it comes to the front, so that nobody has to tell. Bounded; a session for which there is
// no room lives until its timeout. Never allocates after construction.
class HalfOpen {
 public:
  HalfOpen(std::uint64_t seed, bool use_huge_pages);

  // Takes note of a session that was opened just now.
  void add(SessionId session, Table& sessions) noexcept;
  // The same, for one of its owners. Returns the owner's oldest, to be closed, if there are `limit`
  // before it; else `none`.
  [[nodiscard]] SessionId add_to(std::uint64_t owner, std::uint32_t limit, SessionId session,
                                 Table& sessions) noexcept;
  // Forgets the oldest of all, to be closed in favour of another session; `none` if there is none.
  [[nodiscard]] SessionId take_oldest(Table& sessions) noexcept;
  // Whether that would find one.
  [[nodiscard]] bool has_any(Table& sessions) const noexcept;

  [[nodiscard]] std::size_t bytes() const noexcept {
    return rows_.bytes() + members_.bytes() + all_.bytes();
  }

 private:
  static constexpr std::uint32_t most_owners = 8192;
  static constexpr std::uint32_t most_members = 32'768;

  struct Entry {
    SessionId session = none;
    Ticks opened = 0;  // tells it from a later session with its id
  };
  struct Member {
    Entry entry;
    std::uint32_t next = 0;  // in its row, or of the free ones; 0 is none
  };
  struct Row {
    std::uint64_t owner = 0;
    std::uint32_t first = 0;
    std::uint32_t last = 0;
    std::uint32_t count = 0;
    std::uint32_t unused = 0;
  };

  [[nodiscard]] static bool is_half_open(const Entry& entry, Table& sessions) noexcept;
  [[nodiscard]] Row* row_of(std::uint64_t owner) noexcept;
  void append(Row& row, const Entry& entry) noexcept;
  [[nodiscard]] Entry take_first(Row& row) noexcept;

  std::uint64_t seed_;
  HugeArray<Row> rows_;
  HugeArray<Member> members_;
  HugeArray<Entry> all_;  // a ring, from oldest_ to newest_, which count on
  std::uint32_t oldest_ = 0;
  std::uint32_t newest_ = 0;
  std::uint32_t free_ = 0;
  std::uint32_t used_ = 0;
};

}  // namespace viaduct::flow
