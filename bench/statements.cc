// Wall time, the best of three runs, SQLite's right after Quire's. No background thread: no links are made meanwhile, so that
// INSERT is what the statement and its commit cost.
#include "bench/statements.h"

#include <algorithm>
#include <cstdio>
#include <iterator>
#include <vector>

#include "bench/ann/machine.h"
#include "bench/ann/workplace.h"
#include "quire/connection.h"
#include "sql/bind/select.h"
#include "sql/parse/parser.h"
#include "sql/plan/planner.h"

namespace quire::bench {
namespace {

constexpr uint64_t kBatch = 10'000;  // rows of a transaction

SqliteRow MadeRow(uint64_t i) {
  constexpr const char* kProducts[] = {"cloud", "desktop", "server", "mobile", "edge", "labs", "docs", "store"};
  const uint64_t mixed = i * 0x9E3779B97F4A7C15u >> 20;
  return {static_cast<int64_t>(mixed % 1000), static_cast<double>(mixed % 9973) / 100, kProducts[mixed % 8]};
}

std::vector<float> MadeVector(uint64_t i) {
  std::vector<float> vector(8);
  for (size_t d = 0; d < vector.size(); ++d) vector[d] = static_cast<float>((i * 0x9E3779B97F4A7C15u >> (4 * d)) % 255) - 127;
  return vector;
}

struct Query {
  const char* what;
  const char* quire;
  const char* sqlite;
};
constexpr Query kQueries[] = {
    {"count, filter by an index", "SELECT count(*) FROM t WHERE number < 500", "SELECT count(*) FROM t WHERE number < 500"},
    {"count, filter computed", "SELECT count(*) FROM t WHERE number + 0 < 500", "SELECT count(*) FROM t WHERE number + 0 < 500"},
    {"sum of an attribute", "SELECT sum(number) FROM t", "SELECT sum(number) FROM t"},
    {"avg under a filter", "SELECT avg(price) FROM t WHERE number < 500", "SELECT avg(price) FROM t WHERE number < 500"},
    {"group by, count", "SELECT product, count(*) FROM t GROUP BY product", "SELECT product, count(*) FROM t GROUP BY product"},
    {"group by, sum and avg", "SELECT product, sum(number), avg(price) FROM t GROUP BY product",
     "SELECT product, sum(number), avg(price) FROM t GROUP BY product"},
    {"top 10 by an attribute", "SELECT id FROM t ORDER BY price DESC, id LIMIT 10",
     "SELECT id FROM t ORDER BY price DESC, id LIMIT 10"},
};

Status Drain(Connection& connection, const char* text) {
  QUIRE_ASSIGN_OR_RETURN(const auto rows, connection.Execute(text));
  while (true) {
    QUIRE_ASSIGN_OR_RETURN(const bool more, rows->Next());
    if (!more) return {};
  }
}

// Seconds of the fastest of three runs.
Result<double> TimeOf(Connection& connection, const char* text) {
  double best = 1e9;
  for (int round = 0; round < 3; ++round) {
    const Stopwatch watch;
    QUIRE_RETURN_IF_ERROR(Drain(connection, text));
    best = std::min(best, watch.seconds());
  }
  return best;
}

// Parses, binds and plans; runs nothing. Microseconds, median.
Result<double> PlanCost(Database& database, const char* text, bool parse_only) {
  const sql::Registry registry;
  std::vector<double> costs;
  for (int round = 0; round < 20'000; ++round) {
    const Stopwatch watch;
    QUIRE_ASSIGN_OR_RETURN(const sql::Statement statement, sql::Parse(text));
    if (!parse_only) {
      const Parameters none;
      sql::ParameterValues parameters(none);
      sql::Binder binder(registry, parameters, text);
      const std::shared_ptr<const Reader> reader = database.reader();
      QUIRE_ASSIGN_OR_RETURN(sql::BoundSelect select,
                             sql::BindSelect(binder, std::get<sql::SelectStatement>(statement.node), *reader));
      QUIRE_ASSIGN_OR_RETURN(const sql::PlanPtr plan, sql::PlanSelect(std::move(select), {reader, binder, nullptr, 0}));
    }
    costs.push_back(watch.seconds() * 1e6);
  }
  std::nth_element(costs.begin(), costs.begin() + static_cast<std::ptrdiff_t>(costs.size() / 2), costs.end());
  return costs[costs.size() / 2];
}

Result<double> Fill(Connection& connection, uint64_t rows) {
  QUIRE_ASSIGN_OR_RETURN(quire::Statement insert, connection.Prepare("INSERT INTO t (id, text, embedding, number, price, "
                                                                     "product) VALUES (?, ?, ?, ?, ?, ?)"));
  const Stopwatch watch;
  for (uint64_t i = 0; i < rows; ++i) {
    if (i % kBatch == 0) QUIRE_RETURN_IF_ERROR(Drain(connection, "BEGIN"));
    const SqliteRow row = MadeRow(i);
    const Value values[] = {Value::Text("r" + std::to_string(i)), Value::Text("a small text"), Value::Vector(MadeVector(i)),
                            Value::Integer(row.number), Value::Real(row.price), Value::Text(row.product)};
    for (size_t p = 0; p < std::size(values); ++p) QUIRE_RETURN_IF_ERROR(insert.Bind(p + 1, values[p]));
    QUIRE_RETURN_IF_ERROR(insert.Execute().status());
    if ((i + 1) % kBatch == 0 || i + 1 == rows) QUIRE_RETURN_IF_ERROR(Drain(connection, "COMMIT"));
  }
  return watch.seconds();
}

Status Measure(uint64_t rows) {
  QUIRE_ASSIGN_OR_RETURN(const Workplace workplace, Workplace::Make());
  QUIRE_ASSIGN_OR_RETURN(std::shared_ptr<Database> database,
                         Database::Open(workplace.path() + "/db", {.sync = Sync::kOff, .background_threads = 0}));
  Connection connection(database);
  QUIRE_RETURN_IF_ERROR(Drain(connection, "CREATE COLLECTION t (number INTEGER, price REAL, product TEXT) "
                                          "WITH (embedder = 'none', dim = 8)"));
  const char* typical =
      "SELECT title, section, text, score FROM t WHERE text SIMILAR 'reset my password' AND product = 'cloud' AND "
      "number > 20 LIMIT 10";
  QUIRE_ASSIGN_OR_RETURN(const double parsed, PlanCost(*database, typical, true));
  QUIRE_ASSIGN_OR_RETURN(const double planned, PlanCost(*database, typical, false));
  std::printf("parse a typical SELECT            %8.1f us\nparse, bind and plan it           %8.1f us  (aim 20)\n", parsed,
              planned);
  QUIRE_ASSIGN_OR_RETURN(const double filled, Fill(connection, rows));
  const double n = static_cast<double>(rows);
  std::printf("prepared INSERT, commits included %8.0f rows/s  (aim 50,000)\n", n / filled);
  QUIRE_RETURN_IF_ERROR(database->Flush());
  const double sqlite = SqliteFill(rows, MadeRow);
  if (sqlite > 0) std::printf("SQLite %s, the same         %8.0f rows/s\n", SqliteVersion().c_str(), n / sqlite);
  std::printf("\n%-28s %10s %12s %10s %8s\n", "query", "Quire ms", "M rows/s", "SQLite ms", "ratio");
  for (const Query& query : kQueries) {
    QUIRE_ASSIGN_OR_RETURN(const double ours, TimeOf(connection, query.quire));
    const double theirs = sqlite > 0 ? SqliteQuery(query.sqlite) : -1;
    std::printf("%-28s %10.1f %12.2f", query.what, ours * 1e3, n / ours / 1e6);
    if (theirs > 0) std::printf(" %10.1f %8.2f", theirs * 1e3, ours / theirs);
    std::printf("\n");
  }
  return {};
}

}  // namespace

int RunStatements(uint64_t rows) {
  std::printf("%s; %llu rows\n\n", ProcessorName().c_str(), static_cast<unsigned long long>(rows));
  const Status status = Measure(rows);
  if (!status.ok()) std::fprintf(stderr, "quire-bench: %s\n", status.ToString().c_str());
  return status.ok() ? 0 : 1;
}

#ifndef QUIRE_BENCH_SQLITE
std::string SqliteVersion() { return {}; }
double SqliteFill(uint64_t, SqliteRow (*)(uint64_t)) { return -1; }
double SqliteQuery(const char*) { return -1; }
#endif

}  // namespace quire::bench
