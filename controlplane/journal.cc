#include "controlplane/journal.h"

#include <sys/stat.h>

#include <filesystem>

namespace viaduct {
namespace {

constexpr std::int64_t schema_version = 2;
constexpr std::int64_t page_bytes = 4096;
// What the write-ahead log has grown to before tidy() moves it into the file; and before a change
// has to wait for that.
constexpr std::size_t tidied_log_bytes = std::size_t{4} << 20;
constexpr std::int64_t longest_log_pages = 4096;

constexpr const char* schema = R"(
  CREATE TABLE revisions(
    revision INTEGER PRIMARY KEY, parent INTEGER NOT NULL, time INTEGER NOT NULL,
    author TEXT NOT NULL, note TEXT NOT NULL, bytes INTEGER NOT NULL,
    changes TEXT NOT NULL);
  CREATE TABLE whole(
    only INTEGER PRIMARY KEY CHECK (only = 1), revision INTEGER NOT NULL,
    document TEXT NOT NULL);
  CREATE TABLE answers(
    key TEXT PRIMARY KEY, time INTEGER NOT NULL, request TEXT NOT NULL, answer TEXT NOT NULL);
  CREATE TABLE confirmation(
    only INTEGER PRIMARY KEY CHECK (only = 1), revision INTEGER NOT NULL,
    restore INTEGER NOT NULL, deadline INTEGER NOT NULL);
  PRAGMA user_version = 2;
)";

std::int64_t number(std::uint64_t value) {
  return static_cast<std::int64_t>(value);
}
std::int64_t number(WallTime time) {
  return time.time_since_epoch().count();
}
WallTime time_of(std::int64_t seconds) {
  return WallTime{std::chrono::seconds{seconds}};
}

Result<void> migrate(sqlite::Database& database, const std::string& path) {
  auto question = TRY(database.prepare("PRAGMA user_version"));
  TRY(question.step());
  const std::int64_t version = question.number(0);
  if (version > schema_version) {
    return fail(Fault::invalid, path,
                "was written by a newer viaductd (schema " + std::to_string(version) + ")");
  }
  if (version == schema_version) return {};
  if (version != 0) {
    return fail(Fault::invalid, path,
                "was written by an earlier viaductd (schema " + std::to_string(version) +
                    "), which kept whole documents; save its document and remove the file");
  }
  auto transaction = TRY(sqlite::Transaction::begin(database));
  TRY(database.run(schema));
  return transaction.commit();
}

Entry read_summary(const sqlite::Statement& row) {
  return {.revision = static_cast<Revision>(row.number(0)),
          .parent = static_cast<Revision>(row.number(1)),
          .time = time_of(row.number(2)),
          .author = row.text(3),
          .note = row.text(4)};
}

Entry read_entry(const sqlite::Statement& row) {
  Entry entry = read_summary(row);
  entry.changes = row.text(5);
  return entry;
}

constexpr api::JsonLimits stored_limits{.bytes = std::size_t{1} << 30, .depth = 64};

// The changes that undo those.
api::Json inverse(const api::Json& changes) {
  api::Json undone = api::Json::array();
  for (auto change = changes.rbegin(); change != changes.rend(); ++change) {
    api::Json back = {{"path", (*change)["path"]}};
    if (const auto before = change->find("before"); before != change->end()) {
      back["after"] = *before;
    }
    undone.push_back(std::move(back));
  }
  return undone;
}

}  // namespace

Result<Journal> Journal::open(const std::string& path, Limits limits) {
  std::error_code ignored;
  std::filesystem::create_directories(std::filesystem::path{path}.parent_path(), ignored);
  auto database = TRY(sqlite::Database::open(path));
  // Exclusive: two daemons on one journal would overwrite each other's beliefs.
  TRY(
      database.run("PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL;"
                   "PRAGMA synchronous = FULL"));
  const auto pages = number(limits.file_bytes) / page_bytes;
  TRY(database.run(("PRAGMA max_page_count = " + std::to_string(pages) +
                    "; PRAGMA wal_autocheckpoint = " + std::to_string(longest_log_pages))
                       .c_str()));
  TRY(migrate(database, path));
  chmod(path.c_str(), 0600);
  Journal journal{std::move(database), limits};
  TRY(journal.load());
  return journal;
}

Result<void> Journal::load() {
  auto whole = TRY(database_.prepare("SELECT revision, length(document) FROM whole"));
  if (TRY(whole.step())) {
    whole_revision_ = static_cast<Revision>(whole.number(0));
    whole_bytes_ = static_cast<std::size_t>(whole.number(1));
  }
  auto all = TRY(database_.prepare("SELECT revision, bytes FROM revisions ORDER BY revision"));
  while (TRY(all.step())) {
    kept_.push_back(
        {static_cast<Revision>(all.number(0)), static_cast<std::size_t>(all.number(1))});
    if (kept_.back().revision > whole_revision_) bytes_since_whole_ += kept_.back().bytes;
  }
  return {};
}

