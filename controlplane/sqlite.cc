#include "controlplane/sqlite.h"

namespace viaduct::sqlite {
namespace {

tl::unexpected<Error> problem(sqlite3* database) {
  const int code = sqlite3_errcode(database);
  const std::string why = "journal: " + std::string{sqlite3_errmsg(database)};
  if (code == SQLITE_FULL) return fail(Fault::exhausted, "", why);
  const bool is_taken = code == SQLITE_BUSY;
  return fail(Fault::failed, "", why + (is_taken ? ": in use by another viaductd?" : ""));
}

}  // namespace

Statement& Statement::bind(std::int64_t value) {
  sqlite3_bind_int64(statement_.get(), ++bound_, value);
  return *this;
}

Statement& Statement::bind(std::string_view text) {
  sqlite3_bind_text64(statement_.get(), ++bound_, text.data(), text.size(), SQLITE_STATIC,
                      SQLITE_UTF8);
  return *this;
}

Result<bool> Statement::step() {
  const int outcome = sqlite3_step(statement_.get());
  if (outcome == SQLITE_ROW) return true;
  if (outcome == SQLITE_DONE) return false;
  return problem(sqlite3_db_handle(statement_.get()));
}

std::int64_t Statement::number(int column) const {
  return sqlite3_column_int64(statement_.get(), column);
}

std::string Statement::text(int column) const {
  const auto* bytes = static_cast<const char*>(sqlite3_column_blob(statement_.get(), column));
  const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement_.get(), column));
  return bytes == nullptr ? std::string{} : std::string{bytes, size};
}

Result<Database> Database::open(const std::string& path) {
  sqlite3* opened = nullptr;
  const int outcome = sqlite3_open(path.c_str(), &opened);
  Database database{opened};
  if (outcome != SQLITE_OK) {
    return fail(Fault::failed, path, "cannot be opened: " + std::string{sqlite3_errmsg(opened)});
  }
  sqlite3_busy_timeout(opened, 5000);
  return database;
}

Result<Statement> Database::prepare(std::string_view sql) {
  sqlite3_stmt* statement = nullptr;
  const int outcome = sqlite3_prepare_v2(database_.get(), sql.data(), static_cast<int>(sql.size()),
                                         &statement, nullptr);
  if (outcome != SQLITE_OK) return problem(database_.get());
  return Statement{statement};
}

Result<void> Database::run(const char* sql) {
  const int outcome = sqlite3_exec(database_.get(), sql, nullptr, nullptr, nullptr);
  if (outcome != SQLITE_OK) return problem(database_.get());
  return {};
}

Result<Transaction> Transaction::begin(Database& database) {
  TRY(database.run("BEGIN IMMEDIATE"));
  return Transaction{database};
}

Transaction::~Transaction() {
  if (database_ != nullptr) static_cast<void>(database_->run("ROLLBACK"));
}

Result<void> Transaction::commit() {
  TRY(database_->run("COMMIT"));
  database_ = nullptr;
  return {};
}

}  // namespace viaduct::sqlite
