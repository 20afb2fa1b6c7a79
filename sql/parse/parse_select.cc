// Parser: SELECT, in both orders, and ASK.
#include <algorithm>

#include "sql/parse/parser_impl.h"

namespace quire::sql {
namespace {

// The clauses of SELECT in the order they are written, with the word they begin with.
struct Clause {
  std::string_view word;
  std::string_view name;
};
constexpr Clause kClauses[] = {{"FROM", "FROM"},      {"WHERE", "WHERE"}, {"GROUP", "GROUP BY"}, {"HAVING", "HAVING"},
                               {"ORDER", "ORDER BY"}, {"LIMIT", "LIMIT"}, {"OFFSET", "OFFSET"}};

}  // namespace

Result<StatementNode> Parser::ParseSelect() {
  SelectStatement select;
  Advance();
  QUIRE_RETURN_IF_ERROR(ParseSelectItems(&select));
  if (AtKeyword("INTO")) return Unsupported("SELECT ... INTO");
  if (AcceptKeyword("FROM")) {
    QUIRE_RETURN_IF_ERROR(ParseFrom(&select));
  } else {
    QUIRE_RETURN_IF_ERROR(CheckColumnsHaveFrom());
  }
  QUIRE_RETURN_IF_ERROR(ParseClauses(&select));
  return StatementNode(std::move(select));
}

// FROM docs [SELECT items]; without items all columns.
Result<StatementNode> Parser::ParseFromFirst() {
  SelectStatement select;
  const size_t from = Advance().start;
  QUIRE_RETURN_IF_ERROR(ParseFrom(&select));
  if (AcceptKeyword("SELECT")) {
    QUIRE_RETURN_IF_ERROR(ParseSelectItems(&select));
  } else {
    QUIRE_ASSIGN_OR_RETURN(ExpressionPtr all, Make(from, StarExpression{}));
    select.items.push_back({std::move(all), {}});
  }
  QUIRE_RETURN_IF_ERROR(ParseClauses(&select));
  return StatementNode(std::move(select));
}

Status Parser::ParseSelectItems(SelectStatement* select) {
  if (AtKeyword("TOP") && Peek(1).kind == TokenKind::kInteger) {
    return UnexpectedWithHint("an expression", "write LIMIT " + std::string(Text(Peek(1))) + " at the end");
  }
  select->distinct = AcceptKeyword("DISTINCT");
  if (select->distinct && AtKeyword("ON")) return Unsupported("DISTINCT ON");
  if (!select->distinct) AcceptKeyword("ALL");
  do {
    SelectItem item;
    if (AtSymbol("*")) {
      const size_t star = Advance().start;
      if (!first_column_.has_value()) first_column_ = Span{star, star + 1};
      QUIRE_ASSIGN_OR_RETURN(item.expression, Make(star, StarExpression{}));
    } else {
      QUIRE_ASSIGN_OR_RETURN(item.expression, ParseExpression());
      QUIRE_ASSIGN_OR_RETURN(item.alias, ParseAlias());
    }
    select->items.push_back(std::move(item));
  } while (AcceptSymbol(","));
  return {};
}

// [AS] name, or nothing. After AS any word is a name.
Result<std::string> Parser::ParseAlias() {
  if (AcceptKeyword("AS")) {
    const TokenKind kind = Peek().kind;
    if (kind != TokenKind::kWord && kind != TokenKind::kQuotedName) return Unexpected("a name after AS");
    return Value(Advance());
  }
  if (!AtName()) return std::string();
  alias_ = position_;
  return Value(Advance());
}

Status Parser::ParseFrom(SelectStatement* select) {
  if (AtSymbol("(")) return Unsupported("a subquery");
  if (Peek().kind == TokenKind::kString) {
    return Unsupported("FROM a file", "load it first: COPY docs FROM " + std::string(Text(Peek())));
  }
  if (AtName() && AtSymbol("(", 1)) return Unsupported("a function after FROM");
  QUIRE_ASSIGN_OR_RETURN(select->from, ParseCollection());
  QUIRE_ASSIGN_OR_RETURN(select->from_alias, ParseAlias());
  if (AtSymbol(",")) return Unsupported("more than one collection after FROM");
  for (const std::string_view word : {"JOIN", "INNER", "LEFT", "RIGHT", "FULL", "CROSS", "NATURAL"}) {
    if (AtKeyword(word)) return Unsupported("JOIN");
  }
  return {};
}

Status Parser::ParseClauses(SelectStatement* select) {
  std::vector<std::string_view> passed = {"FROM"};
  if (!select->from.has_value()) passed.clear();
  if (AcceptKeyword("WHERE")) {
    QUIRE_ASSIGN_OR_RETURN(select->where, ParseExpression());
    passed.push_back("WHERE");
    if (!select->from.has_value()) QUIRE_RETURN_IF_ERROR(CheckColumnsHaveFrom());
  }
  if (AtKeyword("GROUP")) return Unsupported("GROUP BY");
  if (AtKeyword("HAVING")) return Unsupported("HAVING");
  if (AtKeyword("WINDOW") || AtKeyword("QUALIFY")) return Unsupported(AsciiUpper(Text(Peek())));
  if (AtKeyword("ORDER")) {
    QUIRE_RETURN_IF_ERROR(ParseOrderBy(select));
    passed.push_back("ORDER BY");
  }
  if (AtKeyword("LIMIT") || AtKeyword("OFFSET")) {
    QUIRE_RETURN_IF_ERROR(ParseLimit(select));
    passed.insert(passed.end(), {"OFFSET", "LIMIT"});
  }
  return CheckClauseOrder(passed);
}

Status Parser::ParseOrderBy(SelectStatement* select) {
  Advance();
  QUIRE_RETURN_IF_ERROR(ExpectKeyword("BY"));
  do {
    OrderItem item;
    QUIRE_ASSIGN_OR_RETURN(item.expression, ParseExpression());
    item.descending = AcceptKeyword("DESC");
    if (!item.descending) AcceptKeyword("ASC");
    if (AtKeyword("NULLS")) return Unsupported("NULLS FIRST and NULLS LAST");
    select->order_by.push_back(std::move(item));
  } while (AcceptSymbol(","));
  return {};
}

// LIMIT and OFFSET, either first.
Status Parser::ParseLimit(SelectStatement* select) {
  while (true) {
    if (select->limit == nullptr && AcceptKeyword("LIMIT")) {
      if (AtKeyword("ALL")) return UnexpectedWithHint("a number", "leave LIMIT out");
      QUIRE_ASSIGN_OR_RETURN(select->limit, ParseExpression());
      if (AtSymbol(",")) return UnexpectedWithHint("OFFSET", "write LIMIT n OFFSET m");
    } else if (select->offset == nullptr && AcceptKeyword("OFFSET")) {
      QUIRE_ASSIGN_OR_RETURN(select->offset, ParseExpression());
      if (!AcceptKeyword("ROWS")) AcceptKeyword("ROW");
    } else {
      return {};
    }
  }
}

// What follows a complete SELECT is its end, something that is not offered, or a clause in the wrong place.
Status Parser::CheckClauseOrder(const std::vector<std::string_view>& passed) const {
  for (const std::string_view word : {"UNION", "INTERSECT", "EXCEPT"}) {
    if (AtKeyword(word)) return Unsupported(word);
  }
  if (AtKeyword("FOR")) return Unsupported("FOR UPDATE");
  if (AtKeyword("FETCH")) return Unsupported("FETCH", "write LIMIT n");
  for (const Clause& clause : kClauses) {
    if (!AtKeyword(clause.word)) continue;
    const std::string name(clause.name);
    if (std::find(passed.begin(), passed.end(), clause.name) != passed.end() || passed.empty()) {
      return Status(Code::kSyntaxError, "a second " + name + ", or one in the wrong place").At(start());
    }
    return Status(Code::kSyntaxError, name + " must stand before " + std::string(passed.back()),
                  "the order is SELECT, FROM, WHERE, ORDER BY, LIMIT, OFFSET")
        .At(start());
  }
  return {};
}

Status Parser::CheckColumnsHaveFrom() const {
  if (!first_column_.has_value()) return {};
  const Span span = *first_column_;
  const std::string column(text_.substr(span.start, span.end - span.start));
  // What was taken for an alias may be a misspelled FROM: `SELECT title FORM docs`.
  if (!AtEnd() && alias_.has_value()) return Unexpected("FROM", {"FROM"});
  return Status(Code::kSyntaxError, "the column " + column + " needs a collection to come from",
                column[0] == '"' ? "strings are written in single quotes; or name a collection: SELECT ... FROM docs"
                                 : "name a collection: SELECT " + column + " FROM docs")
      .At(span.start);
}

Result<StatementNode> Parser::ParseAsk() {
  AskStatement ask;
  Advance();
  QUIRE_ASSIGN_OR_RETURN(ask.question, ParseQuery("ASK"));
  if (AtEnd()) return UnexpectedWithHint("FROM", "name the collection to answer from: ASK '...' FROM docs");
  QUIRE_RETURN_IF_ERROR(ExpectKeyword("FROM"));
  QUIRE_ASSIGN_OR_RETURN(ask.collection, ParseCollection());
  if (AcceptKeyword("WHERE")) {
    QUIRE_ASSIGN_OR_RETURN(ask.where, ParseExpression());
  }
  if (AcceptKeyword("USING")) {
    QUIRE_RETURN_IF_ERROR(ExpectKeyword("MODEL"));
    QUIRE_ASSIGN_OR_RETURN(ask.model, ParseName("the name of a model"));
  }
  if (AcceptKeyword("WITH")) {
    QUIRE_ASSIGN_OR_RETURN(ask.options, ParseOptions());
  }
  if (AtKeyword("LIMIT")) return UnexpectedWithHint("the end of the statement", "write WITH (k = n)");
  return StatementNode(std::move(ask));
}

}  // namespace quire::sql
