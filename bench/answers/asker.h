// Asker: documents in a database of their own, and ASK over them as a user has it.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "bench/answers/question_set.h"
#include "quire/status.h"

namespace quire::bench {

struct GivenCitation {
  std::string uri{}, section{}, quote{};
};

struct GivenAnswer {
  std::string id{};
  std::string status{};  // "answered", "partial", "refused"
  std::string text{};
  std::vector<GivenCitation> citations{};
  double confidence = 0;
  double ms = 0;
};

struct AskerOptions {
  std::vector<std::string> folders{};  // of documents; the last part of each path begins the URIs of its documents
  std::string embedder = "builtin";
};

class Asker {
 public:
  // Loads the folders as quire-load does and waits for what runs in the background, the training of the embedder among it.
  // Errors: those of ingest::Load.
  static Result<std::unique_ptr<Asker>> Load(const AskerOptions& options);
  virtual ~Asker() = default;

  // Asks with the question's history and filter. Errors: those of ASK.
  virtual Result<GivenAnswer> Ask(const AskedQuestion& question) const = 0;
  // The rows of EXPLAIN ASK, a line each.
  virtual Result<std::string> Explain(const AskedQuestion& question) const = 0;
};

}  // namespace quire::bench
