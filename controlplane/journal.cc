#include "controlplane/journal.h"

#include <sys/stat.h>

#include <filesystem>

namespace viaduct {
namespace {

constexpr std::int64_t schema_version = 1;
constexpr std::int64_t page_bytes = 4096;

constexpr const char* schema = R"(
  CREATE TABLE revisions(
    revision INTEGER PRIMARY KEY, parent INTEGER NOT NULL, time INTEGER NOT NULL,
    author TEXT NOT NULL, note TEXT NOT NULL, bytes INTEGER NOT NULL,
    changes TEXT NOT NULL, document TEXT NOT NULL);
  CREATE TABLE answers(
    key TEXT PRIMARY KEY, time INTEGER NOT NULL, request TEXT NOT NULL, answer TEXT NOT NULL);
  CREATE TABLE confirmation(
    only INTEGER PRIMARY KEY CHECK (only = 1), revision INTEGER NOT NULL,
    restore INTEGER NOT NULL, deadline INTEGER NOT NULL);
  PRAGMA user_version = 1;
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
  entry.document = row.text(6);
  return entry;
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
  TRY(database.run(("PRAGMA max_page_count = " + std::to_string(pages)).c_str()));
  TRY(migrate(database, path));
  chmod(path.c_str(), 0600);
  return Journal{std::move(database), limits};
}

Result<void> Journal::append(const Entry& entry, const std::optional<Confirmation>& confirmation,
                             const std::optional<StoredAnswer>& answer) {
  const std::scoped_lock lock{*one_at_a_time_};
  auto transaction = TRY(sqlite::Transaction::begin(database_));
  auto insert = TRY(database_.prepare("INSERT INTO revisions VALUES(?,?,?,?,?,?,?,?)"));
  insert.bind(number(entry.revision)).bind(number(entry.parent)).bind(number(entry.time));
  insert.bind(entry.author).bind(entry.note).bind(number(entry.document.size()));
  TRY(insert.bind(entry.changes).bind(entry.document).step());
  TRY(database_.run("DELETE FROM confirmation"));
  if (confirmation) {
    auto pending = TRY(database_.prepare("INSERT INTO confirmation VALUES(1,?,?,?)"));
    pending.bind(number(confirmation->revision)).bind(number(confirmation->restore));
    TRY(pending.bind(number(confirmation->deadline)).step());
  }
  if (answer) TRY(insert_answer(*answer, entry.time));
  TRY(forget_old_revisions());
  return transaction.commit();
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

Result<void> Journal::forget_old_revisions() {
  auto revisions = TRY(database_.prepare(
      "DELETE FROM revisions WHERE revision IN (SELECT revision FROM"
      " (SELECT revision, row_number() OVER newest AS nth, sum(bytes) OVER newest AS total"
      "  FROM revisions WINDOW newest AS (ORDER BY revision DESC))"
      " WHERE nth > 2 AND (nth > ? OR total > ?))"
      " AND revision NOT IN (SELECT restore FROM confirmation)"));
  TRY(revisions.bind(number(limits_.revisions)).bind(number(limits_.history_bytes)).step());
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
  auto query = TRY(database_.prepare(
      "SELECT revision, parent, time, author, note, changes, document FROM revisions"
      " ORDER BY revision DESC LIMIT 1"));
  if (!TRY(query.step())) return std::nullopt;
  return read_entry(query);
}

Result<Entry> Journal::get(Revision revision) {
  const std::scoped_lock lock{*one_at_a_time_};
  auto query = TRY(database_.prepare(
      "SELECT revision, parent, time, author, note, changes, document FROM revisions"
      " WHERE revision = ?"));
  if (!TRY(query.bind(number(revision)).step())) {
    return fail(Fault::not_found, "",
                "revision " + std::to_string(revision) + " is not in the history");
  }
  return read_entry(query);
}

Result<api::Json> Journal::document(Revision revision) {
  if (revision == 0) return api::Json::object();
  const Entry entry = TRY(get(revision));
  return api::parse_json(entry.document);
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
