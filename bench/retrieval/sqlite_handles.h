// Handles of SQLite, which the rivals of these benchmarks are made with, that close themselves.
#pragma once

#include <sqlite3.h>

#include <memory>

namespace quire::bench {

struct SqliteClose {
  void operator()(sqlite3* database) const { sqlite3_close(database); }
  void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};
using SqliteDatabase = std::unique_ptr<sqlite3, SqliteClose>;
using SqliteStatement = std::unique_ptr<sqlite3_stmt, SqliteClose>;

}  // namespace quire::bench
