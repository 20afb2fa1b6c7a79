// Database, Reader, Transaction: the embedding API, without SQL.
//
//   QUIRE_ASSIGN_OR_RETURN(auto db, quire::Database::Open("docs.quire", {}));
//   QUIRE_RETURN_IF_ERROR(db->CreateCollection({.name = "docs"}));
//   auto transaction = db->Begin();
//   QUIRE_RETURN_IF_ERROR(transaction->Insert("docs", {.uri = "a.md", .text = "Quire answers."}));
//   QUIRE_RETURN_IF_ERROR(transaction->Commit());
//   QUIRE_ASSIGN_OR_RETURN(auto hits, db->reader()->Search("docs", {.text = "who answers?", .k = 5}));
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "quire/chunk.h"
#include "quire/filter.h"
#include "quire/options.h"
#include "quire/schema.h"
#include "quire/search.h"

namespace quire {

// Walks chunks in ascending number. Not safe for concurrent use; keeps its Reader's view alive.
class ChunkCursor {
 public:
  virtual ~ChunkCursor() = default;
  // The next chunk into `chunk`; false at the end. Errors: kCorruption, kCancelled; the cursor is then at its end.
  virtual Result<bool> Next(Chunk* chunk) = 0;
};

// A consistent view of the whole database at one moment: later commits do not show. Safe for concurrent use.
// Names of collections are matched without case. Unknown ones: kNotFound, with the nearest name as hint.
class Reader {
 public:
  virtual ~Reader() = default;

  virtual Result<CollectionInfo> GetCollection(std::string_view name) const = 0;
  virtual std::vector<CollectionInfo> ListCollections() const = 0;  // by name

  // The min(k, matches) best chunks, best first; ties by ascending number. With kWords only chunks that match the words
  // count as matches. Errors: kInvalidArgument (k, wrong dimension, NaN, empty query, both or none of text and vector),
  //   kSyntaxError (kWords: the query's grammar), kCancelled.
  virtual Result<std::vector<Hit>> Search(std::string_view collection, const SearchRequest& request) const = 0;

  // The answer to each request. Searches by vector without a filter are made together: where they scan, they share what is
  // read. Errors: as Search, of any of them.
  virtual Result<std::vector<std::vector<Hit>>> SearchBatch(std::string_view collection,
                                                            const std::vector<SearchRequest>& requests) const = 0;

  // The chunk of a number. Errors: kNotFound.
  virtual Result<Chunk> Get(std::string_view collection, ChunkNumber number, ChunkParts parts) const = 0;
  // The number of a chunk by its id, or nothing.
  virtual Result<std::optional<ChunkNumber>> Find(std::string_view collection, std::string_view id) const = 0;

  // The chunks a filter keeps. Cost: the index where it can, else one read per chunk.
  virtual Result<std::unique_ptr<ChunkCursor>> Scan(std::string_view collection, const Filter& filter,
                                                    ChunkParts parts) const = 0;
  virtual Result<uint64_t> Count(std::string_view collection, const Filter& filter) const = 0;

  // A document by URI, or nothing; its chunks by Scan with uri = '...'. And all of them, by URI.
  virtual Result<std::optional<Document>> GetDocument(std::string_view collection, std::string_view uri) const = 0;
  virtual Result<std::vector<Document>> ListDocuments(std::string_view collection) const = 0;

  // The number of live chunks in which a word (stemmed like any other) occurs. Cost: one posting list.
  virtual Result<uint64_t> DocumentFrequency(std::string_view collection, std::string_view word) const = 0;
  // BM25 of each of `numbers` for the words of `query` (as a bag), and the bound no chunk can exceed. In order of
  // `numbers`; 0 where no word matches.
  struct WordScores {
    std::vector<double> scores;
    double upper_bound = 0;
  };
  virtual Result<WordScores> ScoreWords(std::string_view collection, std::string_view query,
                                        const std::vector<ChunkNumber>& numbers) const = 0;
};

// A set of changes that become visible and durable together, or not at all. Not safe for concurrent use.
//
// Changes are gathered in memory; Commit embeds, analyses and writes them in one WriteBatch. A chunk that another
// transaction changed since this one first touched it makes Commit fail with kConflict (first committer wins). A
// destroyed transaction that was not committed has done nothing.
class Transaction {
 public:
  virtual ~Transaction() = default;

