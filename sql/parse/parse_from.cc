// Parser: FROM and JOIN.
#include "sql/parse/parser_impl.h"

namespace quire::sql {

Status Parser::ParseFrom(SelectStatement* select) {
  QUIRE_ASSIGN_OR_RETURN(select->from, ParseTableReference());
  bool more = true;
  while (more) {
    QUIRE_ASSIGN_OR_RETURN(more, ParseJoin(select));
  }
  return {};
}

// docs [[AS] d [(a, b)]], or (SELECT ...) [[AS] d [(a, b)]].
Result<TableReference> Parser::ParseTableReference() {
  TableReference table;
  const size_t start = this->start();
  if (Peek().kind == TokenKind::kString) {
    return Unsupported("FROM a file", "load it first: COPY docs FROM " + std::string(Text(Peek())));
  }
  if (AtKeyword("LATERAL")) return Unsupported("LATERAL");
  if (AcceptSymbol("(")) {
    if (AtKeyword("VALUES")) return Unsupported("VALUES after FROM", "write SELECT 1 UNION ALL SELECT 2");
    if (!AtQuery() && !AtSymbol("(")) return UnexpectedWithHint("SELECT", "joins are written without parentheses");
    QUIRE_ASSIGN_OR_RETURN(table.query, ParseSubquery());
  } else {
    if (AtName() && AtSymbol("(", 1)) return Unsupported("a function after FROM");
    QUIRE_ASSIGN_OR_RETURN(table.name, ParseCollection());
  }
  table.span = {start, previous_end()};
  QUIRE_ASSIGN_OR_RETURN(table.alias, ParseAlias());
  if (!table.alias.empty()) {
    QUIRE_ASSIGN_OR_RETURN(table.columns, ParseColumnNames());
  }
  return table;
}

// One JOIN with its condition; false if there is none.
Result<bool> Parser::ParseJoin(SelectStatement* select) {
  JoinClause join;
  const size_t start = this->start();
  if (AtSymbol(",")) {
    return Unsupported("more than one collection after FROM", "write a JOIN b ON a.x = b.x");
  }
  if (AtKeyword("NATURAL")) return Unsupported("NATURAL JOIN", "write JOIN ... USING (column)");
  if (AcceptKeyword("CROSS")) {
    join.kind = JoinClause::Kind::kCross;
  } else if (AtKeyword("LEFT") || AtKeyword("RIGHT") || AtKeyword("FULL")) {
    using Kind = JoinClause::Kind;
    join.kind = AtKeyword("LEFT") ? Kind::kLeft : AtKeyword("RIGHT") ? Kind::kRight : Kind::kFull;
    Advance();
    AcceptKeyword("OUTER");
  } else if (!AcceptKeyword("INNER") && !AtKeyword("JOIN")) {
    return false;
  }
  QUIRE_RETURN_IF_ERROR(ExpectKeyword("JOIN"));
  join.span = {start, previous_end()};
  QUIRE_ASSIGN_OR_RETURN(join.table, ParseTableReference());
  if (join.kind != JoinClause::Kind::kCross) {
    if (AcceptKeyword("ON")) {
      QUIRE_ASSIGN_OR_RETURN(join.on, ParseExpression());
    } else if (AcceptKeyword("USING")) {
      if (!AtSymbol("(")) return Unexpected("'(' after USING");
      QUIRE_ASSIGN_OR_RETURN(join.using_columns, ParseColumnNames());
    } else {
      return UnexpectedWithHint("ON or USING", "write JOIN b ON a.x = b.x");
    }
  }
  select->joins.push_back(std::move(join));
  if (select->joins.size() > kMaxJoins) return TooMany("JOINs in one SELECT", kMaxJoins);
  return true;
}

}  // namespace quire::sql
