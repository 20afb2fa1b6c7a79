#include "sql/bind/system_tables.h"

#include <algorithm>
#include <string>

#include "engine/base/hash.h"
#include "sql/bind/health.h"

namespace quire::sql {
namespace {

Value Count(uint64_t count) { return Value::Integer(static_cast<int64_t>(count)); }

std::vector<Row> CollectionRows(const Database&, const Reader& reader) {
  std::vector<Row> rows;
  for (const CollectionInfo& info : reader.ListCollections()) {
    rows.push_back({Value::Text(info.schema.name), Count(info.chunks), Count(info.documents),
                    Value::Text(std::string(MetricName(info.schema.metric))), Value::Text(info.schema.embedder),
                    Count(info.schema.dim), Value::Real(info.schema.recall_target)});
  }
  return rows;
}

std::vector<Row> EmbedderRows(const Database& database, const Reader&) {
  std::vector<Row> rows;
  for (const EmbedderInfo& info : database.ListEmbedders()) {
    std::string options;
    for (const auto& [name, value] : info.definition.options) options += (options.empty() ? "" : ", ") + name + " = " + value;
    const bool known = info.identity.dim > 0;
    rows.push_back({Value::Text(info.identity.name), Value::Text(info.provider), Count(info.identity.version),
                    known ? Count(info.identity.dim) : Value::Null(),
                    known ? Value::Text(ToHex(info.identity.config)) : Value::Null(), Count(info.collections),
                    Value::Text(options), Value::Text(info.fault)});
  }
  return rows;
}

std::vector<Row> GenerationRows(const Database& database, const Reader& reader) {
  std::vector<Row> rows;
  for (const CollectionInfo& info : reader.ListCollections()) {
    const Result<std::vector<GenerationInfo>> generations = database.ListGenerations(info.schema.name);
    if (!generations.ok()) continue;  // as below; or dropped since
    for (const GenerationInfo& one : *generations) {
      const bool measured = one.queries > 0;
      rows.push_back({Value::Text(info.schema.name), Count(one.number), Value::Text(one.embedder), Count(one.dim),
                      Value::Text(one.role), Count(one.vectors), Value::Real(one.copied), Count(one.linked),
                      Count(one.memory_bytes), Count(one.queries), measured ? Value::Real(one.recall) : Value::Null(),
                      measured ? Value::Real(one.median_us) : Value::Null()});
    }
  }
  return rows;
}

std::vector<Row> IndexRows(const Database& database, const Reader&) {
  std::vector<Row> rows;
  for (const IndexInfo& info : database.ListIndexes()) {
    if (!info.fault.empty()) {  // the others are fine
      rows.push_back({Value::Text(info.collection), Count(info.generation)});
      rows.back().resize(10);
      rows.back().push_back(Value::Text(info.fault));
      continue;
    }
    rows.push_back({Value::Text(info.collection), Count(info.generation), Count(info.vectors),
                    Count(info.memory_bytes), Count(info.edition), Count(info.linked), Count(info.dead),
                    Count(info.lag), Count(info.recall_samples),
                    info.recall_samples == 0 ? Value::Null() : Value::Real(info.recall), Value::Null()});
  }
  return rows;
}

std::vector<Row> JobRows(const Database& database, const Reader&) {
  std::vector<Row> rows;
  for (const JobInfo& job : database.ListJobs()) {
    rows.push_back({Count(job.id), Value::Text(job.kind), Value::Text(job.collection), Value::Text(job.state),
                    Value::Real(job.progress), Value::Text(job.message)});
  }
  return rows;
}

std::vector<Row> MetricRows(const Database& database, const Reader&) {
  std::vector<Row> rows;
  for (const MetricInfo& metric : database.ListMetrics()) {
    rows.push_back({Value::Text(std::string(metric.name)), Count(metric.value), Value::Text(std::string(metric.description))});
  }
  return rows;
}

// How many of the true nearest vector searches found, measured on some of those that users made.
std::vector<Row> RecallRows(const Database& database, const Reader& reader) {
  std::vector<Row> rows;
  for (const IndexInfo& info : database.ListIndexes()) {
    const Result<CollectionInfo> collection = reader.GetCollection(info.collection);
    rows.push_back({Value::Text(info.collection), Count(info.generation),
                    collection.ok() ? Value::Real(collection->schema.recall_target) : Value::Null(),
                    Count(info.recall_samples), info.recall_samples == 0 ? Value::Null() : Value::Real(info.recall)});
  }
  return rows;
}

}  // namespace

std::span<const SystemTable> SystemTables() {
  constexpr Type kT = Type::kText, kI = Type::kInteger, kR = Type::kReal;
  static const SystemTable tables[] = {
      {"quire_collections",
       "COLLECTIONS",
       {{"name", kT},
        {"chunks", kI},
        {"documents", kI},
        {"metric", kT},
        {"embedder", kT},
        {"dim", kI},
        {"recall_target", kR}},
       CollectionRows},
      {"quire_embedders", "EMBEDDERS", {{"name", kT}, {"provider", kT}, {"version", kI}, {"dim", kI}, {"config", kT}, {"collections", kI},
        {"options", kT}, {"fault", kT}}, EmbedderRows},
      {"quire_generations",
       "GENERATIONS",
       {{"collection", kT},
        {"generation", kI},
        {"embedder", kT},
        {"dim", kI},
        {"state", kT},
        {"vectors", kI},
        {"copied", kR},
        {"linked", kI},
        {"memory_bytes", kI},
        {"queries", kI},
        {"recall", kR},
        {"median_us", kR}},
       GenerationRows},
      {"quire_health", "HEALTH", {{"subject", kT}, {"state", kT}, {"detail", kT}, {"advice", kT}}, HealthRows},
      {"quire_indexes",
       "INDEXES",
       {{"collection", kT},
        {"generation", kI},
        {"vectors", kI},
        {"memory_bytes", kI},
        {"edition", kI},
        {"linked", kI},
        {"dead", kI},
        {"lag", kI},
        {"recall_samples", kI},
        {"recall", kR},
        {"fault", kT}},
       IndexRows},
      {"quire_jobs",
       "JOBS",
       {{"id", kI}, {"kind", kT}, {"collection", kT}, {"state", kT}, {"progress", kR}, {"message", kT}},
       JobRows},
      {"quire_metrics", "METRICS", {{"name", kT}, {"value", kI}, {"description", kT}}, MetricRows},
      {"quire_recall",
       "RECALL",
       {{"collection", kT}, {"generation", kI}, {"target", kR}, {"samples", kI}, {"recall", kR}},
       RecallRows},
      {"quire_settings", "SETTINGS", {{"name", kT}, {"value", kT}, {"description", kT}}, nullptr},
  };
  return tables;
}

const SystemTable* FindSystemTable(std::string_view name) {
  for (const SystemTable& table : SystemTables()) {
    if (SameName(table.name, name)) return &table;
  }
  return nullptr;
}

const SystemTable* FindShownTable(std::string_view show_word) {
  if (SameName(show_word, "TABLES")) show_word = "COLLECTIONS";
  for (const SystemTable& table : SystemTables()) {
    if (SameName(table.show, show_word)) return &table;
  }
  return nullptr;
}

}  // namespace quire::sql
