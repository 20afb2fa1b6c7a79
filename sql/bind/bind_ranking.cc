// RRF(), BM25() and SIMILAR() in ORDER BY: a search that ranks every row there is.
#include <algorithm>

#include "sql/bind/search.h"
#include "sql/bind/shown.h"

namespace quire::sql {
namespace {

// The words of a text, any of which may occur, in the grammar of MATCH. Empty if there is none.
std::string AnyOf(std::string_view text) {
  std::string query;
  size_t at = 0;
  while (at < text.size()) {
    const size_t end = std::min(text.find_first_of(" \t\r\n\"", at), text.size());
    const std::string_view word = text.substr(at, end - at);
    const bool has_letter = std::any_of(word.begin(), word.end(), [](unsigned char c) {
      return c >= 0x80 || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    });
    if (has_letter) query += (query.empty() ? "\"" : " OR \"") + std::string(word) + "\"";
    at = end + 1;
  }
  return query;
}

const FunctionExpression& CallOf(const Expression& expression) { return std::get<FunctionExpression>(expression.node); }

Result<BoundSearch> BindBm25(Binder& binder, const Expression& expression, const Scope& scope) {
  QUIRE_ASSIGN_OR_RETURN(BoundSearch search, BindSearch(binder, expression, scope));
  if (search.mode == SearchMode::kVector || !search.vector.empty()) {
    return Status(Code::kInvalidArgument, "BM25 ranks by words: it takes text, and no mode", "write BM25(text, 'words')")
        .At(expression.span.start);
  }
  search.mode = SearchMode::kWords;
  search.text = AnyOf(search.text);
  search.keeps_all = true;
  if (!search.text.empty()) return search;
  return Status(Code::kInvalidArgument, "the query of BM25 has no word").At(expression.span.start);
}

// SIMILAR in RRF ranks by meaning alone: the words are what BM25 beside it is for.
Result<BoundSearch> BindPart(Binder& binder, const Expression& expression, const Scope& scope) {
  if (!IsRanking(expression) || CallOf(expression).name == "rrf") {
    return Status(Code::kInvalidArgument, "RRF fuses the ranks of SIMILAR(...) and BM25(...)",
                  "write RRF(SIMILAR(text, 'q'), BM25(text, 'q'), [0.6, 0.4])")
        .At(expression.span.start);
  }
  QUIRE_ASSIGN_OR_RETURN(BoundSearch part, BindRanking(binder, expression, scope));
  bool has_mode = false;
  for (const auto& [name, value] : CallOf(expression).named_arguments) {
    has_mode |= name == "mode";
    if (name != "k" && name != "min_score") continue;
    return Status(Code::kUnsupported, name + " cannot be said of one part of RRF", "LIMIT says how many rows there are")
        .At(value->span.start);
  }
  if (part.mode == SearchMode::kHybrid && !has_mode) part.mode = SearchMode::kVector;
  return part;
}

Status ReadWeights(Binder& binder, const Expression& expression, std::vector<BoundSearch>* parts) {
  QUIRE_ASSIGN_OR_RETURN(const Value value, binder.BindValueAs(expression, Type::kVector, "as the weights of RRF"));
  double sum = 0;
  bool fits = !value.is_null() && value.vector().size() == parts->size();
  for (size_t i = 0; i < parts->size() && fits; ++i) {
    const double weight = value.vector()[i];
    fits = weight >= 0 && weight <= 1e6;
    sum += weight;
    (*parts)[i].weight = weight;
  }
  if (fits && sum > 0) return {};
  return Status(Code::kInvalidArgument, "RRF needs one weight from 0 for each of its " + std::to_string(parts->size()) +
                                            " parts, found " + Shown(value),
                "write [0.6, 0.4]")
      .At(expression.span.start);
}

Result<BoundSearch> BindRrf(Binder& binder, const Expression& expression, const Scope& scope) {
  const FunctionExpression& call = CallOf(expression);
  if (!call.named_arguments.empty() || call.arguments.size() < 2) {
    return Status(Code::kInvalidArgument, "RRF fuses at least two rankings and takes no named arguments",
                  "write RRF(SIMILAR(text, 'q'), BM25(text, 'q'), [0.6, 0.4])")
        .At(expression.span.start);
  }
  BoundSearch search;
  search.span = expression.span;
  const bool has_weights = !IsRanking(*call.arguments.back());
  const size_t count = call.arguments.size() - (has_weights ? 1 : 0);
  for (size_t i = 0; i < count; ++i) {
    QUIRE_ASSIGN_OR_RETURN(BoundSearch part, BindPart(binder, *call.arguments[i], scope));
    if (search.text.empty()) search.text = part.mode == SearchMode::kWords ? "" : part.text;
    search.parts.push_back(std::move(part));
  }
  if (has_weights) {
    QUIRE_RETURN_IF_ERROR(ReadWeights(binder, *call.arguments.back(), &search.parts));
  }
  search.keeps_all = true;
  return search;
}

}  // namespace

bool IsRanking(const Expression& expression) {
  const auto* call = std::get_if<FunctionExpression>(&expression.node);
  return call != nullptr && (call->name == "rrf" || call->name == "bm25" || call->name == "similar");
}

Result<BoundSearch> BindRanking(Binder& binder, const Expression& expression, const Scope& scope) {
  const std::string& name = CallOf(expression).name;
  if (name == "rrf") return BindRrf(binder, expression, scope);
  if (name == "bm25") return BindBm25(binder, expression, scope);
  QUIRE_ASSIGN_OR_RETURN(BoundSearch search, BindSearch(binder, expression, scope));
  search.keeps_all = true;
  return search;
}

}  // namespace quire::sql
