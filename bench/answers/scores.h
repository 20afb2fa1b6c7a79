// Scores: what score.py measures of a run, kind by kind.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "bench/answers/asker.h"
#include "bench/answers/question_set.h"

namespace quire::bench {

// Sums over the questions of one kind.
struct AnswerScores {
  std::string kind{};
  size_t questions = 0, answerable = 0;
  size_t page1 = 0, page5 = 0;     // of those answerable: a gold page first; of each group one among the first five cited pages
  size_t facts = 0, facts_all = 0;  // key facts found in the answer
  size_t good = 0;                 // answered, page5 and all key facts
  size_t answered = 0;             // of those answerable
  size_t refused = 0;              // of those not answerable
  size_t forbidden = 0;            // answers that hold a forbidden text
};

// Whether one of the alternatives stands in an answer, in either case; a short one as a word by itself.
bool HoldsFact(const std::vector<std::string>& alternatives, std::string_view answer);

// Of each kind in order of appearance, then "all". `answers` in the order of `questions`.
std::vector<AnswerScores> ScoreAnswers(const std::vector<AskedQuestion>& questions, const std::vector<GivenAnswer>& answers);

}  // namespace quire::bench