  // Adds a chunk. Errors: kAlreadyExists if its id is taken; kTypeMismatch, kInvalidArgument (not UTF-8, NaN or infinite or
  //   wrong number of components, too many attributes, text over 64 MiB). The transaction is as before.
  virtual Status Insert(std::string_view collection, Chunk chunk) = 0;
  // Adds a chunk or replaces the one with its id.
  virtual Status Put(std::string_view collection, Chunk chunk) = 0;
  // Removes a chunk. Gives whether there was one.
  virtual Result<bool> Delete(std::string_view collection, std::string_view id) = 0;

  // Makes a document consist of exactly these chunks, in this order; chunks whose id stays keep number, vector and words.
  struct DocumentChange {
    uint32_t added = 0, removed = 0, kept = 0;
  };
  virtual Result<DocumentChange> PutDocument(std::string_view collection, Document document,
                                             std::vector<Chunk> chunks) = 0;
  // Removes a document and its chunks. Gives whether there was one.
  virtual Result<bool> DeleteDocument(std::string_view collection, std::string_view uri) = 0;

  // The database as this transaction will leave it: its own changes show.
  // Errors: kUnsupported from Search by words while there are changes to that collection, until they are committed.
  virtual std::shared_ptr<const Reader> reader() const = 0;

  // Makes words and vectors of what was put so far, which Commit does otherwise. For who puts the next transaction together while
  // this one waits for its turn. Errors: as Commit; the transaction is as before.
  virtual Status Prepare() = 0;
  // How durable the commit need be at most, for what is not worth an fsync of its own. Changes nothing but this commit.
  virtual void SetSync(Sync most) = 0;
  // Makes the changes durable as Options::sync says. Errors: kConflict, kResourceExhausted: nothing was done; kIoError: the
  //   outcome is unknown until the database was reopened. The transaction is over in every case.
  virtual Status Commit() = 0;
  virtual void Rollback() = 0;
};

// Background work as SHOW JOBS lists it.
struct JobInfo {
  uint64_t id = 0;
  std::string kind{};        // "merge", "link", "train", "rebuild", "recall", "reclaim"
  std::string collection{};  // empty: the database
  std::string state{};       // "waiting", "running", "done", "failed", "cancelled"
  double progress = 0;     // in [0, 1]
  std::string message{};     // of a failure
};

// The vector index of a collection as SHOW INDEXES lists it.
struct IndexInfo {
  std::string collection{};
  uint32_t generation = 0;
  uint64_t vectors = 0;
  uint64_t memory_bytes = 0;  // codes, links and the vectors kept in memory
  uint32_t edition = 0;       // of the links; 0: there are none, searches scan
  uint64_t linked = 0;        // vectors that links lead to
  uint64_t dead = 0;          // links to vectors that went since
  uint64_t lag = 0;           // vectors that came since the links were made: found by a scan
  uint64_t recall_samples = 0;  // searches that were asked again, exactly
  double recall = 0;            // mean recall of the last 256 of them
  std::string fault{};          // why it cannot be read
};

// A figure of the database, as quire_metrics lists it.
struct MetricInfo {
  std::string_view name{};
  uint64_t value = 0;
  std::string_view description{};
};

// A backup that was made.
struct BackupInfo {
  uint32_t number = 0;  // in its directory, from 1
  uint64_t files = 0;   // it is made of, with those it shares with earlier ones
  uint64_t bytes = 0;   // of these files
};

// What Database::Repair saved.
struct RepairReport {
  struct Collection {
    std::string name{};
    uint64_t chunks = 0, documents = 0;  // in the new database
    uint64_t lost = 0;                   // chunks of which it is known that they were there, and that could not be read
  };
  std::vector<Collection> collections{};
  std::vector<std::string> notes{};  // what was damaged and what is not as it was, one line each
};

// What was done to forget a document, and what was found afterwards.
struct ForgetReceipt {
  uint64_t chunks = 0;  // removed
  uint64_t pieces = 0;  // of their texts that were looked for: 32 bytes each
  uint64_t files = 0;   // of the directory that were looked through, byte by byte
  uint64_t bytes = 0;   // of these files, and of all keys and values as they are once decompressed
  // Where something of the document is or may be left, one line each; none: nothing was found.
  std::vector<std::string> found{};
};

// How StartRebuild goes about it.
struct RebuildOptions {
  bool switch_when_ready = false;        // serve from the new generation as soon as it was compared
  std::optional<uint64_t> seed{};        // of its rotation; none: a random one
  std::string embedder{};                // whose vectors it holds; empty: that of the one that serves, whose vectors are copied
};

// An embedder as SHOW EMBEDDERS lists it.
struct EmbedderInfo {
  Embedder::Identity identity{};  // dim 0: it differs, or is not known before a text was embedded
  std::string provider{};         // "built in", "program" (the database was opened with it), or of its definition
  EmbedderDefinition definition{};
  uint32_t collections = 0;       // that it serves
  std::string fault{};            // why it cannot be used now; empty: it can
};

// What a generation found for the texts of a comparison.
struct GenerationComparison {
  uint32_t number = 0;
  std::string embedder{};
  uint32_t queries = 0;
  double overlap10 = 0;   // part of its ten best that the serving generation has among its ten best
  double hit5 = 0;        // part of the judged texts whose document is among the first five; of those, the mean reciprocal
  double mrr10 = 0;       // ... rank of it among the first ten
  uint32_t judged = 0;    // texts that came with a document
  double median_us = 0;   // of a search, embedding included
};
// A text to compare by; `uri`: the document that should be found, empty: not said.
struct ComparisonQuery {
  std::string text{};
  std::string uri{};
};

// A generation of the vector index of a collection as SHOW GENERATIONS lists it.
struct GenerationInfo {
  uint32_t number = 0;        // never used again in its collection
  std::string role{};         // "serving", "filling", "ready" (complete, not serving yet), "previous" (served before)
  std::string embedder{};     // that made its vectors
  uint32_t embedder_version = 1;
  uint64_t embedder_config = 0;
  uint32_t dim = 0;
  uint64_t vectors = 0;       // in it
  double copied = 0;          // part of the collection that is in it, in [0, 1]; 1 but for "filling"
  uint64_t linked = 0;        // vectors that links lead to
  uint64_t memory_bytes = 0;  // codes, links and the vectors kept in memory
  // Measured when a rebuild was complete, before a switch; queries 0: not measured.
  uint32_t queries = 0;       // asked, made of stored vectors
  double recall = 0;          // of the ten nearest, against an exact search of the same generation (large ones: a full scan)
  double median_us = 0;       // of a query in one thread
};

// One open directory. Safe for concurrent use. One process writes; a second one gets kBusy naming the holder.
class Database {
 public:
  // Opens or creates the database in the directory `path`.
  // Errors: kNotFound (missing and not to be created), kInvalidArgument (a file, or a directory that is not a database),
  //   kBusy (held by another process: its id is in the message), kUnsupported (a newer format), kCorruption (damaged,
  //   or commits are missing that had been acknowledged). Nothing on disk is changed by a failure.
  // Cost: reads the catalog; indexes are read at their first use.
  static Result<std::unique_ptr<Database>> Open(const std::string& path, Options options);
  // Waits for running jobs, flushes and closes.
  virtual ~Database() = default;

