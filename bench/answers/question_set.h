// A file of questions over documents, as shared by the scorer that stands beside it (score.py): one JSON object a line.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "quire/filter.h"
#include "quire/status.h"

namespace quire::bench {

// A page that answers, or a part of what is asked: of one group each is enough, of several groups one of each is needed.
struct GoldPage {
  std::vector<std::string> pages{};  // itself, then others that hold the same
  std::string section{};
  uint32_t group = 0;
};

struct AskedQuestion {
  std::string id{}, kind{}, text{};
  std::string history{};  // '[{"role": ..., "content": ...}, ...]'; empty: none
  std::vector<GoldPage> gold{};
  std::vector<std::vector<std::string>> key_facts{};  // of each, alternatives
  std::vector<std::string> must_not{};                // texts that no answer may hold
  std::optional<Filter> filter{};                     // what the question says in words
  bool answerable = true;
};

// Errors: kIoError, kInvalidArgument naming file and line.
Result<std::vector<AskedQuestion>> ReadQuestionSet(const std::string& path);

}  // namespace quire::bench
