#include "engine/text/analyzer.h"

#include <libstemmer.h>

#include <algorithm>
#include <array>
#include <bitset>
#include <cstring>
#include <utility>

#include "engine/base/utf8.h"
#include "engine/text/scratch_pool.h"
#include "engine/text/stemmer.h"
#include "engine/text/stop_words.h"
#include "engine/text/unicode.h"

namespace quire::text {
namespace {

constexpr std::string_view kCurlyApostrophe = "\xe2\x80\x99";

constexpr char ToLowerAscii(char byte) { return byte >= 'A' && byte <= 'Z' ? static_cast<char>(byte + 32) : byte; }

bool IsConnector(char byte) { return byte == '_' || byte == '.' || byte == '-' || byte == '/'; }

// Bytes of the apostrophe at `at` (' or U+2019), 0 if there is none.
size_t ApostropheBytes(std::string_view text, size_t at) {
  if (at < text.size() && text[at] == '\'') return 1;
  return at < text.size() && text.substr(at, 3) == kCurlyApostrophe ? 3 : 0;
}

// What a word is made of: [start, end) of the text.
struct Extent {
  size_t start;
  size_t end;
  bool ascii;
};

// One pass over one text.
class Scan {
 public:
  Scan(std::string_view text, bool english, Stemmer* stemmer, std::vector<Token>* out)
      : text_(text), english_(english), stemmer_(stemmer), out_(out) {}

  void Run() {
    size_t at = 0;
    while (at < text_.size()) {
      if (IsAscii(text_[at])) {
        at = IsAsciiWord(text_[at]) ? TakeCompound(at) : at + 1;
        continue;
      }
      const Character next = CharacterAt(text_, at);
      if (next.kind == CharClass::kWord) {
        at = TakeCompound(at);
      } else if (next.kind == CharClass::kUnspaced) {
        at = TakeUnspaced(at);
      } else {
        at += next.bytes;
      }
    }
  }

 private:
  bool StartsWord(size_t at) const { return at < text_.size() && CharacterAt(text_, at).kind == CharClass::kWord; }

  // Where the letters and digits from `at` on end.
  size_t LettersEnd(size_t at, bool* ascii) const {
    while (at < text_.size()) {
      if (IsAscii(text_[at])) {
        if (!IsAsciiWord(text_[at])) break;
        ++at;
        continue;
      }
      const Character next = CharacterAt(text_, at);
      if (next.kind != CharClass::kWord && next.kind != CharClass::kExtend) break;
      *ascii = false;
      at += next.bytes;
    }
    return at;
  }

  Extent WordAt(size_t start) const {
    bool ascii = true;
    size_t end = LettersEnd(start, &ascii);
    if (english_) end = ContractionEnd(end, &ascii);
    return {start, end, ascii};
  }

  // English only: 's 't 'd 'm 'll 're 've belong to the word before them (the stemmer drops 's). Any other apostrophe
  // separates, as it does in French and Italian.
  size_t ContractionEnd(size_t end, bool* ascii) const {
    const size_t mark = ApostropheBytes(text_, end);
    if (mark == 0) return end;
    bool tail_ascii = true;
    const size_t tail_end = LettersEnd(end + mark, &tail_ascii);
    const std::string_view tail = text_.substr(end + mark, tail_end - end - mark);
    if (!tail_ascii || tail.empty() || tail.size() > 2) return end;
    const char lower[2] = {ToLowerAscii(tail[0]), tail.size() == 2 ? ToLowerAscii(tail[1]) : '\0'};
    static constexpr std::string_view kTails[] = {"s", "t", "d", "m", "ll", "re", "ve"};
    const std::string_view folded(lower, tail.size());
    if (std::find(std::begin(kTails), std::end(kTails), folded) == std::end(kTails)) return end;
    if (mark > 1) *ascii = false;
    return tail_end;
  }

  // Emits the word at `start` or, if single connectors join it to more words, all of them and the whole: at the
  // position of its first part, behind it.
  size_t TakeCompound(size_t start) {
    Extent part = WordAt(start);
    const uint32_t position = position_;
    EmitWord(part);
    if (!JoinedTo(part.end)) return part.end;
    const size_t slot = out_->size();
    out_->emplace_back();
    bool ascii = part.ascii;
    while (JoinedTo(part.end)) {
      part = WordAt(part.end + 1);
      ascii = ascii && part.ascii;
      EmitWord(part);
    }
    FillWhole(slot, position, {start, part.end, ascii});
    return part.end;
  }

  bool JoinedTo(size_t end) const { return end < text_.size() && IsConnector(text_[end]) && StartsWord(end + 1); }

  // A whole that does not fit a term is left out: cut, it would stand for every longer one. Its parts remain.
  void FillWhole(size_t slot, uint32_t position, const Extent& whole) {
    const bool fits = whole.end - whole.start <= kFoldedFrom;
    const std::string_view folded = fits ? Folded(whole, kMaxTermBytes) : std::string_view();
    if (folded.empty() || folded.size() > kWholeBytesMax) {
      out_->erase(out_->begin() + static_cast<std::ptrdiff_t>(slot));
      return;
    }
    Token& token = (*out_)[slot];
    token.term.assign(folded);
    token.position = position;
    SetExtent(whole.start, whole.end, &token);
  }

