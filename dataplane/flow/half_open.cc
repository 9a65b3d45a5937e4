#include "dataplane/flow/half_open.h"

#include <algorithm>

#include "base/hash.h"

namespace viaduct::flow {
namespace {

constexpr std::uint32_t looks = 64;  // for one that is half open yet

}  // namespace

HalfOpen::HalfOpen(std::uint64_t seed, bool use_huge_pages)
    : seed_(mix(seed, 0x5717)),
      rows_(most_owners, use_huge_pages),
      members_(most_members + 1, use_huge_pages),
      all_(most_members, use_huge_pages) {}

bool HalfOpen::is_half_open(const Entry& entry, Table& sessions) noexcept {
  return sessions.is_live(entry.session) && sessions.info(entry.session).opened == entry.opened &&
         flow::is_half_open(sessions.forward(entry.session), sessions.reply(entry.session));
}

// A row that is empty may become another owner's. With eight places to look at, an owner seldom
// finds none.
HalfOpen::Row* HalfOpen::row_of(std::uint64_t owner) noexcept {
  constexpr std::uint32_t places = 8;
  const auto begin = static_cast<std::uint32_t>(mix(seed_, owner) % most_owners);
  Row* empty = nullptr;
  for (std::uint32_t i = 0; i < places; ++i) {
    Row& row = rows_[(begin + i) % most_owners];
    if (row.count != 0 && row.owner == owner) return &row;
    if (row.count == 0 && empty == nullptr) empty = &row;
  }
  if (empty != nullptr) *empty = {.owner = owner};
  return empty;
}

void HalfOpen::append(Row& row, const Entry& entry) noexcept {
  std::uint32_t place = free_;
  if (place != 0) {
    free_ = members_[place].next;
  } else if (used_ < most_members) {
    place = ++used_;
  } else {
    return;
  }
  members_[place] = {entry, 0};
  if (row.count == 0) {
    row.first = place;
  } else {
    members_[row.last].next = place;
  }
  row.last = place;
  ++row.count;
}

HalfOpen::Entry HalfOpen::take_first(Row& row) noexcept {
  const std::uint32_t place = row.first;
  const Entry entry = members_[place].entry;
  row.first = members_[place].next;
  --row.count;
  members_[place].next = free_;
  free_ = place;
  return entry;
}

void HalfOpen::add(SessionId session, Table& sessions) noexcept {
  all_[newest_++ % most_members] = {session, sessions.info(session).opened};
  if (newest_ - oldest_ > most_members) ++oldest_;
}

SessionId HalfOpen::add_to(std::uint64_t owner, std::uint32_t limit, SessionId session,
                           Table& sessions) noexcept {
  Row* row = row_of(owner);
  if (row == nullptr) return none;
  // So few are looked at for each that comes, and still more leave than come.
  constexpr int most_looks = 4;
  for (int look = 0; look < most_looks && row->count != 0; ++look) {
    if (is_half_open(members_[row->first].entry, sessions)) break;
    (void)take_first(*row);
  }
  SessionId excess = none;
  if (row->count >= limit) {
    const Entry oldest = take_first(*row);
    if (is_half_open(oldest, sessions)) excess = oldest.session;
  }
  append(*row, {session, sessions.info(session).opened});
  return excess;
}

bool HalfOpen::has_any(Table& sessions) const noexcept {
  const std::uint32_t end = oldest_ + std::min(newest_ - oldest_, looks);
  for (std::uint32_t at = oldest_; at != end; ++at) {
    if (is_half_open(all_[at % most_members], sessions)) return true;
  }
  return false;
}

SessionId HalfOpen::take_oldest(Table& sessions) noexcept {
  for (std::uint32_t look = 0; look < looks && oldest_ != newest_; ++look) {
    const Entry entry = all_[oldest_++ % most_members];
    if (is_half_open(entry, sessions)) return entry.session;
  }
  return none;
}

}  // namespace viaduct::flow
