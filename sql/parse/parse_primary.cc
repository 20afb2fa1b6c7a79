// Parser: what operators stand between: literals, parameters, columns, calls, CASE, CAST, arrays; and types.
#include <charconv>

#include "sql/parse/parser_impl.h"

namespace quire::sql {
namespace {

constexpr uint32_t kMaxParameter = 65'535;
constexpr uint32_t kMaxTypeDim = 65'535;

template <typename T>
bool ParseNumberText(std::string_view text, T* value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), *value);
  return error == std::errc() && end == text.data() + text.size();
}

}  // namespace

Result<ExpressionPtr> Parser::ParsePostfix() {
  const size_t start = this->start();
  QUIRE_ASSIGN_OR_RETURN(ExpressionPtr operand, ParsePrimary());
  while (true) {
    if (AcceptSymbol("::")) {
      QUIRE_ASSIGN_OR_RETURN(const TypeSpec spec, ParseTypeSpec());
      QUIRE_ASSIGN_OR_RETURN(operand, Make(start, CastExpression{std::move(operand), spec.type, spec.dim}));
    } else if (AtSymbol("->") || AtSymbol("->>")) {
      QUIRE_ASSIGN_OR_RETURN(operand, ParseElement(start, std::move(operand)));
    } else if (AtSymbol("[")) {
      FunctionExpression element;
      element.name = "array_extract";
      element.name_span = {this->start(), Advance().end};
      element.arguments.push_back(std::move(operand));
      QUIRE_ASSIGN_OR_RETURN(ExpressionPtr place, ParseExpression());
      element.arguments.push_back(std::move(place));
      QUIRE_RETURN_IF_ERROR(ExpectSymbol("]"));
      QUIRE_ASSIGN_OR_RETURN(operand, Make(start, std::move(element)));
    } else {
      return operand;
    }
  }
}

// json -> key, json ->> key. PostgreSQL would cast the key in `x ->> 'a'::INTEGER`, and nobody means that.
Result<ExpressionPtr> Parser::ParseElement(size_t start, ExpressionPtr operand) {
  const auto op = AtSymbol("->") ? BinaryOperator::kJsonGet : BinaryOperator::kJsonGetText;
  Advance();
  QUIRE_ASSIGN_OR_RETURN(ExpressionPtr key, AtSymbol("-") ? ParseMinus() : ParsePrimary());
  if (AtSymbol("::")) {
    const std::string element(text_.substr(start, previous_end() - start));
    return UnexpectedWithHint("an operator", "to cast the element write (" + element + ")::...");
  }
  return Make(start, BinaryExpression{op, std::move(operand), std::move(key)});
}

Result<ExpressionPtr> Parser::ParsePrimary() {
  const Token& token = Peek();
  switch (token.kind) {
    case TokenKind::kString: {
      QUIRE_ASSIGN_OR_RETURN(std::string text, Value(token));
      const size_t start = Advance().start;
      return Make(start, LiteralExpression{quire::Value::Text(std::move(text))});
    }
    case TokenKind::kInteger:
    case TokenKind::kReal: return ParseNumber();
    case TokenKind::kParameter: return ParseParameter();
    case TokenKind::kQuotedName:
    case TokenKind::kWord: return ParseWord();
    default: break;
  }
  if (AtSymbol("(")) return ParseParenthesised();
  if (AtSymbol("[")) return ParseArray();
  return Unexpected("an expression");
}

Result<ExpressionPtr> Parser::ParseNumber() {
  const Token token = Peek();
  const std::string_view text = Text(token);
  if (token.kind == TokenKind::kInteger) {
    int64_t value = 0;
    if (!ParseNumberText(text, &value)) {
      return Status(Code::kSyntaxError, "the integer " + Found() + " is beyond 64 bits",
                    "write it as a real number: " + std::string(text.substr(0, 40)) + ".0")
          .At(token.start);
    }
    Advance();
    return Make(token.start, LiteralExpression{quire::Value::Integer(value)});
  }
  double value = 0;
  if (!ParseNumberText(text, &value)) {
    return Status(Code::kSyntaxError, "the number " + Found() + " is beyond what a REAL can hold").At(token.start);
  }
  Advance();
  return Make(token.start, LiteralExpression{quire::Value::Real(value)});
}

