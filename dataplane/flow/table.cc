#include "dataplane/flow/table.h"

namespace viaduct::flow {

Table::Table(std::size_t most_sessions, std::array<std::uint64_t, 2> seeds, bool use_huge_pages)
    : seeds_(seeds),
      most_(most_sessions),
      lines_(2 * most_sessions, use_huge_pages),
      infos_(most_sessions, use_huge_pages),
      index_(2 * most_sessions, use_huge_pages) {}

SessionId Table::open(const Key& forward_key, std::uint64_t forward_hash, const Key& reply_key,
                      std::uint64_t reply_hash) noexcept {
  if (forward_key == reply_key) return none;
  if (find(forward_key, forward_hash) != none || find(reply_key, reply_hash) != none) return none;
  const SessionId session = free_ != none ? free_ : high_water_;
  if (session >= most_) return none;
  const LineId first = 2 * session;
  if (!index_.insert(forward_hash, first)) return none;
  if (!index_.insert(reply_hash, first + 1)) {
    index_.erase(forward_hash, first);
    return none;
  }
  if (free_ != none) {
    free_ = infos_[session].opened;
  } else {
    ++high_water_;
  }
  lines_[first] = Line{.key = forward_key};
  lines_[first + 1] = Line{.key = reply_key};
  lines_[first].flags = lines_[first + 1].flags = live;
  infos_[session] = {};
  ++live_;
  return session;
}

void Table::close(SessionId session) noexcept {
  const LineId first = 2 * session;
  index_.erase(hash(lines_[first].key), first);
  index_.erase(hash(lines_[first + 1].key), first + 1);
  // Without their keys, they are no longer what somebody guessed before.
  lines_[first] = lines_[first + 1] = {};
  if (resting_ == none) last_resting_ = session;
  infos_[session].opened = std::exchange(resting_, session);
  --live_;
}

}  // namespace viaduct::flow
