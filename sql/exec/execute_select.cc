// SELECT and EXPLAIN.
#include <cstdio>
#include <utility>

#include "sql/exec/executor.h"
#include "sql/exec/search.h"

namespace quire::sql {
namespace {

std::vector<ResultColumn> ColumnsOf(const BoundSelect& select) {
  std::vector<ResultColumn> columns;
  for (const BoundItem& item : select.items) columns.push_back({item.name, item.expression->type});
  return columns;
}

// "  (10 rows, 0.9 ms, 12 blocks, 80 refined, 10 chunks, 34120 bytes)"
std::string Measured(const OperatorMeasure& measure) {
  char ms[32];
  std::snprintf(ms, sizeof ms, "%.3f ms", static_cast<double>(measure.nanoseconds) / 1e6);
  std::string text = "  (" + std::to_string(measure.rows) + (measure.rows == 1 ? " row, " : " rows, ") + ms;
  const ReadCost cost = measure.measured->cost();
  const std::pair<uint64_t, const char*> counts[] = {
      {cost.blocks, " blocks"}, {cost.refined, " refined"}, {cost.chunks, " chunks"}, {cost.bytes, " bytes"}};
  for (const auto& [count, what] : counts) {
    if (count > 0) text.append(", ").append(std::to_string(count)).append(what);
  }
  return text + ")";
}

// 0 stands for "not in that list".
Value RankOrNull(uint32_t rank) { return rank == 0 ? Value::Null() : Value::Integer(rank); }

}  // namespace

Result<BoundSelect> Executor::Bind(const SelectStatement& statement) {
  QUIRE_ASSIGN_OR_RETURN(BoundSelect select, BindSelect(binder_, statement, *reader()));
  QUIRE_RETURN_IF_ERROR(parameters_.CheckAllUsed());
  return select;
}

Result<std::vector<ResultColumn>> Executor::Columns(const Statement& statement) {
  const auto* select = std::get_if<SelectStatement>(&statement.node);
  if (select == nullptr) return std::vector<ResultColumn>();
  QUIRE_ASSIGN_OR_RETURN(const BoundSelect bound, Bind(*select));
  return ColumnsOf(bound);
}

Result<RowSet> Executor::RunSubquery(BoundSelect select, uint64_t rows_max) {
  RowSet set;
  set.columns = ColumnsOf(select);
  QUIRE_ASSIGN_OR_RETURN(const PlanPtr plan, PlanSelect(std::move(select), MakePlanContext()));
  OperatorContext context = MakeOperatorContext();
  std::vector<std::string> notices;
  context.notices = &notices;
  const OperatorPtr root = MakeOperator(*plan, context);
  Row row;
  while (set.rows.size() < rows_max) {
    QUIRE_ASSIGN_OR_RETURN(const bool more, root->Next(&row));
    if (!more) break;
    QUIRE_RETURN_IF_ERROR(memory_->Take(BytesOf(row), "a subquery"));
    set.rows.push_back(std::move(row));
    row = {};
  }
  return set;
}

RowsResult Executor::operator()(const SelectStatement& statement) {
  QUIRE_ASSIGN_OR_RETURN(BoundSelect select, Bind(statement));
  std::vector<ResultColumn> columns = ColumnsOf(select);
  QUIRE_ASSIGN_OR_RETURN(PlanPtr plan, PlanSelect(std::move(select), MakePlanContext()));
  std::unique_ptr<Rows> rows = MakeQueryRows(std::move(plan), std::move(columns), MakeOperatorContext());
  // What a transaction sees changes with its next statement: its rows are read now.
  if (session_.transaction) return Materialize(*rows);
  return rows;
}

RowsResult Executor::operator()(const std::unique_ptr<ExplainStatement>& statement) {
  const StatementNode& node = statement->statement.node;
  if (const auto* select = std::get_if<SelectStatement>(&node)) {
    return statement->retrieval ? ExplainRetrieval(*select) : ExplainSelect(*select, statement->analyze);
  }
  if (statement->retrieval || statement->analyze) {
    return Status(Code::kUnsupported,
                  std::string("EXPLAIN ") + (statement->retrieval ? "RETRIEVAL" : "ANALYZE") + " takes a SELECT",
                  "write EXPLAIN alone")
        .At(statement->statement.span.start);
  }
  if (const auto* ask = std::get_if<AskStatement>(&node)) return Ask(*ask, true);
  QUIRE_ASSIGN_OR_RETURN(const std::vector<std::string> lines, ExplainChange(statement->statement));
  return MakeTextRows("plan", lines);
}

RowsResult Executor::ExplainSelect(const SelectStatement& statement, bool analyze) {
  QUIRE_ASSIGN_OR_RETURN(BoundSelect select, Bind(statement));
  QUIRE_ASSIGN_OR_RETURN(const PlanPtr plan, PlanSelect(std::move(select), MakePlanContext()));
  std::vector<std::string> lines = PlanLines(*plan);
  if (!analyze) return MakeTextRows("plan", lines);
  OperatorContext context = MakeOperatorContext();
  std::vector<std::string> notices;
  context.notices = &notices;
  std::vector<std::unique_ptr<OperatorMeasure>> measures;
  const OperatorPtr root = MakeOperator(*plan, context, &measures);
  Row row;
  while (true) {
    QUIRE_ASSIGN_OR_RETURN(const bool more, root->Next(&row));
    if (!more) break;
  }
  for (size_t i = 0; i < lines.size(); ++i) lines[i] += Measured(*measures[i]);
  return MakeTextRows("plan", lines);
}

RowsResult Executor::ExplainRetrieval(const SelectStatement& statement) {
  QUIRE_ASSIGN_OR_RETURN(BoundSelect select, Bind(statement));
  QUIRE_ASSIGN_OR_RETURN(const PlanPtr plan, PlanSelect(std::move(select), MakePlanContext()));
  const SearchPlan* search = FindSearch(*plan);
  if (search == nullptr) {
    return Status(Code::kInvalidArgument, "EXPLAIN RETRIEVAL needs a SELECT with a search",
                  "add WHERE text SIMILAR 'your question' LIMIT 10");
  }
  RowSet set;
  set.columns = {{"rank", Type::kInteger},        {"id", Type::kText},           {"score", Type::kReal},
                 {"vector_rank", Type::kInteger}, {"word_rank", Type::kInteger}, {"distance", Type::kReal},
                 {"word_score", Type::kReal},     {"vector_part", Type::kReal},  {"word_part", Type::kReal},
                 {"document_part", Type::kReal}};
  QUIRE_ASSIGN_OR_RETURN(const std::vector<Hit> hits, RunSearch(*search, *reader(), nullptr));
  for (const Hit& hit : hits) {
    QUIRE_ASSIGN_OR_RETURN(const Chunk chunk, reader()->Get(search->collection, hit.number, {.text = false}));
    const uint64_t rank = set.rows.size() + 1;
    const bool fused = hit.vector_part != 0 || hit.word_part != 0;
    set.rows.push_back({ReadPseudo(ColumnRole::kRank, hit, rank), Value::Text(chunk.id),
                        ReadPseudo(ColumnRole::kScore, hit, rank), RankOrNull(hit.vector_rank),
                        RankOrNull(hit.word_rank), ReadPseudo(ColumnRole::kDistance, hit, rank),
                        hit.word_rank == 0 ? Value::Null() : Value::Real(hit.word_score),
                        fused ? Value::Real(hit.vector_part) : Value::Null(),
                        fused ? Value::Real(hit.word_part) : Value::Null(),
                        fused ? Value::Real(hit.document_part) : Value::Null()});
  }
  return MakeStoredRows(std::move(set));
}

}  // namespace quire::sql
