#include "extensions/ingest/columns.h"

#include "extensions/ingest/text_scan.h"

namespace quire::ingest {

Result<ColumnMap> ColumnMap::Open(Database& database, const std::string& collection) {
  ColumnMap map(database, collection);
  QUIRE_RETURN_IF_ERROR(map.Refresh());
  return map;
}

Status ColumnMap::Refresh() {
  QUIRE_ASSIGN_OR_RETURN(const CollectionInfo info, database_->reader()->GetCollection(collection_));
  columns_ = info.schema.attributes;
  for (size_t i = 0; i < columns_.size(); ++i) by_name_[ToLower(columns_[i].name)] = i;
  return {};
}

Status ColumnMap::AddMissing(const std::vector<const Attribute*>& attributes, std::vector<std::string>* notices) {
  bool added = false;
  for (const Attribute* attribute : attributes) {
    const std::string name = ToLower(attribute->name);
    if (attribute->value.is_null() || by_name_.contains(name)) continue;
    const Status status =
        database_->AddColumns(collection_, {{.name = attribute->name, .type = attribute->value.type()}});
    if (!status.ok() && status.code() != Code::kInvalidArgument && status.code() != Code::kResourceExhausted &&
        status.code() != Code::kAlreadyExists) {
      return status;
    }
    if (!status.ok()) {
      notices->push_back("attribute '" + attribute->name + "' is left out: " + std::string(status.message()));
    }
    by_name_[name] = kNone;
    added = added || status.ok();
  }
  return added ? Refresh() : Status();
}

size_t ColumnMap::Find(const std::string& name) const {
  const auto found = by_name_.find(ToLower(name));
  return found == by_name_.end() ? kNone : found->second;
}

std::vector<Value> ColumnMap::ToRow(const std::vector<Attribute>& attributes, std::vector<std::string>* notices) const {
  std::vector<Value> row(columns_.size());
  for (const Attribute& attribute : attributes) {
    const size_t column = Find(attribute.name);
    if (column == kNone) continue;
    Result<Value> value = FitColumn(attribute.value, columns_[column].type);
    if (value.ok()) {
      row[column] = std::move(value).value();
    } else {
      notices->push_back("attribute '" + attribute.name + "' is left empty: " + std::string(value.status().message()));
    }
  }
  return row;
}

Result<Value> FitColumn(const Value& value, Type type) {
  if (value.is_null() || value.type() == type) return value;
  if (type == Type::kTextArray && value.type() == Type::kText) return Value::TextArray({value.text()});
  if (type == Type::kText && value.type() == Type::kTextArray) {
    std::string joined;
    for (const std::string& text : value.texts()) joined += (joined.empty() ? "" : ", ") + text;
    return Value::Text(std::move(joined));
  }
  return Cast(value, type);
}

}  // namespace quire::ingest
