// Verify: whether the sentences of an answer stand in its sources, decided by words, without a model.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/function_ref.h"
#include "extensions/chat/words.h"

namespace quire::chat {

// Text that was given to a model under a number.
struct Source {
  uint32_t number = 0;       // as in the prompt; several may have one: chunks that were given as one source
  std::string_view section;  // heading path: context for its text
  std::string_view text;
};

enum class Verdict : uint8_t {
  kSupported,   // literally there, or nearly all of its words stand together there and no guard objects
  kAltered,     // most of it is there, but a number, unit, negation, name, flag or the like differs: `difference` says which
  kUnverified,  // not found. May be a paraphrase: words cannot tell
};
std::string_view VerdictName(Verdict verdict);

// One sentence (list item, table row, code block) of an answer.
struct CheckedSentence {
  size_t start = 0;  // bytes [start, end) of the answer; without the citation behind it
  size_t end = 0;
  Verdict verdict = Verdict::kUnverified;
  double score = 0;              // how much of it the sources hold, in [0, 1]; 1: literally there
  std::string difference{};      // of kAltered: "number: answer has '9090', source has '8080'"
  std::vector<uint32_t> cited{};  // numbers as written; a source of such a number need not exist
  uint32_t found = 0;            // number of the source it was compared with; 0: none has any of it
  bool repaired = false;         // supported by `found`, which it does not cite
  size_t source = 0;             // place among `sources` of what it was compared with, where `found` is not 0
  size_t source_start = 0;       // bytes of that source's text
  size_t source_end = 0;
};

// The weight of a case-folded word, > 0: IDF where there is a collection.
using WordWeight = function_ref<double(std::string_view folded)>;

// Checks every sentence of `answer`, in order. Citations are preferred as they are written; another source is named only where it
// supports a sentence that those do not. Deterministic. Any bytes are taken.
// Cost: about sentences x words of all sources; calls `weight` once for each distinct word of the answer.
std::vector<CheckedSentence> VerifyAnswer(std::string_view answer, std::span<const Source> sources, WordWeight weight,
                                          const WordCutter& cutter);

// How much of an answer its sources hold, in [0, 1]: the mean score of its sentences by their length; 1 if there are none. For
// comparing answers: a paraphrase scores less than a copy.
double GroundedShare(std::span<const CheckedSentence> sentences);

}  // namespace quire::chat
