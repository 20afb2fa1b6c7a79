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

size_t LineStart(std::string_view text, size_t at) { return at == 0 ? 0 : text.rfind('\n', at - 1) + 1; }

bool IsFence(std::string_view line) {
  const size_t first = line.find_first_not_of(" \t>");
  return first != std::string_view::npos && (line.substr(first, 3) == "```" || line.substr(first, 3) == "~~~");
}

// Where a claim begins with what belongs to it: its list marker, the fence that opens it.
size_t OuterStart(std::string_view text, const Claim& claim) {
  const size_t line = LineStart(text, claim.start);
  if (claim.code && line > 0) {
    const size_t before = LineStart(text, line - 1);
    return IsFence(text.substr(before, line - before)) ? before : line;
  }
  return text.substr(line, claim.start - line).find_first_not_of(" \t>-*+|0123456789.)") == std::string_view::npos ? line : claim.start;
}

// Its end with the fence that closes it.
size_t OuterEnd(std::string_view text, const Claim& claim) {
  if (!claim.code) return claim.end;
  const size_t next = text.find('\n', claim.end);
  if (next == std::string_view::npos) return claim.end;
  const size_t end = std::min(text.find('\n', next + 1), text.size());
  return IsFence(text.substr(next + 1, end - next - 1)) ? end : claim.end;
}

// An answer's sentences, each with what belongs to it and stands behind it, as they are shown.
class Shown {
 public:
  Shown(std::string_view text, uint32_t sources) : text_(text), sources_(sources) {
    CitedAnswer read = ReadCitedAnswer(text);
    plain_ = std::move(read.text);
    claims_ = std::move(read.claims);
  }

  // What stands before the first sentence.
  std::string_view Front() const { return text_.substr(0, claims_.empty() ? text_.size() : OuterStart(text_, claims_.front())); }

  // The numbers it cites, as they are to be.
  std::vector<uint32_t> Numbers(const CheckedSentence& sentence) const {
    if (sentence.repaired) return {sentence.found};
    std::vector<uint32_t> numbers;
    for (const uint32_t number : sentence.cited) {
      if (number >= 1 && number <= sources_) numbers.push_back(number);
    }
    return numbers;
  }

  std::string Render(const CheckedSentence& sentence, size_t index) const {
    const Claim& claim = claims_[index];
    const size_t start = OuterStart(text_, claim), place = OuterEnd(text_, claim);
    const size_t end = index + 1 < claims_.size() ? OuterStart(text_, claims_[index + 1]) : text_.size();
    const std::vector<uint32_t> numbers = Numbers(sentence);
    if (numbers == sentence.cited) return std::string(text_.substr(start, end - start));
    const std::string marks = Marks(numbers), added = (claim.code ? "\n" : " ") + marks;
    std::string out;
    bool placed = false;
    for (size_t at = start; at < end;) {
      if (!placed && sentence.cited.empty() && at == place) {
        out += added;
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
    return placed || marks.empty() ? out : out + added;
  }

 private:
  const std::string_view text_;
  const uint32_t sources_;
  std::string plain_;  // with blanks in place of its marks
  std::vector<Claim> claims_;
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

  // Without marks of citations that stand behind a line of code, where a source has that line and none has it with them: who copies the
  // code wants none.
  std::string WithoutMarksInCode(std::string_view text) const {
    std::string out;
    size_t copied = 0;
    for (const Claim& claim : ReadCitedAnswer(text).claims) {
      for (size_t line = claim.start; claim.code && line < claim.end;) {
        const size_t end = std::min(text.find('\n', line), claim.end);
        const size_t code_end = line + CodeBytes(text.substr(line, end - line));
        out.append(text, copied, code_end - copied);
        copied = end;
        line = end + 1;
      }
    }
    return out.append(text.substr(copied));
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

  bool AnySourceHolds(std::string_view text) const {
    return std::any_of(sources_.begin(), sources_.end(), [&](const Source& source) { return source.text.find(text) != std::string_view::npos; });
  }

  // How many bytes of a line of code are code: those before " [1]" or " # [1][2]" at its end.
  size_t CodeBytes(std::string_view line) const {
    constexpr std::string_view kBlank = " \t";
    size_t end = line.size();
    while (end > 0 && line[end - 1] == ']') {
      const size_t open = line.rfind('[', end - 1);
      if (open == std::string_view::npos || open + 2 >= end || line.substr(open + 1, end - open - 2).find_first_not_of("0123456789, ") != std::string_view::npos) break;
      end = open;
    }
    if (end == line.size() || end == 0 || kBlank.find(line[end - 1]) == std::string_view::npos) return line.size();
    const size_t code = line.find_last_not_of("#/ \t", end - 1);
    if (code == std::string_view::npos) return line.size();
    const size_t first = line.find_first_not_of(kBlank);
    const bool marked = !AnySourceHolds(line.substr(first)) && AnySourceHolds(line.substr(first, code + 1 - first));
    return marked ? code + 1 : line.size();
  }

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

void TrimEnd(std::string* text) {
  while (!text->empty() && (text->back() == ' ' || text->back() == '\n')) text->pop_back();
}

}  // namespace

Result<Answer> CheckAnswer(std::string_view written, const Preparation& preparation, const Prompt& prompt, bool strict, const Reader& reader) {
  Answer answer;
  answer.status = "answered";
  answer.confidence = preparation.gate.confidence;
  const Checker checker(preparation, prompt, reader);
  const std::string text = checker.WithoutMarksInCode(written);
  const std::vector<CheckedSentence> sentences = checker.Verify(text);
  const Shown shown(text, static_cast<uint32_t>(prompt.sources.size()));
  size_t dropped = 0;
  if (!strict) answer.text = shown.Front();
  for (size_t i = 0; i < sentences.size(); ++i) {
    if (strict && sentences[i].verdict != Verdict::kSupported) {
      ++dropped;
      continue;
    }
    answer.text += shown.Render(sentences[i], i);
    QUIRE_RETURN_IF_ERROR(checker.Add(text, sentences[i], shown.Numbers(sentences[i]), &answer));
  }
  std::stable_sort(answer.citations.begin(), answer.citations.end(), [](const Citation& a, const Citation& b) { return a.number < b.number; });
  TrimEnd(&answer.text);
  if (strict && answer.sentences.empty()) return Refusal(preparation, "unsupported");
  if (preparation.gate.outcome == GateOutcome::kWarn) answer.reason = preparation.gate.reason;
  if (dropped > 0) {
    answer.status = "partial";
    answer.reason = "unsupported";
  }
  return answer;
}

std::string SupportedFront(std::string_view written, const Preparation& preparation, const Prompt& prompt, const Reader& reader) {
  const Checker checker(preparation, prompt, reader);
  const std::string text = checker.WithoutMarksInCode(written);
  const std::vector<CheckedSentence> sentences = checker.Verify(text);
  const Shown shown(text, static_cast<uint32_t>(prompt.sources.size()));
  std::string front;
  for (size_t i = 0; i + 1 < sentences.size(); ++i) {
    if (sentences[i].verdict == Verdict::kSupported) front += shown.Render(sentences[i], i);
  }
  TrimEnd(&front);
  return front;
}

}  // namespace quire::chat
