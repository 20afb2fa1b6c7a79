#include "extensions/ingest/columns.h"

#include "engine/base/utf8.h"
#include "extensions/ingest/column_types.h"
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

Status ColumnMap::Add(const std::string& name, Type type, std::vector<std::string>* notices) {
  const std::string key = ToLower(name);
  if (by_name_.contains(key)) return {};
  const Status status = database_->AddColumns(collection_, {{.name = name, .type = type}});
  if (status.ok()) return Refresh();
  if (status.code() != Code::kInvalidArgument && status.code() != Code::kResourceExhausted &&
      status.code() != Code::kAlreadyExists) {
    return status;
  }
  notices->push_back("attribute '" + name + "' is left out: " + std::string(status.message()));
  by_name_[key] = kNone;
  return {};
}

Status ColumnMap::AddMissing(const std::vector<const Attribute*>& attributes, std::vector<std::string>* notices) {
  std::vector<ColumnSchema> missing;
  std::map<std::string, size_t> places;
  for (const Attribute* attribute : attributes) {
    std::string key = ToLower(attribute->name);
    if (attribute->value.is_null() || by_name_.contains(key)) continue;
    const auto [place, is_new] = places.try_emplace(std::move(key), missing.size());
    if (is_new) missing.push_back({.name = attribute->name, .type = Type::kNull});
    Type& type = missing[place->second].type;
    type = CommonType(type, attribute->value.type());
  }
  for (const ColumnSchema& column : missing) QUIRE_RETURN_IF_ERROR(Add(column.name, column.type, notices));
  return {};
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
      if (row[column].is_number() && attribute.value.type() == Type::kText &&
          row[column].ToString() != attribute.value.text()) {
        notices->push_back("attribute '" + attribute.name + "': '" + Printable(attribute.value.text()) +
                           "' is stored as " + row[column].ToString());
      }
    } else {
      notices->push_back("attribute '" + attribute.name + "' is left empty: " + std::string(value.status().message()));
    }
  }
  return row;
}

Result<Value> FitColumn(const Value& value, Type type) {
  if (value.is_null() || value.type() == type) return value;
  if (type == Type::kTextArray && value.type() != Type::kJson) return Value::TextArray({value.ToString()});
  if (type == Type::kText && value.type() == Type::kTextArray) {
    std::string joined;
    for (const std::string& text : value.texts()) joined += (joined.empty() ? "" : ", ") + text;
    return Value::Text(std::move(joined));
  }
  return Cast(value, type);
}

}  // namespace quire::ingest
