#include "sql/parse/print.h"

#include "engine/base/json.h"
#include "sql/parse/lexer.h"
#include "sql/parse/parser_impl.h"
#include "sql/parse/tree.h"

namespace quire::sql {
namespace {

std::string Quoted(std::string_view text, char quote) {
  std::string out(1, quote);
  for (const char c : text) {
    if (c == quote) out.push_back(quote);
    out.push_back(c);
  }
  out.push_back(quote);
  return out;
}

std::string PrintName(std::string_view name) {
  Lexer lexer(name);
  const Token token = lexer.Next();
  const bool plain =
      token.kind == TokenKind::kWord && token.start == 0 && token.end == name.size() && !IsReserved(name);
  return plain ? std::string(name) : Quoted(name, '"');
}

std::string PrintLiteral(const Value& value) {
  switch (value.type()) {
    case Type::kBoolean: return value.boolean() ? "TRUE" : "FALSE";
    case Type::kInteger: return std::to_string(value.integer());
    case Type::kText: return Quoted(value.text(), '\'');
    case Type::kReal: {
      std::string text;
      AppendJsonNumber(&text, value.real());
      return text.find_first_of(".eE") == std::string::npos ? text + ".0" : text;
    }
    default: return value.ToString();
  }
}

std::string PrintType(Type type, uint32_t dim) {
  return std::string(TypeName(type)) + (dim == 0 ? "" : "(" + std::to_string(dim) + ")");
}

Precedence PrecedenceOf(const Expression& expression) {
  if (const auto* binary = std::get_if<BinaryExpression>(&expression.node)) return sql::PrecedenceOf(binary->op);
  if (const auto* unary = std::get_if<UnaryExpression>(&expression.node)) {
    if (unary->op == UnaryOperator::kNot) return Precedence::kNot;
    const bool sign = unary->op == UnaryOperator::kMinus || unary->op == UnaryOperator::kPlus;
    return sign ? Precedence::kSign : Precedence::kComparison;
  }
  if (std::holds_alternative<BetweenExpression>(expression.node) ||
      std::holds_alternative<InExpression>(expression.node) ||
      std::holds_alternative<QuantifiedExpression>(expression.node) ||
      std::holds_alternative<SearchExpression>(expression.node)) {
    return Precedence::kComparison;
  }
  if (const auto* subquery = std::get_if<SubqueryExpression>(&expression.node)) {
    const bool in = subquery->kind == SubqueryExpression::Kind::kIn;
    return in ? Precedence::kComparison : Precedence::kPrimary;
  }
  if (std::holds_alternative<CastExpression>(expression.node)) return Precedence::kCast;
  if (const auto* literal = std::get_if<LiteralExpression>(&expression.node)) {
    const Value& value = literal->value;
    if (value.is_number() && value.AsDouble() < 0) return Precedence::kSign;
  }
  return Precedence::kPrimary;
}

std::string PrintSelect(const SelectStatement& node);


// Each node to text; operands that bind more loosely than their place in parentheses.
struct Printer {
  static std::string Operand(const ExpressionPtr& operand, Precedence loosest) {
    const std::string text = Print(*operand);
    return PrecedenceOf(*operand) < loosest ? "(" + text + ")" : text;
  }
  static Precedence Tighter(Precedence precedence) {
    return static_cast<Precedence>(static_cast<uint8_t>(precedence) + 1);
  }
  static std::string List(const std::vector<ExpressionPtr>& items) {
    std::string out;
    for (const ExpressionPtr& item : items) out += (out.empty() ? "" : ", ") + Print(*item);
    return out;
  }

