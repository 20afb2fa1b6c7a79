#include "extensions/chat/check_answer.h"

#include <algorithm>
#include <cmath>

#include "engine/base/utf8.h"
#include "extensions/chat/claims.h"
#include "extensions/chat/generate.h"
#include "extensions/chat/verify.h"

namespace quire::chat {
namespace {

constexpr size_t kGlimpseBytes = 200;  // of a source that a sentence cites and that does not hold it

std::string Marks(const std::vector<uint32_t>& numbers) {
  std::string marks;
  for (const uint32_t number : numbers) marks += "[" + std::to_string(number) + "]";
  return marks;
}

// The end of the mark that begins at `at`: behind its closing bracket.
size_t EndOfMark(std::string_view text, size_t at, size_t end) {
  constexpr std::string_view kClosing[] = {"]", ")", "\xE3\x80\x91"};
  for (size_t i = at + 1; i < end; ++i) {
    for (const std::string_view closing : kClosing) {
      if (text.substr(i, closing.size()) == closing) return i + closing.size();
    }
  }
  return end;
}

// A sentence with what stands behind it, as it is shown.
class Shown {
 public:
  // `plain`: `text` with blanks in place of its marks.
  Shown(std::string_view text, std::string_view plain, uint32_t sources) : text_(text), plain_(plain), sources_(sources) {}

  // The numbers it cites, as they are to be.
  std::vector<uint32_t> Numbers(const CheckedSentence& sentence) const {
    if (sentence.repaired) return {sentence.found};
    std::vector<uint32_t> numbers;
    for (const uint32_t number : sentence.cited) {
      if (number >= 1 && number <= sources_) numbers.push_back(number);
    }
    return numbers;
  }

  std::string Render(const CheckedSentence& sentence, size_t end) const {
    const std::vector<uint32_t> numbers = Numbers(sentence);
    if (numbers == sentence.cited) return std::string(text_.substr(sentence.start, end - sentence.start));
    std::string marks = Marks(numbers), out;
    bool placed = false;
    for (size_t at = sentence.start; at < end;) {
      if (!placed && sentence.cited.empty() && at == sentence.end) {
        out += " " + marks;
        placed = true;
      }
      if (text_[at] == plain_[at]) {
        out += text_[at++];
        continue;
      }
      at = EndOfMark(text_, at, end);
      if (!placed && !marks.empty()) {
        out += marks;
      } else if (!out.empty() && out.back() == ' ') {
        out.pop_back();
      }
      placed = true;
    }
    return placed || marks.empty() ? out : out + " " + marks;
  }

 private:
  const std::string_view text_;
  const std::string_view plain_;
  const uint32_t sources_;
};

// IDF of words, as the collection has it.
class Weights {
 public:
  Weights(const Reader& reader, const CollectionInfo& collection) : reader_(reader), collection_(collection) {}
  double operator()(std::string_view word) const {
    const auto chunks = static_cast<double>(collection_.chunks);
    const Result<uint64_t> frequency = reader_.DocumentFrequency(collection_.schema.name, word);
    const double holding = frequency.ok() ? static_cast<double>(*frequency) : 0;
    return std::log(1 + (std::max(0.0, chunks - holding) + 0.5) / (holding + 0.5));
  }

 private:
  const Reader& reader_;
  const CollectionInfo& collection_;
};

class Checker {
 public:
  Checker(const Preparation& preparation, const Prompt& prompt, const Reader& reader) : preparation_(preparation), reader_(reader) {
    for (size_t i = 0; i < prompt.sources.size(); ++i) {
      for (const PromptPart& part : prompt.sources[i].parts) {
        const Chunk& chunk = preparation.retrieved.candidates[part.candidate].chunk;
        sources_.push_back({.number = static_cast<uint32_t>(i + 1), .section = chunk.section,
                            .text = std::string_view(chunk.text).substr(0, part.bytes)});
        candidates_.push_back(part.candidate);
      }
    }
  }

  std::vector<CheckedSentence> Verify(std::string_view text) const {
    const Weights weights(reader_, preparation_.collection);
    return VerifyAnswer(text, sources_, weights, WordCutter(preparation_.collection.schema.language));
  }

