// Table mode: columns as wide as what they hold, cut where the terminal ends.
#include <algorithm>
#include <numeric>

#include "sql/parse/text_width.h"
#include "sql/shell/render.h"
#include "sql/shell/terminal.h"

namespace quire::sql {
namespace {

// Widths are decided by so many rows; later ones that are wider stand out. Bounds the memory for long results.
constexpr size_t kMeasuredRows = 1000;
constexpr size_t kMinWidth = 4;  // of a column that is cut

struct Lines {
  std::string_view left, cross, right, fill;
};
constexpr Lines kTop = {"\u250c", "\u252c", "\u2510", "\u2500"};
constexpr Lines kMiddle = {"\u251c", "\u253c", "\u2524", "\u2500"};
constexpr Lines kBottom = {"\u2514", "\u2534", "\u2518", "\u2500"};
constexpr Lines kPlain = {"", "+", "", "-"};

class TableRenderer : public Renderer {
 public:
  explicit TableRenderer(const RenderStyle& style) : style_(style) {}

  void Begin(const std::vector<ResultColumn>& columns, std::string*) override {
    for (const ResultColumn& column : columns) {
      names_.push_back(CellText(Value::Text(column.name)));
      numbers_.push_back(true);
    }
  }

  void Row(RowValues values, std::string* out) override {
    std::vector<Cell> row;
    for (size_t i = 0; i < values.size(); ++i) {
      const bool null = values[i]->is_null();
      if (widths_.empty() && !null && !values[i]->is_number()) numbers_[i] = false;
      std::string text = CellText(*values[i]);
      if (style_.columns > 0) text = Cut(std::move(text), style_.columns);
      row.push_back({std::move(text), null});
    }
    if (!widths_.empty()) {
      AppendRow(row, out);
      return;
    }
    buffered_.push_back(std::move(row));
    if (buffered_.size() == kMeasuredRows) Start(out);
  }

  void End(std::string* out) override {
    if (widths_.empty()) Start(out);
    if (style_.box) AppendRule(kBottom, out);
  }

 private:
  struct Cell {
    std::string text;
    bool null = false;
  };

  // The header and what was held back until the widths were known.
  void Start(std::string* out) {
    for (const std::string& name : names_) widths_.push_back(DisplayWidth(name));
    for (const auto& row : buffered_) {
      for (size_t i = 0; i < row.size(); ++i) widths_[i] = std::max(widths_[i], DisplayWidth(row[i].text));
    }
    if (buffered_.empty()) std::fill(numbers_.begin(), numbers_.end(), false);
    if (style_.columns > 0) Fit();
    if (style_.box) AppendRule(kTop, out);
    AppendHeader(out);
    AppendRule(style_.box ? kMiddle : kPlain, out);
    for (const auto& row : buffered_) AppendRow(row, out);
    buffered_.clear();
  }

  // Makes the widest columns narrower, all to one width, until the table fits.
  void Fit() {
    const size_t count = widths_.size();
    const size_t lines = style_.box ? 3 * count + 1 : 3 * count - 1;
    const size_t room = style_.columns > lines ? style_.columns - lines : 0;
    size_t cap = *std::max_element(widths_.begin(), widths_.end());
    const auto total = [&] {
      return std::accumulate(widths_.begin(), widths_.end(), size_t{0},
                             [cap](size_t sum, size_t width) { return sum + std::min(width, cap); });
    };
    while (cap > kMinWidth && total() > room) --cap;
    // What the last step took too much goes to the first of those that were cut.
    size_t spare = room > total() ? room - total() : 0;
    for (size_t& width : widths_) {
      if (width <= cap) continue;
      width = cap;
      if (spare > 0) {
        ++width;
        --spare;
      }
    }
  }

  std::string Cut(std::string text, size_t width) const {
    if (text.size() <= width || DisplayWidth(text) <= width) return text;
    const std::string_view mark = style_.box ? "\u2026" : "...";
    const size_t mark_width = style_.box ? 1 : 3;
    if (width <= mark_width) return std::string(DisplayPrefix(text, width));
    return std::string(DisplayPrefix(text, width - mark_width)) + std::string(mark);
  }

  void AppendRule(const Lines& lines, std::string* out) const {
    *out += lines.left;
    for (size_t i = 0; i < widths_.size(); ++i) {
      if (i > 0) *out += lines.cross;
      for (size_t j = 0; j < widths_[i] + 2; ++j) *out += lines.fill;
    }
    *out += lines.right;
    out->push_back('\n');
  }

  void AppendHeader(std::string* out) const {
    std::string line;
    for (size_t i = 0; i < names_.size(); ++i) {
      const std::string name = style_.columns > 0 ? Cut(names_[i], widths_[i]) : names_[i];
      AppendCell(Coloured(style_.colour, Colour::kBold, name), DisplayWidth(name), i, &line);
    }
    AppendLine(std::move(line), out);
  }

  void AppendRow(const std::vector<Cell>& row, std::string* out) const {
    std::string line;
    for (size_t i = 0; i < row.size(); ++i) {
      const std::string text = style_.columns > 0 ? Cut(row[i].text, widths_[i]) : row[i].text;
      AppendCell(Coloured(style_.colour && row[i].null, Colour::kDim, text), DisplayWidth(text), i, &line);
    }
    AppendLine(std::move(line), out);
  }

  void AppendCell(const std::string& shown, size_t width, size_t column, std::string* line) const {
    const std::string padding(widths_[column] > width ? widths_[column] - width : 0, ' ');
    if (column > 0) *line += style_.box ? "\u2502" : "|";
    *line += numbers_[column] ? " " + padding + shown + " " : " " + shown + padding + " ";
  }

  void AppendLine(std::string line, std::string* out) const {
    if (style_.box) {
      *out += "\u2502" + line + "\u2502\n";
      return;
    }
    line.erase(line.find_last_not_of(' ') + 1);
    *out += line + "\n";
  }

  RenderStyle style_;
  std::vector<std::string> names_;
  std::vector<bool> numbers_;   // the column holds nothing but numbers: it stands to the right
  std::vector<size_t> widths_;  // empty: not decided yet
  std::vector<std::vector<Cell>> buffered_;
};

}  // namespace

std::unique_ptr<Renderer> MakeTableRenderer(const RenderStyle& style) { return std::make_unique<TableRenderer>(style); }

}  // namespace quire::sql
