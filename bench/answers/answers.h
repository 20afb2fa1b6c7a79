// quire-bench answers: what ASK gives for questions whose answers are known, and what its verification sees.
#pragma once

#include <string>
#include <vector>

namespace quire::bench {

struct AnswersOptions {
  std::string questions{};               // .../questions/F.jsonl
  std::vector<std::string> documents{};  // folders; none: those that belong to the questions
  std::string run{};                     // where the answers are written for score.py; empty: nowhere
  std::string explain{};                 // the id of a question: EXPLAIN ASK of it, nothing else
  std::string embedder = "builtin";
  int rounds = 3;                        // of all questions, for the time
  std::string edits{};                   // sections of documentation whose sentences are changed: does verification see it?
  std::string wice{}, mtrag{};           // files of claims and of answers that people judged
};

// The exit code: 0, or 2 after a message.
int RunAnswers(const AnswersOptions& options);

}  // namespace quire::bench