  std::string operator()(const LiteralExpression& node) const { return PrintLiteral(node.value); }
  std::string operator()(const ParameterExpression& node) const {
    return node.index == 0 ? ":" + node.name : "$" + std::to_string(node.index);
  }
  std::string operator()(const ColumnExpression& node) const {
    const std::string name = node.quoted ? Quoted(node.name, '"') : PrintName(node.name);
    return node.qualifier.empty() ? name : PrintName(node.qualifier) + "." + name;
  }
  std::string operator()(const StarExpression& node) const {
    return node.qualifier.empty() ? "*" : PrintName(node.qualifier) + ".*";
  }
  std::string operator()(const UnaryExpression& node) const {
    switch (node.op) {
      case UnaryOperator::kNot: return "NOT " + Operand(node.operand, Precedence::kNot);
      case UnaryOperator::kMinus: return "- " + Operand(node.operand, Precedence::kSign);
      case UnaryOperator::kPlus: return "+ " + Operand(node.operand, Precedence::kSign);
      case UnaryOperator::kIsNull: return Operand(node.operand, Precedence::kComparison) + " IS NULL";
      case UnaryOperator::kIsNotNull: return Operand(node.operand, Precedence::kComparison) + " IS NOT NULL";
    }
    return {};
  }
  std::string operator()(const BinaryExpression& node) const {
    const Precedence precedence = sql::PrecedenceOf(node.op);
    const bool chain =
        node.op == BinaryOperator::kOr || node.op == BinaryOperator::kAnd || node.op == BinaryOperator::kConcatenate;
    // An operand of a chain may be the same operator, but no other of its level: it may stand anywhere in the chain.
    const auto loosest = [&](const ExpressionPtr& side, Precedence otherwise) {
      const auto* inner = std::get_if<BinaryExpression>(&side->node);
      return chain ? (inner != nullptr && inner->op == node.op ? precedence : Tighter(precedence)) : otherwise;
    };
    return Operand(node.left, loosest(node.left, precedence)) + " " + std::string(OperatorText(node.op)) + " " +
           Operand(node.right, loosest(node.right, Tighter(precedence))) +
           (node.escape == nullptr ? "" : " ESCAPE " + Operand(node.escape, Tighter(precedence)));
  }
  std::string operator()(const BetweenExpression& node) const {
    return Operand(node.operand, Precedence::kComparison) + (node.negated ? " NOT BETWEEN " : " BETWEEN ") +
           Operand(node.low, Precedence::kOther) + " AND " + Operand(node.high, Precedence::kOther);
  }
  std::string operator()(const InExpression& node) const {
    return Operand(node.operand, Precedence::kComparison) + (node.negated ? " NOT IN (" : " IN (") + List(node.values) +
           ")";
  }
  std::string operator()(const CaseExpression& node) const {
    std::string out = "CASE";
    if (node.operand != nullptr) out += " " + Print(*node.operand);
    for (const auto& [condition, value] : node.branches) out += " WHEN " + Print(*condition) + " THEN " + Print(*value);
    if (node.otherwise != nullptr) out += " ELSE " + Print(*node.otherwise);
    return out + " END";
  }
  std::string operator()(const CastExpression& node) const {
    return "CAST(" + Print(*node.operand) + " AS " + PrintType(node.type, node.dim) + ")";
  }
  std::string operator()(const ArrayExpression& node) const { return "[" + List(node.items) + "]"; }
  std::string operator()(const FunctionExpression& node) const {
    std::string arguments = List(node.arguments);
    for (const auto& [name, value] : node.named_arguments) {
      arguments += (arguments.empty() ? "" : ", ") + name + " => " + Print(*value);
    }
    return node.name + "(" + (node.distinct ? "DISTINCT " : "") + arguments + ")" +
           (node.filter == nullptr ? "" : " FILTER (WHERE " + Print(*node.filter) + ")");
  }
  std::string operator()(const QuantifiedExpression& node) const {
    return Operand(node.left, Precedence::kComparison) + " " + std::string(OperatorText(node.op)) +
           (node.all ? " ALL (" : " ANY (") + Print(*node.array) + ")";
  }
  std::string operator()(const SubqueryExpression& node) const {
    const std::string select = "(" + PrintSelect(*node.select) + ")";
    if (node.kind == SubqueryExpression::Kind::kExists) return "EXISTS " + select;
    if (node.kind == SubqueryExpression::Kind::kValue) return select;
    return Operand(node.operand, Precedence::kComparison) + (node.negated ? " NOT IN " : " IN ") + select;
  }
  std::string operator()(const SearchExpression& node) const {
    return Operand(node.operand, Precedence::kComparison) +
           (node.kind == SearchExpression::Kind::kSimilar ? " SIMILAR " : " MATCH ") +
           Operand(node.query, Precedence::kOther);
  }
};

std::string PrintWhere(const ExpressionPtr& where) { return where == nullptr ? "" : " WHERE " + Print(*where); }

std::string PrintOptions(const std::vector<Option>& options) {
  std::string out;
  for (const Option& option : options) {
    out += (out.empty() ? "" : ", ") + PrintName(option.name.text);
    if (option.value != nullptr) out += " = " + Print(*option.value);
  }
  return "(" + out + ")";
}

std::string PrintNames(const std::vector<Name>& names) {
  std::string out;
  for (const Name& name : names) out += (out.empty() ? "(" : ", ") + PrintName(name.text);
  return out.empty() ? out : out + ")";
}

std::string PrintTable(const TableReference& table) {
  std::string out = table.query == nullptr ? PrintName(table.name.text) : "(" + PrintSelect(*table.query) + ")";
  if (!table.alias.empty()) out += " AS " + PrintName(table.alias);
  return table.columns.empty() ? out : out + " " + PrintNames(table.columns);
}

std::string PrintJoin(const JoinClause& join) {
  constexpr std::string_view kWords[] = {" JOIN ", " LEFT JOIN ", " RIGHT JOIN ", " FULL JOIN ", " CROSS JOIN "};
  std::string out(kWords[static_cast<size_t>(join.kind)]);
  out += PrintTable(join.table);
  if (join.on != nullptr) out += " ON " + Print(*join.on);
  return join.using_columns.empty() ? out : out + " USING " + PrintNames(join.using_columns);
}

// A SELECT without ORDER BY and what follows it.
std::string PrintCore(const SelectStatement& node) {
  if (node.inner != nullptr) return "(" + PrintSelect(*node.inner) + ")";
  std::string out = node.distinct ? "SELECT DISTINCT " : "SELECT ";
  for (const SelectItem& item : node.items) {
    out += (&item == node.items.data() ? "" : ", ") + Print(*item.expression);
    if (!item.alias.empty()) out += " AS " + PrintName(item.alias);
  }
  if (node.from.has_value()) out += " FROM " + PrintTable(*node.from);
  for (const JoinClause& join : node.joins) out += PrintJoin(join);
  out += PrintWhere(node.where);
  if (!node.group_by.empty()) out += " GROUP BY " + Printer::List(node.group_by);
  return node.having == nullptr ? out : out + " HAVING " + Print(*node.having);
}

std::string PrintSelect(const SelectStatement& node) {
  std::string out;
  for (const CommonTable& table : node.with) {
    out += (out.empty() ? "WITH " : ", ") + PrintName(table.name.text) +
           (table.columns.empty() ? "" : " " + PrintNames(table.columns)) + " AS (" + PrintSelect(*table.query) + ")";
  }
  out += (out.empty() ? "" : " ") + PrintCore(node);
  for (const SetBranch& branch : node.unions) out += (branch.all ? " UNION ALL " : " UNION ") + PrintCore(*branch.select);
  for (const OrderItem& item : node.order_by) {
    out += (&item == node.order_by.data() ? " ORDER BY " : ", ") + Print(*item.expression) +
           (item.descending ? " DESC" : "");
    if (item.nulls_first) out += *item.nulls_first ? " NULLS FIRST" : " NULLS LAST";
  }
  if (node.limit != nullptr) out += " LIMIT " + Print(*node.limit);
  return node.offset == nullptr ? out : out + " OFFSET " + Print(*node.offset);
}

struct StatementPrinter {
  std::string operator()(const SelectStatement& node) const { return PrintSelect(node); }
  std::string operator()(const InsertStatement& node) const {
    std::string out = "INSERT INTO " + PrintName(node.collection.text);
    for (const Name& column : node.columns) {
      out += (&column == node.columns.data() ? " (" : ", ") + PrintName(column.text);
    }
    if (!node.columns.empty()) out += ")";
    out += node.query == nullptr ? " VALUES " : " " + PrintSelect(*node.query);
    for (const auto& row : node.rows) out += (&row == node.rows.data() ? "(" : ", (") + Printer::List(row) + ")";
    if (node.on_conflict == InsertStatement::OnConflict::kUpdate) out += " ON CONFLICT (id) DO UPDATE";
    if (node.on_conflict == InsertStatement::OnConflict::kNothing) out += " ON CONFLICT (id) DO NOTHING";
    return out;
  }
  std::string operator()(const UpdateStatement& node) const {
    std::string out = "UPDATE " + PrintName(node.collection.text) + " SET ";
    for (const auto& assignment : node.assignments) {
      out += (&assignment == node.assignments.data() ? "" : ", ") + PrintName(assignment.first.text) + " = " +
             Print(*assignment.second);
    }
    return out + PrintWhere(node.where);
  }
  std::string operator()(const DeleteStatement& node) const {
    return "DELETE FROM " + PrintName(node.collection.text) + PrintWhere(node.where);
  }
  std::string operator()(const CreateCollectionStatement& node) const {
    std::string out = node.if_not_exists ? "CREATE COLLECTION IF NOT EXISTS " : "CREATE COLLECTION ";
    out += PrintName(node.name.text);
    for (const ColumnDefinition& column : node.columns) {
      out += (&column == node.columns.data() ? " (" : ", ") + PrintName(column.name.text) + " " +
             std::string(TypeName(column.type));
    }
    if (!node.columns.empty()) out += ")";
    return node.options.empty() ? out : out + " WITH " + PrintOptions(node.options);
  }
  std::string operator()(const DropCollectionStatement& node) const {
    return (node.if_exists ? "DROP COLLECTION IF EXISTS " : "DROP COLLECTION ") + PrintName(node.name.text);
  }
  std::string operator()(const AlterCollectionStatement& node) const {
    std::string out = "ALTER COLLECTION " + PrintName(node.collection.text);
    if (node.kind == AlterCollectionStatement::Kind::kRename) return out + " RENAME TO " + PrintName(node.new_name.text);
    if (node.kind == AlterCollectionStatement::Kind::kSet) return out + " SET " + PrintOptions(node.options);
    if (node.kind == AlterCollectionStatement::Kind::kSetEmbedder) {
      out += " SET EMBEDDER " + PrintName(node.new_name.text);
      return node.options.empty() ? out : out + " WITH " + PrintOptions(node.options);
    }
    if (node.kind == AlterCollectionStatement::Kind::kSwitchGeneration) return out + " SWITCH GENERATION";
    if (node.kind == AlterCollectionStatement::Kind::kRollBackGeneration) return out + " ROLLBACK GENERATION";
    if (node.kind == AlterCollectionStatement::Kind::kDropGeneration) return out + " DROP GENERATION";
    for (const ColumnDefinition& column : node.columns) {
      out += (&column == node.columns.data() ? " ADD COLUMN " : ", ADD COLUMN ");
      out += (node.if_not_exists ? "IF NOT EXISTS " : "") + PrintName(column.name.text) + " " +
             std::string(TypeName(column.type));
    }
    return out;
  }
  std::string operator()(const EmbedderStatement& node) const {
    const std::string condition = !node.if_exists ? "" : node.drop ? "IF EXISTS " : "IF NOT EXISTS ";
    std::string out = (node.drop ? "DROP EMBEDDER " : "CREATE EMBEDDER ") + condition + PrintName(node.name.text);
    if (!node.drop) out += " USING PROVIDER " + PrintName(node.provider.text);
    return node.options.empty() ? out : out + " WITH " + PrintOptions(node.options);
  }
  std::string operator()(const CompareStatement& node) const {
    std::string out = "COMPARE " + PrintName(node.collection.text) + " ON ";
    for (const ExpressionPtr& text : node.texts) out += (&text == node.texts.data() ? "" : ", ") + Print(*text);
    return node.texts.empty() ? out + "(" + PrintSelect(*node.query) + ")" : out;
  }
  std::string operator()(const CopyStatement& node) const {
    constexpr std::string_view kWords[] = {"COPY ", "SYNC ", "RETRY "};
    std::string out = std::string(kWords[static_cast<size_t>(node.kind)]) + PrintName(node.collection.text);
    if (node.source) out += " FROM " + Print(*node.source);
    return node.options.empty() ? out : out + " " + PrintOptions(node.options);
  }
  std::string operator()(const CopyToStatement& node) const {
    const std::string out = "COPY (" + PrintSelect(*node.query) + ") TO " + Print(*node.target);
    return node.options.empty() ? out : out + " " + PrintOptions(node.options);
  }
  std::string operator()(const BackupStatement& node) const {
    if (node.kind == BackupStatement::Kind::kBackup) return "BACKUP TO " + Print(*node.directory);
    const std::string words = node.kind == BackupStatement::Kind::kRestore ? "RESTORE FROM " : "REPAIR DATABASE ";
    return words + Print(*node.directory) + " TO " + Print(*node.target);
  }
  std::string operator()(const ForgetStatement& node) const {
    return "FORGET DOCUMENT " + Print(*node.uri) + " FROM " + PrintName(node.collection.text);
  }
  std::string operator()(const AskStatement& node) const {
    std::string out =
        "ASK " + Print(*node.question) + " FROM " + PrintName(node.collection.text) + PrintWhere(node.where);
    if (node.model.has_value()) out += " USING MODEL " + PrintName(node.model->text);
    return node.options.empty() ? out : out + " WITH " + PrintOptions(node.options);
  }
  std::string operator()(const ModelStatement& node) const {
    using Kind = ModelStatement::Kind;
    const bool creates = node.kind == Kind::kCreate, drops = node.kind == Kind::kDrop;
    std::string out = creates ? "CREATE MODEL " : drops ? "DROP MODEL " : "ALTER MODEL ";
    if (node.if_exists) out += drops ? "IF EXISTS " : "IF NOT EXISTS ";
    out += PrintName(node.name.text);
    if (node.kind == Kind::kRollBack) out += " ROLLBACK";
    if (node.kind == Kind::kPromote) out += " PROMOTE VERSION " + Print(*node.version);
    if (node.kind == Kind::kAddVersion) out += " ADD VERSION" + (node.version ? " " + Print(*node.version) : "");
    if (node.kind == Kind::kSet) return out + " SET " + PrintOptions(node.options);
    if (!node.provider.text.empty()) out += " USING PROVIDER " + PrintName(node.provider.text);
    return node.options.empty() ? out : out + " WITH " + PrintOptions(node.options);
  }
  std::string operator()(const AnswerStatement& node) const {
    if (node.kind == AnswerStatement::Kind::kExplain) return "EXPLAIN ANSWER " + Print(*node.id);
    std::string out = "FEEDBACK ON ANSWER " + Print(*node.id) + (node.kind == AnswerStatement::Kind::kGood ? " GOOD" : " BAD");
    if (node.correction) out += " CORRECTION " + Print(*node.correction);
    return node.reason ? out + " REASON " + Print(*node.reason) : out;
  }
  std::string operator()(const CalibrateStatement& node) const {
    const std::string out = "CALIBRATE " + PrintName(node.collection.text);
    return node.options.empty() ? out : out + " WITH " + PrintOptions(node.options);
  }
  std::string operator()(const ShowStatement& node) const {
    return "SHOW " + node.what.text + (node.from.has_value() ? " FROM " + PrintName(node.from->text) : "");
  }
  std::string operator()(const DescribeStatement& node) const { return "DESCRIBE " + PrintName(node.collection.text); }
  std::string operator()(const SetStatement& node) const {
    return "SET " + node.name.text + " = " + Print(*node.value);
  }
  std::string operator()(const TransactionStatement& node) const {
    constexpr std::string_view kWords[] = {"BEGIN", "COMMIT", "ROLLBACK"};
    return std::string(kWords[static_cast<size_t>(node.kind)]);
  }
  std::string operator()(const MaintenanceStatement& node) const {
    constexpr std::string_view kWords[] = {"CHECK DATABASE", "CHECKPOINT", "VACUUM", "REINDEX", "ANALYZE", "REFRESH"};
    const std::string out(kWords[static_cast<size_t>(node.kind)]);
    return node.collection.has_value() ? out + " " + PrintName(node.collection->text) : out;
  }
  std::string operator()(const ReservedStatement& node) const { return node.words; }
  std::string operator()(const std::unique_ptr<ExplainStatement>& node) const {
    const std::string how = node->analyze ? "ANALYZE " : node->retrieval ? "RETRIEVAL " : "";
    return "EXPLAIN " + how + Print(node->statement);
  }
};

}  // namespace

std::string Print(const Expression& expression) { return std::visit(Printer{}, expression.node); }
std::string Print(const Statement& statement) { return std::visit(StatementPrinter{}, statement.node); }

}  // namespace quire::sql
