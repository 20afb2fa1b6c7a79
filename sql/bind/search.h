// Search predicates: text SIMILAR 'q', text MATCH 'q', embedding SIMILAR v and their forms as functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "quire/search.h"
#include "sql/bind/binder.h"

namespace quire::sql {

// A search as it was written.
struct BoundSearch {
  Span span;
  SearchMode mode = SearchMode::kHybrid;
  std::string text;  // empty: a vector is searched for
  std::vector<float> vector;
  std::optional<uint32_t> k;  // what the search itself says
  std::optional<double> min_score;
  std::optional<double> recall_target;
  bool exact = false;
  bool distinct = false;  // of texts that are nearly the same only the best
  // Words that rank but do not match: rows without any come last.
  bool keeps_all = false;
  // RRF(...): the searches whose ranks are fused, each with its weight; then nothing above but k is of use.
  std::vector<BoundSearch> parts;
  double weight = 1;
};

// Whether an expression is a search predicate, by its form.
bool IsSearch(const Expression& expression);

// REQUIRES: IsSearch(expression), scope.source is a collection.
// Errors: kTypeMismatch, kInvalidArgument (dimension, NaN, NULL, option), kUnsupported (a column that is not searched).
Result<BoundSearch> BindSearch(Binder& binder, const Expression& expression, const Scope& scope);

// Whether an expression ranks the rows of a SELECT, by its form: RRF(...), BM25(...), SIMILAR(...).
bool IsRanking(const Expression& expression);

// What ORDER BY ... DESC of a ranking searches for. REQUIRES: IsRanking(expression), scope.source is a collection.
// Errors: as BindSearch; kInvalidArgument (arguments and weights).
Result<BoundSearch> BindRanking(Binder& binder, const Expression& expression, const Scope& scope);

// How many results a search is to keep. Errors: kInvalidArgument.
Result<uint32_t> ReadK(const Value& value, Span span);

// What a search predicate gives where it cannot stand.
Status MisplacedSearch(std::string_view what, Span span);

// A vector that is going to meet the embeddings of a collection. Errors: kInvalidArgument (components, NaN, infinity).
Status CheckVector(const std::vector<float>& vector, const CollectionInfo& collection);

}  // namespace quire::sql
