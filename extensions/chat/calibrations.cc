#include "extensions/chat/calibrations.h"

#include <cstdio>
#include <nlohmann/json.hpp>

#include "engine/base/json.h"

namespace quire::chat {
namespace {

constexpr Type kT = Type::kText, kI = Type::kInteger, kR = Type::kReal, kJ = Type::kJson;

// The columns of the collection, and of the rows that are shown.
std::vector<ColumnSchema> Columns() {
  return {{"collection", kT}, {"target_refusal", kR}, {"threshold", kR}, {"warning", kR}, {"refused", kR}, {"answered", kR},
          {"on_topic", kI},   {"off_topic", kI},      {"chunks", kI},    {"curve", kJ}};
}

std::string CurveJson(const std::vector<CalibrationPoint>& curve) {
  std::string json = "[";
  for (const CalibrationPoint& point : curve) {
    json += json.size() > 1 ? ",[" : "[";
    AppendJsonNumber(&json, point.threshold);
    json += ',';
    AppendJsonNumber(&json, point.refused);
    json += ',';
    AppendJsonNumber(&json, point.answered);
    json += ']';
  }
  return json + "]";
}

std::vector<Value> Values(const Calibration& c) {
  const auto count = [](uint64_t number) { return Value::Integer(static_cast<int64_t>(number)); };
  return {Value::Text(c.collection), Value::Real(c.target),    Value::Real(c.threshold),  Value::Real(c.warning),
          Value::Real(c.refused),    Value::Real(c.answered),  count(c.on_topic),         count(c.off_topic),
          count(c.chunks),           Value::Json(CurveJson(c.curve))};
}

std::string Expectation(const Calibration& c) {
  char text[160];
  std::snprintf(text, sizeof text, "expected: refuses %.0f %% of off-topic questions, answers %.0f %% of on-topic ones",
                100 * c.refused, 100 * c.answered);
  return text;
}

Result<Calibration> FromChunk(const Chunk& chunk) {
  const Status damaged(Code::kCorruption, "calibration of '" + chunk.id + "' cannot be read", "CALIBRATE it again");
  if (chunk.attributes.size() < Columns().size()) return damaged;
  const auto real = [&](size_t column) {
    const Value& value = chunk.attributes[column];
    return value.type() == kR ? value.real() : -1;
  };
  const auto count = [&](size_t column) {
    const Value& value = chunk.attributes[column];
    return value.type() == kI && value.integer() > 0 ? static_cast<uint64_t>(value.integer()) : 0;
  };
  Calibration c{chunk.id, real(1), real(2), real(3), real(4), real(5), count(6), count(7), count(8), {}};
  if (!(c.threshold >= 0 && c.threshold <= 1) || !(c.warning >= c.threshold)) return damaged;
  if (chunk.attributes[9].type() != kJ) return damaged;
  const auto curve = nlohmann::json::parse(chunk.attributes[9].text(), nullptr, false);
  if (!curve.is_array()) return damaged;
  for (const auto& point : curve) {
    if (!point.is_array() || point.size() != 3 || !point[0].is_number() || !point[1].is_number() || !point[2].is_number()) return damaged;
    c.curve.push_back({point[0], point[1], point[2]});
  }
  return c;
}

void AddRow(const Calibration& calibration, sql::RowSet* rows) {
  std::vector<Value> row = Values(calibration);
  row.insert(row.begin() + 1, Value::Text(Expectation(calibration)));
  rows->rows.push_back(std::move(row));
}

sql::RowSet NoRows() {
  sql::RowSet rows;
  for (const ColumnSchema& column : Columns()) {
    rows.columns.push_back({column.name, column.type});
    if (rows.columns.size() == 1) rows.columns.push_back({"expectation", kT});
  }
  return rows;
}

}  // namespace

Status KeepCalibration(Database& database, const Calibration& calibration) {
  if (!database.reader()->GetCollection(kCalibrationsCollection).ok()) {
    CollectionSchema schema;
    schema.name = kCalibrationsCollection;
    schema.attributes = Columns();
    schema.embedder = "hashed";
    const Status made = database.CreateCollection(std::move(schema));
    if (!made.ok() && made.code() != Code::kAlreadyExists) return made;
  }
  Chunk chunk;
  chunk.id = calibration.collection;
  chunk.text = Expectation(calibration);
  chunk.attributes = Values(calibration);
  const auto transaction = database.Begin();
  QUIRE_RETURN_IF_ERROR(transaction->Put(kCalibrationsCollection, std::move(chunk)));
  return transaction->Commit();
}

Result<std::optional<Calibration>> FindCalibration(const Reader& reader, std::string_view collection) {
  if (!reader.GetCollection(kCalibrationsCollection).ok()) return std::optional<Calibration>();
  QUIRE_ASSIGN_OR_RETURN(const CollectionInfo info, reader.GetCollection(collection));
  QUIRE_ASSIGN_OR_RETURN(const auto number, reader.Find(kCalibrationsCollection, info.schema.name));
  if (!number) return std::optional<Calibration>();
  QUIRE_ASSIGN_OR_RETURN(const Chunk chunk, reader.Get(kCalibrationsCollection, *number, {}));
  QUIRE_ASSIGN_OR_RETURN(Calibration calibration, FromChunk(chunk));
  return std::optional(std::move(calibration));
}

Result<sql::RowSet> CalibrateCollection(std::string_view collection, const sql::StatementOptions& options, const sql::Session& session) {
  double target = 0.9;
  for (const auto& [name, value] : options) {
    if (name != "refusal") return Status(Code::kInvalidArgument, "CALIBRATE has no option '" + name + "'; there is: refusal");
    if (value.type() != kR) {
      return Status(Code::kTypeMismatch, "option 'refusal': expected a number, found " + std::string(TypeName(value.type())));
    }
    target = value.real();
  }
  QUIRE_ASSIGN_OR_RETURN(const Calibration calibration, FitCalibration(session.reader, collection, target, session.cancelled));
  QUIRE_RETURN_IF_ERROR(KeepCalibration(session.database, calibration));
  sql::RowSet rows = NoRows();
  AddRow(calibration, &rows);
  return rows;
}

Result<sql::RowSet> ShowCalibrations(std::string_view collection, const sql::Session& session) {
  sql::RowSet rows = NoRows();
  std::vector<std::string> names = {std::string(collection)};
  if (collection.empty()) {
    names.clear();
    for (const CollectionInfo& info : session.reader.ListCollections()) names.push_back(info.schema.name);
  }
  for (const std::string& name : names) {
    QUIRE_ASSIGN_OR_RETURN(const auto found, FindCalibration(session.reader, name));
    if (found) AddRow(*found, &rows);
  }
  return rows;
}

}  // namespace quire::chat
