// ColumnMap: attributes by name into the columns of a collection, which grow as new names come.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "extensions/ingest/document.h"
#include "quire/database.h"

namespace quire::ingest {

class ColumnMap {
 public:
  // Of the collection as it is now.
  static Result<ColumnMap> Open(Database& database, const std::string& collection);

  // Adds a column of this type if there is none of this name; one that cannot be added is remembered and left out from then on.
  // `notices` says so once. Errors: those of the database, but for refused names.
  Status Add(const std::string& name, Type type, std::vector<std::string>* notices);
  // The same for the attributes, each column with the type that all its values here have in common.
  Status AddMissing(const std::vector<const Attribute*>& attributes, std::vector<std::string>* notices);

  // The attributes as a chunk has them. A value that does not fit its column becomes NULL, with a notice; of a number that is printed
  // otherwise than it was written ("1.10" in REAL) there is one as well.
  std::vector<Value> ToRow(const std::vector<Attribute>& attributes, std::vector<std::string>* notices) const;

  // Index of a column by its name without regard to case, or npos.
  static constexpr size_t kNone = static_cast<size_t>(-1);
  size_t Find(const std::string& name) const;
  Type type(size_t column) const { return columns_[column].type; }
  size_t size() const { return columns_.size(); }

 private:
  ColumnMap(Database& database, std::string collection) : database_(&database), collection_(std::move(collection)) {}
  Status Refresh();

  Database* database_;
  std::string collection_;
  std::vector<ColumnSchema> columns_;
  std::map<std::string, size_t> by_name_;  // lower-case; kNone: refused
};

// `value` as a value of a column's type: a scalar becomes a list of one, a list becomes a text with commas, other types
// by Cast. Errors: kTypeMismatch.
Result<Value> FitColumn(const Value& value, Type type);

}  // namespace quire::ingest
