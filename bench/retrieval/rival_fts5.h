// SQLite's FTS5 with the porter tokenizer, ranked by its bm25().
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "quire/status.h"

namespace quire::bench {

class Fts5 {
 public:
  // A table of title, section and text in a new file (":memory:" for none). `contentless`: the index alone, without the
  // texts. Errors: kUnsupported (not compiled in), kIoError.
  static Result<std::unique_ptr<Fts5>> Create(const std::string& path, bool contentless);
  virtual ~Fts5() = default;

  struct Row {
    std::string_view title, section, text;
  };
  // Adds rows in one transaction; the first row of all has number 0.
  virtual Status Add(const std::vector<Row>& rows) = 0;
  // Joins what transactions left behind.
  virtual Status Optimize() = 0;

  struct Found {
    uint32_t row;
    double score;
  };
  // The best rows with any of the words (or all), best first. A query without a word finds nothing.
  virtual Result<std::vector<Found>> Search(std::string_view query, bool all_words, uint32_t k) = 0;
};

}  // namespace quire::bench
