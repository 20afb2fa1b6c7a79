// Judged sets: texts, queries, and which texts answer which.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "quire/chunk.h"
#include "quire/status.h"

namespace quire::bench {

// A judgement: the grade of a document, from 1. Documents of one group answer the same part of a query: the first of them that
// is found counts, the others neither help nor harm.
struct Judgement {
  double grade = 1;
  uint32_t group = 0;
};

struct JudgedQuery {
  std::string id{};
  std::string text{};
  std::string ignored{};                       // a document that is passed over in the ranking; empty: none
  std::map<std::string, Judgement> relevant{};  // by document; never empty
};

// What is judged is the document of a chunk, its `uri`.
struct JudgedSet {
  std::string name{};
  std::string language = "english";
  std::vector<Chunk> chunks{};
  std::vector<JudgedQuery> queries{};
};

// A folder with corpus.jsonl, queries.jsonl and qrels.tsv as BEIR has them; queries without a judgement are left out.
// Errors: kIoError, kInvalidArgument naming the file and the line.
Result<JudgedSet> LoadBeir(const std::string& folder);
// The folder, if it is such a one, or those in it that are. Errors: kIoError, kInvalidArgument (none).
Result<std::vector<std::string>> BeirFolders(const std::string& folder);

// The questions of a file .../questions/F.jsonl over the sections in .../labelstudio/retrieval and the files in
// .../questions/adversarial, a set of each kind; those with a history, which is not used, apart as "kind+history".
Result<std::vector<JudgedSet>> LoadQuestions(const std::string& path);

// Names of the sets below `folder`: each folder of `ir` with a qrels.tsv, then those over documentation: "anchors" and
// "descriptions" (labelstudio/retrieval), "real", "newcomer" and "other" (questions/dev.jsonl, without history).
Result<std::vector<std::string>> SetNames(const std::string& folder);
// "xquad.de" and so on: paragraphs and their questions, a set of each language (qa/xquad).
Result<std::vector<std::string>> XquadNames(const std::string& folder);
// One of them. Errors: as LoadBeir.
Result<JudgedSet> LoadSet(const std::string& folder, const std::string& name);

}  // namespace quire::bench
