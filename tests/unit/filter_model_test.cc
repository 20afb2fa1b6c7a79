// engine/filter: random filters over random tables against a direct, three-valued evaluation of each row.
#include <catch2/catch.hpp>
#include <cmath>
#include <limits>
#include <optional>
#include <random>

#include "tests/unit/filter_table.h"

using quire::Chunk;
using quire::ChunkNumber;
using quire::Filter;
using quire::Type;
using quire::Value;
using quire::testing::FilterTable;
using Op = quire::Filter::Op;

namespace {

// SQL's three values; none is unknown.
using Truth = std::optional<bool>;

constexpr int64_t kDay = 86'400'000'000;
constexpr Op kComparisons[] = {Op::kEqual, Op::kNotEqual, Op::kLess, Op::kLessEqual, Op::kGreater, Op::kGreaterEqual};

// --- The model ---------------------------------------------------------------------------------------------------
template <typename T>
int ThreeWay(const T& a, const T& b) {
  return a < b ? -1 : b < a ? 1 : 0;
}

// Numbers, dates and timestamps on one line; a long double holds every int64_t and every double.
long double OnLine(const Value& value) {
  switch (value.type()) {
    case Type::kReal: return std::isnan(value.real()) ? std::numeric_limits<long double>::infinity() : value.real();
    case Type::kDate: return static_cast<long double>(value.integer()) * kDay;
    case Type::kBoolean: return value.boolean() ? 1 : 0;
    default: return static_cast<long double>(value.integer());
  }
}

bool Holds(Op op, int order) {
  switch (op) {
    case Op::kEqual: return order == 0;
    case Op::kNotEqual: return order != 0;
    case Op::kLess: return order < 0;
    case Op::kLessEqual: return order <= 0;
    case Op::kGreater: return order > 0;
    default: return order >= 0;
  }
}

Truth CompareRow(Op op, const Value& stored, const Value& literal) {
  if (stored.is_null() || literal.is_null()) return std::nullopt;
  if (stored.type() == Type::kTextArray && literal.type() == Type::kText) {
    bool contains = false;
    for (const std::string& text : stored.texts()) contains |= text == literal.text();
    return contains == (op == Op::kEqual);
  }
  if (stored.type() == Type::kTextArray) return Holds(op, ThreeWay(stored.texts(), literal.texts()));
  if (stored.type() == Type::kText || stored.type() == Type::kJson)
    return Holds(op, ThreeWay(stored.text(), literal.text()));
  return Holds(op, ThreeWay(OnLine(stored), OnLine(literal)));
}

class Model {
 public:
  explicit Model(const FilterTable& table) : table_(table) {}

  Truth Decide(const Filter& filter, const Chunk& chunk) const {
    switch (filter.op()) {
      case Op::kAll: return true;
      case Op::kAnd: return And(Decide(filter.child(0), chunk), Decide(filter.child(1), chunk));
      case Op::kOr: return Not(And(Not(Decide(filter.child(0), chunk)), Not(Decide(filter.child(1), chunk))));
      case Op::kNot: return Not(Decide(filter.child(0), chunk));
      case Op::kPredicate: return *filter.predicate()(chunk);
      case Op::kIsNull: return Stored(filter, chunk).is_null();
      case Op::kIn: return In(filter, chunk);
      default: return CompareRow(filter.op(), Stored(filter, chunk), filter.values()[0]);
    }
  }

 private:
  static Truth Not(Truth a) { return a ? Truth(!*a) : a; }
  static Truth And(Truth a, Truth b) {
    if ((a && !*a) || (b && !*b)) return false;
    return a && b ? Truth(true) : std::nullopt;
  }
  Truth In(const Filter& filter, const Chunk& chunk) const {
    Truth none = true;
    for (const Value& value : filter.values())
      none = And(none, Not(CompareRow(Op::kEqual, Stored(filter, chunk), value)));
    return Not(none);
  }
  const Value& Stored(const Filter& filter, const Chunk& chunk) const {
    size_t i = 0;
    while (table_.columns()[i].name != filter.column()) ++i;
    return chunk.attributes[i];
  }

  const FilterTable& table_;
};

// --- Random tables and filters -----------------------------------------------------------------------------------
class Maker {
 public:
  explicit Maker(uint32_t seed) : random_(seed) {}

  size_t Below(size_t end) { return random_() % end; }

  // From few values, so that rows and literals meet.
  Value Of(Type type) {
    if (Below(6) == 0) return Value::Null();
    switch (type) {
      case Type::kBoolean: return Value::Boolean(Below(2) == 0);
      case Type::kInteger: return Value::Integer(Integer());
      case Type::kReal: return Value::Real(Real());
      case Type::kText: return Value::Text(Text());
      case Type::kDate: return Value::Date(static_cast<int64_t>(Below(7)) - 3);
      case Type::kTimestamp:
        return Value::Timestamp((static_cast<int64_t>(Below(7)) - 3) * kDay + static_cast<int64_t>(Below(3)) - 1);
      case Type::kJson: return Value::Json(Below(2) == 0 ? "1" : "{}");
      default: break;
    }
    std::vector<std::string> texts(Below(4));
    for (std::string& text : texts) text = Text();
    return Value::TextArray(std::move(texts));
  }

