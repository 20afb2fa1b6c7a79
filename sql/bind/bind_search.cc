#include <cmath>

#include "engine/base/utf8.h"
#include "sql/bind/evaluate.h"
#include "sql/bind/search.h"
#include "sql/bind/shown.h"

namespace quire::sql {
namespace {

// The parts of a search predicate, however it was written.
struct SearchForm {
  const Expression* operand = nullptr;  // null: the text
  const Expression* query = nullptr;
  const std::vector<std::pair<std::string, ExpressionPtr>>* options = nullptr;
  bool match = false;
};

Status At(Code code, std::string message, std::string hint, Span span) {
  return Status(code, std::move(message), std::move(hint)).At(span.start);
}

Result<SearchForm> FormOf(const Expression& expression) {
  SearchForm form;
  if (const auto* search = std::get_if<SearchExpression>(&expression.node)) {
    form.operand = search->operand.get();
    form.query = search->query.get();
    form.match = search->kind == SearchExpression::Kind::kMatch;
    return form;
  }
  const auto& call = std::get<FunctionExpression>(expression.node);
  if (call.arguments.empty() || call.arguments.size() > 2) {
    return At(Code::kInvalidArgument,
              call.name + " cannot take " + std::to_string(call.arguments.size()) + " arguments",
              "write " + call.name + "(text, 'your question')", expression.span);
  }
  form.operand = call.arguments.size() == 2 ? call.arguments[0].get() : nullptr;
  form.query = call.arguments.back().get();
  form.options = &call.named_arguments;
  form.match = call.name == "match";
  return form;
}

// Which of the two columns that can be searched the operand is.
Result<ColumnRole> OperandRole(Binder& binder, const SearchForm& form, const Scope& scope) {
  if (form.operand == nullptr) return ColumnRole::kText;
  QUIRE_ASSIGN_OR_RETURN(const BoundPtr operand, binder.Bind(*form.operand, scope));
  if (const auto index = ColumnIndex(*operand)) {
    const ColumnRole role = scope.source->columns[*index].role;
    if (role == ColumnRole::kText || role == ColumnRole::kEmbedding) return role;
  }
  return At(Code::kUnsupported, "only text and embedding can be searched, found '" + binder.TextOf(operand->span) + "'",
            "write text SIMILAR 'your question'", operand->span);
}

Result<double> Fraction(const std::string& name, const Value& value, Span span) {
  Result<Value> number = Cast(value, Type::kReal);
  if (number.ok() && !number->is_null() && number->real() >= 0 && number->real() <= 1) return number->real();
  return At(Code::kInvalidArgument, name + " must be between 0 and 1, found " + Shown(value), "", span);
}

Result<bool> TrueOrFalse(const std::string& name, const Value& value, Span span) {
  const Result<Value> boolean = Cast(value, Type::kBoolean);
  if (boolean.ok() && !boolean->is_null()) return boolean->boolean();
  return At(Code::kTypeMismatch, name + " must be true or false", "", span);
}

Result<SearchMode> ParseMode(const Value& value, Span span) {
  const std::string name = value.type() == Type::kText ? value.text() : value.ToString();
  if (SameName(name, "hybrid")) return SearchMode::kHybrid;
  if (SameName(name, "vector")) return SearchMode::kVector;
  if (SameName(name, "words")) return SearchMode::kWords;
  return At(Code::kInvalidArgument, "mode '" + Shortened(name) + "' does not exist",
            "modes are 'hybrid', 'vector' and 'words'", span);
}

Status ReadOption(Binder& binder, const std::string& name, const Expression& expression, BoundSearch* search) {
  const Span span = expression.span;
  QUIRE_ASSIGN_OR_RETURN(const Value value, binder.BindValue(expression, "as an option of a search"));
  if (name == "mode") {
    QUIRE_ASSIGN_OR_RETURN(search->mode, ParseMode(value, span));
  } else if (name == "k") {
    QUIRE_ASSIGN_OR_RETURN(search->k, ReadK(value, span));
  } else if (name == "min_score") {
    QUIRE_ASSIGN_OR_RETURN(search->min_score, Fraction(name, value, span));
  } else if (name == "recall") {
    QUIRE_ASSIGN_OR_RETURN(search->recall_target, Fraction(name, value, span));
    if (*search->recall_target == 0) return At(Code::kInvalidArgument, "recall must be above 0", "", span);
  } else if (name == "exact") {
    QUIRE_ASSIGN_OR_RETURN(search->exact, TrueOrFalse(name, value, span));
  } else if (name == "duplicates") {
    QUIRE_ASSIGN_OR_RETURN(const bool duplicates, TrueOrFalse(name, value, span));
    search->distinct = !duplicates;
  } else {
    return At(Code::kInvalidArgument, "a search has no option '" + Shortened(name) + "'",
              "options are mode, k, min_score, recall, exact and duplicates", span);
  }
  return {};
}

// '[' begins a vector, anything else is words.
bool LooksLikeVector(std::string_view text) {
  const size_t first = text.find_first_not_of(" \t\r\n");
  return first != std::string_view::npos && text[first] == '[';
}

Status ReadQuery(Binder& binder, const SearchForm& form, ColumnRole role, const Scope& scope, BoundSearch* search) {
  const Span span = form.query->span;
  QUIRE_ASSIGN_OR_RETURN(Value query, binder.BindValue(*form.query, "as the query of a search"));
  if (query.is_null()) return At(Code::kInvalidArgument, "the query of a search is NULL", "", span);
  const bool text_vector =
      role == ColumnRole::kEmbedding && query.type() == Type::kText && LooksLikeVector(query.text());
  if (text_vector) {
    Result<Value> vector = Cast(query, Type::kVector);
    if (!vector.ok()) return std::move(vector).status().At(span.start);
    query = *std::move(vector);
  }
  if (query.type() == Type::kVector) {
    if (role == ColumnRole::kText) {
      return At(Code::kTypeMismatch, "text is searched for words, found a vector", "write embedding SIMILAR ...", span);
    }
    Status checked = CheckVector(query.vector(), scope.source->collection);
    if (!checked.ok()) return std::move(checked).At(span.start);
    search->vector = query.vector();
    return {};
  }
  if (query.type() != Type::kText) {
    return At(Code::kTypeMismatch,
              "the query of a search must be TEXT" + std::string(role == ColumnRole::kEmbedding ? " or VECTOR" : "") +
                  ", found " + std::string(TypeName(query.type())),
              "", span);
  }
  if (const size_t bad = FindInvalidUtf8(query.text()); bad != std::string_view::npos) {
    return At(Code::kInvalidArgument, "the query of a search is not UTF-8 at byte " + std::to_string(bad), "", span);
  }
  if (query.text().find_first_not_of(" \t\r\n") == std::string::npos) {
    return At(Code::kInvalidArgument, "the query of a search is empty", "", span);
  }
  search->text = query.text();
  return {};
}

}  // namespace

bool IsSearch(const Expression& expression) {
  if (std::holds_alternative<SearchExpression>(expression.node)) return true;
  const auto* call = std::get_if<FunctionExpression>(&expression.node);
  return call != nullptr && (call->name == "similar" || call->name == "match");
}

Status MisplacedSearch(std::string_view what, Span span) {
  return Status(Code::kUnsupported,
                std::string(what) + " cannot stand here: a search ranks the rows of the whole WHERE",
                "write it in WHERE, joined to the other conditions with AND")
      .At(span.start);
}

Result<uint32_t> ReadK(const Value& value, Span span) {
  const Result<Value> number = Cast(value, Type::kInteger);
  if (number.ok() && !number->is_null() && number->integer() >= 1 && number->integer() <= kMaxResults) {
    return static_cast<uint32_t>(number->integer());
  }
  return At(Code::kInvalidArgument,
            "k must be between 1 and " + std::to_string(kMaxResults) + ", found " + Shown(value), "", span);
}

Status CheckVector(const std::vector<float>& vector, const CollectionInfo& collection) {
  const std::string where = "collection '" + collection.schema.name + "': ";
  const uint32_t dim = collection.schema.dim;
  if (dim != 0 && vector.size() != dim) {
    return Status(Code::kInvalidArgument, where + "vector has " + std::to_string(vector.size()) +
                                              " components, expected " + std::to_string(dim));
  }
  for (size_t i = 0; i < vector.size(); ++i) {
    if (!std::isfinite(vector[i])) {
      return Status(Code::kInvalidArgument, where + "component " + std::to_string(i + 1) + " of the vector is " +
                                                Value::Real(vector[i]).ToString() + ", expected a finite number");
    }
  }
  return {};
}

Result<BoundSearch> BindSearch(Binder& binder, const Expression& expression, const Scope& scope) {
  BoundSearch search;
  search.span = expression.span;
  QUIRE_ASSIGN_OR_RETURN(const SearchForm form, FormOf(expression));
  QUIRE_ASSIGN_OR_RETURN(const ColumnRole role, OperandRole(binder, form, scope));
  if (form.match) search.mode = SearchMode::kWords;
  if (role == ColumnRole::kEmbedding) search.mode = SearchMode::kVector;
  QUIRE_RETURN_IF_ERROR(ReadQuery(binder, form, role, scope, &search));
  if (form.options != nullptr) {
    for (const auto& [name, value] : *form.options) {
      QUIRE_RETURN_IF_ERROR(ReadOption(binder, name, *value, &search));
    }
  }
  const bool vector_only = role == ColumnRole::kEmbedding;
  if (vector_only && search.mode != SearchMode::kVector) {
    return At(Code::kInvalidArgument, "embedding is searched by distance alone", "write text SIMILAR ...", search.span);
  }
  return search;
}

}  // namespace quire::sql
