#include "extensions/ingest/path_pattern.h"

#include <algorithm>

#include "engine/base/utf8.h"
#include "extensions/ingest/text_scan.h"

namespace quire::ingest {
namespace {

std::vector<std::string_view> SplitPath(std::string_view path) {
  std::vector<std::string_view> parts;
  for (size_t at = 0; at <= path.size();) {
    const size_t slash = std::min(path.find('/', at), path.size());
    parts.push_back(path.substr(at, slash - at));
    at = slash + 1;
  }
  return parts;
}

bool IsName(std::string_view name) {
  return !name.empty() &&
         std::all_of(name.begin(), name.end(), [](char c) { return IsAlpha(c) || IsDigit(c) || c == '_'; });
}

}  // namespace

Result<PathPattern> PathPattern::Parse(std::string_view text) {
  const Status wrong(Code::kInvalidArgument, "path pattern '" + Printable(text) + "' cannot be read",
                     "'{product}/v{year:integer}/**': one {name} in a part, ** at the end");
  PathPattern pattern;
  pattern.text_ = text;
  for (const std::string_view written : SplitPath(text)) {
    if (pattern.open_ || written.empty()) return wrong;
    if (written == "**") {
      pattern.open_ = true;
      continue;
    }
    Part part{.before = std::string(written), .name = {}, .after = {}, .any = written == "*"};
    const size_t open = written.find('{'), close = written.find('}');
    if ((open == std::string_view::npos) != (close == std::string_view::npos)) return wrong;
    if (open != std::string_view::npos) {
      if (close < open || written.find('{', open + 1) != std::string_view::npos) return wrong;
      const std::string_view inside = written.substr(open + 1, close - open - 1);
      const size_t colon = std::min(inside.find(':'), inside.size());
      part.before = written.substr(0, open);
      part.name = ToLower(inside.substr(0, colon));
      part.after = written.substr(close + 1);
      if (!IsName(part.name)) return wrong;
      if (colon < inside.size()) {
        QUIRE_ASSIGN_OR_RETURN(part.type, ParseType(inside.substr(colon + 1)));
      }
    }
    pattern.parts_.push_back(std::move(part));
  }
  return pattern;
}

std::vector<ColumnSchema> PathPattern::Columns() const {
  std::vector<ColumnSchema> columns;
  for (const Part& part : parts_) {
    if (!part.name.empty()) columns.push_back({.name = part.name, .type = part.type});
  }
  return columns;
}

std::vector<Attribute> PathPattern::Match(std::string_view uri, std::vector<std::string>* notices) const {
  const std::vector<std::string_view> path = SplitPath(uri);
  if (path.size() < parts_.size() || (!open_ && path.size() != parts_.size())) return {};
  std::vector<Attribute> attributes;
  for (size_t i = 0; i < parts_.size(); ++i) {
    const Part& part = parts_[i];
    std::string_view text = path[i];
    if (part.any || (part.name.empty() && text == part.before)) continue;
    const size_t around = part.before.size() + part.after.size();
    if (part.name.empty() || text.size() <= around || text.substr(0, part.before.size()) != part.before ||
        text.substr(text.size() - part.after.size()) != part.after) {
      return {};
    }
    text = text.substr(part.before.size(), text.size() - around);
    Result<Value> value = Cast(Value::Text(std::string(text)), part.type);
    if (value.ok()) {
      attributes.push_back({part.name, std::move(value).value()});
    } else {
      notices->push_back("attribute '" + part.name +
                         "' of the path is left out: " + std::string(value.status().message()));
    }
  }
  return attributes;
}

}  // namespace quire::ingest
