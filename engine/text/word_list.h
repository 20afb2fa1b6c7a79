// WordList: the distinct words of a text, counted by field, with their places. What the word index and the embedders that work on words
// are both made of, so that a text is cut into words once.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/text/analyzer.h"
#include "engine/text/fields.h"

namespace quire::text {

struct WordList {
  struct Entry {
    uint32_t term_begin = 0, term_end = 0;            // in `terms`
    uint32_t positions_begin = 0, positions_end = 0;  // in `positions`; ascending
    uint64_t hash = 0;                                // Hash64 of the term
    FieldCounts counts;                               // they sum up to the number of positions
  };
  std::string_view TermOf(const Entry& entry) const {
    return std::string_view(terms).substr(entry.term_begin, entry.term_end - entry.term_begin);
  }
  std::span<const uint32_t> PositionsOf(const Entry& entry) const {
    return std::span<const uint32_t>(positions).subspan(entry.positions_begin,
                                                        entry.positions_end - entry.positions_begin);
  }

  std::vector<Entry> entries;  // distinct terms, as they occur first
  std::string terms;
  std::vector<uint32_t> positions;
  std::vector<uint32_t> sequence;  // the text as numbers of entries, without wholes of compounds
  FieldLengths lengths;  // words in the text; stop words and wholes of compounds are not counted
};

// Where the fields of a text are: the title in its first bytes, then the section, then the body.
struct FieldEnds {
  size_t title = 0;
  size_t section = 0;
};
// Positions between fields, so that no phrase and no NEAR of usual width reaches across.
inline constexpr uint32_t kFieldGap = 64;

// Lists the words of texts, one after the other. Not safe for concurrent use: buffers are kept from text to text, so that a list holds
// no more memory than it needs.
class WordLister {
 public:
  // REQUIRES: the analyzer lives as long.
  explicit WordLister(const Analyzer& analyzer) : analyzer_(analyzer) {}
  // REQUIRES: ends.title <= ends.section <= text.size(). Cost: 20-30 microseconds for 250 words.
  WordList List(std::string_view text, const FieldEnds& ends = {});

 private:
  size_t TokensWithin(size_t end) const;
  uint32_t EntryOf(const std::string& term);
  void CountTokens(size_t title_end, size_t section_end);
  void PlaceTokens(size_t title_end, size_t section_end);

  const Analyzer& analyzer_;
  std::vector<Token> tokens_;
  std::vector<uint32_t> entry_of_;  // of each token
  std::vector<uint32_t> slots_;     // open addressing: 1 + index of an entry; 0: free
  std::vector<bool> stop_;          // by entry
  WordList words_;
};

inline WordList ListWords(const Analyzer& analyzer, std::string_view text, const FieldEnds& ends = {}) {
  return WordLister(analyzer).List(text, ends);
}

}  // namespace quire::text
