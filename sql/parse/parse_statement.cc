// Parser: which statement it is, and the short ones.
#include <algorithm>

#include "sql/parse/nearest.h"
#include "sql/parse/parser_impl.h"
#include "sql/parse/statements.h"

namespace quire::sql {
namespace {

// Statements of other databases, by their first word.
struct Elsewhere {
  std::string_view word;
  std::string_view hint;
};
constexpr Elsewhere kElsewhere[] = {
    {"TRUNCATE", "write DELETE FROM docs"},
    {"MERGE", "write INSERT ... ON CONFLICT (id) DO UPDATE"},
    {"REPLACE", "write INSERT ... ON CONFLICT (id) DO UPDATE"},
    {"UPSERT", "write INSERT ... ON CONFLICT (id) DO UPDATE"},
    {"USE", "a directory is one database: open another with .open in the shell"},
    {"ATTACH", "a directory is one database: open another with .open in the shell"},
    {"SAVEPOINT", "write BEGIN and COMMIT"},
    {"VALUES", ""},
    {"GRANT", ""},
    {"CALL", ""},
    {"PREPARE", "hand values over as parameters: ?, $1 or :name"},
};

// The words at the start of a statement, such as CREATE COLLECTION, one by one.
std::vector<std::string_view> Split(std::string_view words) {
  std::vector<std::string_view> parts;
  while (!words.empty()) {
    const size_t space = std::min(words.find(' '), words.size());
    parts.push_back(words.substr(0, space));
    words.remove_prefix(std::min(space + 1, words.size()));
  }
  return parts;
}

// The words that can stand at `index` of a statement whose earlier words are `before`.
std::vector<std::string_view> NextWords(std::string_view before) {
  std::vector<std::string_view> words;
  for (const StatementInfo& info : Statements()) {
    const std::vector<std::string_view> parts = Split(info.words);
    if (before.empty()) {
      words.push_back(parts[0]);
    } else if (parts[0] == before && parts.size() > 1) {
      words.push_back(parts[1]);
    }
  }
  words.erase(std::unique(words.begin(), words.end()), words.end());
  return words;
}

}  // namespace

Result<Name> Parser::ParseName(std::string_view what) {
  if (Peek().kind == TokenKind::kString) {
    QUIRE_ASSIGN_OR_RETURN(const std::string text, Value(Peek()));
    return UnexpectedWithHint(what, "names are written without quotes: " + text);
  }
  if (!AtName()) {
    const bool reserved = Peek().kind == TokenKind::kWord;
    std::string hint = reserved ? "as a name it is written \"" + std::string(Text(Peek())) + "\"" : SlipHint({});
    return UnexpectedWithHint(what, std::move(hint));
  }
  const Token token = Advance();
  Name name;
  QUIRE_ASSIGN_OR_RETURN(name.text, Value(token));
  name.span = {token.start, token.end};
  return name;
}

Result<Name> Parser::ParseCollection() {
  QUIRE_ASSIGN_OR_RETURN(Name name, ParseName("the name of a collection"));
  if (AtSymbol(".")) return Unsupported("a schema before the name of a collection");
  return name;
}

Result<Statement> Parser::ParseStatement() {
  Statement statement;
  const size_t start = this->start();
  Result<StatementNode> node = ParseBody();
  if (!node.ok()) return std::move(node).status();
  statement.node = std::move(node).value();
  statement.span = {start, previous_end()};
  statement.parameter_count = parameter_count_;
  return statement;
}

Result<StatementNode> Parser::ParseBody() {
  size_t opened = 0;
  while (AtSymbol("(", opened)) ++opened;
  if (AtQuery(opened)) {
    QUIRE_ASSIGN_OR_RETURN(SelectPtr select, ParseSelect());
    return StatementNode(std::move(*select));
  }
  if (AtKeyword("ASK")) return ParseAsk();
  if (AtKeyword("INSERT")) return ParseInsert();
  if (AtKeyword("UPDATE")) return ParseUpdate();
  if (AtKeyword("DELETE")) return ParseDelete();
  if (AtKeyword("COPY")) return ParseCopy();
  if (AtKeyword("SYNC")) return ParseSync();
  if (AtKeyword("RETRY")) return ParseRetry();
  const bool collection = AtKeyword("COLLECTION", 1) || AtKeyword("TABLE", 1);
  if (collection && AtKeyword("CREATE")) return Advance(), ParseCreateCollection();
  if (collection && AtKeyword("DROP")) return Advance(), ParseDropCollection();
  if (collection && AtKeyword("ALTER")) return Advance(), ParseAlterCollection();
  if (AtKeyword("EMBEDDER", 1) && (AtKeyword("CREATE") || AtKeyword("DROP"))) return ParseEmbedder(AtKeyword("DROP"));
  if (AtKeyword("MODEL", 1) && (AtKeyword("CREATE") || AtKeyword("ALTER") || AtKeyword("DROP"))) return ParseModel();
  if (AtKeyword("FEEDBACK")) return ParseFeedback();
  if (AtKeyword("CALIBRATE")) return ParseCalibrate();
  if (AtKeyword("COMPARE")) return ParseCompare();
  if (AtKeyword("EXPLAIN")) return AtKeyword("ANSWER", 1) ? ParseExplainAnswer() : ParseExplain();
  if (AtKeyword("SHOW")) return ParseShow();
  if (AtKeyword("DESCRIBE") || AtKeyword("DESC")) return ParseDescribe();
  if (AtKeyword("SET") || AtKeyword("PRAGMA")) return ParseSet(AtKeyword("PRAGMA"));
  using Transaction = TransactionStatement::Kind;
  if (AtKeyword("BEGIN")) return ParseTransaction(Transaction::kBegin);
  if (AtKeyword("START") && AtKeyword("TRANSACTION", 1)) return ParseTransaction(Transaction::kBegin);
  if (AtKeyword("COMMIT") || AtKeyword("END")) return ParseTransaction(Transaction::kCommit);
  if (AtKeyword("ROLLBACK")) return ParseTransaction(Transaction::kRollback);
  using Maintenance = MaintenanceStatement::Kind;
  if (AtKeyword("CHECK")) return ParseMaintenance(Maintenance::kCheck);
  if (AtKeyword("CHECKPOINT")) return ParseMaintenance(Maintenance::kCheckpoint);
  if (AtKeyword("VACUUM")) return ParseMaintenance(Maintenance::kVacuum);
  if (AtKeyword("REINDEX")) return ParseMaintenance(Maintenance::kReindex);
  if (AtKeyword("ANALYZE") || AtKeyword("ANALYSE")) return ParseMaintenance(Maintenance::kAnalyze);
  if (AtKeyword("REFRESH")) return ParseMaintenance(Maintenance::kRefresh);
  if (AtKeyword("BACKUP") || AtKeyword("RESTORE") || AtKeyword("REPAIR")) return ParseBackup();
  if (AtKeyword("FORGET")) return ParseForget();
  QUIRE_ASSIGN_OR_RETURN(std::optional<StatementNode> reserved, ParseReserved());
  if (reserved.has_value()) return std::move(*reserved);
  return NoStatement();
}

Status Parser::NoStatement() const {
  for (const Elsewhere& elsewhere : kElsewhere) {
    if (AtKeyword(elsewhere.word)) return Unsupported(elsewhere.word, std::string(elsewhere.hint));
  }
  if (Peek().kind == TokenKind::kWord) {
    const std::string first = AsciiUpper(Text(Peek()));
    const std::vector<std::string_view> seconds = NextWords(first);
    if (seconds.empty()) {
      const std::string_view near = Nearest(first, NextWords({}));
      return UnexpectedWithHint("a statement", near.empty() ? "" : "did you mean " + std::string(near) + "?");
    }
    Parser after = *this;
    after.Advance();
    const std::string second = AsciiUpper(after.Text(after.Peek()));
    const std::string_view near = Nearest(second, seconds);
    std::string hint = near.empty() ? "" : "did you mean " + first + " " + std::string(near) + "?";
    std::string expected;
    for (const std::string_view word : seconds) {
      expected += (expected.empty() ? "" : word == seconds.back() ? " or " : ", ") + std::string(word);
    }
    return after.UnexpectedWithHint(expected + " after " + first, std::move(hint));
  }
  return Unexpected("a statement");
}

// A statement that the table of statements knows as reserved or without effect: its rest is not looked at.
Result<std::optional<StatementNode>> Parser::ParseReserved() {
  for (const StatementInfo& info : Statements()) {
    if (info.needs.empty() && info.notice.empty()) continue;
    const std::vector<std::string_view> words = Split(info.words);
    size_t matched = 0;
    while (matched < words.size() && AtKeyword(words[matched], matched)) ++matched;
    if (matched < words.size()) continue;
    while (!AtEnd()) {
      if (Peek().kind == TokenKind::kError) return lexical_error_;
      Advance();
    }
    return std::optional<StatementNode>(
        ReservedStatement{std::string(info.words), std::string(info.needs), std::string(info.notice)});
  }
  return std::optional<StatementNode>();
}

Result<StatementNode> Parser::ParseExplain() {
  Advance();
  auto explain = std::make_unique<ExplainStatement>();
  if (AcceptKeyword("ANALYZE")) {
    explain->analyze = true;
  } else if (AcceptKeyword("RETRIEVAL")) {
    explain->retrieval = true;
  }
  if (AtKeyword("EXPLAIN")) return Unexpected("the statement to explain");
  QUIRE_ASSIGN_OR_RETURN(explain->statement, ParseStatement());
  return StatementNode(std::move(explain));
}

// name or name.name, as settings are called.
Result<Name> Parser::ParseSettingName() {
  const TokenKind kind = Peek().kind;
  if (kind != TokenKind::kWord && kind != TokenKind::kQuotedName) return Unexpected("the name of a setting");
  const Token first = Advance();
  Name name;
  QUIRE_ASSIGN_OR_RETURN(name.text, Value(first));
  if (AcceptSymbol(".")) {
    QUIRE_ASSIGN_OR_RETURN(const Name second, ParseName("the rest of the setting's name"));
    name.text += "." + second.text;
  }
  name.span = {first.start, previous_end()};
  return name;
}

Result<StatementNode> Parser::ParseShow() {
  ShowStatement show;
  Advance();
  if (AtEnd()) return UnexpectedWithHint("what to show", "write SHOW COLLECTIONS, or SHOW and the name of a setting");
  QUIRE_ASSIGN_OR_RETURN(show.what, ParseSettingName());
  show.what.text = AsciiUpper(show.what.text);
  if (AcceptKeyword("FROM")) {
    QUIRE_ASSIGN_OR_RETURN(show.from, ParseCollection());
  }
  return StatementNode(std::move(show));
}

Result<StatementNode> Parser::ParseDescribe() {
  DescribeStatement describe;
  Advance();
  QUIRE_ASSIGN_OR_RETURN(describe.collection, ParseCollection());
  return StatementNode(std::move(describe));
}

// SET name = value, SET name TO value; PRAGMA name = value, PRAGMA name(value), PRAGMA name (which shows it).
Result<StatementNode> Parser::ParseSet(bool pragma) {
  SetStatement set;
  Advance();
  if (!pragma && (AtKeyword("SESSION") || AtKeyword("LOCAL")) && !AtSymbol("=", 1)) Advance();
  QUIRE_ASSIGN_OR_RETURN(set.name, ParseSettingName());
  if (pragma && AtEnd()) {
    ShowStatement show;
    show.what = {AsciiUpper(set.name.text), set.name.span};
    return StatementNode(std::move(show));
  }
  const bool parenthesis = pragma && AcceptSymbol("(");
  if (!parenthesis && !AcceptSymbol("=") && !AcceptKeyword("TO")) return Unexpected("'='", {"TO"});
  QUIRE_ASSIGN_OR_RETURN(set.value, ParseOptionValue());
  if (parenthesis) QUIRE_RETURN_IF_ERROR(ExpectSymbol(")"));
  return StatementNode(std::move(set));
}

Result<StatementNode> Parser::ParseTransaction(TransactionStatement::Kind kind) {
  const bool started = AtKeyword("START");
  Advance();
  if (AtKeyword("TRANSACTION") || (!started && AtKeyword("WORK"))) Advance();
  if (kind == TransactionStatement::Kind::kRollback && AtKeyword("TO")) return Unsupported("ROLLBACK TO a savepoint");
  return StatementNode(TransactionStatement{kind});
}

Result<StatementNode> Parser::ParseMaintenance(MaintenanceStatement::Kind kind) {
  MaintenanceStatement maintenance;
  maintenance.kind = kind;
  Advance();
  if (kind == MaintenanceStatement::Kind::kCheck) {
    QUIRE_RETURN_IF_ERROR(ExpectKeyword("DATABASE"));
  } else if (kind == MaintenanceStatement::Kind::kReindex) {
    if (AtKeyword("COLLECTION") || AtKeyword("TABLE")) Advance();
    QUIRE_ASSIGN_OR_RETURN(maintenance.collection, ParseCollection());
  } else if ((kind == MaintenanceStatement::Kind::kVacuum || kind == MaintenanceStatement::Kind::kAnalyze) &&
             !AtEnd()) {
    QUIRE_ASSIGN_OR_RETURN(maintenance.collection, ParseCollection());
  }
  return StatementNode(std::move(maintenance));
}

// BACKUP TO 'dir', RESTORE FROM 'dir' TO 'path', REPAIR DATABASE 'path' TO 'path'
Result<StatementNode> Parser::ParseBackup() {
  using Kind = BackupStatement::Kind;
  BackupStatement backup;
  backup.kind = AtKeyword("BACKUP") ? Kind::kBackup : AtKeyword("RESTORE") ? Kind::kRestore : Kind::kRepair;
  constexpr std::string_view kBefore[] = {"TO", "FROM", "DATABASE"};
  const std::string_view before = kBefore[static_cast<size_t>(backup.kind)];
  Advance();
  QUIRE_RETURN_IF_ERROR(ExpectKeyword(before));
  if (AtEnd() && backup.kind == Kind::kRepair) {
    return UnexpectedWithHint("the path of the damaged database", "say which and where to: REPAIR DATABASE 'docs.quire' TO 'repaired.quire'");
  }
  QUIRE_ASSIGN_OR_RETURN(backup.directory, ParseQuery(before));
  if (backup.kind == Kind::kBackup) return StatementNode(std::move(backup));
  if (AtEnd()) {
    return UnexpectedWithHint("TO", backup.kind == Kind::kRestore
                                        ? "say where the copy is to lie: RESTORE FROM 'backups' TO 'copy.quire'"
                                        : "say where what is saved is to lie: REPAIR DATABASE 'docs.quire' TO 'repaired.quire'");
  }
  QUIRE_RETURN_IF_ERROR(ExpectKeyword("TO"));
  QUIRE_ASSIGN_OR_RETURN(backup.target, ParseQuery("TO"));
  return StatementNode(std::move(backup));
}

// FORGET DOCUMENT 'uri' FROM docs
Result<StatementNode> Parser::ParseForget() {
  ForgetStatement forget;
  Advance();
  QUIRE_RETURN_IF_ERROR(ExpectKeyword("DOCUMENT"));
  QUIRE_ASSIGN_OR_RETURN(forget.uri, ParseQuery("DOCUMENT"));
  QUIRE_RETURN_IF_ERROR(ExpectKeyword("FROM"));
  QUIRE_ASSIGN_OR_RETURN(forget.collection, ParseCollection());
  return StatementNode(std::move(forget));
}

}  // namespace quire::sql
