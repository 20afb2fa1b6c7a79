// Parser: calls of functions, and those SQL writes with words inside: EXTRACT(year FROM x), TRIM(BOTH ' ' FROM x).
#include "sql/parse/parser_impl.h"

namespace quire::sql {

Result<ExpressionPtr> Parser::ParseFunction() {
  const Token name = Advance();
  FunctionExpression function;
  function.name = AsciiLower(Text(name));
  function.name_span = {name.start, name.end};
  QUIRE_RETURN_IF_ERROR(ExpectSymbol("("));
  QUIRE_ASSIGN_OR_RETURN(const bool worded, ParseWordedArguments(&function));
  if (worded) return Make(name.start, std::move(function));
  function.distinct = AcceptKeyword("DISTINCT");
  if (AtSymbol("*") && AtSymbol(")", 1)) {
    const size_t star = Advance().start;
    QUIRE_ASSIGN_OR_RETURN(ExpressionPtr all, Make(star, StarExpression{}));
    function.arguments.push_back(std::move(all));
    Advance();
  } else if (function.distinct || !AcceptSymbol(")")) {
    bool more = true;
    while (more) {
      QUIRE_RETURN_IF_ERROR(ParseArgument(&function));
      QUIRE_ASSIGN_OR_RETURN(more, NextInList(")"));
    }
  }
  if (AtKeyword("FILTER") && AtSymbol("(", 1)) {
    Advance();
    Advance();
    QUIRE_RETURN_IF_ERROR(ExpectKeyword("WHERE"));
    QUIRE_ASSIGN_OR_RETURN(function.filter, ParseExpression());
    QUIRE_RETURN_IF_ERROR(ExpectSymbol(")"));
  }
  if (AtKeyword("OVER")) return Unsupported("OVER (a window)");
  return Make(name.start, std::move(function));
}

// The arguments of the functions SQL writes with words, turned into those of a plain call. False, and nothing read, if
// it is a plain call already.
Result<bool> Parser::ParseWordedArguments(FunctionExpression* function) {
  const auto add = [&](ExpressionPtr argument) { function->arguments.push_back(std::move(argument)); };
  if (function->name == "extract") {
    const TokenKind kind = Peek().kind;
    if ((kind != TokenKind::kWord && kind != TokenKind::kString) || !AtKeyword("FROM", 1)) {
      return UnexpectedWithHint("a part of a date", "write EXTRACT(year FROM published)");
    }
    const Token field = Peek();
    QUIRE_ASSIGN_OR_RETURN(std::string part, Value(field));
    Advance();
    QUIRE_ASSIGN_OR_RETURN(ExpressionPtr literal, Make(field.start, LiteralExpression{quire::Value::Text(part)}));
    Advance();
    function->name = "date_part";
    add(std::move(literal));
  } else if (function->name == "position") {
    QUIRE_ASSIGN_OR_RETURN(ExpressionPtr part, ParseExpression(Precedence::kOther));
    QUIRE_RETURN_IF_ERROR(ExpectKeyword("IN"));
    function->name = "instr";
    QUIRE_ASSIGN_OR_RETURN(ExpressionPtr text, ParseExpression());
    add(std::move(text));
    add(std::move(part));
    QUIRE_RETURN_IF_ERROR(ExpectSymbol(")"));
    return true;
  } else if (function->name == "trim" && (AtKeyword("BOTH") || AtKeyword("LEADING") || AtKeyword("TRAILING")) &&
             (AtKeyword("FROM", 1) || Peek(1).kind == TokenKind::kString)) {
    if (AtKeyword("LEADING")) function->name = "ltrim";
    if (AtKeyword("TRAILING")) function->name = "rtrim";
    Advance();
    ExpressionPtr characters;
    if (!AtKeyword("FROM")) {
      QUIRE_ASSIGN_OR_RETURN(characters, ParseExpression());
    }
    QUIRE_RETURN_IF_ERROR(ExpectKeyword("FROM"));
    QUIRE_ASSIGN_OR_RETURN(ExpressionPtr text, ParseExpression());
    add(std::move(text));
    if (characters != nullptr) add(std::move(characters));
    QUIRE_RETURN_IF_ERROR(ExpectSymbol(")"));
    return true;
  } else {
    return false;
  }
  QUIRE_ASSIGN_OR_RETURN(ExpressionPtr moment, ParseExpression());
  add(std::move(moment));
  QUIRE_RETURN_IF_ERROR(ExpectSymbol(")"));
  return true;
}

// An argument, by position or `name => value`.
Status Parser::ParseArgument(FunctionExpression* function) {
  if (AtQuery()) return UnexpectedWithHint("an argument", "a subquery stands in parentheses of its own");
  const bool named = Peek().kind == TokenKind::kWord && AtSymbol("=>", 1);
  if (!named && !function->named_arguments.empty()) {
    return Unexpected("a named argument (name => value), as those before it are");
  }
  std::string name;
  if (named) {
    name = AsciiLower(Text(Advance()));
    Advance();
  }
  QUIRE_ASSIGN_OR_RETURN(ExpressionPtr value, ParseExpression());
  const bool substring = function->name == "substring" && function->arguments.empty() && !named;
  if (named) {
    function->named_arguments.emplace_back(std::move(name), std::move(value));
  } else {
    function->arguments.push_back(std::move(value));
  }
  // SUBSTRING(x FROM 2 FOR 3)
  for (const std::string_view word : {"FROM", "FOR"}) {
    if (!substring || !AcceptKeyword(word)) continue;
    QUIRE_ASSIGN_OR_RETURN(ExpressionPtr number, ParseExpression());
    function->arguments.push_back(std::move(number));
  }
  return {};
}

// INTERVAL '3 days', INTERVAL 3 DAY: a call of interval('3 days') or interval(3, 'DAY').
Result<ExpressionPtr> Parser::ParseInterval() {
  const Token word = Advance();
  FunctionExpression interval;
  interval.name = "interval";
  interval.name_span = {word.start, word.end};
  QUIRE_ASSIGN_OR_RETURN(ExpressionPtr amount, ParsePrimary());
  interval.arguments.push_back(std::move(amount));
  if (tokens_[position_ - 1].kind == TokenKind::kInteger) {
    if (Peek().kind != TokenKind::kWord) return UnexpectedWithHint("a unit", "write INTERVAL 3 DAY");
    const Token unit = Advance();
    QUIRE_ASSIGN_OR_RETURN(ExpressionPtr literal,
                           Make(unit.start, LiteralExpression{quire::Value::Text(std::string(Text(unit)))}));
    interval.arguments.push_back(std::move(literal));
  }
  return Make(word.start, std::move(interval));
}

}  // namespace quire::sql
