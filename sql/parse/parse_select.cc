// Parser: SELECT, in both orders, with WITH and UNION; and ASK.
#include <algorithm>
#include <utility>

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

// The levels of what a SELECT is made of.
uint32_t HeightOf(const SelectStatement& select) {
  uint32_t height = 0;
  const auto add = [&height](const auto& part) {
    if (part != nullptr) height = std::max(height, part->height);
  };
  for (const CommonTable& table : select.with) add(table.query);
  for (const SelectItem& item : select.items) add(item.expression);
  if (select.from) add(select.from->query);
  for (const JoinClause& join : select.joins) {
    add(join.table.query);
    add(join.on);
  }
  for (const ExpressionPtr& key : select.group_by) add(key);
  for (const SetBranch& branch : select.unions) add(branch.select);
  for (const OrderItem& item : select.order_by) add(item.expression);
  for (const ExpressionPtr* part : {&select.where, &select.having, &select.limit, &select.offset}) add(*part);
  add(select.inner);
  return height;
}

}  // namespace

bool Parser::AtQuery(size_t ahead) const {
  return AtKeyword("SELECT", ahead) || AtKeyword("FROM", ahead) || AtKeyword("WITH", ahead);
}

// [WITH ...] SELECT ... {UNION [ALL] SELECT ...} [ORDER BY ...] [LIMIT ...]
Result<SelectPtr> Parser::ParseSelect() {
  if (depth_ + kSelectLevels > kMaxNesting) return Nested();
  depth_ += kSelectLevels;
  const auto outer_column = std::exchange(first_column_, std::nullopt);
  const size_t start = this->start();
  auto select = std::make_unique<SelectStatement>();
  QUIRE_RETURN_IF_ERROR(ParseSelectParts(select.get()));
  first_column_ = outer_column;
  depth_ -= kSelectLevels;
  select->height = HeightOf(*select) + 1;
  if (select->height >= kMaxNesting) return Nested();
  select->span = {start, previous_end()};
  return select;
}