  Filter Tree(const FilterTable& table, int depth) {
    const size_t kind = depth == 0 ? 3 + Below(7) : Below(10);
    if (kind == 0) return Filter::And(Tree(table, depth - 1), Tree(table, depth - 1));
    if (kind == 1) return Filter::Or(Tree(table, depth - 1), Tree(table, depth - 1));
    if (kind == 2) return Filter::Not(Tree(table, depth - 1));
    const auto& column = table.columns()[Below(table.columns().size())];
    if (kind == 3) return Filter::IsNull(column.name);
    if (kind == 4) return In(column);
    if (kind == 5 && Below(3) == 0) return Modulo();
    return Comparison(column);
  }

 private:
  int64_t Integer() {
    constexpr int64_t kEdges[] = {std::numeric_limits<int64_t>::min(), std::numeric_limits<int64_t>::max(),
                                  9007199254740993, -9007199254740993, 9007199254740992};
    return Below(4) == 0 ? kEdges[Below(5)] : static_cast<int64_t>(Below(9)) - 4;
  }
  double Real() {
    constexpr double kInf = std::numeric_limits<double>::infinity();
    constexpr double kEdges[] = {
        -0.0, kInf, -kInf, 9223372036854775808.0, -9223372036854775808.0, 9007199254740992.0, 1e300, -1e300, 5e-324};
    return Below(3) == 0 ? kEdges[Below(9)] : (static_cast<double>(Below(17)) - 8) / 2;
  }
  std::string Text() {
    constexpr char kBytes[] = {'\0', 'a', 'b', '\xFF'};
    std::string text;
    if (Below(3) == 0) text.assign(126 + Below(4), 'h');
    for (size_t length = Below(4); length > 0; --length) text.push_back(kBytes[Below(4)]);
    return text;
  }
  // A literal that may be compared with a column.
  Value Literal(Type type, bool is_equality) {
    const bool other = Below(3) == 0;
    if (type == Type::kInteger && other) return Of(Type::kReal);
    if (type == Type::kReal && other) return Of(Type::kInteger);
    if (type == Type::kDate && other) return Of(Type::kTimestamp);
    if (type == Type::kTimestamp && other) return Of(Type::kDate);
    if (type == Type::kTextArray && is_equality && !other) return Of(Type::kText);
    return Of(type);
  }
  Filter Comparison(const FilterTable::Column& column) {
    const Op op = kComparisons[Below(6)];
    return Filter::Compare(op, column.name, Literal(column.type, op == Op::kEqual || op == Op::kNotEqual));
  }
  Filter In(const FilterTable::Column& column) {
    std::vector<Value> values(Below(4));
    for (Value& value : values) value = Literal(column.type, true);
    return Filter::In(column.name, std::move(values));
  }
  Filter Modulo() {
    const auto divisor = static_cast<ChunkNumber>(2 + Below(3));
    return Filter::Where([divisor](const Chunk& chunk) -> quire::Result<bool> { return chunk.number % divisor == 0; });
  }

  std::mt19937 random_;
};

std::string Describe(const Filter& filter) {
  constexpr const char* kNames[] = {
      "ALL", "=", "<>", "<", "<=", ">", ">=", "IN", "IS NULL", "AND", "OR", "NOT", "PREDICATE"};
  std::string name = kNames[static_cast<size_t>(filter.op())];
  switch (filter.op()) {
    case Op::kAll:
    case Op::kPredicate: return name;
    case Op::kNot: return "NOT (" + Describe(filter.child(0)) + ")";
    case Op::kAnd:
    case Op::kOr: return "(" + Describe(filter.child(0)) + ") " + name + " (" + Describe(filter.child(1)) + ")";
    default: break;
  }
  std::string text = filter.column() + " " + name;
  for (const Value& value : filter.values()) text += " " + value.ToString() + ":" + std::string(TypeName(value.type()));
  return text;
}

void Change(FilterTable* table, Maker* make) {
  for (size_t changes = 1 + make->Below(30); changes > 0; --changes) {
    // In three blocks, so that bitmaps of one value are several.
    const auto number = static_cast<ChunkNumber>(make->Below(3) * 65'536 + make->Below(25));
    if (make->Below(4) == 0) {
      table->Delete(number);
      continue;
    }
    std::vector<Value> row;
    for (const auto& column : table->columns()) row.push_back(make->Of(column.type));
    table->Put(number, std::move(row));
  }
}

}  // namespace

TEST_CASE("filter: random filters agree with a row by row evaluation", "[filter]") {
  const auto seed = static_cast<uint32_t>(Catch::rngSeed());
  INFO("seed " << seed << " (replay with --rng-seed)");
  Maker make(seed);
  size_t kept_some = 0;
  for (int round = 0; round < 12; ++round) {
    FilterTable table;
    for (int commits = 0; commits < 4; ++commits) {
      Change(&table, &make);
      REQUIRE(table.Commit().ok());
      const Model model(table);
      for (int i = 0; i < 60; ++i) {
        const Filter filter = make.Tree(table, 4);
        std::vector<ChunkNumber> expected;
        for (const auto& [number, chunk] : table.rows()) {
          if (model.Decide(filter, chunk).value_or(false)) expected.push_back(number);
        }
        const auto kept = table.Evaluate(filter);
        INFO(Describe(filter) << "\n" << kept.status().ToString());
        REQUIRE(kept.ok());
        REQUIRE(*kept == expected);
        kept_some += !expected.empty() && expected.size() < table.rows().size();
      }
    }
  }
  REQUIRE(kept_some > 500);
}
