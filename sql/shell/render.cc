#include "sql/shell/render.h"

#include <algorithm>

#include "engine/base/utf8.h"
#include "sql/parse/text_width.h"

namespace quire::sql {
namespace {

// `name = value`, an empty line between rows.
class LineRenderer : public Renderer {
 public:
  void Begin(const std::vector<ResultColumn>& columns, std::string*) override {
    for (const ResultColumn& column : columns) {
      names_.push_back(column.name);
      width_ = std::max(width_, DisplayWidth(column.name));
    }
  }
  void Row(RowValues values, std::string* out) override {
    if (!first_) out->push_back('\n');
    first_ = false;
    for (size_t i = 0; i < values.size(); ++i) {
      out->append(width_ - DisplayWidth(names_[i]), ' ');
      *out += names_[i] + " = " + Printable(values[i]->ToString()) + "\n";
    }
  }
  void End(std::string*) override {}

 private:
  std::vector<std::string> names_;
  size_t width_ = 0;
  bool first_ = true;
};

}  // namespace

std::unique_ptr<Renderer> MakeRenderer(OutputMode mode, const RenderStyle& style) {
  switch (mode) {
    case OutputMode::kJson: return MakeRowWriter(RowFormat::kJson);
    case OutputMode::kCsv: return MakeRowWriter(RowFormat::kCsv);
    case OutputMode::kMarkdown: return MakeRowWriter(RowFormat::kMarkdown);
    case OutputMode::kLine: return std::make_unique<LineRenderer>();
    case OutputMode::kTable: break;
  }
  return MakeTableRenderer(style);
}

std::string CellText(const Value& value) {
  std::string text = value.ToString();
  for (char& c : text) {
    if (c == '\n' || c == '\r' || c == '\t') c = ' ';
  }
  return Printable(text);
}

}  // namespace quire::sql