Result<ExpressionPtr> Parser::ParseParameter() {
  const Token token = Peek();
  const std::string_view text = Text(token).substr(1);
  ParameterExpression parameter;
  if (text.empty()) {
    parameter.index = parameter_count_ + 1;
  } else if (text[0] < '0' || text[0] > '9') {
    parameter.name = std::string(text);
  } else if (!ParseNumberText(text, &parameter.index) || parameter.index == 0) {
    parameter.index = kMaxParameter + 1;
  }
  if (parameter.index > kMaxParameter) {
    return Status(Code::kSyntaxError,
                  "parameters are numbered from 1 to " + std::to_string(kMaxParameter) + ", found " + Found())
        .At(token.start);
  }
  parameter_count_ = std::max(parameter_count_, parameter.index);
  Advance();
  return Make(token.start, std::move(parameter));
}

Result<ExpressionPtr> Parser::ParseParenthesised() {
  Advance();
  if (AtQuery()) {
    SubqueryExpression value;
    const size_t start = tokens_[position_ - 1].start;
    QUIRE_ASSIGN_OR_RETURN(value.select, ParseSubquery());
    return Make(start, std::move(value));
  }
  QUIRE_ASSIGN_OR_RETURN(ExpressionPtr inner, ParseExpression());
  if (AtSymbol(",")) return Unsupported("a row of several values");
  QUIRE_RETURN_IF_ERROR(ExpectSymbol(")"));
  return inner;
}

// What begins with a word: a constant, CASE, CAST, ARRAY[...], DATE '...', a call, or a column.
Result<ExpressionPtr> Parser::ParseWord() {
  const size_t start = this->start();
  const bool word = Peek().kind == TokenKind::kWord;
  if (AcceptKeyword("NULL")) return Make(start, LiteralExpression{});
  for (const bool value : {false, true}) {
    if (AcceptKeyword(value ? "TRUE" : "FALSE")) return Make(start, LiteralExpression{quire::Value::Boolean(value)});
  }
  if (AtKeyword("CASE")) return ParseCase();
  if (AtKeyword("CAST") && AtSymbol("(", 1)) return ParseCast();
  if (AtKeyword("EXISTS") && AtSymbol("(", 1)) {
    Advance();
    Advance();
    SubqueryExpression exists;
    exists.kind = SubqueryExpression::Kind::kExists;
    QUIRE_ASSIGN_OR_RETURN(exists.select, ParseSubquery());
    return Make(start, std::move(exists));
  }
  if (AtKeyword("ARRAY") && AtSymbol("[", 1)) {
    Advance();
    return ParseArray();
  }
  const TokenKind next = Peek(1).kind;
  if (AtKeyword("INTERVAL") && (next == TokenKind::kString || next == TokenKind::kInteger)) return ParseInterval();
  for (const std::string_view moment : {"CURRENT_DATE", "CURRENT_TIMESTAMP"}) {
    if (!AtKeyword(moment) || AtSymbol("(", 1) || AtSymbol(".", 1)) continue;
    FunctionExpression call;
    call.name = AsciiLower(moment);
    call.name_span = {start, Advance().end};
    return Make(start, std::move(call));
  }
  if (word && Peek(1).kind == TokenKind::kString) {
    for (const Type type : {Type::kDate, Type::kTimestamp}) {
      if (!AcceptKeyword(TypeName(type))) continue;
      QUIRE_ASSIGN_OR_RETURN(ExpressionPtr text, ParsePrimary());
      return Make(start, CastExpression{std::move(text), type});
    }
  }
  // left(text, 3): the words of LEFT JOIN.
  const bool called = (AtKeyword("LEFT") || AtKeyword("RIGHT")) && AtSymbol("(", 1);
  if (!AtName() && !called) return Unexpected("an expression");
  return word && AtSymbol("(", 1) ? ParseFunction() : ParseColumn();
}

Result<ExpressionPtr> Parser::ParseColumn() {
  const size_t start = this->start();
  ColumnExpression column;
  column.quoted = Peek().kind == TokenKind::kQuotedName;
  QUIRE_ASSIGN_OR_RETURN(column.name, Value(Advance()));
  if (AcceptSymbol(".")) {
    if (AcceptSymbol("*")) {
      if (!first_column_.has_value()) first_column_ = Span{start, previous_end()};
      return Make(start, StarExpression{std::move(column.name)});
    }
    if (!AtName()) return Unexpected("the name of a column");
    column.qualifier = std::move(column.name);
    column.quoted = Peek().kind == TokenKind::kQuotedName;
    QUIRE_ASSIGN_OR_RETURN(column.name, Value(Advance()));
    if (AtSymbol(".")) return Unsupported("a schema before the name of a collection");
    if (AtSymbol("(")) return Unsupported("a schema before the name of a function");
  }
  if (!first_column_.has_value()) first_column_ = Span{start, previous_end()};
  return Make(start, std::move(column));
}

