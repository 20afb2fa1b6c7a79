#include "extensions/chat/passages.h"

#include <algorithm>

#include "extensions/chat/fence.h"

namespace quire::chat {
namespace {

constexpr size_t kSentencesMax = 3;
constexpr double kLinkShareMax = 0.8;

// Pieces [first, last) of one block.
struct Run {
  size_t first = 0;
  size_t last = 0;
};

std::vector<Run> BlockRuns(const std::vector<Piece>& pieces) {
  std::vector<Run> runs;
  for (size_t i = 0; i < pieces.size(); ++i) {
    if (runs.empty() || pieces[i].block != pieces[i - 1].block) runs.push_back({i, i});
    runs.back().last = i + 1;
  }
  return runs;
}

bool IsWordByte(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || static_cast<unsigned char>(c) >= 0x80;
}

// Whether hardly anything but link texts stands in `text`: a menu, a list of related pages.
bool IsNavigation(std::string_view text) {
  size_t words = 0, linked = 0;
  bool in_link = false;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '[' && text.find("](", i) != std::string_view::npos) in_link = true;
    if (!IsWordByte(text[i])) {
      if (text[i] == ')') in_link = false;
      continue;
    }
    ++words;
    if (in_link) ++linked;
  }
  return words == 0 || static_cast<double>(linked) > kLinkShareMax * static_cast<double>(words);
}

class PassageLister {
 public:
  PassageLister(std::string_view text, size_t bytes_max)
      : text_(text), bytes_max_(bytes_max), pieces_(CutPieces(text)), runs_(BlockRuns(pieces_)) {}

  std::vector<Passage> List() {
    for (size_t i = 0; i < runs_.size(); ++i) {
      const Piece& first = pieces_[runs_[i].first];
      if (first.kind == PieceKind::kHeading || first.kind == PieceKind::kMarkup || !IsQuotable(runs_[i])) continue;
      if (first.kind == PieceKind::kSentence) {
        Sentences(runs_[i]);
      } else {
        Structure(i);
      }
    }
    return std::move(passages_);
  }

 private:
  std::string_view TextOf(const Run& run) const {
    return text_.substr(pieces_[run.first].start, pieces_[run.last - 1].end - pieces_[run.first].start);
  }
  bool IsQuotable(const Run& run) const {
    const PieceKind kind = pieces_[run.first].kind;
    if (LooksLikeInstruction(TextOf(run))) return false;
    return kind == PieceKind::kCode || kind == PieceKind::kRow || !IsNavigation(TextOf(run));
  }

  void Add(PieceKind kind, size_t start, size_t end) {
    if (end - start <= bytes_max_) passages_.push_back({kind, start, end});
  }

  // Every run of neighbouring sentences.
  void Sentences(const Run& run) {
    for (size_t i = run.first; i < run.last; ++i) {
      for (size_t j = i; j < std::min(run.last, i + kSentencesMax); ++j) {
        Add(PieceKind::kSentence, pieces_[i].start, pieces_[j].end);
      }
    }
  }

  // A list, code block or table.
  void Structure(size_t run) {
    const Run& here = runs_[run];
    const PieceKind kind = pieces_[here.first].kind;
    const size_t start = pieces_[here.first].start, end = pieces_[here.last - 1].end;
    const size_t lead = LeadIn(run);
    if (end - lead <= bytes_max_) return Add(kind, lead, end);
    if (end - start <= bytes_max_) return Add(kind, start, end);
    for (size_t i = here.first; i < here.last; ++i) {
      size_t j = i;
      while (j + 1 < here.last && pieces_[j + 1].end - pieces_[i].start <= bytes_max_ / 2) ++j;
      Add(kind, pieces_[i].start, pieces_[j].end);
      if (j > i) Add(kind, pieces_[i].start, pieces_[i].end);
    }
  }

  // Where the sentence that introduces a block begins; the block's own start if the one before does not.
  size_t LeadIn(size_t run) const {
    const size_t own = pieces_[runs_[run].first].start;
    if (run == 0) return own;
    const Run& before = runs_[run - 1];
    const Piece& last = pieces_[before.last - 1];
    const bool leads = last.kind == PieceKind::kSentence &&
                       (text_[last.end - 1] == ':' || pieces_[runs_[run].first].kind == PieceKind::kCode);
    return leads && IsQuotable(before) ? last.start : own;
  }

  std::string_view text_;
  size_t bytes_max_;
  std::vector<Piece> pieces_;
  std::vector<Run> runs_;
  std::vector<Passage> passages_;
};

}  // namespace

std::vector<Passage> ListPassages(std::string_view text, size_t bytes_max) { return PassageLister(text, bytes_max).List(); }

}  // namespace quire::chat
