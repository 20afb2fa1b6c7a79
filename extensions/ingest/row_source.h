// RowSource: the records of one file, one after the other.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "extensions/ingest/row.h"
#include "quire/status.h"

namespace quire::ingest {

class RowSource {
 public:
  struct Record {
    uint64_t place = 0;       // line of the file, or number of the vector, from 1
    Result<Row> row = Row();  // Errors: this record fails alone
    std::string bytes{};      // what an id can be made of where it has none
  };
  virtual ~RowSource() = default;
  // The next record; false: there is none. Errors: kIoError, kInvalidArgument: the file cannot be read on.
  virtual Result<bool> Next(Record* record) = 0;
};

struct RowSourceOptions {
  std::string format = {};  // "jsonl", "csv", "tsv", "fvecs", "bvecs", "npy"; empty: by the extension
  std::string encoding = {};
  std::vector<ColumnPath> columns = {};
};

// JSONL (an array of objects as well), CSV, TSV, and vectors: fvecs, bvecs, npy (f4, f8, i1, u1; two dimensions, C order).
// A vector's id is its number, from 0. Files of up to 64 MiB may be in any encoding (`notices` says which was guessed), larger
// ones are UTF-8; records that are damaged UTF-8 fail alone.
// Errors: kNotFound, kIoError, kInvalidArgument (not of the format).
Result<std::unique_ptr<RowSource>> OpenRows(const std::string& path, const RowSourceOptions& options,
                                            std::vector<std::string>* notices);

// "jsonl", "csv" ... of a format's name or a path's extension; empty: it holds no rows.
std::string RowFormatOf(std::string_view name_or_extension);

// Those of vector files, in the file of their code.
Result<std::unique_ptr<RowSource>> OpenVectors(const std::string& path, std::string_view format);

}  // namespace quire::ingest
