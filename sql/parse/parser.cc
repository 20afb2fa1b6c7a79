// Parser: tokens, and what is said when one is not the one expected.
#include "sql/parse/parser.h"

#include <algorithm>

#include "engine/base/utf8.h"
#include "sql/parse/nearest.h"
#include "sql/parse/parser_impl.h"

namespace quire::sql {
namespace {

// By the alphabet. Left out are words that no place confuses with a name, such as text, model, version and score.
constexpr std::string_view kReserved[] = {
    "ALL",       "AND",   "AS",     "BETWEEN", "CASE",  "CROSS", "DISTINCT", "ELSE",      "END",   "EXCEPT", "FALSE",
    "FROM",      "FULL",  "GROUP",  "HAVING",  "ILIKE", "IN",    "INNER",    "INTERSECT", "INTO",  "IS",     "JOIN",
    "LEFT",      "LIKE",  "LIMIT",  "NATURAL", "NOT",   "NULL",  "OFFSET",   "ON",        "OR",    "ORDER",  "REGEXP",
    "RETURNING", "RIGHT", "SELECT", "THEN",    "TRUE",  "UNION", "USING",    "WHEN",      "WHERE", "WITH"};

struct SymbolSlip {
  std::string_view symbol;
  std::string_view hint;
};
constexpr SymbolSlip kSymbolSlips[] = {
    {"==", "write = to compare"},
    {"&&", "write AND"},
    {"!", "write NOT, or <> for 'not equal'"},
    {":=", "write => for a named argument, = in SET"},
    {"`", "a name that needs quotes is written in double quotes"},
    {"\\", "dot-commands such as .tables and .help are the shell's, on a line of their own"},
};

constexpr std::string_view kClauseWords[] = {"FROM",  "WHERE",  "ORDER", "LIMIT", "OFFSET",
                                             "GROUP", "HAVING", "USING", "WITH",  "SET"};

}  // namespace

bool IsReserved(std::string_view word) {
  return std::any_of(std::begin(kReserved), std::end(kReserved),
                     [word](std::string_view reserved) { return IsWord(word, reserved); });
}

Parser::Parser(std::string_view text) : text_(text) {
  Lexer lexer(text);
  do {
    tokens_.push_back(lexer.Next());
  } while (tokens_.back().kind != TokenKind::kEnd && tokens_.back().kind != TokenKind::kError);
  if (tokens_.back().kind == TokenKind::kError) lexical_error_ = lexer.error();
}

const Token& Parser::Peek(size_t ahead) const { return tokens_[std::min(position_ + ahead, tokens_.size() - 1)]; }

bool Parser::AtKeyword(std::string_view keyword, size_t ahead) const {
  const Token& token = Peek(ahead);
  return token.kind == TokenKind::kWord && IsWord(Text(token), keyword);
}

bool Parser::AtSymbol(std::string_view symbol, size_t ahead) const {
  const Token& token = Peek(ahead);
  return token.kind == TokenKind::kSymbol && Text(token) == symbol;
}

bool Parser::AtName(size_t ahead) const {
  const Token& token = Peek(ahead);
  if (token.kind == TokenKind::kQuotedName) return true;
  return token.kind == TokenKind::kWord && !IsReserved(Text(token));
}

bool Parser::AtEnd(size_t ahead) const { return Peek(ahead).kind == TokenKind::kEnd || AtSymbol(";", ahead); }

Token Parser::Advance() {
  const Token token = Peek();
  if (position_ + 1 < tokens_.size()) ++position_;
  return token;
}

bool Parser::AcceptKeyword(std::string_view keyword) {
  if (!AtKeyword(keyword)) return false;
  Advance();
  return true;
}

bool Parser::AcceptSymbol(std::string_view symbol) {
  if (!AtSymbol(symbol)) return false;
  Advance();
  return true;
}

Status Parser::ExpectKeyword(std::string_view keyword) {
  if (AcceptKeyword(keyword)) return {};
  return Unexpected(keyword, {keyword});
}

Status Parser::ExpectSymbol(std::string_view symbol) {
  if (AcceptSymbol(symbol)) return {};
  return Unexpected("'" + std::string(symbol) + "'");
}

Result<bool> Parser::NextInList(std::string_view close) {
  if (AcceptSymbol(",")) return true;
  if (AcceptSymbol(close)) return false;
  return Unexpected("',' or '" + std::string(close) + "'");
}

std::string Parser::Found() const {
  constexpr size_t kShown = 40;
  const Token& token = Peek();
  if (token.kind == TokenKind::kEnd) return "the end of the statement";
  const std::string_view text = Text(token);
  std::string shown(Utf8Prefix(text, kShown));
  if (shown.size() < text.size()) shown += "...";
  const bool quoted = token.kind == TokenKind::kString || token.kind == TokenKind::kQuotedName;
  return quoted ? shown : "'" + shown + "'";
}

// The mend for the usual slips, judged by the current token and the one before it.
std::string Parser::SlipHint(const std::vector<std::string_view>& keywords) const {
  const Token& token = Peek();
  const Token& previous = tokens_[position_ == 0 ? 0 : position_ - 1];
  const bool has_previous = position_ > 0;
  if (token.kind == TokenKind::kSymbol) {
    for (const SymbolSlip& slip : kSymbolSlips) {
      if (slip.symbol == Text(token)) return std::string(slip.hint);
    }
  }
  const bool adjacent = has_previous && previous.end == token.start;
  if (adjacent && (previous.kind == TokenKind::kString) && token.kind == TokenKind::kWord) {
    return "a quote inside a string is written ''";
  }
  if (has_previous && previous.kind == TokenKind::kSymbol && Text(previous) == "," &&
      (AtEnd() || AtSymbol(")") || AtSymbol("]") || (token.kind == TokenKind::kWord && !AtName()))) {
    return "remove the ',' before it";
  }
  if (token.kind == TokenKind::kWord) {
    const std::string_view near = Nearest(Text(token), keywords);
    if (!near.empty()) return "did you mean " + std::string(near) + "?";
  }
  const bool after_operand =
      has_previous && (previous.kind == TokenKind::kWord || previous.kind == TokenKind::kQuotedName);
  if (after_operand && token.kind == TokenKind::kString && !IsReserved(Text(previous))) {
    return "an operator such as = or SIMILAR is missing before it";
  }
  return {};
}

Status Parser::Unexpected(std::string_view expected, Words keywords) const {
  if (alias_.has_value() && *alias_ + 1 == position_) {
    // SELECT title FROM docs WERE a = 1: only what follows the supposed alias shows that it is none.
    const Token& alias = tokens_[*alias_];
    const std::string near(Nearest(Text(alias), {std::begin(kClauseWords), std::end(kClauseWords)}));
    if (!near.empty()) {
      return Status(Code::kSyntaxError, "expected " + near + " but found '" + std::string(Text(alias)) + "'",
                    "did you mean " + near + "?")
          .At(alias.start);
    }
  }
  return UnexpectedWithHint(expected, SlipHint(keywords));
}

Status Parser::UnexpectedWithHint(std::string_view expected, std::string hint) const {
  if (Peek().kind == TokenKind::kError) return lexical_error_;
  return Status(Code::kSyntaxError, "expected " + std::string(expected) + " but found " + Found(), std::move(hint))
      .At(start());
}

Status Parser::Unsupported(std::string_view what, std::string hint) const {
  return Status(Code::kUnsupported, std::string(what) + " is not supported yet", std::move(hint)).At(start());
}

Status Parser::TooMany(std::string_view what, size_t most) const {
  return Status(Code::kResourceExhausted, "more than " + std::to_string(most) + " " + std::string(what)).At(start());
}

Result<Statement> Parser::ParseAll() {
  if (AtEnd()) {
    return Status(Code::kSyntaxError, "the statement is empty").At(start());
  }
  QUIRE_ASSIGN_OR_RETURN(Statement statement, ParseStatement());
  AcceptSymbol(";");
  if (Peek().kind == TokenKind::kEnd) return statement;
  return Unexpected("the end of the statement",
                    {"WHERE", "ORDER", "LIMIT", "OFFSET", "USING", "WITH", "FROM", "VALUES"});
}

Result<Statement> Parse(std::string_view text) {
  if (text.size() > kMaxStatementBytes) {
    return Status(Code::kResourceExhausted,
                  "the statement has " + std::to_string(text.size()) + " bytes, expected at most " +
                      std::to_string(kMaxStatementBytes),
                  "hand large values over as parameters, or load them with COPY");
  }
  const size_t invalid = FindInvalidUtf8(text);
  if (invalid != std::string_view::npos) {
    return Status(Code::kSyntaxError, "the statement is not UTF-8").At(invalid);
  }
  return Parser(text).ParseAll();
}

size_t FirstStatement(std::string_view text) {
  Lexer lexer(text);
  while (true) {
    const Token token = lexer.Next();
    if (token.kind == TokenKind::kEnd) return 0;
    if (token.kind == TokenKind::kError && lexer.cut_off()) return 0;
    if (token.kind == TokenKind::kSymbol && text[token.start] == ';') return token.end;
  }
}

}  // namespace quire::sql
