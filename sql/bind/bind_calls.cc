// Names: columns, functions, aggregates.
#include <algorithm>

#include "sql/bind/aggregates.h"
#include "sql/bind/binder.h"
#include "sql/bind/search.h"
#include "sql/bind/select.h"
#include "sql/bind/shown.h"
#include "sql/parse/nearest.h"

namespace quire::sql {
namespace {

// Words of other systems, and how the same is written here.
struct Elsewhere {
  std::string_view name;
  std::string_view hint;
};
constexpr Elsewhere kElsewhere[] = {
    {"vector_search", "write WHERE text SIMILAR 'your question' LIMIT 10"},
    {"knn", "write ORDER BY embedding <=> '[...]' LIMIT 10"},
    {"to_tsquery", "write WHERE text MATCH 'your words' LIMIT 10"},
    {"plainto_tsquery", "write WHERE text MATCH 'your words' LIMIT 10"},
    {"content", "the column is called text; to search write text SIMILAR 'your question'"},
    {"vector", "the column is called embedding"},
};

std::string HintFor(std::string_view name, const std::vector<std::string_view>& candidates, std::string otherwise) {
  for (const Elsewhere& elsewhere : kElsewhere) {
    if (SameName(elsewhere.name, name)) return std::string(elsewhere.hint);
  }
  const std::string_view nearest = Nearest(name, candidates);
  return nearest.empty() ? otherwise : "did you mean '" + std::string(nearest) + "'?";
}

constexpr size_t kMaxAggregates = 1024;  // of one SELECT

std::string Plural(size_t count) { return std::to_string(count) + (count == 1 ? " argument" : " arguments"); }

Type ResultType(AggregateCall::Kind kind, const BoundPtr& argument) {
  switch (kind) {
    case AggregateCall::Kind::kCountRows:
    case AggregateCall::Kind::kCount: return Type::kInteger;
    case AggregateCall::Kind::kAverage: return Type::kReal;
    default: return argument->type;
  }
}

Status CheckAggregate(const FunctionExpression& node, AggregateCall::Kind kind, const BoundExpression& argument) {
  const bool of_numbers = kind == AggregateCall::Kind::kSum || kind == AggregateCall::Kind::kAverage;
  const Type type = argument.type;
  const bool is_number = type == Type::kInteger || type == Type::kReal || type == Type::kNull;
  if (of_numbers && !is_number) {
    return Status(Code::kTypeMismatch, node.name + " needs numbers, found " + std::string(TypeName(type)))
        .At(argument.span.start);
  }
  return {};
}

Status Ambiguous(const ColumnExpression& node, Span span, const Source& a, const Source& b) {
  const std::string& first = a.known_as();
  if (&a == &b || first.empty() || b.known_as().empty()) {
    return Status(Code::kInvalidArgument, "column '" + Shortened(node.name) + "' is there twice",
                  "give one of the two another name with AS")
        .At(span.start);
  }
  return Status(Code::kInvalidArgument,
                "column '" + Shortened(node.name) + "' is in '" + first + "' and in '" + b.known_as() + "'",
                "write " + first + "." + node.name)
      .At(span.start);
}

Status UnknownQualifier(const ColumnExpression& node, Span span, const Source& source) {
  std::string has;
  if (source.parts.empty() && !source.known_as().empty()) has = "'" + source.known_as() + "'";
  for (const auto& part : source.parts) has += (has.empty() ? "'" : ", '") + part->source.known_as() + "'";
  return Status(Code::kNotFound, "'" + Shortened(node.qualifier) + "' is not in FROM",
                has.empty() ? "" : "this FROM has " + has)
      .At(span.start);
}

}  // namespace

Result<BoundPtr> Binder::BindColumn(const ColumnExpression& node, Span span, const Scope& scope) {
  QUIRE_ASSIGN_OR_RETURN(const uint32_t index, ResolveColumn(node, span, scope));
  return MakeBound(scope.source->columns[index].type, span, BoundColumn{index});
}

Result<uint32_t> Binder::ResolveColumn(const ColumnExpression& node, Span span, const Scope& scope) const {
  if (scope.source == nullptr) {
    std::string hint = node.quoted ? "text is written in single quotes: '" + Shortened(node.name) + "'" : "";
    return Status(Code::kInvalidArgument,
                  "column '" + Shortened(node.name) + "' cannot be used " + std::string(scope.place), std::move(hint))
        .At(span.start);
  }
  const Source& source = *scope.source;
  const auto part = [&source](const SourceColumn& column) -> const Source& {
    return source.parts.empty() ? source : source.parts[column.relation]->source;
  };
  std::optional<uint32_t> found;
  bool known = node.qualifier.empty();
  for (uint32_t i = 0; i < source.columns.size(); ++i) {
    const SourceColumn& column = source.columns[i];
    if (!node.qualifier.empty() && !SameName(node.qualifier, part(column).known_as())) continue;
    known = true;
    const bool skipped = node.qualifier.empty() && column.merged;
    if (skipped || !SameName(column.name, node.name)) continue;
    const bool other = found && (source.columns[*found].relation != column.relation ||
                                 column.role == ColumnRole::kTable);
    if (other) return Ambiguous(node, span, part(source.columns[*found]), part(column));
    if (!found) found = i;
  }
  if (!known) return UnknownQualifier(node, span, source);
  if (!found) return UnknownColumn(node, span, scope);
  if (IsPseudo(source.columns[*found].role) && !scope.has_search) {
    return Status(Code::kInvalidArgument, "'" + source.columns[*found].name + "' is only there in a search",
                  "add WHERE text SIMILAR 'your question'")
        .At(span.start);
  }
  return *found;
}

Status Binder::UnknownColumn(const ColumnExpression& node, Span span, const Scope& scope) const {
  for (const Scope* outer : outer_) {
    if (outer->source == nullptr || !outer->source->Find(node.name)) continue;
    return Status(Code::kUnsupported, "a subquery cannot use '" + Shortened(node.name) + "' of the SELECT around it",
                  "write a JOIN with the subquery instead")
        .At(span.start);
  }
  std::vector<std::string_view> names;
  std::string list;
  for (const SourceColumn& column : scope.source->columns) {
    if (IsPseudo(column.role) && !scope.has_search) continue;
    names.push_back(column.name);
    list += (list.empty() ? "its columns are " : ", ") + column.name;
  }
  std::string hint = HintFor(node.name, names, std::move(list));
  if (node.quoted && Nearest(node.name, names).empty())
    hint = "text is written in single quotes: '" + Shortened(node.name) + "'";
  const bool collection = scope.source->kind == Source::Kind::kCollection;
  std::string where = "nothing in FROM has a";
  if (scope.source->parts.empty() && !scope.source->known_as().empty()) {
    where = (collection ? "collection '" : "table '") + scope.source->name + "' has no";
    if (scope.source->name.empty()) where = "'" + scope.source->alias + "' has no";
  }
  return Status(Code::kNotFound, where + " column '" + Shortened(node.name) + "'", std::move(hint)).At(span.start);
}

Status Binder::UnknownFunction(const FunctionExpression& node) const {
  std::vector<std::string_view> names;
  for (const ScalarFunction* function : registry_.functions()) names.push_back(function->name);
  for (const AggregateInfo& aggregate : Aggregates()) names.push_back(aggregate.name);
  return Status(Code::kNotFound, "function '" + Shortened(node.name) + "' does not exist",
                HintFor(node.name, names, ""))
      .At(node.name_span.start);
}

Result<BoundPtr> Binder::BindCall(const FunctionExpression& node, Span span, const Scope& scope) {
  for (const AggregateInfo& aggregate : Aggregates()) {
    if (aggregate.name == node.name) return BindAggregate(aggregate.kind, node, span, scope);
  }
  if (node.name == "similar" || node.name == "match") return MisplacedSearch(node.name, span);
  if (node.name == "bm25" || node.name == "rrf") {
    return Status(Code::kUnsupported, node.name + "() ranks the rows of a whole SELECT and cannot stand here",
                  "write ORDER BY " + TextOf(span) + " DESC LIMIT 10")
        .At(span.start);
  }
  const bool in_array = node.name == "list_contains" || node.name == "array_contains";
  if (in_array && node.arguments.size() == 2) return MakeAny(*node.arguments[1], *node.arguments[0], span, scope);
  if (node.name == "interval") {
    return Status(Code::kUnsupported, "an INTERVAL can only be added to a date or a timestamp, or taken from one",
                  "write published + INTERVAL '3 days'")
        .At(span.start);
  }
  const ScalarFunction* function = registry_.FindFunction(node.name);
  if (function == nullptr) return UnknownFunction(node);
  if (node.filter != nullptr) {
    return Status(Code::kInvalidArgument, "only aggregates take FILTER").At(node.filter->span.start);
  }
  if (node.distinct || !node.named_arguments.empty()) {
    return Status(Code::kInvalidArgument, node.name + " takes no " + (node.distinct ? "DISTINCT" : "named arguments"),
                  "write " + function->signature)
        .At(span.start);
  }
  std::vector<BoundPtr> arguments;
  for (const ExpressionPtr& argument : node.arguments) {
    QUIRE_ASSIGN_OR_RETURN(BoundPtr bound, Bind(*argument, scope));
    arguments.push_back(std::move(bound));
  }
  if (node.name == "snippet" || node.name == "highlight") AddSearch(node.name, span, scope, &arguments);
  return MakeCall(*function, std::move(arguments), span);
}

// What snippet() and highlight() are not told: the words looked for, and the language of the collection.
void Binder::AddSearch(std::string_view function, Span span, const Scope& scope, std::vector<BoundPtr>* arguments) const {
  const auto add = [&](Value value) {
    const Type type = value.type();
    arguments->push_back(MakeBound(type, span, BoundConstant{std::move(value)}));
  };
  if (arguments->size() == 1 && !scope.search_text.empty()) add(Value::Text(std::string(scope.search_text)));
  const bool collection = scope.source != nullptr && scope.source->kind == Source::Kind::kCollection;
  if (arguments->size() < 2 || !collection || scope.source->collection.schema.language == "english") return;
  if (function == "snippet") {
    if (arguments->size() == 2) add(Value::Integer(160));
    if (arguments->size() == 3) add(Value::Text(scope.source->collection.schema.language));
    return;
  }
  if (arguments->size() == 2) add(Value::Text("<b>"));
  if (arguments->size() == 3) add(Value::Text("</b>"));
  if (arguments->size() == 4) add(Value::Text(scope.source->collection.schema.language));
}

Result<BoundPtr> Binder::MakeCall(const ScalarFunction& function, std::vector<BoundPtr> arguments, Span span) {
  if (arguments.size() < function.arguments_min || arguments.size() > function.arguments_max) {
    return Status(Code::kInvalidArgument, function.name + " cannot take " + Plural(arguments.size()),
                  "write " + function.signature)
        .At(span.start);
  }
  Type type = function.result;
  if (function.uniform) {
    std::vector<BoundPtr*> all;
    for (BoundPtr& argument : arguments) all.push_back(&argument);
    QUIRE_ASSIGN_OR_RETURN(type, Unify(std::move(all), "the arguments of " + function.name));
  }
  for (size_t i = 0; i < arguments.size() && !function.argument_types.empty(); ++i) {
    const Type wanted = function.argument_types[std::min(i, function.argument_types.size() - 1)];
    if (wanted == Type::kNull) continue;
    Result<BoundPtr> coerced = Coerce(arguments[i], wanted);
    if (!coerced.ok()) {
      return std::move(coerced).status().Within("argument " + std::to_string(i + 1) + " of " + function.name);
    }
    arguments[i] = *std::move(coerced);
  }
  if (arguments.empty()) {
    const ScalarFunction* original = function.alias_of.empty() ? &function : registry_.FindFunction(function.alias_of);
    BoundPtr& constant = constants_[original];
    if (!constant) constant = Fold(MakeBound(type, span, BoundCall{&function, {}, database_}));
    return constant;
  }
  return Fold(MakeBound(type, span, BoundCall{&function, std::move(arguments), database_}));
}

Result<BoundPtr> Binder::BindAggregate(AggregateCall::Kind kind, const FunctionExpression& node, Span span,
                                       const Scope& scope) {
  if (scope.aggregates == nullptr) {
    return Status(Code::kInvalidArgument, "aggregate " + node.name + "() cannot be used " + std::string(scope.place),
                  scope.place == "in WHERE" ? "conditions on groups are written after GROUP BY: HAVING " + TextOf(span)
                                            : "")
        .At(span.start);
  }
  if (node.arguments.size() != 1 || !node.named_arguments.empty()) {
    return Status(Code::kInvalidArgument, node.name + " cannot take " + Plural(node.arguments.size()),
                  node.name == "count" ? "write count(*) or count(column)" : "write " + node.name + "(column)")
        .At(span.start);
  }
  AggregateCall call;
  call.kind = kind;
  call.span = span;
  call.distinct = node.distinct;
  Scope inner = scope;
  inner.aggregates = nullptr;
  inner.place = "inside another aggregate";
  const Expression& argument = *node.arguments[0];
  if (std::holds_alternative<StarExpression>(argument.node)) {
    if (kind != AggregateCall::Kind::kCount || node.distinct) {
      return Status(Code::kInvalidArgument, "only count takes *", "write count(*)").At(argument.span.start);
    }
    call.kind = AggregateCall::Kind::kCountRows;
  } else {
    QUIRE_ASSIGN_OR_RETURN(call.argument, Bind(argument, inner));
    QUIRE_RETURN_IF_ERROR(CheckAggregate(node, kind, *call.argument));
  }
  if (node.filter != nullptr) {
    QUIRE_RETURN_IF_ERROR(AddFilter(*node.filter, inner, &call));
  }
  const Type type = ResultType(call.kind, call.argument);
  std::vector<AggregateCall>& all = *scope.aggregates;
  const auto same = std::find_if(all.begin(), all.end(), [&call](const AggregateCall& other) {
    return other.kind == call.kind && other.distinct == call.distinct &&
           (call.argument == nullptr) == (other.argument == nullptr) &&
           (call.argument == nullptr || SameExpression(*call.argument, *other.argument));
  });
  const auto index = static_cast<uint32_t>(same - all.begin());
  if (same == all.end()) all.push_back(std::move(call));
  if (all.size() > kMaxAggregates) {
    return Status(Code::kResourceExhausted, "more than " + std::to_string(kMaxAggregates) + " different aggregates")
        .At(span.start);
  }
  return MakeBound(type, span, BoundAggregate{index});
}

// FILTER (WHERE c): the aggregate sees NULL, which it passes over, where c does not hold.
Status Binder::AddFilter(const Expression& filter, const Scope& scope, AggregateCall* call) {
  QUIRE_ASSIGN_OR_RETURN(BoundPtr condition, BindCondition(filter, scope));
  if (call->argument == nullptr) {
    call->kind = AggregateCall::Kind::kCount;
    call->argument = MakeBound(Type::kInteger, filter.span, BoundConstant{Value::Integer(1)});
  }
  BoundCase chosen;
  const Type type = call->argument->type;
  chosen.branches.emplace_back(std::move(condition), std::move(call->argument));
  call->argument = MakeBound(type, filter.span, std::move(chosen));
  return {};
}

}  // namespace quire::sql