Result<void> Journal::insert_entry(const Entry& entry,
                                   const std::optional<Confirmation>& confirmation) {
  auto insert = TRY(database_.prepare("INSERT INTO revisions VALUES(?,?,?,?,?,?,?)"));
  insert.bind(number(entry.revision)).bind(number(entry.parent)).bind(number(entry.time));
  insert.bind(entry.author).bind(entry.note).bind(number(entry.changes.size()));
  TRY(insert.bind(entry.changes).step());
  TRY(database_.run("DELETE FROM confirmation"));
  if (confirmation) {
    auto pending = TRY(database_.prepare("INSERT INTO confirmation VALUES(1,?,?,?)"));
    pending.bind(number(confirmation->revision)).bind(number(confirmation->restore));
    TRY(pending.bind(number(confirmation->deadline)).step());
  }
  return {};
}

Result<void> Journal::append(const Entry& entry, const ApplianceDocument& document,
                             const std::optional<Confirmation>& confirmation,
                             const std::optional<StoredAnswer>& answer) {
  const std::scoped_lock lock{*one_at_a_time_};
  auto transaction = TRY(sqlite::Transaction::begin(database_));
  TRY(insert_entry(entry, confirmation));
  if (answer) TRY(insert_answer(*answer, entry.time));
  std::deque<Kept> kept = kept_;
  kept.push_back({entry.revision, entry.changes.size()});
  const std::size_t forgotten =
      count_forgotten(kept, confirmation ? confirmation->restore : entry.revision);
  kept.erase(kept.begin(), kept.begin() + static_cast<std::ptrdiff_t>(forgotten));
  if (forgotten != 0) TRY(forget_before(kept.front().revision));
  // Else the changes that lead from the whole document to the oldest revision would be missing.
  const bool needs_whole = kept.front().revision > whole_revision_ + 1;
  const std::size_t bytes = needs_whole ? TRY(write_whole(entry.revision, document)) : 0;
  TRY(transaction.commit());
  kept_ = std::move(kept);
  bytes_since_whole_ += entry.changes.size();
  bytes_in_log_ += entry.changes.size() + bytes;
  if (needs_whole) note_whole(entry.revision, bytes);
  return {};
}

Result<void> Journal::tidy(Revision revision, const ApplianceDocument& document) {
  constexpr std::size_t tolerated = std::size_t{1} << 20;
  const std::scoped_lock lock{*one_at_a_time_};
  const bool is_newest = !kept_.empty() && kept_.back().revision == revision;
  if (is_newest && bytes_since_whole_ > 4 * whole_bytes_ + tolerated) {
    const std::size_t bytes = TRY(write_whole(revision, document));
    note_whole(revision, bytes);
    bytes_in_log_ += bytes;
  }
  if (bytes_in_log_ <= tidied_log_bytes) return {};
  TRY(database_.run("PRAGMA wal_checkpoint(PASSIVE)"));
  bytes_in_log_ = 0;
  return {};
}

// Its size.
Result<std::size_t> Journal::write_whole(Revision revision, const ApplianceDocument& document) {
  const std::string whole = api::write_document(document).dump();
  auto replace = TRY(database_.prepare("INSERT OR REPLACE INTO whole VALUES(1,?,?)"));
  TRY(replace.bind(number(revision)).bind(whole).step());
  return whole.size();
}

void Journal::note_whole(Revision revision, std::size_t bytes) {
  whole_revision_ = revision;
  whole_bytes_ = bytes;
  bytes_since_whole_ = 0;
}

Result<void> Journal::forget_before(Revision oldest) {
  auto forget = TRY(database_.prepare("DELETE FROM revisions WHERE revision < ?"));
  TRY(forget.bind(number(oldest)).step());
  return {};
}

// How many of the oldest are beyond the limits. Two stay in any case, and what is to be restored.
std::size_t Journal::count_forgotten(const std::deque<Kept>& kept, Revision restore) const {
  std::size_t total = 0;
  for (const Kept& each : kept) total += each.bytes;
  std::size_t forgotten = 0;
  while (kept.size() - forgotten > 2 && kept[forgotten].revision < restore &&
         (kept.size() - forgotten > limits_.revisions || total > limits_.history_bytes)) {
    total -= kept[forgotten++].bytes;
  }
  return forgotten;
}

