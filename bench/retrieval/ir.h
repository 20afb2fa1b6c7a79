// quire-bench ir: how well words, vectors and both find what people judged relevant, beside SQLite's FTS5; and how fast.
#pragma once

#include <string>
#include <vector>

namespace quire::bench {

struct IrOptions {
  std::string data{};               // folder with ir/, labelstudio/, questions/, qa/; empty: only what the others name
  std::string beir{};               // folder of one set (corpus.jsonl, queries.jsonl, qrels.tsv), or of such folders
  std::string questions{};          // questions/F.jsonl, a set of each kind
  bool xquad = false;               // the sets of `data`'s qa/xquad
  std::vector<std::string> sets{};  // of `data`; empty: all there are
  std::vector<std::string> modes{"words", "vector", "hybrid"};  // or "fts5"
  std::string embedder = "builtin";  // trained on each set that is large enough; or "hashed"
  std::string save{};     // file for the measures of each query
  std::string against{};  // such a file, to compare with
  std::string run{};      // file to write the rankings to, in trec_eval's form; empty: none
  std::string speed{};    // sections.jsonl[.gz]: the speed of words over its texts, in place of all above
  bool index_only = false;  // with `speed`: no searches
  bool hybrid = false;      // with `speed`: that of meaning and words together, in a whole database
  bool json = false;      // lines of JSON in place of the table
};

// Runs it, prints the report, and gives the program's exit code: 0, or 2 (failed).
int RunIr(const IrOptions& options);

}  // namespace quire::bench
