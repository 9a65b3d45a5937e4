#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "api/json.h"
#include "controlplane/document.h"
#include "controlplane/sqlite.h"

namespace viaduct {

using Revision =
    std::uint64_t;  // counts accepted changes; 0 is the empty document before the first
using WallTime = std::chrono::sys_seconds;

// One accepted change.
struct Entry {
  Revision revision = 0;
  Revision parent = 0;
  WallTime time;
  std::string author;
  std::string note;
  std::string changes;  // JSON, as a plan tells them: before and after
};

// A change that is taken back at `deadline` unless somebody confirms it.
struct Confirmation {
  Revision revision = 0;
  Revision restore = 0;  // what is restored
  WallTime deadline;
};

// The answer that a request with an idempotency key got, for when it is repeated.
struct StoredAnswer {
  std::string key;
  std::string request;  // a fingerprint of what was asked
  std::string answer;   // JSON
};

// Every accepted change, on disk. What append() has returned survives kill -9 and power loss; what
// it has not is wholly there or wholly absent. Safe to call from any thread.
//
// It keeps one document as a whole, that of some revision, and the changes of every revision.
// Others are made from that one by the changes between, forward or backward. It is written anew
// when the changes since outweigh it, so an entry costs what it changes.
class Journal {
 public:
  struct Limits {
    std::size_t revisions = 1000;                        // kept, newest first
    std::size_t history_bytes = std::size_t{512} << 20;  // of their changes
    std::size_t file_bytes = std::size_t{2} << 30;       // beyond: Fault::exhausted
    std::chrono::seconds answers = std::chrono::hours{24};
  };

  // Makes the file if need be. Refuses a file of a newer schema, and one that is in use.
  static Result<Journal> open(const std::string& path) { return open(path, Limits{}); }
  static Result<Journal> open(const std::string& path, Limits limits);

  // Takes the entry, what hangs on it, and the end of any earlier confirmation, all or nothing.
  // `document` is what its changes lead to.
  Result<void> append(const Entry& entry, const ApplianceDocument& document,
                      const std::optional<Confirmation>& confirmation,
                      const std::optional<StoredAnswer>& answer);
  // Writes the document as a whole, if it is time for that and `revision`, whose document it is, is
  // the newest; and moves what was appended to its place in the file, if that is much. Fails
  // without any loss.
  Result<void> tidy(Revision revision, const ApplianceDocument& document);
  // The answer to a request that led to no entry.
  Result<void> keep_answer(const StoredAnswer& answer, WallTime now);
  Result<void> replace_answer(const StoredAnswer& answer);
  Result<void> forget_answer(const std::string& key);
  // The change stays for good.
  Result<void> confirm();

  Result<std::optional<Entry>> latest();
  Result<Entry> get(Revision revision);  // Fault::not_found if it was never there or is forgotten
  // The document of a revision; that of revision 0 is empty.
  Result<ApplianceDocument> document(Revision revision);
  // The newest `limit` entries, newest first, without changes.
  Result<std::vector<Entry>> history(std::size_t limit);
  Result<std::optional<Confirmation>> confirmation();
  // None if it is older than answers are kept.
  Result<std::optional<StoredAnswer>> answer(const std::string& key, WallTime now);

 private:
  Journal(sqlite::Database database, Limits limits)
      : database_(std::move(database)), limits_(limits) {}
  // A revision that is kept, and how much its changes weigh.
  struct Kept {
    Revision revision = 0;
    std::size_t bytes = 0;
  };
  Result<void> load();
  Result<void> insert_entry(const Entry& entry, const std::optional<Confirmation>& confirmation);
  Result<ApplianceDocument> whole_document();
  Result<void> forget_before(Revision oldest);
  Result<void> insert_answer(const StoredAnswer& answer, WallTime now);
  Result<Entry> get_locked(Revision revision);
  [[nodiscard]] std::size_t count_forgotten(const std::deque<Kept>& kept, Revision restore) const;
  Result<std::size_t> write_whole(Revision revision, const ApplianceDocument& document);
  void note_whole(Revision revision, std::size_t bytes);

  std::unique_ptr<std::mutex> one_at_a_time_ = std::make_unique<std::mutex>();
  sqlite::Database database_;  // guarded by one_at_a_time_, as all below
  Limits limits_;
  std::deque<Kept> kept_;              // oldest first
  Revision whole_revision_ = 0;        // of the document that is there as a whole
  std::size_t whole_bytes_ = 0;        // its size
  std::size_t bytes_since_whole_ = 0;  // of changes
  std::size_t bytes_in_log_ = 0;       // SQLite's, about
};

}  // namespace viaduct
