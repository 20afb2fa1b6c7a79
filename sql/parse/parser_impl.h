// The parser's own declaration; what others see is parser.h. Its methods are spread by subject: parser.cc (tokens and
// errors), parse_expression.cc, parse_primary.cc, parse_call.cc, parse_select.cc, parse_from.cc, parse_change.cc,
// parse_statement.cc.
#pragma once

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sql/parse/ast.h"
#include "sql/parse/lexer.h"
#include "sql/parse/parser.h"
#include "sql/parse/tree.h"

namespace quire::sql {

// Whether a word cannot be a name unless it stands in double quotes.
bool IsReserved(std::string_view word);

class Parser {
 public:
  explicit Parser(std::string_view text);
  // The one statement of the text, to its end.
  Result<Statement> ParseAll();

 private:
  using Words = std::initializer_list<std::string_view>;

  // Tokens. Peek(n) is the n-th after the current one; beyond the last token stays the last one.
  const Token& Peek(size_t ahead = 0) const;
  std::string_view Text(const Token& token) const { return text_.substr(token.start, token.end - token.start); }
  bool AtKeyword(std::string_view keyword, size_t ahead = 0) const;
  bool AtSymbol(std::string_view symbol, size_t ahead = 0) const;
  bool AtName(size_t ahead = 0) const;  // a word that is not reserved, or a quoted name
  bool AtEnd(size_t ahead = 0) const;   // `;` or the end of the text
  Token Advance();
  bool AcceptKeyword(std::string_view keyword);
  bool AcceptSymbol(std::string_view symbol);
  Status ExpectKeyword(std::string_view keyword);
  Status ExpectSymbol(std::string_view symbol);
  // After one item of a list: true if a comma leads to another, false if `close` ended the list.
  Result<bool> NextInList(std::string_view close);
  size_t start() const { return Peek().start; }
  size_t previous_end() const { return position_ == 0 ? 0 : tokens_[position_ - 1].end; }

  // Failures at the current token. `keywords`: those that could stand here, for misspelled ones.
  Status Unexpected(std::string_view expected, Words keywords = {}) const;
  Status UnexpectedWithHint(std::string_view expected, std::string hint) const;
  Status Unsupported(std::string_view what, std::string hint = {}) const;
  Status TooMany(std::string_view what, size_t most) const;
  std::string SlipHint(const std::vector<std::string_view>& keywords) const;
  std::string Found() const;

  // Names, parse_statement.cc.
  Result<Name> ParseName(std::string_view what);
  Result<Name> ParseCollection();
  Result<std::string> Value(const Token& token) const { return TokenValue(text_, token); }

  // Expressions, parse_expression.cc.
  struct Infix;
  Result<ExpressionPtr> ParseExpression(Precedence loosest = Precedence::kOr);
  Result<ExpressionPtr> ParsePrefix();
  Result<ExpressionPtr> ParseSigned();
  Result<ExpressionPtr> ParseMinus();
  Result<std::optional<Infix>> PeekInfix() const;
  Result<std::optional<Infix>> PeekWordInfix() const;
  Status UnsupportedInfix() const;
  Result<ExpressionPtr> ParseInfix(size_t start, ExpressionPtr left, const Infix& infix);
  Result<ExpressionPtr> ParseBinary(size_t start, ExpressionPtr left, BinaryOperator op);
  Result<ExpressionPtr> ParseQuantified(size_t start, ExpressionPtr left, BinaryOperator op);
  Result<ExpressionPtr> ParseInQuery(size_t start, ExpressionPtr operand, bool negated);
  Result<ExpressionPtr> ParseChain(ExpressionPtr first, BinaryOperator op);
  Result<ExpressionPtr> ParseIs(size_t start, ExpressionPtr operand);
  Result<ExpressionPtr> ParseIn(size_t start, ExpressionPtr operand, bool negated);
  Result<ExpressionPtr> ParseBetween(size_t start, ExpressionPtr operand, bool negated);
  Result<ExpressionPtr> ParseSearch(size_t start, ExpressionPtr operand, SearchExpression::Kind kind);
  Result<ExpressionPtr> ParseQuery(std::string_view after);  // what follows SIMILAR, MATCH and ASK
  std::string QuotedRest() const;
  template <typename Node>
  Result<ExpressionPtr> Make(size_t start, Node node) {
    auto expression = std::make_unique<Expression>();
    expression->span = {start, previous_end()};
    expression->node = std::move(node);
    return Measured(std::move(expression));
  }
  Result<ExpressionPtr> Measured(ExpressionPtr expression) const;  // with its height, within kMaxNesting
  Status Nested() const;                                           // the failure beyond it

