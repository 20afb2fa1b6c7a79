// INSERT, UPDATE, DELETE.
#include <algorithm>
#include <set>
#include <utility>

#include "sql/bind/cast.h"
#include "sql/bind/evaluate.h"
#include "sql/bind/shown.h"
#include "sql/exec/executor.h"

namespace quire::sql {
namespace {

Status AtRow(Status status, const std::vector<ExpressionPtr>& row) {
  return std::move(status).At(row.front()->span.start);
}

// Whether a chunk that is written again has to bring its vector. One that says the same under the same id does not: the
// engine leaves its vector and words alone. One that says something else gets a new vector, if somebody makes it.
bool KeepsVector(const Chunk& before, const Chunk& after, const Source& source) {
  const bool says_the_same =
      before.text == after.text && before.title == after.title && before.section == after.section;
  if (says_the_same) return before.id != after.id;
  return source.collection.schema.embedder == "none";
}

bool Assigns(const std::vector<std::pair<SourceColumn, BoundPtr>>& assignments, std::string_view column) {
  return std::any_of(assignments.begin(), assignments.end(),
                     [column](const auto& assignment) { return assignment.first.name == column; });
}

bool NeedsEmbedding(const std::vector<std::pair<SourceColumn, BoundPtr>>& assignments, const Source& source) {
  std::vector<bool> used(source.columns.size());
  for (const auto& [column, expression] : assignments) CollectColumns(*expression, &used);
  return used[*source.Find("embedding")] || Assigns(assignments, "id") || source.collection.schema.embedder == "none";
}

// WriteColumn, and a vector is one the collection can hold.
Status WriteChecked(const SourceColumn& column, Value value, const Source& source, Chunk* chunk) {
  if (column.role == ColumnRole::kEmbedding && !value.is_null()) {
    QUIRE_RETURN_IF_ERROR(CheckVector(value.vector(), source.collection));
  }
  return WriteColumn(column, std::move(value), chunk);
}

// Sets what is assigned, each value computed from the chunk as it was.
Status Assign(const std::vector<std::pair<SourceColumn, BoundPtr>>& assignments, const Source& source,
              const Chunk& before, Chunk* after) {
  Row row;
  for (const SourceColumn& column : source.columns) row.push_back(ReadColumn(column, before));
  for (const auto& [column, expression] : assignments) {
    QUIRE_ASSIGN_OR_RETURN(Value value, Evaluate(*expression, row));
    Status written = WriteChecked(column, std::move(value), source, after);
    if (!written.ok()) return std::move(written).At(expression->span.start);
  }
  return {};
}

}  // namespace

Result<Source> Executor::BindWritable(const Name& collection) {
  QUIRE_RETURN_IF_ERROR(CheckWritable());
  return BindCollection(collection, *reader());
}

RowsResult Executor::Change(const Changes& change) {
  QUIRE_RETURN_IF_ERROR(parameters_.CheckAllUsed());
  Outcome outcome;
  if (session_.transaction) {
    reader_.reset();  // whoever holds a view of the transaction makes it copy its changes before the next one
    Status status = change(*session_.transaction, &outcome);
    if (status.ok()) return MakeNoRows(std::move(outcome));
    session_.half_done = outcome.changes > 0;
    return status;
  }
  const std::unique_ptr<Transaction> transaction = session_.database->Begin();
  QUIRE_RETURN_IF_ERROR(change(*transaction, &outcome));
  QUIRE_RETURN_IF_ERROR(transaction->Commit());
  return MakeNoRows(std::move(outcome));
}

Status Executor::CheckIds(const std::vector<NewId>& ids, const Source& source, const Transaction& transaction) const {
  const std::shared_ptr<const Reader> view = transaction.reader();
  std::set<std::string_view> seen;
  for (const NewId& wanted : ids) {
    if (wanted.id.empty()) continue;
    QUIRE_ASSIGN_OR_RETURN(const auto number, view->Find(source.name, wanted.id));
    if (!number && seen.insert(wanted.id).second) continue;
    return Status(Code::kAlreadyExists,
                  "collection '" + source.name + "' already has a chunk '" + Shortened(wanted.id) + "'",
                  "add ON CONFLICT (id) DO UPDATE, or DO NOTHING")
        .At(wanted.position);
  }
  return {};
}

Result<std::vector<SourceColumn>> Executor::BindInsertColumns(const InsertStatement& statement, const Source& source) {
  if (statement.columns.empty()) {
    return Status(Code::kUnsupported, "INSERT needs the names of its columns",
                  "write INSERT INTO " + source.name + " (uri, title, text) VALUES (...)")
        .At(statement.collection.span.end);
  }
  std::vector<SourceColumn> columns;
  for (const Name& name : statement.columns) {
    Expression column{name.span, ColumnExpression{"", name.text}};
    Scope scope;
    scope.source = &source;
    QUIRE_ASSIGN_OR_RETURN(const BoundPtr bound, binder_.Bind(column, scope));
    columns.push_back(source.columns[*ColumnIndex(*bound)]);
    for (size_t i = 0; i + 1 < columns.size(); ++i) {
      if (!SameName(columns[i].name, columns.back().name)) continue;
      return Status(Code::kInvalidArgument, "column '" + columns[i].name + "' is named twice").At(name.span.start);
    }
    Chunk scratch;
    Status writable = WriteColumn(columns.back(), Value(), &scratch);
    if (!writable.ok()) return std::move(writable).At(name.span.start);
  }
  return columns;
}

Result<Chunk> Executor::MakeChunk(const std::vector<ExpressionPtr>& row, const std::vector<SourceColumn>& columns,
                                  const Source& source) {
  if (row.size() != columns.size()) {
    return AtRow(Status(Code::kInvalidArgument, "a row has " + std::to_string(row.size()) + " values, expected " +
                                                    std::to_string(columns.size())),
                 row);
  }
  Chunk chunk;
  bool has_text = false;
  for (size_t i = 0; i < columns.size(); ++i) {
    Result<Value> value = binder_.BindValueAs(*row[i], columns[i].type, "in VALUES");
    if (!value.ok()) return std::move(value).status().Within("column '" + columns[i].name + "'");
    has_text |= columns[i].role == ColumnRole::kText && !value->is_null();
    Status written = WriteChecked(columns[i], *std::move(value), source, &chunk);
    if (!written.ok()) return std::move(written).At(row[i]->span.start);
  }
  if (has_text || !chunk.embedding.empty()) return chunk;
  return AtRow(Status(Code::kInvalidArgument, "a row needs a text, or an embedding"), row);
}

// The rows of INSERT ... SELECT, all read before the first is written.
Result<std::vector<Chunk>> Executor::SelectChunks(const SelectStatement& query,
                                                  const std::vector<SourceColumn>& columns, const Source& source) {
  QUIRE_ASSIGN_OR_RETURN(BoundSelect select, BindSelect(binder_, query, *reader()));
  if (select.items.size() != columns.size()) {
    return Status(Code::kInvalidArgument, "SELECT gives " + std::to_string(select.items.size()) + " columns, expected " +
                                              std::to_string(columns.size()))
        .At(query.span.start);
  }
  QUIRE_ASSIGN_OR_RETURN(RowSet rows, RunSubquery(std::move(select), UINT64_MAX));
  std::vector<Chunk> chunks;
  for (std::vector<Value>& row : rows.rows) {
    Chunk chunk;
    bool has_text = false;
    for (size_t i = 0; i < columns.size(); ++i) {
      Result<Value> value = ReadAs(row[i], columns[i].type);
      if (!value.ok()) return std::move(value).status().Within("column '" + columns[i].name + "'").At(query.span.start);
      has_text |= columns[i].role == ColumnRole::kText && !value->is_null();
      Status written = WriteChecked(columns[i], *std::move(value), source, &chunk);
      if (!written.ok()) return std::move(written).At(query.span.start);
    }
    if (!has_text && chunk.embedding.empty()) {
      return Status(Code::kInvalidArgument, "a row needs a text, or an embedding").At(query.span.start);
    }
    chunks.push_back(std::move(chunk));
  }
  return chunks;
}

RowsResult Executor::operator()(const InsertStatement& statement) {
  QUIRE_ASSIGN_OR_RETURN(const Source source, BindWritable(statement.collection));
  QUIRE_ASSIGN_OR_RETURN(const std::vector<SourceColumn> columns, BindInsertColumns(statement, source));
  std::vector<Chunk> chunks;
  if (statement.query != nullptr) {
    QUIRE_ASSIGN_OR_RETURN(chunks, SelectChunks(*statement.query, columns, source));
  }
  for (const std::vector<ExpressionPtr>& row : statement.rows) {
    QUIRE_ASSIGN_OR_RETURN(Chunk chunk, MakeChunk(row, columns, source));
    chunks.push_back(std::move(chunk));
  }
  const auto place = [&statement](size_t i) {
    return statement.query != nullptr ? statement.query->span.start : statement.rows[i].front()->span.start;
  };
  using OnConflict = InsertStatement::OnConflict;
  return Change([&](Transaction& transaction, Outcome* outcome) -> Status {
    if (statement.on_conflict == OnConflict::kError && chunks.size() > 1) {  // one row is refused before anything changes
      std::vector<NewId> ids;
      for (size_t i = 0; i < chunks.size(); ++i) ids.push_back({chunks[i].id, place(i)});
      QUIRE_RETURN_IF_ERROR(CheckIds(ids, source, transaction));
    }
    for (size_t i = 0; i < chunks.size(); ++i) {
      const bool replaces = statement.on_conflict == OnConflict::kUpdate;
      Status status = replaces ? transaction.Put(source.name, std::move(chunks[i]))
                               : transaction.Insert(source.name, std::move(chunks[i]));
      const bool there = status.code() == Code::kAlreadyExists && statement.on_conflict == OnConflict::kNothing;
      if (!status.ok() && !there) return std::move(status).At(place(i));
      if (!there) ++outcome->changes;
    }
    return {};
  });
}

Result<PlannedFilter> Executor::BindChangeFilter(const Expression* where, const Source& source,
                                                 std::string_view statement) {
  QUIRE_ASSIGN_OR_RETURN(const std::vector<BoundPtr> conditions, BindFilter(binder_, where, source, statement));
  return PlanFilter(conditions, source, MakePlanContext());
}

Result<Executor::Assignments> Executor::BindAssignments(const UpdateStatement& statement, const Source& source) {
  Assignments assignments;
  Scope scope;
  scope.source = &source;
  scope.place = "in SET";
  for (const auto& [name, expression] : statement.assignments) {
    const Expression target{name.span, ColumnExpression{"", name.text}};
    QUIRE_ASSIGN_OR_RETURN(const BoundPtr bound, binder_.Bind(target, scope));
    const SourceColumn& column = source.columns[*ColumnIndex(*bound)];
    if (Assigns(assignments, column.name)) {
      return Status(Code::kInvalidArgument, "column '" + column.name + "' is set twice").At(name.span.start);
    }
    Chunk scratch;
    Status writable = WriteColumn(column, Value(), &scratch);
    if (!writable.ok()) return std::move(writable).At(name.span.start);
    QUIRE_ASSIGN_OR_RETURN(BoundPtr value, binder_.Bind(*expression, scope));
    Result<BoundPtr> coerced = binder_.Coerce(std::move(value), column.type);
    if (!coerced.ok()) return std::move(coerced).status().Within("column '" + column.name + "'");
    assignments.emplace_back(column, *std::move(coerced));
  }
  return assignments;
}

RowsResult Executor::operator()(const UpdateStatement& statement) {
  QUIRE_ASSIGN_OR_RETURN(const Source source, BindWritable(statement.collection));
  QUIRE_ASSIGN_OR_RETURN(const Assignments assignments, BindAssignments(statement, source));
  QUIRE_ASSIGN_OR_RETURN(const PlannedFilter filter, BindChangeFilter(statement.where.get(), source, "UPDATE"));
  return Change([&](Transaction& transaction, Outcome* outcome) -> Status {
    if (filter.nothing) return {};
    QUIRE_ASSIGN_OR_RETURN(std::vector<ChangedChunk> changed, ReadChanged(assignments, filter, source, transaction));
    std::vector<NewId> ids;
    for (const ChangedChunk& chunk : changed) {
      if (chunk.old_id != chunk.chunk.id) ids.push_back({chunk.chunk.id, statement.collection.span.start});
    }
    QUIRE_RETURN_IF_ERROR(CheckIds(ids, source, transaction));
    for (ChangedChunk& chunk : changed) {
      ++outcome->changes;
      if (chunk.old_id != chunk.chunk.id) {
        QUIRE_ASSIGN_OR_RETURN([[maybe_unused]] const bool deleted, transaction.Delete(source.name, chunk.old_id));
      }
      QUIRE_RETURN_IF_ERROR(transaction.Put(source.name, std::move(chunk.chunk)));
    }
    return {};
  });
}

// All chunks are read and changed before the first is written: a statement does not see its own changes.
Result<std::vector<Executor::ChangedChunk>> Executor::ReadChanged(const Assignments& assignments,
                                                                  const PlannedFilter& filter, const Source& source,
                                                                  Transaction& transaction) {
  std::vector<ChangedChunk> changed;
  const OperatorContext context = MakeOperatorContext();
  const ChunkParts parts{.text = true, .embedding = NeedsEmbedding(assignments, source)};
  QUIRE_ASSIGN_OR_RETURN(const auto cursor, transaction.reader()->Scan(source.name, filter.filter, parts));
  Chunk chunk;
  while (true) {
    QUIRE_RETURN_IF_ERROR(CheckCancelled(context));
    QUIRE_ASSIGN_OR_RETURN(const bool more, cursor->Next(&chunk));
    if (!more) return changed;
    ChangedChunk after{chunk.id, chunk};
    QUIRE_RETURN_IF_ERROR(Assign(assignments, source, chunk, &after.chunk));
    if (!Assigns(assignments, "embedding") && !KeepsVector(chunk, after.chunk, source)) after.chunk.embedding.clear();
    changed.push_back(std::move(after));
  }
}

RowsResult Executor::operator()(const DeleteStatement& statement) {
  QUIRE_ASSIGN_OR_RETURN(const Source source, BindWritable(statement.collection));
  QUIRE_ASSIGN_OR_RETURN(const PlannedFilter filter, BindChangeFilter(statement.where.get(), source, "DELETE"));
  const OperatorContext context = MakeOperatorContext();
  return Change([&](Transaction& transaction, Outcome* outcome) -> Status {
    if (filter.nothing) return {};
    QUIRE_ASSIGN_OR_RETURN(const auto cursor, transaction.reader()->Scan(source.name, filter.filter, {.text = false}));
    std::vector<std::string> ids;
    Chunk chunk;
    while (true) {
      QUIRE_RETURN_IF_ERROR(CheckCancelled(context));
      QUIRE_ASSIGN_OR_RETURN(const bool more, cursor->Next(&chunk));
      if (!more) break;
      ids.push_back(std::move(chunk.id));
    }
    for (const std::string& id : ids) {
      QUIRE_ASSIGN_OR_RETURN(const bool deleted, transaction.Delete(source.name, id));
      if (deleted) ++outcome->changes;
    }
    return {};
  });
}

Result<std::vector<std::string>> Executor::ExplainChange(const Statement& statement) {
  const auto scan = [](const Source& source, const PlannedFilter& filter) {
    return filter.nothing ? std::string("  Nothing (WHERE is never true)") : "  Scan " + source.name + filter.text;
  };
  std::vector<std::string> lines;
  if (const auto* insert = std::get_if<InsertStatement>(&statement.node)) {
    QUIRE_ASSIGN_OR_RETURN(const Source source, BindCollection(insert->collection, *reader()));
    lines = {"Insert " + source.name, "  Values " + std::to_string(insert->rows.size()) + " rows"};
    if (insert->query != nullptr) {
      QUIRE_ASSIGN_OR_RETURN(BoundSelect select, BindSelect(binder_, *insert->query, *reader()));
      QUIRE_ASSIGN_OR_RETURN(const PlanPtr plan, PlanSelect(std::move(select), MakePlanContext()));
      lines.pop_back();
      for (const std::string& line : PlanLines(*plan)) lines.push_back("  " + line);
    }
  } else if (const auto* update = std::get_if<UpdateStatement>(&statement.node)) {
    QUIRE_ASSIGN_OR_RETURN(const Source source, BindCollection(update->collection, *reader()));
    QUIRE_ASSIGN_OR_RETURN(const Assignments assignments, BindAssignments(*update, source));
    QUIRE_ASSIGN_OR_RETURN(const PlannedFilter filter, BindChangeFilter(update->where.get(), source, "UPDATE"));
    std::string names;
    for (const auto& [column, value] : assignments) names.append(names.empty() ? " " : ", ").append(column.name);
    lines = {"Update " + source.name + names, scan(source, filter)};
  } else if (const auto* removal = std::get_if<DeleteStatement>(&statement.node)) {
    QUIRE_ASSIGN_OR_RETURN(const Source source, BindCollection(removal->collection, *reader()));
    QUIRE_ASSIGN_OR_RETURN(const PlannedFilter filter, BindChangeFilter(removal->where.get(), source, "DELETE"));
    lines = {"Delete " + source.name, scan(source, filter)};
  } else {
    return Status(Code::kUnsupported, "there is no plan to explain",
                  "EXPLAIN takes SELECT, INSERT, UPDATE, DELETE and ASK")
        .At(statement.span.start);
  }
  return lines;
}

}  // namespace quire::sql
