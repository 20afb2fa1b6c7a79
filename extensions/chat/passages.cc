#include "extensions/chat/passages.h"

#include <algorithm>

#include "engine/base/instructions.h"

namespace quire::chat {
namespace {

constexpr size_t kSentencesMax = 4;
constexpr double kLinkShareMax = 0.8;

// Pieces [first, last) of one block.
struct Run {
  size_t first = 0;
  size_t last = 0;
  bool quotable = false;
};

std::vector<Run> BlockRuns(const std::vector<Piece>& pieces) {
  std::vector<Run> runs;
  for (size_t i = 0; i < pieces.size(); ++i) {
    if (runs.empty() || pieces[i].block != pieces[i - 1].block) runs.push_back({i, i, false});
    runs.back().last = i + 1;
  }
  return runs;
}

bool IsWordByte(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
         static_cast<unsigned char>(c) >= 0x80;
}

// Whether hardly anything but link texts stands in `text`: a menu, a list of related pages.
bool IsNavigation(std::string_view text) {
  size_t words = 0, linked = 0;
  bool in_link = false;
  size_t target = text.find("](");  // of the next link
  for (size_t i = 0; i < text.size(); ++i) {
    if (target < i) target = text.find("](", i);
    if (text[i] == '[' && target != std::string_view::npos) in_link = true;
    if (text[i] == ')') in_link = false;
    if (!IsWordByte(text[i])) continue;
    ++words;
    if (in_link) ++linked;
  }
  return words == 0 || static_cast<double>(linked) > kLinkShareMax * static_cast<double>(words);
}

class PassageLister {
 public:
  PassageLister(std::string_view text, size_t bytes_max)
      : text_(text), bytes_max_(bytes_max), pieces_(CutPieces(text)), runs_(BlockRuns(pieces_)) {
    for (Run& run : runs_) run.quotable = IsQuotable(run);
  }

  std::vector<Passage> List() {
    for (size_t i = 0; i < runs_.size(); ++i) {
      if (!runs_[i].quotable) continue;
      if (pieces_[runs_[i].first].kind == PieceKind::kSentence) {
        Sentences(i);
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
    if (kind == PieceKind::kHeading || kind == PieceKind::kMarkup || LooksLikeInstruction(TextOf(run))) return false;
    return kind == PieceKind::kCode || kind == PieceKind::kRow || !IsNavigation(TextOf(run));
  }

  void Add(PieceKind kind, size_t start, size_t end) {
    if (end - start <= bytes_max_) passages_.push_back({kind, start, end});
  }

  // Every run of neighbouring sentences. One that ends with what introduces a list or code is left to Structure.
  void Sentences(size_t run) {
    const Run& here = runs_[run];
    const bool introduces = run + 1 < runs_.size() && Introduces(run) && Fits(run, run + 1);
    for (size_t i = here.first; i < here.last; ++i) {
      for (size_t j = i; j < std::min(here.last - (introduces ? 1 : 0), i + kSentencesMax); ++j) {
        Add(PieceKind::kSentence, pieces_[i].start, pieces_[j].end);
      }
    }
  }

  // A list, code block or table.
  void Structure(size_t run) {
    const Run& here = runs_[run];
    const PieceKind kind = pieces_[here.first].kind;
    const size_t start = pieces_[here.first].start, end = pieces_[here.last - 1].end;
    if (run > 0 && Introduces(run - 1)) {
      if (Fits(run - 1, run)) return Add(kind, pieces_[runs_[run - 1].first].start, end);
      const size_t lead = pieces_[runs_[run - 1].last - 1].start;
      if (end - lead <= bytes_max_) return Add(kind, lead, end);
    }
    if (end - start <= bytes_max_) return Add(kind, start, end);
    for (size_t i = here.first; i < here.last; ++i) {
      size_t j = i;
      while (j + 1 < here.last && pieces_[j + 1].end - pieces_[i].start <= bytes_max_ / 2) ++j;
      Add(kind, pieces_[i].start, pieces_[j].end);
      if (j > i) Add(kind, pieces_[i].start, pieces_[i].end);
    }
  }

  // Whether a paragraph leads to the block behind it: code, or a list or table after a colon.
  bool Introduces(size_t run) const {
    const Run& here = runs_[run];
    const Piece& last = pieces_[here.last - 1];
    if (last.kind != PieceKind::kSentence || run + 1 >= runs_.size()) return false;
    if (!here.quotable || !runs_[run + 1].quotable) return false;
    const PieceKind next = pieces_[here.last].kind;
    return next == PieceKind::kCode || (text_[last.end - 1] == ':' && next != PieceKind::kSentence);
  }
  bool Fits(size_t first, size_t last) const {
    return pieces_[runs_[last].last - 1].end - pieces_[runs_[first].first].start <= bytes_max_;
  }

  std::string_view text_;
  size_t bytes_max_;
  std::vector<Piece> pieces_;
  std::vector<Run> runs_;
  std::vector<Passage> passages_;
};

}  // namespace

std::vector<Passage> ListPassages(std::string_view text, size_t bytes_max) {
  return PassageLister(text, bytes_max).List();
}

}  // namespace quire::chat
