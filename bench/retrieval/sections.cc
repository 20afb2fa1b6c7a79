#include "bench/retrieval/sections.h"

#include <string_view>

#include "bench/retrieval/json_lines.h"

namespace quire::bench {
namespace {

constexpr size_t kQueries = 1'000;
constexpr size_t kWords = 10;

std::string Plain(std::string_view text) {
  std::string plain(text);
  for (char& c : plain) {
    const bool kept = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    if (!kept) c = ' ';
  }
  return plain;
}

std::string FirstWords(const std::string& text, size_t count) {
  const std::string plain = Plain(text);
  size_t at = 0;
  for (; count > 0 && at < plain.size(); --count) {
    at = plain.find_first_not_of(' ', at);
    if (at != std::string::npos) at = plain.find(' ', at);
    if (at == std::string::npos) return plain;
  }
  return plain.substr(0, at);
}

}  // namespace

Result<std::vector<Section>> ReadSections(const std::string& path) {
  std::vector<Section> sections;
  QUIRE_RETURN_IF_ERROR(ReadJsonLines(path, [&](const nlohmann::json& line) {
    sections.push_back({line.value("path", std::string()), line.at("title"), line.at("text")});
  }));
  return sections;
}

SectionQueries MakeQueries(const std::vector<Section>& sections) {
  SectionQueries queries;
  for (size_t i = 0; i < kQueries; ++i) {
    const Section& section = sections[i * sections.size() / kQueries];
    queries.titles.push_back(Plain(section.title));
    queries.texts.push_back(FirstWords(section.text, kWords));
  }
  return queries;
}

}  // namespace quire::bench