  // Emits the bigrams of a run of an unspaced script; a run of one cluster is a word.
  size_t TakeUnspaced(size_t start) {
    std::string previous;
    size_t previous_start = start;
    size_t at = start;
    size_t clusters = 0;
    while (at < text_.size() && CharacterAt(text_, at).kind == CharClass::kUnspaced) {
      const size_t end = ClusterEnd(text_, at);
      const std::string_view folded = Folded({at, end, false}, kMaxTermBytes / 2);
      if (clusters++ > 0) Emit(previous.append(folded), previous_start, end);
      previous.assign(folded);
      previous_start = at;
      at = end;
    }
    if (clusters == 1) Emit(previous, start, at);
    return at;
  }

  // The folded bytes of an extent, at most `limit` of them; good until the next call.
  std::string_view Folded(const Extent& extent, size_t limit) {
    const std::string_view word = text_.substr(extent.start, extent.end - extent.start);
    if (!extent.ascii) {
      const std::string_view folded(folded_.data(), Fold(word, folded_.data()));
      return Utf8Prefix(english_ ? WithAsciiApostrophe(folded) : folded, limit);
    }
    const size_t length = std::min(word.size(), limit);
    for (size_t i = 0; i < length; ++i) folded_[i] = ToLowerAscii(word[i]);
    return std::string_view(folded_.data(), length);
  }

  // U+2019 as ', which is the one the stemmer knows.
  std::string_view WithAsciiApostrophe(std::string_view folded) {
    const size_t at = folded.find(kCurlyApostrophe);
    if (at == std::string_view::npos) return folded;
    folded_[at] = '\'';
    std::memmove(&folded_[at + 1], &folded_[at + 3], folded.size() - at - 3);
    return folded.substr(0, folded.size() - 2);
  }

  void EmitWord(const Extent& extent) {
    const std::string_view folded = Folded(extent, kMaxTermBytes);
    if (folded.empty()) return;
    Emit(Utf8Prefix(stemmer_->Stem(folded), kMaxTermBytes), extent.start, extent.end);
  }

  void Emit(std::string_view term, size_t start, size_t end) {
    if (term.empty()) return;
    Token& token = out_->emplace_back();
    token.term.assign(term);
    token.position = position_++;
    SetExtent(start, end, &token);
  }

  static void SetExtent(size_t start, size_t end, Token* token) {
    token->start = static_cast<uint32_t>(start);
    token->end = static_cast<uint32_t>(end);
  }

  static constexpr size_t kWholeBytesMax =
      kMaxTermBytes - 4;  // folding cuts by less than one character: then it is whole

  const std::string_view text_;
  const bool english_;
  Stemmer* const stemmer_;
  std::vector<Token>* const out_;
  uint32_t position_ = 0;
  std::array<char, kMaxTermBytes> folded_{};
};

std::vector<std::string_view> Languages() {
  std::vector<std::string_view> names = {"none"};
  for (const char** name = sb_stemmer_list(); *name != nullptr; ++name) names.emplace_back(*name);
  return names;
}

class WordAnalyzer final : public Analyzer {
 public:
  explicit WordAnalyzer(std::string_view language)
      : language_(language),
        english_(language == "english" || language == "porter"),
        stemmers_([name = language_] { return std::make_unique<Stemmer>(name.c_str()); }) {
    std::vector<Token> words;
    Analyze(StopWords(language), &words);
    for (Token& word : words) stop_words_.push_back(std::move(word.term));
    std::sort(stop_words_.begin(), stop_words_.end());
    for (const std::string& word : stop_words_) {
      stop_bytes_max_ = std::max(stop_bytes_max_, word.size());
      stop_begins_.set(static_cast<unsigned char>(word[0]));
    }
  }

  std::string_view language() const override { return language_; }

  void Analyze(std::string_view text, std::vector<Token>* out) const override {
    auto stemmer = stemmers_.Take();
    Scan(text, english_, &*stemmer, out).Run();
  }

  bool IsStopWord(std::string_view term) const override {
    if (term.empty() || !stop_begins_.test(static_cast<unsigned char>(term[0]))) return false;
    return term.size() <= stop_bytes_max_ && std::binary_search(stop_words_.begin(), stop_words_.end(), term);
  }

 private:
  const std::string language_;
  const bool english_;
  mutable ScratchPool<Stemmer> stemmers_;
  std::vector<std::string> stop_words_;  // stems, sorted
  size_t stop_bytes_max_ = 0;
  std::bitset<256> stop_begins_;  // their first bytes
};

}  // namespace

Result<std::shared_ptr<const Analyzer>> Analyzer::Make(std::string_view language) {
  const std::vector<std::string_view> names = Languages();
  if (std::find(names.begin(), names.end(), language) == names.end()) {
    std::string known;
    for (std::string_view name : names) known.append(known.empty() ? "" : ", ").append(name);
    return Status(Code::kInvalidArgument,
                  "language '" + Printable(language) + "' is not known, expected one of " + known);
  }
  return std::shared_ptr<const Analyzer>(std::make_shared<WordAnalyzer>(language));
}

}  // namespace quire::text
