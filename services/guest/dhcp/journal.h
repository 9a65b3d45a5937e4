#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/record_log.h"
#include "services/guest/dhcp/lease_record.h"

// Acknowledged means stored: what changes in leases is gathered, and written with one fdatasync for
// all that has come meanwhile.
namespace viaduct::dhcp {

// What one commit stores.
struct Batch {
  std::uint64_t commit = 0;
  std::string record;
  bool is_whole = false;  // it takes the place of all before it
};

// Gathers changes. Lives in the event loop, touches no file.
class Journal {
 public:
  // Adds an entry of every lease there is to a record.
  using AppendAll = std::function<void(std::string& record)>;

  // What will store an entry that is added now.
  [[nodiscard]] std::uint64_t next_commit() const { return commit_; }
  // An address of a network has this lease now; nullptr: none any more.
  void add(std::string_view network, const Address& address, const Lease* lease) {
    append_change(pending_, network, address, lease);
  }

  // What to store next: nothing while a batch is on its way, or if all is stored. Asks for all
  // leases when the file should begin anew.
  [[nodiscard]] std::optional<Batch> next_batch(const AppendAll& append_all);
  // How that went. After a failure the next batch holds everything.
  void stored(bool is_well, bool is_long);

  // Commits up to this one are stored.
  [[nodiscard]] std::uint64_t committed() const { return committed_; }

 private:
  std::string pending_;
  std::uint64_t commit_ = 1;  // of what is pending
  std::uint64_t committed_ = 0;
  bool is_on_its_way_ = false;
  bool wants_whole_ = true;  // the file of an earlier process begins anew, too
};

// What has been stored. All after what cannot be read is left out: then `is_whole` is false.
struct StoredLeases {
  std::vector<LeaseChange> changes;
  bool is_whole = true;
};
// From the records of batches, in their order.
[[nodiscard]] StoredLeases read_batches(const std::vector<std::string>& records);

// The file of leases. Blocks; use it from one thread at a time, which need not be the event loop's.
class LeaseFile {
 public:
  explicit LeaseFile(std::string path) : log_(std::move(path)) {}

  // What is in the file; a batch that was cut off is as if it had never been. A file that cannot
  // be read to its end is kept at kept_path().
  Result<StoredLeases> open();
  [[nodiscard]] std::string kept_path() const { return log_.kept_path(); }

  // Returns once it is stored; the value tells whether the file has grown long, so that it should
  // begin anew.
  Result<bool> store(const Batch& batch);

 private:
  RecordLog log_;
};

}  // namespace viaduct::dhcp
