// Parser: the statements that change something.
#include "sql/parse/parser_impl.h"

namespace quire::sql {

// INSERT [OR REPLACE | OR IGNORE] INTO docs [(columns)] VALUES, or a whole SELECT instead of VALUES
Status Parser::ParseInsertHead(InsertStatement* insert) {
  Advance();
  if (AcceptKeyword("OR")) {
    if (!AtKeyword("REPLACE") && !AtKeyword("IGNORE")) return Unexpected("REPLACE or IGNORE", {"REPLACE", "IGNORE"});
    insert->on_conflict = AcceptKeyword("REPLACE") ? InsertStatement::OnConflict::kUpdate
                                                   : (Advance(), InsertStatement::OnConflict::kNothing);
  }
  QUIRE_RETURN_IF_ERROR(ExpectKeyword("INTO"));
  QUIRE_ASSIGN_OR_RETURN(insert->collection, ParseCollection());
  if (AcceptSymbol("(")) {
    bool more = true;
    while (more) {
      QUIRE_ASSIGN_OR_RETURN(Name column, ParseName("the name of a column"));
      insert->columns.push_back(std::move(column));
      QUIRE_ASSIGN_OR_RETURN(more, NextInList(")"));
    }
  }
  if (AtQuery()) {
    QUIRE_ASSIGN_OR_RETURN(insert->query, ParseSelect());
    return {};
  }
  if (AtKeyword("DEFAULT")) return Unsupported("DEFAULT VALUES");
  if (AcceptKeyword("VALUES")) return {};
  return Unexpected(insert->columns.empty() ? "'(' or VALUES" : "VALUES", {"VALUES"});
}

Result<StatementNode> Parser::ParseInsert() {
  InsertStatement insert;
  QUIRE_RETURN_IF_ERROR(ParseInsertHead(&insert));
  bool rows = insert.query == nullptr;
  while (rows) {
    QUIRE_RETURN_IF_ERROR(ExpectSymbol("("));
    std::vector<ExpressionPtr> row;
    bool more = true;
    while (more) {
      QUIRE_ASSIGN_OR_RETURN(ExpressionPtr value, ParseExpression());
      row.push_back(std::move(value));
      QUIRE_ASSIGN_OR_RETURN(more, NextInList(")"));
    }
    insert.rows.push_back(std::move(row));
    rows = AcceptSymbol(",");
  }
  if (AtKeyword("ON")) QUIRE_RETURN_IF_ERROR(ParseOnConflict(&insert));
  if (AtKeyword("RETURNING")) return Unsupported("RETURNING");
  return StatementNode(std::move(insert));
}

// ON CONFLICT [(id)] DO UPDATE | DO NOTHING
Status Parser::ParseOnConflict(InsertStatement* insert) {
  Advance();
  QUIRE_RETURN_IF_ERROR(ExpectKeyword("CONFLICT"));
  if (AcceptSymbol("(")) {
    if (!AtKeyword("ID") && Text(Peek()) != "\"id\"") {
      return UnexpectedWithHint("id", "chunks conflict when they have the same id: ON CONFLICT (id)");
    }
    Advance();
    QUIRE_RETURN_IF_ERROR(ExpectSymbol(")"));
  }
  QUIRE_RETURN_IF_ERROR(ExpectKeyword("DO"));
  if (AcceptKeyword("NOTHING")) {
    insert->on_conflict = InsertStatement::OnConflict::kNothing;
    return {};
  }
  if (!AcceptKeyword("UPDATE")) return Unexpected("UPDATE or NOTHING", {"UPDATE", "NOTHING"});
  insert->on_conflict = InsertStatement::OnConflict::kUpdate;
  if (AtKeyword("SET")) return Unsupported("DO UPDATE SET", "DO UPDATE alone replaces the chunk");
  return {};
}

Result<StatementNode> Parser::ParseUpdate() {
  UpdateStatement update;
  Advance();
  QUIRE_ASSIGN_OR_RETURN(update.collection, ParseCollection());
  QUIRE_RETURN_IF_ERROR(ExpectKeyword("SET"));
  do {
    if (AtSymbol("(")) return Unsupported("setting several columns at once");
    QUIRE_ASSIGN_OR_RETURN(Name column, ParseName("the name of a column"));
    QUIRE_RETURN_IF_ERROR(ExpectSymbol("="));
    QUIRE_ASSIGN_OR_RETURN(ExpressionPtr value, ParseExpression());
    update.assignments.emplace_back(std::move(column), std::move(value));
  } while (AcceptSymbol(","));
  if (AtKeyword("FROM")) return Unsupported("UPDATE ... FROM");
  if (AcceptKeyword("WHERE")) {
    QUIRE_ASSIGN_OR_RETURN(update.where, ParseExpression());
  }
  if (AtKeyword("RETURNING")) return Unsupported("RETURNING");
  return StatementNode(std::move(update));
}

Result<StatementNode> Parser::ParseDelete() {
  DeleteStatement remove;
  Advance();
  QUIRE_RETURN_IF_ERROR(ExpectKeyword("FROM"));
  QUIRE_ASSIGN_OR_RETURN(remove.collection, ParseCollection());
  if (AtKeyword("USING")) return Unsupported("DELETE ... USING");
  if (AcceptKeyword("WHERE")) {
    QUIRE_ASSIGN_OR_RETURN(remove.where, ParseExpression());
  }
  if (AtKeyword("RETURNING")) return Unsupported("RETURNING");
  return StatementNode(std::move(remove));
}

// COPY docs FROM 'source' [[WITH] (options)]; COPY docs TO, COPY (SELECT ...) TO
Result<StatementNode> Parser::ParseCopy() {
  CopyStatement copy;
  Advance();
  if (AcceptSymbol("(")) {
    if (!AtQuery()) return Unexpected("SELECT after COPY (", {"SELECT", "FROM", "WITH"});
    QUIRE_ASSIGN_OR_RETURN(SelectPtr query, ParseSubquery());
    return ParseCopyTo(std::move(query));
  }
  const size_t begin = start();
  QUIRE_ASSIGN_OR_RETURN(copy.collection, ParseCollection());
  if (AtSymbol("(")) return Unsupported("a list of columns in COPY", "write COPY (SELECT columns FROM docs) TO 'file'");
  if (AtKeyword("TO")) {
    auto query = std::make_unique<SelectStatement>();
    query->span = {begin, previous_end()};
    QUIRE_ASSIGN_OR_RETURN(ExpressionPtr star, Make(begin, StarExpression{}));
    query->items.push_back({std::move(star), ""});
    query->from.emplace();
    query->from->span = copy.collection.span;
    query->from->name = std::move(copy.collection);
    return ParseCopyTo(std::move(query));
  }
  if (!AcceptKeyword("FROM")) return Unexpected("FROM or TO", {"FROM", "TO"});
  if (AtKeyword("STDIN")) return Unsupported("COPY ... FROM STDIN");
  QUIRE_ASSIGN_OR_RETURN(copy.source, ParseQuery("FROM"));
  QUIRE_ASSIGN_OR_RETURN(copy.options, ParseWithOptions());
  return StatementNode(std::move(copy));
}

// TO 'target' [[WITH] (options)]
Result<StatementNode> Parser::ParseCopyTo(SelectPtr query) {
  CopyToStatement copy;
  copy.query = std::move(query);
  QUIRE_RETURN_IF_ERROR(ExpectKeyword("TO"));
  if (AtKeyword("STDOUT")) return Unsupported("COPY ... TO STDOUT", "write the SELECT alone: its rows go there");
  QUIRE_ASSIGN_OR_RETURN(copy.target, ParseQuery("TO"));
  QUIRE_ASSIGN_OR_RETURN(copy.options, ParseWithOptions());
  return StatementNode(std::move(copy));
}

// SYNC docs FROM [DIRECTORY] 'source' [[WITH] (options)]
Result<StatementNode> Parser::ParseSync() {
  CopyStatement copy;
  copy.kind = CopyStatement::Kind::kSync;
  Advance();
  QUIRE_ASSIGN_OR_RETURN(copy.collection, ParseCollection());
  if (!AcceptKeyword("FROM")) return StatementNode(std::move(copy));
  AcceptKeyword("DIRECTORY");
  QUIRE_ASSIGN_OR_RETURN(copy.source, ParseQuery("FROM"));
  QUIRE_ASSIGN_OR_RETURN(copy.options, ParseWithOptions());
  return StatementNode(std::move(copy));
}

// RETRY docs
Result<StatementNode> Parser::ParseRetry() {
  CopyStatement copy;
  copy.kind = CopyStatement::Kind::kRetry;
  Advance();
  QUIRE_ASSIGN_OR_RETURN(copy.collection, ParseCollection());
  return StatementNode(std::move(copy));
}

// [[WITH] (options)]
Result<std::vector<Option>> Parser::ParseWithOptions() {
  const bool with = AcceptKeyword("WITH");
  if (with || AtSymbol("(")) return ParseOptions();
  return std::vector<Option>();
}

// (name = value, name value, FLAG). A bare word as value is a string: FORMAT markdown.
Result<std::vector<Option>> Parser::ParseOptions() {
  QUIRE_RETURN_IF_ERROR(ExpectSymbol("("));
  std::vector<Option> options;
  bool more = true;
  while (more) {
    const TokenKind kind = Peek().kind;
    if (kind != TokenKind::kWord && kind != TokenKind::kQuotedName) return Unexpected("the name of an option");
    Option option;
    const Token name = Advance();
    QUIRE_ASSIGN_OR_RETURN(option.name.text, Value(name));
    option.name.span = {name.start, name.end};
    const bool equals = AcceptSymbol("=") || AcceptSymbol("=>");
    if (equals || (!AtSymbol(",") && !AtSymbol(")"))) {
      QUIRE_ASSIGN_OR_RETURN(option.value, ParseOptionValue());
    }
    options.push_back(std::move(option));
    QUIRE_ASSIGN_OR_RETURN(more, NextInList(")"));
  }
  return options;
}

Result<ExpressionPtr> Parser::ParseOptionValue() {
  const bool alone = AtSymbol(",", 1) || AtSymbol(")", 1) || AtEnd(1);
  const bool constant = AtKeyword("TRUE") || AtKeyword("FALSE") || AtKeyword("NULL");
  if (Peek().kind == TokenKind::kWord && alone && !constant) {
    const Token word = Advance();
    return Make(word.start, LiteralExpression{quire::Value::Text(std::string(Text(word)))});
  }
  return ParseExpression();
}

}  // namespace quire::sql
