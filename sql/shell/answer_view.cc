// What ASK gives, for a person at a terminal: the answer, then its sources by number.
#include <cstdio>
#include <utility>

#include "engine/base/utf8.h"
#include "sql/shell/json_text.h"
#include "sql/shell/render.h"
#include "sql/shell/terminal.h"

namespace quire::sql {
namespace {

// A column of the row, or null if there is none of that name or it is NULL.
class AnswerRow {
 public:
  AnswerRow(const std::vector<ResultColumn>& columns, RowValues values) : columns_(columns), values_(values) {}

  const Value* Find(std::string_view name) const {
    for (size_t i = 0; i < columns_.size() && i < values_.size(); ++i) {
      if (columns_[i].name == name) return values_[i]->is_null() ? nullptr : values_[i];
    }
    return nullptr;
  }
  std::string Text(std::string_view name) const {
    const Value* value = Find(name);
    return value == nullptr ? std::string() : Printable(value->ToString());
  }

 private:
  const std::vector<ResultColumn>& columns_;
  RowValues values_;
};

void AppendSources(const std::vector<AnswerSource>& sources, const RenderStyle& style, std::string* out) {
  if (sources.empty()) return;
  *out += "\n" + Coloured(style.colour, Colour::kBold, "Sources") + "\n";
  for (const AnswerSource& source : sources) {
    *out += "  " + Coloured(style.colour, Colour::kCyan, "[" + std::to_string(source.number) + "]") + " " +
            Printable(source.uri);
    const std::string_view between = source.uri.empty() || source.section.empty() ? "" : " > ";
    *out += std::string(between) + Printable(source.section);
    if (source.end > source.start) {
      std::string place = source.page > 0 ? "page " + std::to_string(source.page) + ", " : "";
      place += "bytes " + std::to_string(source.start) + "-" + std::to_string(source.end);
      if (source.of_chunk) place += " of the stored text";
      if (!source.included_from.empty()) place += " of " + Printable(source.included_from);
      *out += "  " + Coloured(style.colour, Colour::kDim, place);
    }
    *out += "\n";
  }
}

// What a reader should not take on trust, and which numbers are not those the model wrote.
void AppendDoubts(const std::vector<AnswerSentence>& sentences, const RenderStyle& style, std::string* out) {
  std::string doubts;
  for (const AnswerSentence& sentence : sentences) {
    const std::string text = "\"" + Printable(sentence.text) + "\"\n";
    if (!sentence.verdict.empty() && sentence.verdict != "supported") {
      const std::string why = sentence.why.empty() ? "" : " (" + Printable(sentence.why) + ")";
      doubts += "  " + Coloured(style.colour, Colour::kYellow, Printable(sentence.verdict)) + why + ": " + text;
    }
    if (sentence.cited.empty()) continue;
    doubts += "  cited ";
    for (const uint64_t number : sentence.cited) doubts += "[" + std::to_string(number) + "]";
    doubts += ", found in [" + std::to_string(sentence.citation) + "]: " + text;
  }
  if (!doubts.empty()) *out += "\n" + Coloured(style.colour, Colour::kBold, "Checked") + "\n" + doubts;
}

std::string Footer(const AnswerRow& row) {
  const std::string id = row.Text("answer_id");
  std::string footer = id.empty() ? "" : "answer " + id;
  for (const auto& [name, unit] : {std::pair("model", ""), std::pair("confidence", ""), std::pair("ms", " ms")}) {
    std::string text = row.Text(name);
    if (text.empty()) continue;
    const Value* value = row.Find(name);
    if (value->type() == Type::kReal) {
      char buffer[32];
      std::snprintf(buffer, sizeof buffer, "%.2f", value->real());
      text = buffer;
    }
    footer += (footer.empty() ? "" : ", ") + (*unit != '\0' ? text + unit : std::string(name) + " " + text);
  }
  return footer;
}

}  // namespace

bool IsAnswer(const std::vector<ResultColumn>& columns) {
  size_t found = 0;
  for (const ResultColumn& column : columns) {
    for (const std::string_view name : {"answer_id", "status", "answer", "citations"})
      found += column.name == name ? 1 : 0;
  }
  return found == 4;
}

std::string RenderAnswer(const std::vector<ResultColumn>& columns, RowValues values, const RenderStyle& style) {
  const AnswerRow row(columns, values);
  std::string out;
  const std::string status = row.Text("status");
  if (status != "answered") {
    const std::string reason = row.Text("reason");
    out += Coloured(style.colour, Colour::kYellow, status + (reason.empty() ? "" : " (" + reason + ")")) + "\n\n";
  }
  const std::string answer = row.Text("answer");
  if (!answer.empty() && !style.answer_shown) out += answer + "\n";
  const Value* citations = row.Find("citations");
  if (citations != nullptr && (citations->type() == Type::kJson || citations->type() == Type::kText)) {
    AppendSources(ParseCitations(citations->text()), style, &out);
  }
  if (const Value* sentences = row.Find("sentences"); sentences != nullptr && sentences->type() == Type::kJson) {
    AppendDoubts(ParseSentences(sentences->text()), style, &out);
  }
  if (const std::string note = row.Text("note"); !note.empty()) out += "\nnote: " + note + "\n";
  const std::string footer = Footer(row);
  if (!footer.empty()) out += "\n" + Coloured(style.colour, Colour::kDim, footer) + "\n";
  return out;
}

}  // namespace quire::sql
