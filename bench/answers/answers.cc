#include "bench/answers/answers.h"

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "bench/answers/asker.h"
#include "bench/answers/question_set.h"
#include "bench/answers/scores.h"
#include "bench/answers/verification.h"

namespace quire::bench {
namespace {

namespace fs = std::filesystem;

// Of .../data/questions/F.jsonl: .../data/labelstudio/docs and .../data/questions/adversarial.
std::vector<std::string> DocumentsOf(const std::string& questions) {
  const fs::path folder = fs::absolute(questions).parent_path();
  return {(folder.parent_path() / "labelstudio" / "docs").string(), (folder / "adversarial").string()};
}

Status WriteRun(const std::string& path, const std::vector<GivenAnswer>& answers) {
  std::ofstream file(path);
  for (const GivenAnswer& answer : answers) {
    nlohmann::json line{{"id", answer.id},
                        {"status", answer.status == "partial" ? "answered" : answer.status},
                        {"answer", answer.text},
                        {"confidence", answer.confidence},
                        {"citations", nlohmann::json::array()}};
    for (const GivenCitation& citation : answer.citations) {
      line["citations"].push_back({{"doc", citation.uri}, {"section", citation.section}, {"quote", citation.quote}});
    }
    file << line.dump() << '\n';
  }
  return file.flush() ? Status() : Status(Code::kIoError, "file '" + path + "' cannot be written");
}

std::string Share(size_t part, size_t whole) {
  char text[16];
  if (whole == 0) return "-";
  std::snprintf(text, sizeof text, "%.3f", static_cast<double>(part) / static_cast<double>(whole));
  return text;
}

void Print(const std::vector<AnswerScores>& scores) {
  std::printf("%-14s %4s %7s %7s %7s %7s %9s %8s %10s\n", "kind", "n", "page@1", "page@5", "facts", "good", "answered", "refused",
              "forbidden");
  for (const AnswerScores& s : scores) {
    std::printf("%-14s %4zu %7s %7s %7s %7s %9s %8s %10zu\n", s.kind.c_str(), s.questions,
                Share(s.page1, s.answerable).c_str(), Share(s.page5, s.answerable).c_str(), Share(s.facts, s.facts_all).c_str(),
                Share(s.good, s.answerable).c_str(), Share(s.answered, s.answerable).c_str(),
                Share(s.refused, s.questions - s.answerable).c_str(), s.forbidden);
  }
}

double Percentile(std::vector<double> values, double share) {
  std::sort(values.begin(), values.end());
  return values.empty() ? 0 : values[static_cast<size_t>(share * static_cast<double>(values.size() - 1))];
}

Status Explain(const Asker& asker, const std::vector<AskedQuestion>& questions, const std::string& id) {
  for (const AskedQuestion& question : questions) {
    if (question.id != id) continue;
    QUIRE_ASSIGN_OR_RETURN(const std::string text, asker.Explain(question));
    std::printf("%s\n%s", question.text.c_str(), text.c_str());
    return {};
  }
  return Status(Code::kNotFound, "question '" + id + "' is not in the file");
}

Status MeasureQuestions(const AnswersOptions& options) {
  QUIRE_ASSIGN_OR_RETURN(const auto questions, ReadQuestionSet(options.questions));
  const auto folders = options.documents.empty() ? DocumentsOf(options.questions) : options.documents;
  QUIRE_ASSIGN_OR_RETURN(const auto asker, Asker::Load({folders, options.embedder}));
  if (!options.explain.empty()) return Explain(*asker, questions, options.explain);
  std::vector<GivenAnswer> answers;
  std::vector<double> ms;
  for (int round = 0; round < options.rounds; ++round) {
    answers.clear();
    for (const AskedQuestion& question : questions) {
      QUIRE_ASSIGN_OR_RETURN(GivenAnswer answer, asker->Ask(question));
      if (round > 0 || options.rounds == 1) ms.push_back(answer.ms);  // the first round warms up
      answers.push_back(std::move(answer));
    }
  }
  if (!options.run.empty()) QUIRE_RETURN_IF_ERROR(WriteRun(options.run, answers));
  Print(ScoreAnswers(questions, answers));
  std::printf("without a model: p50 %.2f ms, p95 %.2f ms of %zu asked\n", Percentile(ms, 0.5), Percentile(ms, 0.95), ms.size());
  return {};
}

Status Measure(const AnswersOptions& options) {
  if (!options.questions.empty()) QUIRE_RETURN_IF_ERROR(MeasureQuestions(options));
  if (!options.edits.empty()) QUIRE_RETURN_IF_ERROR(MeasureEdits(options.edits));
  if (!options.wice.empty()) QUIRE_RETURN_IF_ERROR(MeasureWice(options.wice));
  if (!options.mtrag.empty()) QUIRE_RETURN_IF_ERROR(MeasureMtrag(options.mtrag));
  return {};
}

}  // namespace

int RunAnswers(const AnswersOptions& options) {
  const Status status = Measure(options);
  if (status.ok()) return 0;
  std::fprintf(stderr, "quire-bench: %s\n", status.ToString().c_str());
  return 2;
}

}  // namespace quire::bench
