#include "extensions/chat/words.h"

#include <libstemmer.h>
#include <utf8proc.h>

#include <algorithm>
#include <iterator>

namespace quire::chat {
namespace {

// One character at `*at`, which moves behind it; -1 for a byte that is not UTF-8.
int32_t NextCharacter(std::string_view text, size_t* at) {
  const auto first = static_cast<unsigned char>(text[*at]);
  if (first < 0x80) return text[(*at)++];
  utf8proc_int32_t character = -1;
  const auto* bytes = reinterpret_cast<const utf8proc_uint8_t*>(text.data() + *at);
  const auto length = utf8proc_iterate(bytes, static_cast<utf8proc_ssize_t>(text.size() - *at), &character);
  *at += length > 0 ? static_cast<size_t>(length) : 1;
  return length > 0 ? character : -1;
}

bool IsWordCharacter(int32_t character) {
  if (character < 0) return false;
  if (character < 0x80) {
    return (character >= '0' && character <= '9') || ((character | 0x20) >= 'a' && (character | 0x20) <= 'z');
  }
  const auto category = utf8proc_category(character);
  return (category >= UTF8PROC_CATEGORY_LU && category <= UTF8PROC_CATEGORY_LO) ||
         (category >= UTF8PROC_CATEGORY_MN && category <= UTF8PROC_CATEGORY_ME) || category == UTF8PROC_CATEGORY_ND ||
         category == UTF8PROC_CATEGORY_NL;
}

// Scripts that put no space between words: kana, Han, Hangul is spaced and not among them.
bool IsUnspaced(int32_t character) {
  return (character >= 0x3040 && character <= 0x30FF) || (character >= 0x3400 && character <= 0x4DBF) ||
         (character >= 0x4E00 && character <= 0x9FFF) || (character >= 0xF900 && character <= 0xFAFF) ||
         (character >= 0x20000 && character <= 0x3FFFF);
}

bool IsLower(char c) { return c >= 'a' && c <= 'z'; }
bool IsUpper(char c) { return c >= 'A' && c <= 'Z'; }

// What carries no content in a question, sorted. Words of degree and place stay out of it: "without", "before", "all".
constexpr std::string_view kEmptyWords[] = {
    "a", "about", "actually", "again", "also", "am", "an", "and", "any", "anybody", "anyone", "anything", "are",
    "as", "at", "be", "because", "been", "being", "but", "by", "can", "cannot", "could", "d", "did", "do", "does",
    "doesn", "doing", "don", "done", "else", "etc", "explain", "for", "from", "get", "gets", "getting", "give",
    "go", "got", "had", "has", "have", "having", "he", "hello", "help", "her", "here", "herself", "hi", "him",
    "himself", "his", "how", "i", "if", "in", "instead", "into", "is", "isn", "it", "its", "itself", "just", "know",
    "let", "like", "ll", "m", "make", "many", "may", "me", "might", "much", "must", "my", "myself", "need", "no",
    "not", "now", "of", "ok", "okay", "on", "one", "or", "our", "ourselves", "please", "possible", "question", "re",
    "really", "s", "say", "says", "she", "should", "simple", "so", "some", "somebody", "someone", "something",
    "still", "such", "t", "tell", "thank", "thanks", "that", "the", "their", "them", "themselves", "then", "there",
    "these", "they", "thing", "things", "this", "those", "to", "too", "us", "use", "used", "using", "ve", "very",
    "want", "was", "way", "we", "were", "what", "when", "where", "which", "while", "who", "whom", "whose", "why",
    "will", "with", "would", "you", "your", "yourself", "yourselves"};

}  // namespace

WordCutter::WordCutter(std::string_view language)
    : stemmer_(sb_stemmer_new(std::string(language).c_str(), "UTF_8"), &sb_stemmer_delete) {}

WordCutter::~WordCutter() = default;

std::string FoldCase(std::string_view text) {
  std::string folded;
  folded.reserve(text.size());
  for (size_t at = 0; at < text.size();) {
    const size_t start = at;
    const int32_t character = NextCharacter(text, &at);
    if (character < 0) {
      folded.append(text.substr(start, at - start));
      continue;
    }
    utf8proc_uint8_t bytes[4];
    const auto length = utf8proc_encode_char(utf8proc_tolower(character), bytes);
    folded.append(reinterpret_cast<const char*>(bytes), static_cast<size_t>(length));
  }
  return folded;
}

bool IsEmptyWord(std::string_view folded) {
  return std::binary_search(std::begin(kEmptyWords), std::end(kEmptyWords), folded);
}

std::string WordCutter::Term(std::string_view word) const {
  std::string folded = FoldCase(word);
  if (!stemmer_) return folded;
  const auto* stem = sb_stemmer_stem(stemmer_.get(), reinterpret_cast<const sb_symbol*>(folded.data()),
                                     static_cast<int>(folded.size()));
  if (!stem) return folded;
  return {reinterpret_cast<const char*>(stem), static_cast<size_t>(sb_stemmer_length(stemmer_.get()))};
}

void WordCutter::AppendWord(std::string_view text, size_t start, size_t end, std::vector<Word>* out) const {
  constexpr size_t kWordBytesMax = 64;  // longer ones are data, not words
  if (end - start > kWordBytesMax) return;
  out->push_back({Term(text.substr(start, end - start)), start, end});
  size_t part = start;
  for (size_t i = start + 1; i <= end; ++i) {
    const bool hump = i < end && IsLower(text[i - 1]) && IsUpper(text[i]);
    if (!hump && (i < end || part == start)) continue;
    out->push_back({Term(text.substr(part, i - part)), part, i});
    part = i;
  }
}

std::vector<Word> WordCutter::Cut(std::string_view text) const {
  std::vector<Word> words;
  size_t start = 0, end = 0;  // of the spaced word being read
  size_t previous = 0;        // start of the unspaced character before this one
  uint32_t run = 0;           // unspaced characters in a row
  const auto finish_word = [&] {
    if (end > start) AppendWord(text, start, end, &words);
    end = start;
  };
  const auto finish_run = [&](size_t at) {
    if (run == 1) words.push_back({std::string(text.substr(previous, at - previous)), previous, at});
    run = 0;
  };
  for (size_t at = 0; at < text.size();) {
    const size_t here = at;
    const int32_t character = NextCharacter(text, &at);
    if (IsUnspaced(character)) {
      finish_word();
      if (run > 0) words.push_back({std::string(text.substr(previous, at - previous)), previous, at});
      previous = here;
      ++run;
      continue;
    }
    finish_run(here);
    if (!IsWordCharacter(character)) {
      finish_word();
      start = end = at;
      continue;
    }
    if (end == start) start = here;
    end = at;
  }
  finish_run(text.size());
  finish_word();
  return words;
}

}  // namespace quire::chat
