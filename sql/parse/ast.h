// The syntax tree: what was written, with the place of each part, and no meaning yet. Names are kept as typed.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "quire/value.h"

namespace quire::sql {

// Bytes [start, end) of the statement's text.
struct Span {
  size_t start = 0;
  size_t end = 0;
};

struct Expression;
using ExpressionPtr = std::unique_ptr<Expression>;
struct SelectStatement;
// A SELECT inside another statement.
using SelectPtr = std::unique_ptr<SelectStatement>;

enum class UnaryOperator : uint8_t { kNot, kMinus, kPlus, kIsNull, kIsNotNull };
enum class BinaryOperator : uint8_t {
  kOr, kAnd, kEqual, kNotEqual, kLess, kLessEqual, kGreater, kGreaterEqual,
  kAdd, kSubtract, kMultiply, kDivide, kModulo, kConcatenate, kLike, kNotLike, kILike, kNotILike,
  kCosineDistance, kL2Distance, kNegativeInnerProduct,  // <=> <-> <#>
  kRegexp, kNotRegexp, kIRegexp, kNotIRegexp,           // REGEXP and ~, !~, ~*, !~*
  kIsDistinct, kIsNotDistinct,                          // IS [NOT] DISTINCT FROM, IS [NOT] TRUE
  kJsonGet, kJsonGetText,                               // -> ->>
};

struct LiteralExpression {
  Value value;
};
struct ParameterExpression {
  uint32_t index = 0;  // from 1; 0: by name. A plain ? has the index after the highest so far
  std::string name;    // without its colon
};
struct ColumnExpression {
  std::string qualifier;  // of `docs.title`; empty: none
  std::string name;
  bool quoted = false;  // written "name": perhaps a string in the wrong quotes
};
struct StarExpression {  // only as a select item, and in count(*)
  std::string qualifier{};  // of `docs.*`; empty: none
};
struct UnaryExpression {
  UnaryOperator op;
  ExpressionPtr operand;
};
// A chain of AND, OR or || is a balanced tree: a AND b AND c AND d is (a AND b) AND (c AND d).
struct BinaryExpression {
  BinaryOperator op;
  ExpressionPtr left, right;
  ExpressionPtr escape{};  // of LIKE and ILIKE; null: a backslash
};
struct BetweenExpression {
  ExpressionPtr operand, low, high;
  bool negated = false;
};
struct InExpression {
  ExpressionPtr operand;
  std::vector<ExpressionPtr> values;
  bool negated = false;
};
struct CaseExpression {
  ExpressionPtr operand;  // null: CASE WHEN condition ...
  std::vector<std::pair<ExpressionPtr, ExpressionPtr>> branches;
  ExpressionPtr otherwise;  // null: NULL
};
struct CastExpression {
  ExpressionPtr operand;
  Type type;
  uint32_t dim = 0;  // of VECTOR(n) and FLOAT[n]; 0: any
};
struct ArrayExpression {  // [1, 2, 3] or ['a', 'b']
  std::vector<ExpressionPtr> items;
};
// A call; named arguments are `name => value`. SIMILAR(text, 'q', mode => 'vector') is one of these.
struct FunctionExpression {
  std::string name;  // lower-case
  std::vector<ExpressionPtr> arguments;
  std::vector<std::pair<std::string, ExpressionPtr>> named_arguments;
  Span name_span;
  bool distinct = false;
  ExpressionPtr filter{};  // count(*) FILTER (WHERE ...): null: every row
};
// left op ANY (array), left op ALL (array). SOME is ANY.
struct QuantifiedExpression {
  BinaryOperator op;
  ExpressionPtr left, array;
  bool all = false;
};
// A SELECT where a value is expected.
struct SubqueryExpression {
  enum class Kind : uint8_t {
    kValue,   // (SELECT ...): one row, one column
    kIn,      // operand [NOT] IN (SELECT ...)
    kExists,  // EXISTS (SELECT ...)
  } kind = Kind::kValue;
  ExpressionPtr operand;  // kIn
  SelectPtr select;
  bool negated = false;  // kIn
};
// operand SIMILAR query, operand MATCH query
struct SearchExpression {
  enum class Kind : uint8_t { kSimilar, kMatch } kind;
  ExpressionPtr operand, query;
};

struct Expression {
  Span span;
  std::variant<LiteralExpression, ParameterExpression, ColumnExpression, StarExpression, UnaryExpression, BinaryExpression,
               BetweenExpression, InExpression, CaseExpression, CastExpression, ArrayExpression, FunctionExpression,
               QuantifiedExpression, SubqueryExpression, SearchExpression>
      node;
  uint32_t height = 1;  // levels of this tree, SELECTs in it included, at most kMaxNesting: whoever walks it may recurse
};

// A name with its place.
struct Name {
  std::string text;
  Span span;
};
// An option of WITH (...) or of COPY's list; no value: a flag.
struct Option {
  Name name;
  ExpressionPtr value;
};

struct SelectItem {
  ExpressionPtr expression;
  std::string alias;  // empty: none
};
struct OrderItem {
  ExpressionPtr expression;
  bool descending = false;
  std::optional<bool> nulls_first{};  // nothing said: last upwards, first downwards
};
// What rows come from: a collection, a system table, a name of WITH, or a SELECT in parentheses.
struct TableReference {
  Span span;
  Name name;                   // without a query
  SelectPtr query;             // null: `name`
  std::string alias;           // empty: none
  std::vector<Name> columns;   // of `AS t (a, b)`
};
struct JoinClause {
  enum class Kind : uint8_t { kInner, kLeft, kRight, kFull, kCross } kind = Kind::kInner;
  Span span;  // of the words: LEFT JOIN
  TableReference table;
  ExpressionPtr on;               // null: USING, or CROSS JOIN
  std::vector<Name> using_columns;
};
struct CommonTable {  // WITH name [(columns)] AS (SELECT ...)
  Name name;
  std::vector<Name> columns;
  SelectPtr query;
};
struct SetBranch {  // UNION [ALL] SELECT ...
  bool all = false;
  SelectPtr select;  // without ORDER BY and LIMIT, unless it stood in parentheses
};
struct SelectStatement {
  Span span;
  std::vector<CommonTable> with;
  bool distinct = false;
  std::vector<SelectItem> items;
  std::optional<TableReference> from;  // none: SELECT 1 + 1
  std::vector<JoinClause> joins;
  ExpressionPtr where;
  std::vector<ExpressionPtr> group_by;
  ExpressionPtr having;
  std::vector<SetBranch> unions;  // with these, what follows is of the whole
  std::vector<OrderItem> order_by;
  ExpressionPtr limit, offset;
  SelectPtr inner;      // (SELECT ...) as the first branch: instead of items to having
  uint32_t height = 1;  // of its highest expression, and one more for each SELECT around one
};
struct InsertStatement {
  Name collection;
  std::vector<Name> columns;
  std::vector<std::vector<ExpressionPtr>> rows;
  SelectPtr query;  // INSERT ... SELECT: instead of rows
  enum class OnConflict : uint8_t { kError, kUpdate, kNothing } on_conflict = OnConflict::kError;
};
struct UpdateStatement {
  Name collection;
  std::vector<std::pair<Name, ExpressionPtr>> assignments;
  ExpressionPtr where;
};
struct DeleteStatement {
  Name collection;
  ExpressionPtr where;
};
struct ColumnDefinition {
  Name name;
  Type type;
};
struct CreateCollectionStatement {
  Name name;
  bool if_not_exists = false;
  std::vector<ColumnDefinition> columns;
  std::vector<Option> options;
};
struct DropCollectionStatement {
  Name name;
  bool if_exists = false;
};
// COPY docs FROM 'source'; SYNC docs [FROM 'source']: what vanished there is deleted as well; RETRY docs: what failed, again
struct CopyStatement {
  enum class Kind : uint8_t { kCopy, kSync, kRetry } kind = Kind::kCopy;
  Name collection;
  ExpressionPtr source;  // null: kRetry; kSync from wherever it was loaded
  std::vector<Option> options;
};
// COPY (SELECT ...) TO 'file', COPY docs TO 'file'
struct CopyToStatement {
  SelectPtr query;  // of a collection: SELECT * FROM it
  ExpressionPtr target;
  std::vector<Option> options;
};
// BACKUP TO 'dir'; RESTORE FROM 'dir' TO 'path'; REPAIR DATABASE 'path' TO 'new path'
struct BackupStatement {
  enum class Kind : uint8_t { kBackup, kRestore, kRepair } kind = Kind::kBackup;
  ExpressionPtr directory;
  ExpressionPtr target;  // null: kBackup
};
// FORGET DOCUMENT 'uri' FROM docs
struct ForgetStatement {
  ExpressionPtr uri;
  Name collection;
};
// ALTER COLLECTION docs ADD COLUMN a TEXT | RENAME TO b | SET (recall_target = 0.97) | SET EMBEDDER e [WITH (switch = 'manual')]
// | SWITCH GENERATION | ROLLBACK GENERATION (or EMBEDDER, which is the same) | DROP GENERATION
struct AlterCollectionStatement {
  enum class Kind : uint8_t {
    kAddColumn,
    kRename,
    kSet,
    kSetEmbedder,
    kSwitchGeneration,
    kRollBackGeneration,
    kDropGeneration
  } kind = Kind::kAddColumn;
  Name collection;
  bool if_not_exists = false;             // ADD COLUMN IF NOT EXISTS
  std::vector<ColumnDefinition> columns;  // kAddColumn
  Name new_name;                          // kRename; kSetEmbedder: of the embedder
  std::vector<Option> options;            // kSet, kSetEmbedder
};
// CREATE EMBEDDER e USING PROVIDER p [PATH '...'] [ENDPOINT '...'] [NAME '...'] [WITH (...)]; DROP EMBEDDER [IF EXISTS] e
struct EmbedderStatement {
  bool drop = false;
  bool if_exists = false;       // DROP ... IF EXISTS, CREATE ... IF NOT EXISTS
  Name name;
  Name provider;
  std::vector<Option> options;  // PATH, ENDPOINT and NAME first, as options path, endpoint and model
};
// COMPARE docs ON 'text', ... | (SELECT text [, uri] ...)
struct CompareStatement {
  Name collection;
  std::vector<ExpressionPtr> texts;  // empty: `query`
  SelectPtr query;
};
struct AskStatement {
  ExpressionPtr question;
  Name collection;
  ExpressionPtr where;
  std::optional<Name> model;
  std::vector<Option> options;
};
// CREATE MODEL m USING PROVIDER p [ENDPOINT '...'] [NAME '...'] [WITH (...)]; DROP MODEL [IF EXISTS] m; ALTER MODEL m ADD VERSION [n]
// USING ... | SET (...) | PROMOTE VERSION n | ROLLBACK
struct ModelStatement {
  enum class Kind : uint8_t { kCreate, kAddVersion, kSet, kPromote, kRollBack, kDrop } kind = Kind::kCreate;
  bool if_exists = false;  // DROP ... IF EXISTS, CREATE ... IF NOT EXISTS
  Name name;
  ExpressionPtr version;  // kPromote; kAddVersion: null if it does not say
  Name provider;
  std::vector<Option> options;  // ENDPOINT and NAME first, as options endpoint and model
};
// EXPLAIN ANSWER id; FEEDBACK ON ANSWER id GOOD | BAD [CORRECTION '...'] [REASON '...']
struct AnswerStatement {
  enum class Kind : uint8_t { kExplain, kGood, kBad } kind = Kind::kExplain;
  ExpressionPtr id;
  ExpressionPtr correction, reason;  // null: none
};
// CALIBRATE docs [TARGET REFUSAL 0.9] [WITH (...)]
struct CalibrateStatement {
  Name collection;
  std::vector<Option> options;  // TARGET REFUSAL first, as option refusal
};
struct ShowStatement {
  Name what;                 // COLLECTIONS (TABLES is the same), JOBS, GENERATIONS, EMBEDDERS, MODELS, or a setting; upper-case
  std::optional<Name> from;  // SHOW GENERATIONS FROM docs
};
struct DescribeStatement {
  Name collection;
};
struct SetStatement {  // SET name = value, PRAGMA name = value
  Name name;
  ExpressionPtr value;
};
struct TransactionStatement {
  enum class Kind : uint8_t { kBegin, kCommit, kRollback } kind;
};
// CHECK DATABASE, CHECKPOINT, VACUUM [docs], REINDEX docs, ANALYZE [docs], REFRESH
struct MaintenanceStatement {
  enum class Kind : uint8_t { kCheck, kCheckpoint, kVacuum, kReindex, kAnalyze, kRefresh } kind;
  std::optional<Name> collection;
};
// A statement of the language that this build has no part for: EVALUATE, PROMOTE ...
struct ReservedStatement {
  std::string words;   // "EVALUATE"
  std::string needs;   // "the chat extension", "a later release"
  std::string notice;  // not empty: the statement is not needed here; it succeeds, does nothing and says this
};
struct ExplainStatement;

using StatementNode =
    std::variant<SelectStatement, InsertStatement, UpdateStatement, DeleteStatement, CreateCollectionStatement,
                 DropCollectionStatement, AlterCollectionStatement, EmbedderStatement, CompareStatement, CopyStatement, CopyToStatement, AskStatement, ModelStatement, AnswerStatement, CalibrateStatement, ShowStatement, DescribeStatement,
                 SetStatement, TransactionStatement, MaintenanceStatement, BackupStatement, ForgetStatement, ReservedStatement, std::unique_ptr<ExplainStatement>>;

struct Statement {
  Span span;
  StatementNode node;
  uint32_t parameter_count = 0;  // the highest position used
};
struct ExplainStatement {
  Statement statement;
  bool analyze = false;
  bool retrieval = false;  // EXPLAIN RETRIEVAL
};

}  // namespace quire::sql
