#include "services/guest/dhcp/journal.h"

#include <utility>

namespace viaduct::dhcp {
namespace {

// A record is not empty, even if there are no leases.
constexpr char mark = 'L';

}  // namespace

std::optional<Batch> Journal::next_batch(const AppendAll& append_all) {
  const bool is_all_stored = pending_.empty() && committed_ + 1 == commit_;
  if (is_on_its_way_ || is_all_stored) return std::nullopt;
  Batch batch{
      .commit = commit_++, .record = {mark}, .is_whole = std::exchange(wants_whole_, false)};
  if (batch.is_whole) {
    append_all(batch.record);
  } else {
    batch.record += pending_;
  }
  pending_.clear();
  is_on_its_way_ = true;
  return batch;
}

void Journal::stored(bool is_well, bool is_long) {
  is_on_its_way_ = false;
  wants_whole_ |= !is_well || is_long;
  if (is_well) committed_ = commit_ - 1;
}

StoredLeases read_batches(const std::vector<std::string>& records) {
  StoredLeases stored;
  for (const std::string& record : records) {
    std::string_view left = record;
    if (left.starts_with(mark)) left.remove_prefix(1);
    while (!left.empty()) {
      auto change = take_change(left);
      if (!change) {
        stored.is_whole = false;
        return stored;
      }
      stored.changes.push_back(*std::move(change));
    }
  }
  return stored;
}

Result<StoredLeases> LeaseFile::open() {
  StoredLeases stored = read_batches(TRY(log_.open()));
  if (log_.is_damaged()) {
    stored.is_whole = false;
  } else if (!stored.is_whole) {
    TRY(log_.keep_aside());
  }
  return stored;
}

Result<bool> LeaseFile::store(const Batch& batch) {
  if (batch.is_whole) {
    TRY(log_.begin(batch.record));
  } else {
    TRY(log_.append(batch.record));
  }
  return log_.is_long();
}

}  // namespace viaduct::dhcp