  // Primaries, parse_primary.cc.
  Result<ExpressionPtr> ParsePostfix();
  Result<ExpressionPtr> ParsePrimary();
  Result<ExpressionPtr> ParseNumber();
  Result<ExpressionPtr> ParseParameter();
  Result<ExpressionPtr> ParseParenthesised();
  Result<ExpressionPtr> ParseWord();
  Result<ExpressionPtr> ParseElement(size_t start, ExpressionPtr operand);
  Result<ExpressionPtr> ParseColumn();
  Result<ExpressionPtr> ParseCase();
  Result<ExpressionPtr> ParseCast();
  Result<ExpressionPtr> ParseArray();
  struct TypeSpec {
    Type type = Type::kNull;
    uint32_t dim = 0;
  };
  Result<TypeSpec> ParseTypeSpec();
  Result<uint32_t> ParseDim(std::string_view close);

  // Calls, parse_call.cc.
  Result<ExpressionPtr> ParseFunction();
  Result<bool> ParseWordedArguments(FunctionExpression* function);
  Status ParseArgument(FunctionExpression* function);
  Result<ExpressionPtr> ParseInterval();

  // SELECT and ASK, parse_select.cc, parse_from.cc.
  bool AtQuery(size_t ahead = 0) const;
  Result<SelectPtr> ParseSelect();
  Status ParseSelectParts(SelectStatement* select);
  Status ParseSelectCore(SelectStatement* select, std::vector<std::string_view>* passed);
  Result<SelectPtr> ParseSubquery();
  Status ParseWith(SelectStatement* select);
  Result<std::vector<Name>> ParseColumnNames();
  Status ParseSelectItems(SelectStatement* select);
  Result<std::string> ParseAlias();
  Status ParseFrom(SelectStatement* select);
  Result<TableReference> ParseTableReference();
  Result<bool> ParseJoin(SelectStatement* select);
  Status ParseClauses(SelectStatement* select, std::vector<std::string_view>* passed);
  Status ParseOrderBy(SelectStatement* select);
  Status ParseLimit(SelectStatement* select);
  Status CheckClauseOrder(const std::vector<std::string_view>& passed) const;
  Status CheckColumnsHaveFrom() const;
  Result<StatementNode> ParseAsk();

  // What changes something, parse_change.cc.
  Result<StatementNode> ParseInsert();
  Status ParseInsertHead(InsertStatement* insert);
  Status ParseOnConflict(InsertStatement* insert);
  Result<StatementNode> ParseUpdate();
  Result<StatementNode> ParseDelete();
  Result<StatementNode> ParseCopy();
  Result<StatementNode> ParseSync();
  Result<StatementNode> ParseRetry();
  Result<StatementNode> ParseCopyTo(SelectPtr query);
  Result<StatementNode> ParseCreateCollection();
  Result<ColumnDefinition> ParseColumnDefinition();
  Result<StatementNode> ParseDropCollection();
  Result<StatementNode> ParseAlterCollection();
  Result<StatementNode> ParseEmbedder(bool drop);
  Result<StatementNode> ParseCompare();
  Status ParseProvider(Name* provider, std::vector<Option>* options);
  Result<std::vector<Option>> ParseOptions();
  Result<std::vector<Option>> ParseWithOptions();
  Result<ExpressionPtr> ParseOptionValue();

  // Models and answers, parse_model.cc.
  Result<StatementNode> ParseModel();
  Status ParseModelChange(ModelStatement* model);
  Result<StatementNode> ParseExplainAnswer();
  Result<StatementNode> ParseFeedback();
  Result<StatementNode> ParseCalibrate();

  // The rest, parse_statement.cc.
  Result<Statement> ParseStatement();
  Result<StatementNode> ParseBody();
  Result<StatementNode> ParseExplain();
  Result<StatementNode> ParseShow();
  Result<StatementNode> ParseDescribe();
  Result<StatementNode> ParseSet(bool pragma);
  Result<StatementNode> ParseTransaction(TransactionStatement::Kind kind);
  Result<StatementNode> ParseMaintenance(MaintenanceStatement::Kind kind);
  Result<StatementNode> ParseBackup();
  Result<StatementNode> ParseForget();
  Result<std::optional<StatementNode>> ParseReserved();
  Result<Name> ParseSettingName();
  Status NoStatement() const;

  std::string_view text_;
  std::vector<Token> tokens_;  // the last one is kEnd or kError
  Status lexical_error_;       // of a kError
  size_t position_ = 0;
  size_t depth_ = 0;  // of ParsePrefix
  uint32_t parameter_count_ = 0;
  std::optional<size_t> alias_;       // token that was taken for an alias without AS
  std::optional<Span> first_column_;  // the first column or * of the statement
};

}  // namespace quire::sql
