#include "bench/retrieval/rival_fts5.h"

#ifdef QUIRE_BENCH_SQLITE
#include <utility>

#include "bench/retrieval/sqlite_handles.h"

namespace quire::bench {
namespace {

bool IsWordByte(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte >= 0x80 || (byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z');
}

// The words as FTS5 strings, so that none is an operator.
std::string Expression(std::string_view query, std::string_view between) {
  std::string expression;
  for (size_t i = 0; i < query.size();) {
    size_t end = i;
    while (end < query.size() && IsWordByte(query[end])) ++end;
    if (end > i) {
      expression.append(expression.empty() ? "" : between).append("\"").append(query.substr(i, end - i)).append("\"");
    }
    i = end + 1;
  }
  return expression;
}

void Bind(sqlite3_stmt* statement, int index, std::string_view text) {
  sqlite3_bind_text(statement, index, text.data(), static_cast<int>(text.size()), SQLITE_STATIC);
}

class SqliteFts5 final : public Fts5 {
 public:
  Status Open(const std::string& path, bool contentless) {
    sqlite3* opened = nullptr;
    const int code = sqlite3_open(path.c_str(), &opened);
    database_.reset(opened);
    if (code != SQLITE_OK) return Failure();
    QUIRE_RETURN_IF_ERROR(Run("PRAGMA journal_mode = OFF"));  // as fast as it goes
    QUIRE_RETURN_IF_ERROR(Run("PRAGMA synchronous = OFF"));
    QUIRE_RETURN_IF_ERROR(Run("PRAGMA cache_size = -500000"));
    const std::string content = contentless ? ", content = ''" : "";
    QUIRE_RETURN_IF_ERROR(Run("CREATE VIRTUAL TABLE f USING fts5(title, section, body, "
                              "tokenize = 'porter unicode61'" + content + ")"));
    insert_ = Prepare("INSERT INTO f (rowid, title, section, body) VALUES (?, ?, ?, ?)");
    search_ = Prepare("SELECT rowid, rank FROM f WHERE f MATCH ? ORDER BY rank LIMIT ?");
    return insert_ != nullptr && search_ != nullptr ? Status() : Failure();
  }

  Status Add(const std::vector<Row>& rows) override {
    QUIRE_RETURN_IF_ERROR(Run("BEGIN"));
    for (const Row& row : rows) {
      sqlite3_bind_int64(insert_.get(), 1, ++last_);
      Bind(insert_.get(), 2, row.title);
      Bind(insert_.get(), 3, row.section);
      Bind(insert_.get(), 4, row.text);
      const bool done = sqlite3_step(insert_.get()) == SQLITE_DONE;
      if (sqlite3_reset(insert_.get()) != SQLITE_OK || !done) return Failure();
    }
    return Run("COMMIT");
  }

  Status Optimize() override { return Run("INSERT INTO f (f) VALUES ('optimize')"); }

  Result<std::vector<Found>> Search(std::string_view query, bool all_words, uint32_t k) override {
    std::vector<Found> found;
    const std::string expression = Expression(query, all_words ? " " : " OR ");
    if (expression.empty()) return found;
    Bind(search_.get(), 1, expression);
    sqlite3_bind_int64(search_.get(), 2, k);
    while (sqlite3_step(search_.get()) == SQLITE_ROW) {
      const sqlite3_int64 row = sqlite3_column_int64(search_.get(), 0);
      found.push_back({static_cast<uint32_t>(row - 1), -sqlite3_column_double(search_.get(), 1)});
    }
    if (sqlite3_reset(search_.get()) != SQLITE_OK) return Failure();
    return found;
  }

 private:
  Status Failure() const { return Status(Code::kIoError, std::string("SQLite: ") + sqlite3_errmsg(database_.get())); }
  Status Run(const std::string& text) {
    const bool ok = sqlite3_exec(database_.get(), text.c_str(), nullptr, nullptr, nullptr) == SQLITE_OK;
    return ok ? Status() : Failure();
  }
  SqliteStatement Prepare(const char* text) {
    sqlite3_stmt* made = nullptr;
    sqlite3_prepare_v2(database_.get(), text, -1, &made, nullptr);
    return SqliteStatement(made);
  }

  SqliteDatabase database_;  // goes last
  SqliteStatement insert_, search_;
  sqlite3_int64 last_ = 0;
};

}  // namespace

Result<std::unique_ptr<Fts5>> Fts5::Create(const std::string& path, bool contentless) {
  auto made = std::make_unique<SqliteFts5>();
  QUIRE_RETURN_IF_ERROR(made->Open(path, contentless));
  return std::unique_ptr<Fts5>(std::move(made));
}

}  // namespace quire::bench
#else
namespace quire::bench {

Result<std::unique_ptr<Fts5>> Fts5::Create(const std::string&, bool) {
  return Status(Code::kUnsupported, "SQLite is not compiled in", "install libsqlite3-dev and run cmake again");
}

}  // namespace quire::bench
#endif
