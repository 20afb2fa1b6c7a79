#include "extensions/chat/answer.h"

#include <cmath>

#include "engine/base/json.h"

namespace quire::chat {
namespace {

void AppendField(std::string* out, std::string_view name, std::string_view text) {
  out->append(out->back() == '{' ? "\"" : ",\"").append(name).append("\":");
  AppendJsonString(out, text);
}

void AppendField(std::string* out, std::string_view name, uint64_t number) {
  out->append(out->back() == '{' ? "\"" : ",\"").append(name).append("\":").append(std::to_string(number));
}

// Whether a number behind the last line would end up inside a code block or table.
bool EndsInStructure(std::string_view quote) {
  const size_t line = quote.rfind('\n') == std::string_view::npos ? 0 : quote.rfind('\n') + 1;
  const std::string_view last = quote.substr(line);
  return last.find("```") != std::string_view::npos || last.find("~~~") != std::string_view::npos || last.back() == '|';
}

}  // namespace

int64_t EstimateTokens(size_t bytes) { return static_cast<int64_t>(std::ceil(static_cast<double>(bytes) / 3.5 * 1.1)); }

std::string CitationsJson(const std::vector<Citation>& citations) {
  std::string json = "[";
  for (const Citation& citation : citations) {
    json += json.size() > 1 ? ",{" : "{";
    AppendField(&json, "n", citation.number);
    AppendField(&json, "uri", citation.uri);
    AppendField(&json, "section", citation.section);
    AppendField(&json, "start", citation.start);
    AppendField(&json, "end", citation.end);
    AppendField(&json, "quote", citation.quote);
    AppendField(&json, "chunk", citation.chunk);
    if (!citation.anchor.empty()) AppendField(&json, "anchor", citation.anchor);
    if (citation.further) json += ",\"further\":true";
    if (citation.of_chunk) AppendField(&json, "of", "chunk");
    if (citation.page > 0) AppendField(&json, "page", static_cast<uint64_t>(citation.page));
    if (!citation.included_from.empty()) AppendField(&json, "included_from", citation.included_from);
    json += '}';
  }
  return json + "]";
}

std::string SentencesJson(const std::vector<AnswerSentence>& sentences) {
  std::string json = "[";
  for (const AnswerSentence& sentence : sentences) {
    json += json.size() > 1 ? ",{" : "{";
    AppendField(&json, "text", sentence.text);
    AppendField(&json, "citation", sentence.citation);
    AppendField(&json, "verdict", sentence.verdict);
    if (!sentence.difference.empty()) AppendField(&json, "difference", sentence.difference);
    if (!sentence.check.empty()) AppendField(&json, "check", sentence.check);
    if (!sentence.cited.empty()) {
      for (const uint32_t& number : sentence.cited) json += (&number == sentence.cited.data() ? ",\"cited\":[" : ",") + std::to_string(number);
      json += ']';
    }
    json += '}';
  }
  return json + "]";
}

std::string JoinQuotes(const std::vector<Citation>& citations) {
  std::string text;
  for (const Citation& citation : citations) {
    if (citation.further) continue;
    if (!text.empty()) text += "\n\n";
    text += citation.quote;
    text += EndsInStructure(citation.quote) ? "\n[" : " [";
    text += std::to_string(citation.number) + "]";
  }
  return text;
}

sql::RowSet AnswerRow(const Answer& answer) {
  const auto text = [](std::string_view v) { return Value::Text(std::string(v)); };
  sql::RowSet rows;
  rows.columns = {{"answer_id", Type::kInteger}, {"status", Type::kText},        {"reason", Type::kText},
                  {"answer", Type::kText},       {"confidence", Type::kReal},    {"citations", Type::kJson},
                  {"sentences", Type::kJson},    {"model", Type::kText},         {"version", Type::kInteger},
                  {"tokens_in", Type::kInteger}, {"tokens_out", Type::kInteger}, {"ms", Type::kReal},
                  {"cost", Type::kReal},         {"query", Type::kText},         {"note", Type::kText}};
  const auto text_or_null = [&](std::string_view v) { return v.empty() ? Value::Null() : text(v); };
  rows.rows.push_back({answer.id == 0 ? Value::Null() : Value::Integer(answer.id), text(answer.status), text_or_null(answer.reason),
                       text(answer.text), Value::Real(answer.confidence), Value::Json(CitationsJson(answer.citations)),
                       Value::Json(SentencesJson(answer.sentences)), text(answer.model), Value::Integer(answer.version),
                       Value::Integer(answer.tokens_in), Value::Integer(answer.tokens_out), Value::Real(answer.ms),
                       Value::Real(answer.cost), text_or_null(answer.query), text_or_null(answer.note)});
  return rows;
}

}  // namespace quire::chat