  // Adds a sentence, and the citation it rests on. `numbers`: those it is shown with.
  Status Add(std::string_view text, const CheckedSentence& sentence, const std::vector<uint32_t>& numbers, Answer* answer) const {
    AnswerSentence added{.text = std::string(text.substr(sentence.start, sentence.end - sentence.start)),
                         .citation = numbers.empty() ? 0 : numbers.front(),
                         .verdict = VerdictName(sentence.verdict),
                         .difference = sentence.difference,
                         .cited = sentence.repaired ? sentence.cited : std::vector<uint32_t>(),
                         .numbers = numbers};
    if (sentence.found != 0 && sentence.verdict != Verdict::kUnverified) added.citation = sentence.found;
    if (added.citation != 0) {
      Quote quote{.candidate = candidates_[sentence.source], .start = sentence.source_start, .end = sentence.source_end};
      if (added.citation != sentence.found || quote.end <= quote.start) quote = Glimpse(added.citation);
      QUIRE_RETURN_IF_ERROR(Cite(quote, &added, answer));
    }
    answer->sentences.push_back(std::move(added));
    return {};
  }

 private:
  const Chunk& ChunkOf(const Quote& quote) const { return preparation_.retrieved.candidates[quote.candidate].chunk; }

  // The beginning of the source of a number.
  Quote Glimpse(uint32_t number) const {
    const auto source = std::find_if(sources_.begin(), sources_.end(), [&](const Source& one) { return one.number == number; });
    const size_t bytes = std::min(Utf8Prefix(source->text, kGlimpseBytes).size(), std::max(source->text.find('\n'), size_t{1}));
    return {.candidate = candidates_[static_cast<size_t>(source - sources_.begin())], .start = 0, .end = bytes};
  }

  // Each quote once.
  Status Cite(const Quote& quote, AnswerSentence* sentence, Answer* answer) const {
    QUIRE_ASSIGN_OR_RETURN(Citation citation, MakeCitation(preparation_, sentence->citation, ChunkOf(quote), quote, reader_));
    sentence->quote_start = citation.start;
    sentence->quote_end = citation.end;
    const auto same = [&](const Citation& other) {
      return other.number == citation.number && other.chunk == citation.chunk && other.start == citation.start && other.end == citation.end;
    };
    auto& citations = answer->citations;
    if (std::none_of(citations.begin(), citations.end(), same)) citations.push_back(std::move(citation));
    return {};
  }

  const Preparation& preparation_;
  const Reader& reader_;
  std::vector<Source> sources_;     // chunk by chunk
  std::vector<size_t> candidates_;  // what each of them is
};

}  // namespace

Result<Answer> CheckAnswer(std::string_view text, const Preparation& preparation, const Prompt& prompt, bool strict, const Reader& reader) {
  Answer answer;
  answer.status = "answered";
  answer.confidence = preparation.gate.confidence;
  const Checker checker(preparation, prompt, reader);
  const std::vector<CheckedSentence> sentences = checker.Verify(text);
  const std::string plain = ReadCitedAnswer(text).text;
  const Shown shown(text, plain, static_cast<uint32_t>(prompt.sources.size()));
  size_t dropped = 0;
  if (!strict && !sentences.empty()) answer.text = text.substr(0, sentences.front().start);
  for (size_t i = 0; i < sentences.size(); ++i) {
    const CheckedSentence& sentence = sentences[i];
    if (strict && sentence.verdict != Verdict::kSupported) {
      ++dropped;
      continue;
    }
    answer.text += shown.Render(sentence, i + 1 < sentences.size() ? sentences[i + 1].start : text.size());
    QUIRE_RETURN_IF_ERROR(checker.Add(text, sentence, shown.Numbers(sentence), &answer));
  }
  if (!strict && sentences.empty()) answer.text = text;
  std::stable_sort(answer.citations.begin(), answer.citations.end(), [](const Citation& a, const Citation& b) { return a.number < b.number; });
  while (!answer.text.empty() && (answer.text.back() == ' ' || answer.text.back() == '\n')) answer.text.pop_back();
  if (strict && answer.sentences.empty()) return Refusal(preparation, "unsupported");
  if (preparation.gate.outcome == GateOutcome::kWarn) answer.reason = preparation.gate.reason;
  if (dropped > 0) {
    answer.status = "partial";
    answer.reason = "unsupported";
  }
  return answer;
}

}  // namespace quire::chat
