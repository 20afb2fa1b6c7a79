#include "extensions/ingest/column_types.h"

#include <algorithm>
#include <tuple>

#include "engine/base/utf8.h"
#include "extensions/ingest/text_scan.h"

namespace quire::ingest {
namespace {

constexpr size_t kShownBytes = 40;

bool IsPrintedAs(std::string_view text, Type type) {
  const Result<Value> value = Cast(Value::Text(std::string(text)), type);
  return value.ok() && value->ToString() == text;
}

bool IsVersion(std::string_view name) {
  constexpr std::string_view kVersion = "version";
  if (name.size() < kVersion.size() || name.substr(name.size() - kVersion.size()) != kVersion) return false;
  return name.size() == kVersion.size() || name[name.size() - kVersion.size() - 1] == '_';
}

Type WrittenType(const Attribute& attribute) {
  if (!attribute.plain || attribute.value.type() != Type::kText) return attribute.value.type();
  return IsVersion(attribute.name) ? Type::kText : ScalarTypeOf(attribute.value.text());
}

}  // namespace

Type ScalarTypeOf(std::string_view text) {
  if (text.empty() || text.size() > 40) return Type::kText;
  if (text == "true" || text == "True" || text == "TRUE" || text == "false" || text == "False" || text == "FALSE") {
    return Type::kBoolean;
  }
  if (!IsDigit(text.front()) && text.front() != '-') return Type::kText;
  if (IsPrintedAs(text, Type::kInteger)) return Type::kInteger;
  const bool decimal =
      text.find('.') != std::string_view::npos && text.find_first_not_of("-.0123456789") == std::string_view::npos;
  if (decimal && IsPrintedAs(text, Type::kReal)) return Type::kReal;
  if (IsPrintedAs(text, Type::kDate)) return Type::kDate;
  const bool timed = text.find(':') != std::string_view::npos;
  return timed && Cast(Value::Text(std::string(text)), Type::kTimestamp).ok() ? Type::kTimestamp : Type::kText;
}

Type CommonType(Type a, Type b) {
  if (a == b || b == Type::kNull) return a;
  if (a == Type::kNull) return b;
  const auto are = [a, b](Type one, Type other) { return (a == one && b == other) || (a == other && b == one); };
  if (are(Type::kInteger, Type::kReal)) return Type::kReal;
  if (are(Type::kDate, Type::kTimestamp)) return Type::kTimestamp;
  if (a == Type::kJson || b == Type::kJson) return Type::kText;
  return a == Type::kTextArray || b == Type::kTextArray ? Type::kTextArray : Type::kText;
}

void ColumnTypes::Add(size_t file, const std::string& uri, const std::vector<Attribute>& attributes) {
  const std::lock_guard<std::mutex> lock(mutex_);
  for (size_t place = 0; place < attributes.size(); ++place) {
    const Attribute& attribute = attributes[place];
    if (attribute.value.is_null()) continue;
    if (seen_.size() >= kNamesMax && !seen_.contains(attribute.name)) continue;
    const auto [found, is_new] = seen_[attribute.name].try_emplace(WrittenType(attribute));
    Example& example = found->second;
    if (!is_new && std::tie(example.file, example.place) <= std::tie(file, place)) continue;
    example = {file, place, uri, attribute.value.ToString().substr(0, kShownBytes)};
  }
}

std::vector<InferredColumn> ColumnTypes::Columns() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  std::vector<std::tuple<size_t, size_t, InferredColumn>> columns;
  for (const auto& [name, examples] : seen_) {
    std::vector<std::pair<Type, const Example*>> order;
    Type type = Type::kNull;
    for (const auto& [written, example] : examples) {
      type = CommonType(type, written);
      order.emplace_back(written, &example);
    }
    const auto place = [](const auto& one) { return std::tie(one.second->file, one.second->place); };
    std::sort(order.begin(), order.end(), [&](const auto& a, const auto& b) { return place(a) < place(b); });
    std::string notice;
    if (type == Type::kText && order.size() > 1) {
      notice = "attribute '" + name + "' is TEXT, its values are of several types";
      for (size_t i = 0; i < 2; ++i) {
        const auto& [written, example] = order[i];
        notice.append(i == 0 ? ": " : ", ")
            .append(TypeName(written))
            .append(" '" + Printable(example->value) + "' in " + Printable(example->uri));
      }
    }
    columns.emplace_back(order[0].second->file, order[0].second->place, InferredColumn{name, type, std::move(notice)});
  }
  std::sort(columns.begin(), columns.end(), [](const auto& a, const auto& b) {
    return std::tie(std::get<0>(a), std::get<1>(a)) < std::tie(std::get<0>(b), std::get<1>(b));
  });
  std::vector<InferredColumn> sorted;
  for (auto& column : columns) sorted.push_back(std::move(std::get<2>(column)));
  return sorted;
}

}  // namespace quire::ingest
