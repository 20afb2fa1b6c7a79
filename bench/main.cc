// quire-bench: measures Quire, part by part and beside others.
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdlib>
#include <string>

#include "bench/ann/ann.h"
#include "bench/ann/system.h"
#include "bench/answers/answers.h"
#include "bench/damage.h"
#include "bench/kernels.h"
#include "bench/load.h"
#include "bench/readers.h"
#include "bench/retrieval/ir.h"
#include "bench/statements.h"

namespace quire::bench {
namespace {

void AddDataOptions(CLI::App* app, AnnOptions* options) {
  app->add_option("--base", options->base, "vectors to index: .fvecs, .bvecs, .npy (int8, uint8, f16, f32), idx");
  app->add_option("--query", options->query, "vectors to search with, of the same kinds");
  app->add_option("--truth", options->truth,
                  "true neighbours, .ivecs (default: computed; also with --limit, --holdout)");
  app->add_option("--synthetic", options->synthetic, "N,DIM,SEED: made-up embeddings in place of files");
  app->add_flag("--signed", options->signed_bytes, ".bvecs hold signed bytes");
  app->add_option("--limit", options->limit, "read at most so many vectors of the base");
  app->add_option("--holdout", options->holdout, "take so many vectors out of the base and search with them");
  app->add_option("--metric", options->metric, "l2, cosine or ip (default: cosine)")
      ->check(CLI::IsMember({"l2", "cosine", "ip"}));
}

void AddAnn(CLI::App* app, AnnOptions* options) {
  std::string rivals;
  for (const std::string& name : SystemNames()) rivals += name == "quire" ? "" : " " + name;
  AddDataOptions(app, options);
  app->add_option("--k", options->k, "neighbours to find (default: 10)")->check(CLI::Range(1, 1000));
  app->add_option("--threads", options->threads, "searches at the same time (default: 1)")->check(CLI::Range(1, 1024));
  app->add_option("--build-threads", options->build_threads, "default: one a processor")->check(CLI::Range(1, 1024));
  app->add_option("--rivals", options->rivals, "names with commas, of those compiled in:" + rivals)->delimiter(',');
  app->add_flag("--without-quire", options->without_quire, "measure the rivals alone");
  app->add_option("--rounds", options->rounds, "in which all systems take turns (default: 3)")
      ->check(CLI::Range(1, 1000));
  app->add_option("--point-seconds", options->seconds_min, "a point is measured for at least so long (default: 0.25)");
  app->add_option("--point-seconds-max", options->seconds_max, "and asks no more after so long (default: 30)");
  app->add_option("--memory-limit", options->memory_limit_bytes, "bytes, of the database (default: its own)");
  app->add_option("--filter-selectivity", options->selectivities, "shares of the rows to keep, with commas")
      ->delimiter(',')
      ->check(CLI::Range(0.001, 1.0));
  app->add_option("--churn", options->churn, "delete and insert this share again, then search")
      ->check(CLI::Range(0.0, 1.0));
  app->add_option("--json", options->json, "write the figures to this file as lines of JSON; -: the standard output");
  app->add_option("--keep", options->keep, "folder for the systems' files, kept");
}

void AddIr(CLI::App* app, IrOptions* options) {
  app->alias("retrieval");
  app->add_option("DATA", options->data, "folder with ir/, labelstudio/, questions/ and qa/");
  app->add_option("--sets", options->sets, "of DATA, names with commas (default: all there are)")->delimiter(',');
  app->add_flag("--xquad", options->xquad, "of DATA, the sets of qa/xquad: a language each");
  app->add_option("--beir", options->beir, "one set (corpus.jsonl, queries.jsonl, qrels.tsv), or a folder of such");
  app->add_option("--questions", options->questions, ".../questions/F.jsonl, a set of each kind");
  app->add_option("--mode,--modes", options->modes, "of words, vector, hybrid, fts5 (default: the first three)")
      ->delimiter(',')
      ->check(CLI::IsMember({"words", "vector", "hybrid", "fts5"}));
  app->add_option("--embedder", options->embedder, "builtin (trained on each set, where that is large enough) or hashed (default: builtin)")
      ->check(CLI::IsMember({"builtin", "hashed"}));
  app->add_option("--save", options->save, "write the measures of each query to this file");
  app->add_option("--against", options->against, "compare with what --save wrote, query by query");
  app->add_option("--run", options->run, "write the rankings to this file, in trec_eval's form");
  app->add_option("--speed", options->speed, "sections.jsonl[.gz]: only how fast words are, beside FTS5");
  app->add_flag("--index-only", options->index_only, "with --speed: no searches");
  app->add_flag("--hybrid", options->hybrid, "with --speed: searches by meaning and words, in a whole database");
  app->add_flag("--json", options->json, "lines of JSON");
}

void AddAnswers(CLI::App* app, AnswersOptions* options) {
  app->add_option("--questions", options->questions, ".../questions/F.jsonl: ask them, without a model");
  app->add_option("--documents", options->documents,
                  "folders to answer from (default: labelstudio/docs and questions/adversarial beside the file)");
  app->add_option("--run", options->run, "write the answers to this file, for score.py");
  app->add_option("--explain", options->explain, "the id of a question: only show EXPLAIN ASK of it");
  app->add_option("--embedder", options->embedder, "builtin or hashed (default: builtin)")
      ->check(CLI::IsMember({"builtin", "hashed"}));
  app->add_option("--rounds", options->rounds, "of all questions (default: 3)")->check(CLI::Range(1, 1000));
  app->add_option("--edits", options->edits, "sections.jsonl: change its sentences, is it seen?");
  app->add_option("--wice", options->wice, "wice_claim_*.jsonl: claims and the pages they cite, judged by people");
  app->add_option("--mtrag", options->mtrag, "mtrag_human_faithfulness.jsonl: answers of models, judged by people");
}

// Libraries read these at their start only, so the program starts again where they are missing.
void StartAgainIfNeeded(bool huge_pages, char** argv) {
  bool needed = false;
  const auto want = [&needed](const char* name, const std::string& value) {
    const char* there = std::getenv(name);
    if (there != nullptr && std::string(there).find(value) != std::string::npos) return;
    needed |= setenv(name, (there != nullptr ? std::string(there) + ":" + value : value).c_str(), 1) == 0;
  };
  // OpenMP's threads spin while they wait, and FAISS waits often: with one other process on the machine its training takes
  // up to twenty times as long. This is what libgomp itself takes when it has more threads than processors.
  if (std::getenv("GOMP_SPINCOUNT") == nullptr) want("GOMP_SPINCOUNT", "1000");
  if (huge_pages) want("GLIBC_TUNABLES", "glibc.malloc.hugetlb=1");
  if (needed) execv("/proc/self/exe", argv);  // if it fails, things are slower and go on
}

int Main(int argc, char** argv) {
  CLI::App app("Measures Quire.", "quire-bench");
  app.require_subcommand(1);
  AnnOptions ann;
  bool huge_pages = false;
  CLI::App* ann_app = app.add_subcommand("ann", "vector search, beside rivals in the same run");
  AddAnn(ann_app, &ann);
  ann_app->add_flag("--huge-pages", huge_pages, "ask for huge pages for all memory of all systems");
  uint32_t dim = 768;
  size_t megabytes = 512;
  CLI::App* kernels_app = app.add_subcommand("kernels", "the vector kernels, level by level");
  kernels_app->add_option("DIM", dim, "components of a vector (default: 768)")->check(CLI::Range(1, 65'535));
  kernels_app->add_option("MEGABYTES", megabytes, "of codes, for the runs from memory (default: 512)")
      ->check(CLI::Range(1, 65'536));
  uint64_t rows = 1'000'000;
  CLI::App* sql_app = app.add_subcommand("sql", "the language: planning, INSERT, scans and aggregates, beside SQLite");
  sql_app->add_option("ROWS", rows, "of the collection (default: 1000000)")->check(CLI::Range(1'000, 100'000'000));
  IrOptions ir;
  CLI::App* ir_app = app.add_subcommand("ir", "what words, vectors and both find, over judged sets; how fast words are");
  AddIr(ir_app, &ir);
  AnswersOptions answers;
  CLI::App* answers_app = app.add_subcommand("answers", "ASK: cited pages, facts, refusals; verification; time");
  AddAnswers(answers_app, &answers);
  LoadBenchOptions load;
  CLI::App* load_app = app.add_subcommand("load", "loading folders of pages, beside a script with SQLite's FTS5");
  load_app->add_option("FOLDER", load.folder, "pages that people wrote");
  load_app->add_option("--pages", load.pages, "made-up pages of 5 KB, 0: none (default: 100000)");
  load_app->add_option("--memory-limit", load.memory_limit, "bytes, of the database with the made-up pages (default: 320M)")
      ->transform(CLI::AsSizeValue(false));
  load_app->add_option("--rounds", load.rounds, "of the folder (default: 5)")->check(CLI::Range(1, 100));
  DamageBenchOptions damage;
  CLI::App* damage_app = app.add_subcommand("damage", "what is answered after files were damaged on disk, beside SQLite");
  damage_app->add_option("--rows", damage.rows, "of the database (default: 2000)")->check(CLI::Range(1, 1'000'000));
  damage_app->add_option("--rounds", damage.rounds, "of each kind of damage (default: 200)")->check(CLI::Range(1, 1'000'000));
  damage_app->add_option("--seed", damage.seed, "of rows and damage (default: 1)");
  ReadersBenchOptions readers;
  CLI::App* readers_app = app.add_subcommand("readers", "how long searches take beside a writer, merges and builds");
  readers_app->add_option("--chunks", readers.chunks, "of the database (default: 20000)")->check(CLI::Range(5'000, 10'000'000));
  readers_app->add_option("--seconds", readers.seconds, "of each part of a round (default: 3)")->check(CLI::Range(1, 3'600));
  readers_app->add_option("--rounds", readers.rounds, "in which the parts take turns (default: 3)")->check(CLI::Range(1, 1'000));
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  if (kernels_app->parsed()) return RunKernels(dim, megabytes);
  if (sql_app->parsed()) return RunStatements(rows);
  if (load_app->parsed()) return RunLoad(load);
  if (damage_app->parsed()) return RunDamage(damage);
  if (readers_app->parsed()) return RunReaders(readers);
  if (ir_app->parsed()) return RunIr(ir);
  if (answers_app->parsed()) return RunAnswers(answers);
  StartAgainIfNeeded(huge_pages, argv);
  return RunAnn(ann);
}

}  // namespace
}  // namespace quire::bench

int main(int argc, char** argv) { return quire::bench::Main(argc, argv); }