  // Errors: kAlreadyExists, kInvalidArgument, kNotFound (its embedder), kReadOnly.
  virtual Status CreateCollection(CollectionSchema schema) = 0;
  // Errors: kNotFound, kReadOnly. The space is given back by a job.
  virtual Status DropCollection(std::string_view name) = 0;
  // Readers and transactions that are open go on, under the name they know. Errors: kNotFound, kAlreadyExists,
  //   kInvalidArgument (not a name), kReadOnly.
  virtual Status RenameCollection(std::string_view name, std::string_view new_name) = 0;
  // Adds attributes, NULL in every chunk there is. Those that are there with the same type are left alone.
  // Errors: kTypeMismatch if one is there with another type, kInvalidArgument.
  virtual Status AddColumns(std::string_view collection, std::vector<ColumnSchema> columns) = 0;

  // Of vector searches that do not say. Errors: kInvalidArgument (not in (0, 1]), kNotFound, kReadOnly.
  virtual Status SetRecallTarget(std::string_view collection, double recall_target) = 0;

  // --- Generations of a vector index: a second one is built beside the one that serves. Commits go to both, so that the
  // second misses nothing from the moment it is complete, and either can serve. There are at most two; the second one stays,
  // with its memory and its part of every commit, until it is dropped. How it works: engine/doc/generations.md.

