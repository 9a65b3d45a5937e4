#pragma once

#include <sqlite3.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

// As much of SQLite as the journal needs, with our errors.
namespace viaduct::sqlite {

// One statement, bound and stepped from left to right.
class Statement {
 public:
  Statement& bind(std::int64_t value);
  Statement& bind(std::string_view text);  // `text` must outlive the next step()
  // True if there is a row, false at the end.
  Result<bool> step();
  [[nodiscard]] std::int64_t number(int column) const;
  [[nodiscard]] std::string text(int column) const;

 private:
  friend class Database;
  struct Finalizer {
    void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
  };
  explicit Statement(sqlite3_stmt* statement) : statement_(statement) {}
  std::unique_ptr<sqlite3_stmt, Finalizer> statement_;
  int bound_ = 0;
};

// An open file. Not thread-safe.
class Database {
 public:
  static Result<Database> open(const std::string& path);
  Result<Statement> prepare(std::string_view sql);
  // Any number of statements without parameters; rows are passed over.
  Result<void> run(const char* sql);

 private:
  struct Closer {
    void operator()(sqlite3* database) const { sqlite3_close(database); }
  };
  explicit Database(sqlite3* database) : database_(database) {}
  std::unique_ptr<sqlite3, Closer> database_;
};

// Rolled back unless committed.
class Transaction {
 public:
  static Result<Transaction> begin(Database& database);
  Transaction(Transaction&& other) noexcept : database_(std::exchange(other.database_, nullptr)) {}
  ~Transaction();
  Result<void> commit();

 private:
  explicit Transaction(Database& database) : database_(&database) {}
  Database* database_;
};

}  // namespace viaduct::sqlite
