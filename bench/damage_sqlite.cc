// SQLite under damage: a table, an index and an FTS5 table, in one file, closed.
#include <filesystem>
#include <memory>

#include "bench/damage.h"
#include "bench/retrieval/sqlite_handles.h"
#include "engine/base/hash.h"

namespace quire::bench {
namespace {

class DamagedSqliteFile final : public DamagedSystem {
 public:
  std::string name() const override { return "SQLite"; }

  Status Fill(const std::string& folder, const std::vector<DamageRow>& rows) const override {
    std::filesystem::create_directories(folder);
    QUIRE_ASSIGN_OR_RETURN(const SqliteDatabase database, Open(folder));
    for (const char* text : {"CREATE TABLE t (id INTEGER PRIMARY KEY, number INTEGER, text TEXT)", "CREATE INDEX n ON t (number)",
                             "CREATE VIRTUAL TABLE w USING fts5(text, content = 't', content_rowid = 'id')", "BEGIN"}) {
      QUIRE_RETURN_IF_ERROR(Query(database.get(), text, nullptr));
    }
    for (const DamageRow& row : rows) {
      const std::string id = std::to_string(row.id);  // texts are made of letters and digits
      QUIRE_RETURN_IF_ERROR(Query(database.get(), "INSERT INTO t VALUES (" + id + ", " + std::to_string(row.number) + ", '" + row.text + "')", nullptr));
      QUIRE_RETURN_IF_ERROR(Query(database.get(), "INSERT INTO w (rowid, text) VALUES (" + id + ", '" + row.text + "')", nullptr));
    }
    return Query(database.get(), "COMMIT", nullptr);
  }

  Result<uint64_t> Answers(const std::string& folder) const override {
    QUIRE_ASSIGN_OR_RETURN(const SqliteDatabase database, Open(folder));
    std::string all;
    QUIRE_RETURN_IF_ERROR(Query(database.get(), "SELECT id, number, text FROM t ORDER BY id", &all));
    for (int i = 0; i < kDamageNumbers; ++i) {
      const std::string number = std::to_string(i);
      QUIRE_RETURN_IF_ERROR(Query(database.get(), "SELECT id, number, text FROM t WHERE number = " + number + " ORDER BY id", &all));
      QUIRE_RETURN_IF_ERROR(Query(database.get(), "SELECT rowid FROM w WHERE w MATCH 'w" + number + "x' ORDER BY rowid", &all));
    }
    return Hash64(all);
  }

  bool CheckFinds(const std::string& folder) const override {
    const Result<SqliteDatabase> database = Open(folder);
    if (!database.ok()) return true;
    std::string said;
    if (!Query(database->get(), "PRAGMA integrity_check", &said).ok() || said != "ok|\n") return true;
    return !Query(database->get(), "INSERT INTO w (w, rank) VALUES ('integrity-check', 1)", nullptr).ok();
  }

 private:
  static Result<SqliteDatabase> Open(const std::string& folder) {
    sqlite3* opened = nullptr;
    const int code = sqlite3_open((folder + "/file").c_str(), &opened);
    SqliteDatabase database(opened);
    if (code != SQLITE_OK) return Status(Code::kIoError, sqlite3_errstr(code));
    return database;
  }

  // Appends the rows to `all`, where it is given.
  static Status Query(sqlite3* database, const std::string& text, std::string* all) {
    sqlite3_stmt* made = nullptr;
    int code = sqlite3_prepare_v2(database, text.c_str(), -1, &made, nullptr);
    const SqliteStatement statement(made);
    while (code == SQLITE_OK || code == SQLITE_ROW) {
      code = sqlite3_step(made);
      for (int i = 0; code == SQLITE_ROW && all != nullptr && i < sqlite3_column_count(made); ++i) {
        const auto* bytes = static_cast<const char*>(sqlite3_column_blob(made, i));
        all->append(bytes == nullptr ? "" : bytes, bytes == nullptr ? 0 : static_cast<size_t>(sqlite3_column_bytes(made, i)));
        all->push_back('|');
      }
      if (code == SQLITE_ROW && all != nullptr) all->push_back('\n');
    }
    return code == SQLITE_DONE ? Status() : Status(Code::kIoError, sqlite3_errmsg(database));
  }
};

}  // namespace

const DamagedSystem* DamagedSqlite() {
  static const DamagedSqliteFile system;
  return &system;
}

}  // namespace quire::bench
