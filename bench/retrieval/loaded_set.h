// A judged set, loaded to be searched: into a Quire database, or into SQLite.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "bench/retrieval/judged_set.h"
#include "quire/search.h"
#include "quire/status.h"

namespace quire::bench {

inline constexpr uint32_t kRanked = 100;

struct RankedDocument {
  std::string document;
  double score = 0;
};

// Answers queries of one set in one way.
class Ranker {
 public:
  virtual ~Ranker() = default;
  // At most kRanked, best first.
  virtual Result<std::vector<RankedDocument>> Rank(const std::string& query) = 0;
};

// A collection of its own in a temporary database, gone at the end.
class LoadedSet {
 public:
  // `embedder`: "builtin", which is trained where the set is large enough, or "hashed".
  static Result<std::unique_ptr<LoadedSet>> Load(const JudgedSet& set, const std::string& embedder);
  virtual ~LoadedSet() = default;
  virtual std::unique_ptr<Ranker> ranker(SearchMode mode) const = 0;
};

}  // namespace quire::bench