Result<ExpressionPtr> Parser::ParseCase() {
  const size_t start = Advance().start;
  CaseExpression node;
  if (!AtKeyword("WHEN")) {
    QUIRE_ASSIGN_OR_RETURN(node.operand, ParseExpression());
  }
  if (!AtKeyword("WHEN")) return Unexpected("WHEN", {"WHEN"});
  while (AcceptKeyword("WHEN")) {
    QUIRE_ASSIGN_OR_RETURN(ExpressionPtr condition, ParseExpression());
    QUIRE_RETURN_IF_ERROR(ExpectKeyword("THEN"));
    QUIRE_ASSIGN_OR_RETURN(ExpressionPtr value, ParseExpression());
    node.branches.emplace_back(std::move(condition), std::move(value));
  }
  if (AcceptKeyword("ELSE")) {
    QUIRE_ASSIGN_OR_RETURN(node.otherwise, ParseExpression());
  }
  if (!AcceptKeyword("END")) {
    return Unexpected(node.otherwise == nullptr ? "WHEN, ELSE or END" : "END", {"WHEN", "ELSE", "END"});
  }
  return Make(start, std::move(node));
}

Result<ExpressionPtr> Parser::ParseCast() {
  const size_t start = Advance().start;
  QUIRE_RETURN_IF_ERROR(ExpectSymbol("("));
  QUIRE_ASSIGN_OR_RETURN(ExpressionPtr operand, ParseExpression());
  QUIRE_RETURN_IF_ERROR(ExpectKeyword("AS"));
  QUIRE_ASSIGN_OR_RETURN(const TypeSpec spec, ParseTypeSpec());
  QUIRE_RETURN_IF_ERROR(ExpectSymbol(")"));
  return Make(start, CastExpression{std::move(operand), spec.type, spec.dim});
}

Result<ExpressionPtr> Parser::ParseArray() {
  const size_t start = Advance().start;
  ArrayExpression array;
  bool more = !AcceptSymbol("]");
  while (more) {
    QUIRE_ASSIGN_OR_RETURN(ExpressionPtr item, ParseExpression());
    array.items.push_back(std::move(item));
    QUIRE_ASSIGN_OR_RETURN(more, NextInList("]"));
  }
  return Make(start, std::move(array));
}

// A count of components before `close`.
Result<uint32_t> Parser::ParseDim(std::string_view close) {
  uint32_t dim = 0;
  const bool number = Peek().kind == TokenKind::kInteger && ParseNumberText(Text(Peek()), &dim);
  if (!number || dim == 0 || dim > kMaxTypeDim) {
    return Unexpected("a number of components from 1 to " + std::to_string(kMaxTypeDim));
  }
  Advance();
  QUIRE_RETURN_IF_ERROR(ExpectSymbol(close));
  return dim;
}

// TEXT, TEXT[], DOUBLE PRECISION, VECTOR(384), FLOAT[384].
Result<Parser::TypeSpec> Parser::ParseTypeSpec() {
  const size_t start = this->start();
  if (!AtName()) return Unexpected("a type");
  QUIRE_ASSIGN_OR_RETURN(std::string name, Value(Advance()));
  if (IsWord(name, "DOUBLE") && AcceptKeyword("PRECISION")) name += " PRECISION";
  TypeSpec spec;
  const auto known = [&](const std::string& type_name) -> Status {
    Result<Type> type = ParseType(type_name);
    if (!type.ok()) return std::move(type).status().At(start);
    spec.type = *type;
    return {};
  };
  if (AtSymbol("[")) {
    Advance();
    const bool counted = !AtSymbol("]");
    if (counted) {
      QUIRE_ASSIGN_OR_RETURN(spec.dim, ParseDim("]"));
    } else {
      Advance();
    }
    QUIRE_RETURN_IF_ERROR(known(name));
    const bool real = spec.type == Type::kReal;
    if (counted && !real) {
      return Status(Code::kUnsupported, "an array type of fixed length is not supported yet").At(start);
    }
    if (real) name = "FLOAT";
    QUIRE_RETURN_IF_ERROR(known(name + "[]"));
    return spec;
  }
  QUIRE_RETURN_IF_ERROR(known(name));
  if (!AtSymbol("(")) return spec;
  if (spec.type != Type::kVector) {
    return Unsupported("a length after the type " + std::string(TypeName(spec.type)), "write the type alone");
  }
  Advance();
  QUIRE_ASSIGN_OR_RETURN(spec.dim, ParseDim(")"));
  return spec;
}

}  // namespace quire::sql
