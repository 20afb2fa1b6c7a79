// quire-bench retrieval: how well words, vectors and both find what people judged relevant.
#pragma once

#include <string>
#include <vector>

namespace quire::bench {

struct RetrievalOptions {
  std::string data{};               // folder with ir/, labelstudio/, questions/; or, with `beir`, of one set
  bool beir = false;                // `data` is one set: corpus.jsonl, queries.jsonl, qrels.tsv
  std::vector<std::string> sets{};  // empty: all there are
  std::vector<std::string> modes{"words", "vector", "hybrid"};
  std::string embedder = "builtin";  // or "lsa", trained on each set
  std::string run{};  // file to write the rankings to, in trec_eval's form; empty: none
  bool json = false;  // lines of JSON in place of the table
};

// Runs it, prints the report, and gives the program's exit code: 0, or 2 (failed).
int RunRetrieval(const RetrievalOptions& options);

}  // namespace quire::bench
