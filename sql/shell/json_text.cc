#include "sql/shell/json_text.h"

#include <nlohmann/json.hpp>

namespace quire::sql {
namespace {

using nlohmann::json;

std::string Text(const json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

uint64_t Number(const json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_number_unsigned() ? found->get<uint64_t>() : 0;
}

}  // namespace

std::vector<AnswerSource> ParseCitations(std::string_view text) {
  const json citations = json::parse(text.begin(), text.end(), nullptr, /*allow_exceptions=*/false);
  std::vector<AnswerSource> sources;
  if (!citations.is_array()) return sources;
  for (const json& citation : citations) {
    if (!citation.is_object()) continue;
    sources.push_back({Number(citation, "n"), Text(citation, "uri"), Text(citation, "section"),
                       Number(citation, "start"), Number(citation, "end"), Text(citation, "of") == "chunk", Number(citation, "page"),
                       Text(citation, "included_from")});
  }
  return sources;
}

std::vector<AnswerSentence> ParseSentences(std::string_view text) {
  const json sentences = json::parse(text.begin(), text.end(), nullptr, /*allow_exceptions=*/false);
  std::vector<AnswerSentence> parsed;
  if (!sentences.is_array()) return parsed;
  for (const json& sentence : sentences) {
    if (!sentence.is_object()) continue;
    const std::string why = Text(sentence, "difference") + Text(sentence, "check");  // never both
    parsed.push_back({Text(sentence, "text"), Text(sentence, "verdict"), why, Number(sentence, "citation"), {}});
    const auto cited = sentence.find("cited");
    if (cited == sentence.end() || !cited->is_array()) continue;
    for (const json& number : *cited) {
      if (number.is_number_unsigned()) parsed.back().cited.push_back(number.get<uint64_t>());
    }
  }
  return parsed;
}

}  // namespace quire::sql
