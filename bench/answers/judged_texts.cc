#include <algorithm>
#include <cstdio>
#include <numeric>
#include <vector>

#include "bench/answers/verification.h"
#include "bench/answers/word_counts.h"
#include "bench/retrieval/json_lines.h"
#include "extensions/chat/verify.h"

namespace quire::bench {
namespace {

using Json = nlohmann::json;

struct JudgedText {
  std::vector<std::string> sources{};
  std::string text{};
  std::string label{};
  double rating = 0;
};

// The chance that one of `higher` has a larger score than one of `lower`; equal ones count half.
double AreaUnderCurve(std::vector<double> higher, std::vector<double> lower) {
  std::sort(lower.begin(), lower.end());
  double sum = 0;
  for (const double score : higher) {
    const auto [first, last] = std::equal_range(lower.begin(), lower.end(), score);
    sum += static_cast<double>((first - lower.begin()) + (last - lower.begin())) / 2;
  }
  const double pairs = static_cast<double>(higher.size()) * static_cast<double>(lower.size());
  return pairs > 0 ? sum / pairs : 0.5;
}

// The score of each text, by the words of all sources.
std::vector<double> ScoreTexts(const std::vector<JudgedText>& texts) {
  const chat::WordCutter cutter("english");
  WordCounts counts(cutter);
  for (const JudgedText& text : texts) {
    for (const std::string& source : text.sources) counts.Add(source);
  }
  const auto weight = [&](std::string_view word) { return counts.Weight(word); };
  std::vector<double> scores;
  for (const JudgedText& text : texts) {
    std::vector<chat::Source> sources;
    for (const std::string& source : text.sources) {
      sources.push_back({static_cast<uint32_t>(sources.size() + 1), {}, source});
    }
    scores.push_back(chat::GroundedShare(chat::VerifyAnswer(text.text, sources, weight, cutter)));
  }
  return scores;
}

void Print(const char* what, const std::vector<double>& higher, const std::vector<double>& lower) {
  std::printf("%-44s %4zu against %4zu: AUROC %.3f\n", what, higher.size(), lower.size(), AreaUnderCurve(higher, lower));
}

}  // namespace

Status MeasureWice(const std::string& path) {
  std::vector<JudgedText> texts;
  QUIRE_RETURN_IF_ERROR(ReadJsonLines(path, [&](const Json& line) {
    JudgedText text{.text = line.at("claim"), .label = line.at("label")};
    std::string& page = text.sources.emplace_back();
    for (const std::string sentence : line.at("evidence")) page += sentence + "\n\n";
    texts.push_back(std::move(text));
  }));
  const std::vector<double> scores = ScoreTexts(texts);
  std::vector<double> supported, partly, not_supported;
  for (size_t i = 0; i < texts.size(); ++i) {
    (texts[i].label == "supported" ? supported : texts[i].label == "not_supported" ? not_supported : partly)
        .push_back(scores[i]);
  }
  std::vector<double> rest = supported;
  rest.insert(rest.end(), partly.begin(), partly.end());
  Print("WiCE, the rest against not supported", rest, not_supported);
  partly.insert(partly.end(), not_supported.begin(), not_supported.end());
  Print("WiCE, supported against the rest", supported, partly);
  return {};
}

Status MeasureMtrag(const std::string& path) {
  std::vector<JudgedText> texts;
  QUIRE_RETURN_IF_ERROR(ReadJsonLines(path, [&](const Json& line) {
    JudgedText text{.text = line.at("response")};
    for (const std::string context : line.at("contexts")) text.sources.push_back(context);
    const std::vector<double> ratings = line.at("faithfulness");
    if (ratings.empty()) return;
    text.rating = std::accumulate(ratings.begin(), ratings.end(), 0.0) / static_cast<double>(ratings.size());
    texts.push_back(std::move(text));
  }));
  const std::vector<double> scores = ScoreTexts(texts);
  std::vector<double> faithful, unfaithful;
  for (size_t i = 0; i < texts.size(); ++i) {
    if (texts[i].rating >= 3.5) faithful.push_back(scores[i]);
    if (texts[i].rating <= 2.5) unfaithful.push_back(scores[i]);
  }
  Print("MTRAG, faithful against unfaithful answers", faithful, unfaithful);
  return {};
}

}  // namespace quire::bench