  // Begins to build a new generation, or goes on with one that was cancelled. A job ("rebuild") fills it, makes its links,
  // compares it with the one that serves and, if asked to, switches; it goes on when the database is opened again. With another
  // embedder the stored texts are embedded anew, and every commit embeds for both generations from then on; "trained" is trained
  // first, by a job of its own.
  // Errors: kNotFound, kReadOnly, kBusy (it is being built already), kAlreadyExists (one is kept for a rollback: drop it
  //   first).
  virtual Status StartRebuild(std::string_view collection, const RebuildOptions& options) = 0;
  // Makes the generation that is ready the one that serves, in one commit; the one that served is kept as the previous one.
  // Errors: kNotFound (no such collection, or no second generation), kInvalidArgument (it is still being filled, or is the
  //   previous one), kReadOnly.
  virtual Status SwitchGeneration(std::string_view collection) = 0;
  // Makes the previous generation serve again; what serves now becomes the previous one.
  // Errors: kNotFound (no such collection, or no previous generation), kReadOnly.
  virtual Status RollBackGeneration(std::string_view collection) = 0;
  // Drops the generation that does not serve, ending its rebuild; a job gives its space back.
  // Errors: kNotFound (no such collection, or no second generation), kReadOnly.
  virtual Status DropGeneration(std::string_view collection) = 0;
  // Asks each generation for the ten nearest of each text, the serving one first.
  // Errors: kNotFound, kInvalidArgument (no text), kUnavailable (an embedder). Cost: calls the embedders.
  virtual Result<std::vector<GenerationComparison>> CompareGenerations(std::string_view collection,
                                                                       const std::vector<ComparisonQuery>& queries) const = 0;
  // The one that serves, then the other one if there is one.
  // Errors: kNotFound, kCorruption. Cost: reads indexes that were not read yet.
  virtual Result<std::vector<GenerationInfo>> ListGenerations(std::string_view collection) const = 0;

  // Of hybrid searches: how much vectors count beside words, 0 to 16; 0: as suits the embedder. Errors: kInvalidArgument, kNotFound, kReadOnly.
  virtual Status SetVectorWeight(std::string_view collection, double weight) = 0;

  // Makes an embedder known under its name, in this database and for good. Collections do not use it before they are told to.
  // Errors: kAlreadyExists, kInvalidArgument (name, provider, options), those of its factory, kReadOnly.
  virtual Status CreateEmbedder(EmbedderDefinition definition) = 0;
  // Errors: kNotFound, kInvalidArgument (built in, or a generation's vectors are made by it), kReadOnly.
  virtual Status DropEmbedder(std::string_view name) = 0;
  // By name: those built in, those the database was opened with, and those made.
  virtual std::vector<EmbedderInfo> ListEmbedders() const = 0;
  // One of them. `collection`: for "trained", whose; may be empty for the others. Errors: kNotFound, kUnavailable.
  virtual Result<std::shared_ptr<const Embedder>> FindEmbedder(std::string_view name, std::string_view collection) const = 0;

  virtual std::unique_ptr<Transaction> Begin() = 0;
  virtual std::shared_ptr<const Reader> reader() const = 0;