Status Parser::ParseSelectParts(SelectStatement* select) {
  std::vector<std::string_view> passed;
  if (AtKeyword("WITH")) QUIRE_RETURN_IF_ERROR(ParseWith(select));
  QUIRE_RETURN_IF_ERROR(ParseSelectCore(select, &passed));
  while (AcceptKeyword("UNION")) {
    SetBranch branch;
    branch.all = AcceptKeyword("ALL");
    if (!branch.all) AcceptKeyword("DISTINCT");
    const size_t start = this->start();
    branch.select = std::make_unique<SelectStatement>();
    first_column_.reset();
    QUIRE_RETURN_IF_ERROR(ParseSelectCore(branch.select.get(), &passed));
    branch.select->height = HeightOf(*branch.select) + 1;
    if (branch.select->height >= kMaxNesting) return Nested();
    branch.select->span = {start, previous_end()};
    select->unions.push_back(std::move(branch));
  }
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

// SELECT items [FROM ...] ..., FROM docs [SELECT items] ..., or a whole SELECT in parentheses.
Status Parser::ParseSelectCore(SelectStatement* select, std::vector<std::string_view>* passed) {
  passed->clear();
  if (AcceptSymbol("(")) {
    QUIRE_ASSIGN_OR_RETURN(select->inner, ParseSubquery());
    return {};
  }
  if (AcceptKeyword("SELECT")) {
    QUIRE_RETURN_IF_ERROR(ParseSelectItems(select));
    if (AtKeyword("INTO")) return Unsupported("SELECT ... INTO");
    if (AcceptKeyword("FROM")) {
      QUIRE_RETURN_IF_ERROR(ParseFrom(select));
    } else {
      QUIRE_RETURN_IF_ERROR(CheckColumnsHaveFrom());
    }
  } else if (AtKeyword("FROM")) {
    const size_t from = Advance().start;
    QUIRE_RETURN_IF_ERROR(ParseFrom(select));
    if (AcceptKeyword("SELECT")) {
      QUIRE_RETURN_IF_ERROR(ParseSelectItems(select));
    } else {
      QUIRE_ASSIGN_OR_RETURN(ExpressionPtr all, Make(from, StarExpression{}));
      select->items.push_back({std::move(all), {}});
    }
  } else {
    return Unexpected("SELECT", {"SELECT", "FROM"});
  }
  return ParseClauses(select, passed);
}

// A SELECT and the parenthesis after it.
Result<SelectPtr> Parser::ParseSubquery() {
  QUIRE_ASSIGN_OR_RETURN(SelectPtr select, ParseSelect());
  QUIRE_RETURN_IF_ERROR(ExpectSymbol(")"));
  return select;
}

// WITH name [(columns)] AS (SELECT ...), ...
Status Parser::ParseWith(SelectStatement* select) {
  Advance();
  if (AtKeyword("RECURSIVE") && !AtKeyword("AS", 1)) return Unsupported("WITH RECURSIVE");
  do {
    CommonTable table;
    QUIRE_ASSIGN_OR_RETURN(table.name, ParseName("a name"));
    QUIRE_ASSIGN_OR_RETURN(table.columns, ParseColumnNames());
    QUIRE_RETURN_IF_ERROR(ExpectKeyword("AS"));
    AcceptKeyword("NOT");
    AcceptKeyword("MATERIALIZED");
    QUIRE_RETURN_IF_ERROR(ExpectSymbol("("));
    QUIRE_ASSIGN_OR_RETURN(table.query, ParseSubquery());
    select->with.push_back(std::move(table));
    if (select->with.size() > kMaxKeys) return TooMany("names in WITH", kMaxKeys);
  } while (AcceptSymbol(","));
  if (AtQuery() || AtSymbol("(")) return {};
  return Unexpected("SELECT after WITH", {"SELECT"});
}

// (a, b), or nothing.
Result<std::vector<Name>> Parser::ParseColumnNames() {
  std::vector<Name> names;
  bool more = AcceptSymbol("(");
  while (more) {
    QUIRE_ASSIGN_OR_RETURN(Name column, ParseName("the name of a column"));
    names.push_back(std::move(column));
    QUIRE_ASSIGN_OR_RETURN(more, NextInList(")"));
  }
  return names;
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
      if (AtKeyword("EXCLUDE") || AtKeyword("EXCEPT")) return Unsupported("leaving columns out of *", "name the columns");
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

Status Parser::ParseClauses(SelectStatement* select, std::vector<std::string_view>* passed) {
  if (select->from.has_value()) passed->push_back("FROM");
  if (AcceptKeyword("WHERE")) {
    QUIRE_ASSIGN_OR_RETURN(select->where, ParseExpression());
    passed->push_back("WHERE");
    if (!select->from.has_value()) QUIRE_RETURN_IF_ERROR(CheckColumnsHaveFrom());
  }
  if (AcceptKeyword("GROUP")) {
    QUIRE_RETURN_IF_ERROR(ExpectKeyword("BY"));
    do {
      QUIRE_ASSIGN_OR_RETURN(ExpressionPtr key, ParseExpression());
      select->group_by.push_back(std::move(key));
      if (select->group_by.size() > kMaxKeys) return TooMany("keys of GROUP BY", kMaxKeys);
    } while (AcceptSymbol(","));
    passed->push_back("GROUP BY");
  }
  if (AcceptKeyword("HAVING")) {
    QUIRE_ASSIGN_OR_RETURN(select->having, ParseExpression());
    passed->push_back("HAVING");
  }
  if (AtKeyword("WINDOW") || AtKeyword("QUALIFY")) return Unsupported(AsciiUpper(Text(Peek())));
  return {};
}

Status Parser::ParseOrderBy(SelectStatement* select) {
  Advance();
  QUIRE_RETURN_IF_ERROR(ExpectKeyword("BY"));
  do {
    OrderItem item;
    QUIRE_ASSIGN_OR_RETURN(item.expression, ParseExpression());
    item.descending = AcceptKeyword("DESC");
    if (!item.descending) AcceptKeyword("ASC");
    if (AcceptKeyword("NULLS")) {
      item.nulls_first = AtKeyword("FIRST");
      if (!AcceptKeyword("FIRST") && !AcceptKeyword("LAST")) return Unexpected("FIRST or LAST", {"FIRST", "LAST"});
    }
    select->order_by.push_back(std::move(item));
    if (select->order_by.size() > kMaxKeys) return TooMany("keys of ORDER BY", kMaxKeys);
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
  for (const std::string_view word : {"INTERSECT", "EXCEPT"}) {
    if (AtKeyword(word)) return Unsupported(word, word == "EXCEPT" ? "write WHERE ... NOT IN (SELECT ...)" : "write WHERE ... IN (SELECT ...)");
  }
  if (AtKeyword("UNION")) {
    return Status(Code::kSyntaxError, "UNION must stand before " + std::string(passed.back()),
                  "put the SELECT with " + std::string(passed.back()) + " in parentheses")
        .At(start());
  }
  if (AtKeyword("FOR") && AtKeyword("UPDATE", 1)) return Unsupported("FOR UPDATE");
  if (AtKeyword("FETCH")) return Unsupported("FETCH", "write LIMIT n");
  for (const Clause& clause : kClauses) {
    if (!AtKeyword(clause.word)) continue;
    const std::string name(clause.name);
    if (std::find(passed.begin(), passed.end(), clause.name) != passed.end() || passed.empty()) {
      return Status(Code::kSyntaxError, "a second " + name + ", or one in the wrong place").At(start());
    }
    return Status(Code::kSyntaxError, name + " must stand before " + std::string(passed.back()),
                  "the order is SELECT, FROM, WHERE, GROUP BY, HAVING, ORDER BY, LIMIT, OFFSET")
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
