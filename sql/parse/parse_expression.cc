// Parser: operators. Precedence climbing; chains of AND, OR and || become balanced trees, so that no chain is deep.
#include <algorithm>
#include <span>

#include "sql/parse/parser_impl.h"

namespace quire::sql {

// An operator that may follow an operand.
struct Parser::Infix {
  enum class Kind : uint8_t { kBinary, kChain, kIs, kIsNull, kIsNotNull, kIn, kBetween, kSimilar, kMatch };
  Kind kind = Kind::kBinary;
  Precedence precedence = Precedence::kComparison;
  BinaryOperator op = BinaryOperator::kEqual;  // kBinary, kChain
  bool negated = false;                        // kIn, kBetween
  size_t tokens = 1;                           // it is made of
};

namespace {

struct SymbolOperator {
  std::string_view symbol;
  BinaryOperator op;
};
constexpr SymbolOperator kSymbols[] = {
    {"=", BinaryOperator::kEqual},         {"<>", BinaryOperator::kNotEqual},
    {"!=", BinaryOperator::kNotEqual},     {"<", BinaryOperator::kLess},
    {"<=", BinaryOperator::kLessEqual},    {">", BinaryOperator::kGreater},
    {">=", BinaryOperator::kGreaterEqual}, {"+", BinaryOperator::kAdd},
    {"-", BinaryOperator::kSubtract},      {"*", BinaryOperator::kMultiply},
    {"/", BinaryOperator::kDivide},        {"%", BinaryOperator::kModulo},
    {"||", BinaryOperator::kConcatenate},  {"<=>", BinaryOperator::kCosineDistance},
    {"<->", BinaryOperator::kL2Distance},  {"<#>", BinaryOperator::kNegativeInnerProduct},
    {"~", BinaryOperator::kRegexp},        {"!~", BinaryOperator::kNotRegexp},
    {"~*", BinaryOperator::kIRegexp},      {"!~*", BinaryOperator::kNotIRegexp},
};

constexpr std::string_view kUnsupportedSymbols[] = {"^", "&", "|"};
constexpr std::string_view kUnsupportedWords[] = {"GLOB", "COLLATE"};

Precedence Tighter(Precedence precedence) { return static_cast<Precedence>(static_cast<uint8_t>(precedence) + 1); }

BinaryOperator LikeOperator(bool ignore_case, bool negated) {
  if (ignore_case) return negated ? BinaryOperator::kNotILike : BinaryOperator::kILike;
  return negated ? BinaryOperator::kNotLike : BinaryOperator::kLike;
}

}  // namespace

Status Parser::Nested() const {
  return Status(Code::kResourceExhausted,
                "the statement is nested deeper than " + std::to_string(kMaxNesting) + " levels")
      .At(start());
}

Result<ExpressionPtr> Parser::Measured(ExpressionPtr expression) const {
  uint32_t below = 0;
  ForEachChild(*expression, [&below](const Expression& child) { below = std::max(below, child.height); });
  if (const auto* subquery = std::get_if<SubqueryExpression>(&expression->node)) {
    below = std::max(below, subquery->select->height);
  }
  if (below >= kMaxNesting) return Nested();
  expression->height = below + 1;
  return expression;
}

Result<ExpressionPtr> Parser::ParseExpression(Precedence loosest) {
  const size_t start = this->start();
  QUIRE_ASSIGN_OR_RETURN(ExpressionPtr left, ParsePrefix());
  while (true) {
    QUIRE_ASSIGN_OR_RETURN(const std::optional<Infix> infix, PeekInfix());
    if (!infix.has_value() || infix->precedence < loosest) return left;
    QUIRE_ASSIGN_OR_RETURN(left, ParseInfix(start, std::move(left), *infix));
  }
}

// Every level of nesting but that of IN (...) passes through here, so this is where it is counted.
Result<ExpressionPtr> Parser::ParsePrefix() {
  if (depth_ >= kMaxNesting) return Nested();
  ++depth_;
  Result<ExpressionPtr> result = ParseSigned();
  --depth_;
  return result;
}

Result<ExpressionPtr> Parser::ParseSigned() {
  const size_t start = this->start();
  if (AcceptKeyword("NOT")) {
    QUIRE_ASSIGN_OR_RETURN(ExpressionPtr operand, ParseExpression(Precedence::kNot));
    return Make(start, UnaryExpression{UnaryOperator::kNot, std::move(operand)});
  }
  if (AcceptSymbol("+")) {
    QUIRE_ASSIGN_OR_RETURN(ExpressionPtr operand, ParsePrefix());
    return Make(start, UnaryExpression{UnaryOperator::kPlus, std::move(operand)});
  }
  return AtSymbol("-") ? ParseMinus() : ParsePostfix();
}

// A minus before a number makes a negative literal. -9223372036854775808 has no positive counterpart.
Result<ExpressionPtr> Parser::ParseMinus() {
  const size_t start = Advance().start;
  if (Text(Peek()) == "9223372036854775808" && !AtSymbol("::", 1)) {
    Advance();
    return Make(start, LiteralExpression{quire::Value::Integer(INT64_MIN)});
  }
  QUIRE_ASSIGN_OR_RETURN(ExpressionPtr operand, ParsePrefix());
  if (auto* literal = std::get_if<LiteralExpression>(&operand->node)) {
    const quire::Value& value = literal->value;
    if (value.type() == Type::kReal) return Make(start, LiteralExpression{quire::Value::Real(-value.real())});
    if (value.type() == Type::kInteger && value.integer() != INT64_MIN) {
      return Make(start, LiteralExpression{quire::Value::Integer(-value.integer())});
    }
  }
  return Make(start, UnaryExpression{UnaryOperator::kMinus, std::move(operand)});
}

Result<std::optional<Parser::Infix>> Parser::PeekInfix() const {
  const Token& token = Peek();
  if (token.kind == TokenKind::kWord) return PeekWordInfix();
  if (token.kind != TokenKind::kSymbol) return std::optional<Infix>();
  const std::string_view text = Text(token);
  for (const SymbolOperator& symbol : kSymbols) {
    if (symbol.symbol != text) continue;
    const bool chain = symbol.op == BinaryOperator::kConcatenate;
    return std::optional<Infix>(
        Infix{chain ? Infix::Kind::kChain : Infix::Kind::kBinary, PrecedenceOf(symbol.op), symbol.op});
  }
  if (std::find(std::begin(kUnsupportedSymbols), std::end(kUnsupportedSymbols), text) !=
      std::end(kUnsupportedSymbols)) {
    return UnsupportedInfix();
  }
  return std::optional<Infix>();
}

Result<std::optional<Parser::Infix>> Parser::PeekWordInfix() const {
  using Kind = Infix::Kind;
  const auto found = [](Infix infix) { return std::optional<Infix>(infix); };
  if (AtKeyword("OR")) return found({Kind::kChain, Precedence::kOr, BinaryOperator::kOr});
  if (AtKeyword("AND")) return found({Kind::kChain, Precedence::kAnd, BinaryOperator::kAnd});
  if (AtKeyword("IS")) return found({.kind = Kind::kIs});
  if (AtKeyword("ISNULL")) return found({.kind = Kind::kIsNull});
  if (AtKeyword("NOTNULL")) return found({.kind = Kind::kIsNotNull});
  if (AtKeyword("SIMILAR")) return found({.kind = Kind::kSimilar});
  if (AtKeyword("MATCH")) return found({.kind = Kind::kMatch});
  const bool negated = AtKeyword("NOT");
  const size_t at = negated ? 1 : 0;
  const size_t tokens = at + 1;
  if (AtKeyword("IN", at)) return found({.kind = Kind::kIn, .negated = negated, .tokens = tokens});
  if (AtKeyword("BETWEEN", at)) return found({.kind = Kind::kBetween, .negated = negated, .tokens = tokens});
  for (const bool ignore_case : {false, true}) {
    if (!AtKeyword(ignore_case ? "ILIKE" : "LIKE", at)) continue;
    return found({.op = LikeOperator(ignore_case, negated), .tokens = tokens});
  }
  if (AtKeyword("REGEXP", at) || AtKeyword("RLIKE", at)) {
    return found({.op = negated ? BinaryOperator::kNotRegexp : BinaryOperator::kRegexp, .tokens = tokens});
  }
  for (const std::string_view word : kUnsupportedWords) {
    if (AtKeyword(word, at)) return UnsupportedInfix();
  }
  if (negated && (AtKeyword("SIMILAR", 1) || AtKeyword("MATCH", 1))) {
    return Unsupported("NOT " + AsciiUpper(Text(Peek(1))),
                       "for words that must not occur write text MATCH 'this NOT that'");
  }
  if (negated) return Unexpected("LIKE, ILIKE, REGEXP, IN or BETWEEN after an operand", {});
  return std::optional<Infix>();
}

Status Parser::UnsupportedInfix() const {
  const std::string_view text = Text(Peek(AtKeyword("NOT") ? 1 : 0));
  const bool pattern = AsciiUpper(text) == "GLOB";
  return Unsupported("the operator " + AsciiUpper(text), pattern ? "for patterns write LIKE or REGEXP" : "");
}

Result<ExpressionPtr> Parser::ParseInfix(size_t start, ExpressionPtr left, const Infix& infix) {
  if (infix.kind == Infix::Kind::kChain) return ParseChain(std::move(left), infix.op);
  for (size_t i = 0; i < infix.tokens; ++i) Advance();
  switch (infix.kind) {
    case Infix::Kind::kIs: return ParseIs(start, std::move(left));
    case Infix::Kind::kIsNull: return Make(start, UnaryExpression{UnaryOperator::kIsNull, std::move(left)});
    case Infix::Kind::kIsNotNull: return Make(start, UnaryExpression{UnaryOperator::kIsNotNull, std::move(left)});
    case Infix::Kind::kIn: return ParseIn(start, std::move(left), infix.negated);
    case Infix::Kind::kBetween: return ParseBetween(start, std::move(left), infix.negated);
    case Infix::Kind::kSimilar: return ParseSearch(start, std::move(left), SearchExpression::Kind::kSimilar);
    case Infix::Kind::kMatch: return ParseSearch(start, std::move(left), SearchExpression::Kind::kMatch);
    default: return ParseBinary(start, std::move(left), infix.op);
  }
}

Result<ExpressionPtr> Parser::ParseBinary(size_t start, ExpressionPtr left, BinaryOperator op) {
  const bool quantified = AtKeyword("ANY") || AtKeyword("SOME") || AtKeyword("ALL");
  if (quantified && AtSymbol("(", 1)) return ParseQuantified(start, std::move(left), op);
  QUIRE_ASSIGN_OR_RETURN(ExpressionPtr right, ParseExpression(Tighter(PrecedenceOf(op))));
  BinaryExpression binary{op, std::move(left), std::move(right)};
  if (op >= BinaryOperator::kLike && op <= BinaryOperator::kNotILike && AcceptKeyword("ESCAPE")) {
    QUIRE_ASSIGN_OR_RETURN(binary.escape, ParseExpression(Tighter(PrecedenceOf(op))));
  }
  return Make(start, std::move(binary));
}

// left op ANY (array), left op ALL (array). = ANY (SELECT ...) is IN, <> ALL (SELECT ...) is NOT IN.
Result<ExpressionPtr> Parser::ParseQuantified(size_t start, ExpressionPtr left, BinaryOperator op) {
  const bool all = AtKeyword("ALL");
  const size_t word = Advance().start;
  Advance();
  if (AtQuery()) {
    if (op != (all ? BinaryOperator::kNotEqual : BinaryOperator::kEqual)) {
      return Status(Code::kUnsupported, "of subqueries only = ANY (SELECT ...) and <> ALL (SELECT ...) are offered",
                    "compare with (SELECT min(...)) or (SELECT max(...))")
          .At(word);
    }
    return ParseInQuery(start, std::move(left), all);
  }
  QuantifiedExpression quantified{op, std::move(left), nullptr, all};
  QUIRE_ASSIGN_OR_RETURN(quantified.array, ParseExpression());
  QUIRE_RETURN_IF_ERROR(ExpectSymbol(")"));
  return Make(start, std::move(quantified));
}

// The SELECT of IN and its parenthesis.
Result<ExpressionPtr> Parser::ParseInQuery(size_t start, ExpressionPtr operand, bool negated) {
  SubqueryExpression in{SubqueryExpression::Kind::kIn, std::move(operand), nullptr, negated};
  QUIRE_ASSIGN_OR_RETURN(in.select, ParseSubquery());
  return Make(start, std::move(in));
}

namespace {

ExpressionPtr Balanced(std::span<ExpressionPtr> operands, BinaryOperator op) {
  if (operands.size() == 1) return std::move(operands[0]);
  const size_t half = (operands.size() + 1) / 2;
  auto node = std::make_unique<Expression>();
  ExpressionPtr left = Balanced(operands.first(half), op);
  ExpressionPtr right = Balanced(operands.subspan(half), op);
  node->span = {left->span.start, right->span.end};
  node->height = 1 + std::max(left->height, right->height);
  node->node = BinaryExpression{op, std::move(left), std::move(right)};
  return node;
}

}  // namespace

Result<ExpressionPtr> Parser::ParseChain(ExpressionPtr first, BinaryOperator op) {
  std::vector<ExpressionPtr> operands;
  operands.push_back(std::move(first));
  const std::string_view text = OperatorText(op);
  while (AcceptKeyword(text) || AcceptSymbol(text)) {
    QUIRE_ASSIGN_OR_RETURN(ExpressionPtr operand, ParseExpression(Tighter(PrecedenceOf(op))));
    operands.push_back(std::move(operand));
  }
  return Measured(Balanced(operands, op));
}

Result<ExpressionPtr> Parser::ParseIs(size_t start, ExpressionPtr operand) {
  const bool negated = AcceptKeyword("NOT");
  const BinaryOperator op = negated ? BinaryOperator::kIsDistinct : BinaryOperator::kIsNotDistinct;
  if (AcceptKeyword("DISTINCT")) {
    QUIRE_RETURN_IF_ERROR(ExpectKeyword("FROM"));
    QUIRE_ASSIGN_OR_RETURN(ExpressionPtr other, ParseExpression(Tighter(Precedence::kComparison)));
    const auto opposite = negated ? BinaryOperator::kIsNotDistinct : BinaryOperator::kIsDistinct;
    return Make(start, BinaryExpression{opposite, std::move(operand), std::move(other)});
  }
  if (AtKeyword("TRUE") || AtKeyword("FALSE")) {
    QUIRE_ASSIGN_OR_RETURN(ExpressionPtr truth, ParsePrimary());
    return Make(start, BinaryExpression{op, std::move(operand), std::move(truth)});
  }
  if (!AcceptKeyword("NULL") && !AcceptKeyword("UNKNOWN")) return Unexpected(negated ? "NULL" : "NULL or NOT NULL", {"NULL", "NOT"});
  return Make(start, UnaryExpression{negated ? UnaryOperator::kIsNotNull : UnaryOperator::kIsNull, std::move(operand)});
}

Result<ExpressionPtr> Parser::ParseIn(size_t start, ExpressionPtr operand, bool negated) {
  if (!AcceptSymbol("(")) return UnexpectedWithHint("'(' after IN", "write the values in parentheses: IN ('a', 'b')");
  if (AtQuery()) return ParseInQuery(start, std::move(operand), negated);
  InExpression in;
  in.operand = std::move(operand);
  in.negated = negated;
  if (depth_ >= kMaxNesting) return Nested();
  ++depth_;
  bool more = true;
  while (more) {
    QUIRE_ASSIGN_OR_RETURN(ExpressionPtr value, ParseExpression());
    in.values.push_back(std::move(value));
    QUIRE_ASSIGN_OR_RETURN(more, NextInList(")"));
  }
  --depth_;
  return Make(start, std::move(in));
}

Result<ExpressionPtr> Parser::ParseBetween(size_t start, ExpressionPtr operand, bool negated) {
  BetweenExpression between;
  between.operand = std::move(operand);
  between.negated = negated;
  QUIRE_ASSIGN_OR_RETURN(between.low, ParseExpression(Tighter(Precedence::kComparison)));
  QUIRE_RETURN_IF_ERROR(ExpectKeyword("AND"));
  QUIRE_ASSIGN_OR_RETURN(between.high, ParseExpression(Tighter(Precedence::kComparison)));
  return Make(start, std::move(between));
}

Result<ExpressionPtr> Parser::ParseSearch(size_t start, ExpressionPtr operand, SearchExpression::Kind kind) {
  const bool similar = kind == SearchExpression::Kind::kSimilar;
  if (similar && AtKeyword("TO")) {
    return Status(Code::kSyntaxError, "SIMILAR TO is for regular expressions elsewhere and is not offered here",
                  "write `text SIMILAR '...'`; for patterns use LIKE or REGEXP")
        .At(this->start());
  }
  QUIRE_ASSIGN_OR_RETURN(ExpressionPtr query, ParseQuery(similar ? "SIMILAR" : "MATCH"));
  return Make(start, SearchExpression{kind, std::move(operand), std::move(query)});
}

// The words from here to the next clause, as a string in quotes.
std::string Parser::QuotedRest() const {
  size_t ahead = 0;
  while (!AtEnd(ahead) && Peek(ahead).kind != TokenKind::kError && !AtSymbol(")", ahead)) {
    const Token& token = Peek(ahead);
    const bool clause = token.kind == TokenKind::kWord && IsReserved(Text(token)) && !AtKeyword("IN", ahead) &&
                        !AtKeyword("IS", ahead) && !AtKeyword("ON", ahead) && !AtKeyword("ALL", ahead);
    if (clause && ahead > 0) break;
    ++ahead;
  }
  const size_t end = ahead == 0 ? start() : Peek(ahead - 1).end;
  return "'" + std::string(text_.substr(start(), end - start())) + "'";
}

// A query is known before the first chunk is looked at: it cannot be a column. A bare word is a string without quotes.
Result<ExpressionPtr> Parser::ParseQuery(std::string_view after) {
  const std::string expected = "a string or a parameter after " + std::string(after);
  if (Peek().kind == TokenKind::kQuotedName) {
    QUIRE_ASSIGN_OR_RETURN(const std::string text, Value(Peek()));
    return UnexpectedWithHint(expected, "strings are written in single quotes: '" + text + "'");
  }
  const bool call = AtSymbol("(", 1) || AtSymbol("[", 1) || Peek(1).kind == TokenKind::kString;
  if (AtName() && !call) return UnexpectedWithHint(expected, "put the words in quotes: " + QuotedRest());
  return ParseExpression(Precedence::kOther);
}

}  // namespace quire::sql