  // Of a database that is open for reading (a follower): sees what the process that writes has committed by now; readers and cursors
  // that are held go on with what they see. Indexes in memory follow; one whose links were made anew is read again by a job, and
  // answers from disk meanwhile. Gives how many changes (keys written) it sees that it did not see before.
  // Errors: kUnsupported (open for writing), kBusy (its files change too fast: try again), those of Open; it then goes on as it was.
  // Cost: opens the files again, milliseconds where they are few; reads what came.
  virtual Result<uint64_t> Refresh() = 0;

  // Everything committed is on disk in sorted files when this returns, whatever Options::sync.
  virtual Status Flush() = 0;
  virtual void SetSync(Sync sync) = 0;
  virtual Sync sync() const = 0;

  // By name; one that cannot be read has its `fault` and no figures. Cost: reads indexes that were not read yet.
  virtual std::vector<IndexInfo> ListIndexes() const = 0;

  // What it holds on disk and in memory, now.
  virtual std::vector<MetricInfo> ListMetrics() const = 0;

  virtual std::vector<JobInfo> ListJobs() const = 0;
  virtual Status CancelJob(uint64_t id) = 0;
  // Runs what is waiting in the calling thread; for background_threads = 0 and for tests.
  virtual Status RunJobs() = 0;

  // Ends what jobs have to do, merges what small commits left behind, and rewrites what holds much that was removed, so that its
  // space is given back; of one collection, or with "" of all. Errors: kNotFound, kReadOnly, kIoError, those of jobs.
  virtual Status Vacuum(std::string_view collection) = 0;

  // Verifies every block checksum and that rows, words, attributes and vectors (of both generations) of each chunk agree; one
  // line a fault.
  virtual Result<std::vector<std::string>> Check() const = 0;

  // Copies the database as it is now into a directory of backups, which is made if it is missing; commits go on. What an
  // earlier backup there has already is not copied again. Cost: reads everything. Errors: kCorruption (nothing is copied),
  //   kInvalidArgument (the directory holds something else), kReadOnly, kIoError.
  virtual Result<BackupInfo> Backup(const std::string& directory) const = 0;
  // Makes the database `path` of the last backup in a directory. Errors: kNotFound, kAlreadyExists (`path` is there and not
  //   empty), kCorruption, kIoError; `path` is then as it was.
  static Status Restore(const std::string& directory, const std::string& path);

  // Makes the new database `to` of what can be read of the damaged one at `path`, which stays as it is: every chunk and document that is
  // whole, under a new number; words, vectors, attributes and counts are made anew. Also where Open fails. engine/doc/repair.md.
  // Errors: kNotFound, kInvalidArgument (no database), kUnsupported (a newer format), kBusy (it is open for writing), kAlreadyExists
  //   (`to` is there and not empty), kCorruption (nothing can be read), kIoError. There is no `to` then.
  // Cost: embeds every text whose vector cannot be taken over; twice the space.
  static Result<RepairReport> Repair(const std::string& path, const std::string& to, Options options);

  // Removes a document and rewrites what lay beside it, so that its text, words, attributes and vectors leave the disk; then
  // looks for pieces of its text in every file of the directory, and in every key and value. engine/doc/forget.md.
  // Errors: kNotFound, kReadOnly, kIoError, kCorruption: the document may be removed then, and not proven gone. Said again, also after
  //   the process was killed, it goes on where it stopped.
  // `also` (may be empty) changes what other collections hold of it, in the same commit, and gives the names of those it changed: they are
  // rewritten as well.
  // Cost: rewrites the collections and reads the whole database.
  using ForgetAlso = std::function<Result<std::vector<std::string>>(Transaction&)>;
  virtual Result<ForgetReceipt> ForgetDocument(std::string_view collection, const std::string& uri, const ForgetAlso& also) = 0;

  virtual const std::string& path() const = 0;
  virtual bool read_only() const = 0;
  virtual const Options& options() const = 0;  // it was opened with
};

}  // namespace quire