// Makes room first: the same key may come again once its answer is too old.
Result<void> Journal::insert_answer(const StoredAnswer& answer, WallTime now) {
  auto forget = TRY(database_.prepare("DELETE FROM answers WHERE time < ?"));
  TRY(forget.bind(number(now - limits_.answers)).step());
  auto insert = TRY(database_.prepare("INSERT INTO answers VALUES(?,?,?,?)"));
  insert.bind(answer.key).bind(number(now)).bind(answer.request);
  TRY(insert.bind(answer.answer).step());
  return {};
}

Result<void> Journal::keep_answer(const StoredAnswer& answer, WallTime now) {
  const std::scoped_lock lock{*one_at_a_time_};
  auto transaction = TRY(sqlite::Transaction::begin(database_));
  TRY(insert_answer(answer, now));
  return transaction.commit();
}

Result<void> Journal::replace_answer(const StoredAnswer& answer) {
  const std::scoped_lock lock{*one_at_a_time_};
  auto update = TRY(database_.prepare("UPDATE answers SET answer = ? WHERE key = ?"));
  TRY(update.bind(answer.answer).bind(answer.key).step());
  return {};
}

Result<void> Journal::forget_answer(const std::string& key) {
  const std::scoped_lock lock{*one_at_a_time_};
  auto remove = TRY(database_.prepare("DELETE FROM answers WHERE key = ?"));
  TRY(remove.bind(key).step());
  return {};
}

Result<void> Journal::confirm() {
  const std::scoped_lock lock{*one_at_a_time_};
  return database_.run("DELETE FROM confirmation");
}

Result<std::optional<Entry>> Journal::latest() {
  const std::scoped_lock lock{*one_at_a_time_};
  auto query =
      TRY(database_.prepare("SELECT revision, parent, time, author, note, changes FROM revisions"
                            " ORDER BY revision DESC LIMIT 1"));
  if (!TRY(query.step())) return std::nullopt;
  return read_entry(query);
}

Result<Entry> Journal::get(Revision revision) {
  const std::scoped_lock lock{*one_at_a_time_};
  return get_locked(revision);
}

Result<Entry> Journal::get_locked(Revision revision) {
  auto query = TRY(database_.prepare(
      "SELECT revision, parent, time, author, note, changes FROM revisions WHERE revision = ?"));
  if (!TRY(query.bind(number(revision)).step())) {
    return fail(Fault::not_found, "",
                "revision " + std::to_string(revision) + " is not in the history");
  }
  return read_entry(query);
}

Result<ApplianceDocument> Journal::whole_document() {
  auto whole = TRY(database_.prepare("SELECT document FROM whole"));
  if (!TRY(whole.step())) return ApplianceDocument{};
  const auto body = TRY(api::parse_json(whole.text(0), stored_limits));
  return api::read_document<ApplianceDocument>(body);
}

Result<ApplianceDocument> Journal::document(Revision revision) {
  if (revision == 0) return ApplianceDocument{};
  const std::scoped_lock lock{*one_at_a_time_};
  TRY(get_locked(revision));
  ApplianceDocument document = TRY(whole_document());
  Revision at = whole_revision_;
  while (at != revision) {
    const bool is_forward = at < revision;
    const Entry entry = TRY(get_locked(is_forward ? at + 1 : at));
    const auto changes = TRY(api::parse_json(entry.changes, stored_limits));
    TRY(api::make_changes(document, is_forward ? changes : inverse(changes)));
    at = is_forward ? at + 1 : at - 1;
  }
  return document;
}

Result<std::vector<Entry>> Journal::history(std::size_t limit) {
  const std::scoped_lock lock{*one_at_a_time_};
  auto query = TRY(database_.prepare(
      "SELECT revision, parent, time, author, note FROM revisions ORDER BY revision DESC LIMIT ?"));
  query.bind(number(limit));
  std::vector<Entry> entries;
  while (TRY(query.step())) entries.push_back(read_summary(query));
  return entries;
}

Result<std::optional<Confirmation>> Journal::confirmation() {
  const std::scoped_lock lock{*one_at_a_time_};
  auto query = TRY(database_.prepare("SELECT revision, restore, deadline FROM confirmation"));
  if (!TRY(query.step())) return std::nullopt;
  return Confirmation{.revision = static_cast<Revision>(query.number(0)),
                      .restore = static_cast<Revision>(query.number(1)),
                      .deadline = time_of(query.number(2))};
}

Result<std::optional<StoredAnswer>> Journal::answer(const std::string& key, WallTime now) {
  const std::scoped_lock lock{*one_at_a_time_};
  auto query = TRY(
      database_.prepare("SELECT key, request, answer FROM answers WHERE key = ? AND time >= ?"));
  if (!TRY(query.bind(key).bind(number(now - limits_.answers)).step())) return std::nullopt;
  return StoredAnswer{query.text(0), query.text(1), query.text(2)};
}

}  // namespace viaduct
