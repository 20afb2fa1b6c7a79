// AnswerLog: answers as data. Each is a row of quire_answers, its quotes rows of quire_citations. Answers are never sources.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "extensions/chat/answer.h"
#include "extensions/chat/history.h"

namespace quire::chat {

// A chunk that an answer was made from, or could have been.
struct KeptSource {
  uint32_t number = 0;  // in the prompt, or in the answer; 0: it was found, and not given
  std::string chunk{};
  std::string hash{};   // of its text then: XXH3-128
  std::string uri{};
  std::string section{};
  uint64_t start = 0, end = 0;
  double score = 0;
};

struct AnswerRecord {
  std::string question{};
  std::string collection{};
  std::string conversation{};  // empty: none
  std::string prompt{};        // its version; empty: no model was asked
  std::string cache_key{};     // empty: not to be given again
  std::vector<KeptSource> sources{};
  Answer answer{};
};

// Safe for concurrent use.
class AnswerLog {
 public:
  // Keeps an answer and gives its number. Committed without an fsync of its own: a power cut may take the last ones.
  // Errors: those of a commit.
  Result<int64_t> Keep(Database& database, const AnswerRecord& record);

 private:
  // Errors: those of Reader::Count.
  Result<int64_t> NextNumber(Database& database, bool look);

  std::mutex mutex_;
  std::map<std::string, int64_t> last_;  // by path
};

// The last turns of a conversation over a collection, oldest first. Errors: those of Reader.
Result<std::vector<Turn>> ReadTurns(const Reader& reader, std::string_view collection, std::string_view conversation);

// The newest whole answer with this key that nobody called bad. Errors: those of Reader.
struct CachedAnswer {
  int64_t id = 0;
  std::string text{};
  std::string sentences{};  // the column
};
Result<std::optional<CachedAnswer>> FindCached(const Reader& reader, const std::string& cache_key);

// A kept answer. Errors: kNotFound.
Result<Chunk> FindAnswer(const Reader& reader, int64_t id);

inline constexpr size_t kTurnsMax = 8;

}  // namespace quire::chat
