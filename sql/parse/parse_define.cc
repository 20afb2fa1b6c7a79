// Parser: CREATE, DROP and ALTER of collections.
#include "sql/parse/parser_impl.h"

namespace quire::sql {

// The current token is COLLECTION or TABLE.
Result<StatementNode> Parser::ParseCreateCollection() {
  CreateCollectionStatement create;
  Advance();
  if (AcceptKeyword("IF")) {
    QUIRE_RETURN_IF_ERROR(ExpectKeyword("NOT"));
    QUIRE_RETURN_IF_ERROR(ExpectKeyword("EXISTS"));
    create.if_not_exists = true;
  }
  QUIRE_ASSIGN_OR_RETURN(create.name, ParseCollection());
  if (AcceptSymbol("(")) {
    bool more = !AcceptSymbol(")");
    while (more) {
      QUIRE_ASSIGN_OR_RETURN(ColumnDefinition column, ParseColumnDefinition());
      create.columns.push_back(std::move(column));
      QUIRE_ASSIGN_OR_RETURN(more, NextInList(")"));
    }
  }
  if (AtKeyword("AS")) return Unsupported("CREATE ... AS");
  if (AcceptKeyword("WITH")) {
    QUIRE_ASSIGN_OR_RETURN(create.options, ParseOptions());
  }
  return StatementNode(std::move(create));
}

Result<ColumnDefinition> Parser::ParseColumnDefinition() {
  for (const std::string_view word : {"PRIMARY", "UNIQUE", "FOREIGN", "CONSTRAINT", "CHECK"}) {
    if (AtKeyword(word) && (AtKeyword("KEY", 1) || AtSymbol("(", 1) || word == "CONSTRAINT")) {
      return Unsupported("a constraint", "a chunk is identified by its built-in column id");
    }
  }
  ColumnDefinition column;
  QUIRE_ASSIGN_OR_RETURN(column.name, ParseName("the name of a column"));
  if (AtSymbol(",") || AtSymbol(")") || AtEnd()) {
    return UnexpectedWithHint("a type", "write for example " + column.name.text + " TEXT");
  }
  QUIRE_ASSIGN_OR_RETURN(const TypeSpec spec, ParseTypeSpec());
  column.type = spec.type;
  for (const std::string_view word : {"PRIMARY", "NOT", "UNIQUE", "REFERENCES", "CHECK", "COLLATE"}) {
    if (AtKeyword(word)) return Unsupported("a constraint", "a chunk is identified by its built-in column id");
  }
  if (AtKeyword("DEFAULT") || AtKeyword("GENERATED")) return Unsupported(AsciiUpper(Text(Peek())));
  AcceptKeyword("NULL");
  return column;
}

Result<StatementNode> Parser::ParseDropCollection() {
  DropCollectionStatement drop;
  Advance();
  if (AcceptKeyword("IF")) {
    QUIRE_RETURN_IF_ERROR(ExpectKeyword("EXISTS"));
    drop.if_exists = true;
  }
  QUIRE_ASSIGN_OR_RETURN(drop.name, ParseCollection());
  if (AtKeyword("CASCADE") || AtKeyword("RESTRICT")) Advance();  // nothing depends on a collection
  return StatementNode(std::move(drop));
}

// The current token is COLLECTION or TABLE.
Result<StatementNode> Parser::ParseAlterCollection() {
  AlterCollectionStatement alter;
  Advance();
  QUIRE_ASSIGN_OR_RETURN(alter.collection, ParseCollection());
  if (AtKeyword("ADD")) {
    alter.kind = AlterCollectionStatement::Kind::kAddColumn;
    do {
      QUIRE_RETURN_IF_ERROR(ExpectKeyword("ADD"));
      AcceptKeyword("COLUMN");
      if (AcceptKeyword("IF")) {
        QUIRE_RETURN_IF_ERROR(ExpectKeyword("NOT"));
        QUIRE_RETURN_IF_ERROR(ExpectKeyword("EXISTS"));
        alter.if_not_exists = true;
      }
      QUIRE_ASSIGN_OR_RETURN(ColumnDefinition column, ParseColumnDefinition());
      alter.columns.push_back(std::move(column));
    } while (AcceptSymbol(","));
  } else if (AcceptKeyword("RENAME")) {
    alter.kind = AlterCollectionStatement::Kind::kRename;
    if (AtKeyword("COLUMN")) return Unsupported("renaming a column");
    QUIRE_RETURN_IF_ERROR(ExpectKeyword("TO"));
    QUIRE_ASSIGN_OR_RETURN(alter.new_name, ParseCollection());
  } else if (AtKeyword("SET") && AtKeyword("EMBEDDER", 1)) {
    alter.kind = AlterCollectionStatement::Kind::kSetEmbedder;
    Advance(), Advance();
    QUIRE_ASSIGN_OR_RETURN(alter.new_name, ParseName("the name of an embedder"));
    if (AcceptKeyword("WITH")) {
      QUIRE_ASSIGN_OR_RETURN(alter.options, ParseOptions());
    }
  } else if ((AtKeyword("GENERATION", 1) && (AtKeyword("ROLLBACK") || AtKeyword("DROP") || AtKeyword("SWITCH"))) ||
             (AtKeyword("EMBEDDER", 1) && AtKeyword("ROLLBACK"))) {
    using Kind = AlterCollectionStatement::Kind;
    alter.kind = AtKeyword("DROP")     ? Kind::kDropGeneration
                 : AtKeyword("SWITCH") ? Kind::kSwitchGeneration
                                       : Kind::kRollBackGeneration;
    Advance(), Advance();
  } else if (AcceptKeyword("SET")) {
    alter.kind = AlterCollectionStatement::Kind::kSet;
    if (!AtSymbol("(")) return UnexpectedWithHint("'('", "write SET (recall_target = 0.97)");
    QUIRE_ASSIGN_OR_RETURN(alter.options, ParseOptions());
  } else if (AtKeyword("DROP") || AtKeyword("ALTER")) {
    return Unsupported(AtKeyword("DROP") ? "dropping a column" : "changing the type of a column");
  } else {
    return Unexpected("ADD, RENAME or SET", {"ADD", "RENAME", "SET"});
  }
  return StatementNode(std::move(alter));
}

// The current token is CREATE or DROP, the next one EMBEDDER.
Result<StatementNode> Parser::ParseEmbedder(bool drop) {
  EmbedderStatement embedder;
  embedder.drop = drop;
  Advance(), Advance();
  if (AcceptKeyword("IF")) {
    if (!drop) QUIRE_RETURN_IF_ERROR(ExpectKeyword("NOT"));
    QUIRE_RETURN_IF_ERROR(ExpectKeyword("EXISTS"));
    embedder.if_exists = true;
  }
  QUIRE_ASSIGN_OR_RETURN(embedder.name, ParseName("the name of an embedder"));
  if (drop) return StatementNode(std::move(embedder));
  QUIRE_RETURN_IF_ERROR(ParseProvider(&embedder.provider, &embedder.options));
  return StatementNode(std::move(embedder));
}

// USING PROVIDER p [PATH '...'] [ENDPOINT '...'] [NAME '...'] [WITH (...)], of embedders and models.
Status Parser::ParseProvider(Name* provider, std::vector<Option>* options) {
  QUIRE_RETURN_IF_ERROR(ExpectKeyword("USING"));
  QUIRE_RETURN_IF_ERROR(ExpectKeyword("PROVIDER"));
  QUIRE_ASSIGN_OR_RETURN(*provider, ParseName("the name of a provider"));
  constexpr std::pair<std::string_view, std::string_view> kWords[] = {
      {"PATH", "path"}, {"ENDPOINT", "endpoint"}, {"NAME", "model"}};
  for (bool more = true; more;) {
    more = false;
    for (const auto& [word, option] : kWords) {
      if (!AtKeyword(word)) continue;
      Option& added = options->emplace_back();
      const Token token = Advance();
      added.name = {std::string(option), {token.start, token.end}};
      QUIRE_ASSIGN_OR_RETURN(added.value, ParseExpression());
      more = true;
    }
  }
  if (AcceptKeyword("WITH")) {
    QUIRE_ASSIGN_OR_RETURN(std::vector<Option> more_options, ParseOptions());
    for (Option& option : more_options) options->push_back(std::move(option));
  }
  return {};
}

// The current token is COMPARE.
Result<StatementNode> Parser::ParseCompare() {
  CompareStatement compare;
  Advance();
  QUIRE_ASSIGN_OR_RETURN(compare.collection, ParseCollection());
  QUIRE_RETURN_IF_ERROR(ExpectKeyword("ON"));
  size_t opened = 0;
  while (AtSymbol("(", opened)) ++opened;
  if (opened > 0 && AtQuery(opened)) {
    QUIRE_ASSIGN_OR_RETURN(compare.query, ParseSelect());
    return StatementNode(std::move(compare));
  }
  do {
    QUIRE_ASSIGN_OR_RETURN(ExpressionPtr text, ParseExpression());
    compare.texts.push_back(std::move(text));
  } while (AcceptSymbol(","));
  return StatementNode(std::move(compare));
}

}  // namespace quire::sql
