#include "tests/soak/actors.h"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <set>
#include <thread>

#include "extensions/ingest/loader.h"

namespace quire::soak {
namespace {

constexpr uint32_t kPages = 40;
constexpr uint32_t kFillers = 800;  // words that searches are for
constexpr size_t kFindingsMax = 20;

std::string UriOf(uint32_t document) { return "d" + std::to_string(document) + ".md"; }
std::string NameWord(uint32_t document) { return "name" + std::to_string(document) + "q"; }
std::string VersionWord(uint64_t version) { return "version" + std::to_string(version) + "z"; }
std::string Filler(std::mt19937_64* random) { return "filler" + std::to_string((*random)() % kFillers) + "w"; }
size_t ChunksOf(uint64_t version) { return 3 + version % 5; }

std::string Words(size_t count, std::mt19937_64* random) {
  std::string words;
  for (size_t i = 0; i < count; ++i) words += " " + Filler(random);
  return words;
}

Status PutDocument(Transaction* transaction, uint32_t document, uint64_t version, std::mt19937_64* random) {
  std::vector<Chunk> chunks(ChunksOf(version));
  for (size_t i = 0; i < chunks.size(); ++i) {
    chunks[i].text = NameWord(document) + " " + VersionWord(version) + " part" + std::to_string(i) + Words(40, random);
  }
  return transaction->PutDocument("docs", {.uri = UriOf(document), .title = "Document"}, std::move(chunks)).status();
}

// The word of a version in a text, or nothing.
std::string VersionIn(const std::string& text) {
  const size_t begin = text.find("version");
  return begin == std::string::npos ? "" : text.substr(begin, text.find_first_not_of("0123456789", begin + 7) - begin + 1);
}

// The chunks of a document, which must be of one version.
Result<std::vector<Chunk>> ReadDocument(const Reader& reader, const std::string& collection, const std::string& uri, Findings* findings) {
  std::vector<Chunk> chunks;
  const Filter filter = Filter::Compare(Filter::Op::kEqual, "uri", Value::Text(uri));
  QUIRE_ASSIGN_OR_RETURN(const auto cursor, reader.Scan(collection, filter, {.text = true}));
  for (Chunk chunk;;) {
    QUIRE_ASSIGN_OR_RETURN(const bool more, cursor->Next(&chunk));
    if (!more) break;
    chunks.push_back(chunk);
  }
  for (const Chunk& chunk : chunks) {
    if (VersionIn(chunk.text) != VersionIn(chunks[0].text)) {
      findings->Add(collection + "/" + uri + " has '" + VersionIn(chunk.text) + "' beside '" + VersionIn(chunks[0].text) + "'");
    }
  }
  QUIRE_ASSIGN_OR_RETURN(const auto document, reader.GetDocument(collection, uri));
  if (document.has_value() != !chunks.empty()) findings->Add(collection + "/" + uri + ": its record does not agree with its chunks");
  return chunks;
}

Status CheckOne(const Reader& reader, uint32_t document, Findings* findings) {
  QUIRE_ASSIGN_OR_RETURN(const std::vector<Chunk> chunks, ReadDocument(reader, "docs", UriOf(document), findings));
  std::set<ChunkNumber> numbers, found;
  for (const Chunk& chunk : chunks) numbers.insert(chunk.number);
  if (!chunks.empty()) {
    const uint64_t version = std::stoull(VersionIn(chunks[0].text).substr(7));
    if (chunks.size() != ChunksOf(version)) {
      findings->Add(UriOf(document) + " of version " + std::to_string(version) + " has " + std::to_string(chunks.size()) + " chunks");
    }
  }
  SearchRequest request;
  request.text = NameWord(document);
  request.mode = SearchMode::kWords;
  request.k = 100;
  QUIRE_ASSIGN_OR_RETURN(const std::vector<Hit> hits, reader.Search("docs", request));
  for (const Hit& hit : hits) found.insert(hit.number);
  if (found != numbers) findings->Add(UriOf(document) + ": its name finds " + std::to_string(found.size()) + " chunks of " + std::to_string(numbers.size()));
  return {};
}

void WritePage(const std::string& folder, uint32_t page, uint64_t version, std::mt19937_64* random) {
  std::string text = "---\ntitle: Page " + std::to_string(page) + "\n---\n";
  for (int section = 0; section < 4; ++section) {
    text += "\n## Section " + std::to_string(section) + "\n\n" + VersionWord(version) + Words(150, random) + ".\n";
  }
  const std::string path = folder + "/p" + std::to_string(page) + ".md";
  std::ofstream(path + ".new") << text;
  std::filesystem::rename(path + ".new", path);
}

void Pause(int milliseconds) { std::this_thread::sleep_for(std::chrono::milliseconds(milliseconds)); }

// Waits until no job is active.
void WaitForJobs(const Database& database, const std::atomic<bool>& stop) {
  const auto is_active = [](const JobInfo& job) { return job.state == "waiting" || job.state == "running"; };
  for (;;) {
    const std::vector<JobInfo> jobs = database.ListJobs();
    if (stop || std::none_of(jobs.begin(), jobs.end(), is_active)) return;
    Pause(5);
  }
}

}  // namespace

void Findings::Add(std::string finding) {
  const std::lock_guard lock(mutex_);
  if (found_.size() < kFindingsMax) found_.push_back(std::move(finding));
}

bool Findings::Ok(const Status& status, const char* what) {
  if (!status.ok()) Add(std::string(what) + ": " + status.ToString());
  return status.ok();
}

std::vector<std::string> Findings::Take() {
  const std::lock_guard lock(mutex_);
  return std::move(found_);
}

Status CreateDocuments(Database& database) {
  QUIRE_RETURN_IF_ERROR(database.CreateCollection({.name = "docs", .embedder = "hashed"}));
  QUIRE_RETURN_IF_ERROR(database.CreateCollection({.name = "pages", .embedder = "hashed"}));
  std::mt19937_64 random(1);
  const auto transaction = database.Begin();
  for (uint32_t i = 0; i < kDocuments; ++i) QUIRE_RETURN_IF_ERROR(PutDocument(transaction.get(), i, i, &random));
  return transaction->Commit();
}

void CheckDocument(const Reader& reader, std::mt19937_64* random, Findings* findings) {
  findings->Ok(CheckOne(reader, static_cast<uint32_t>((*random)() % kDocuments), findings), "checking a document");
  const std::string page = "p" + std::to_string((*random)() % kPages) + ".md";
  findings->Ok(ReadDocument(reader, "pages", page, findings).status(), "checking a page");
}

std::vector<double> ReadAlong(const Database& database, uint64_t seed, const std::atomic<bool>& stop, Findings* findings) {
  std::mt19937_64 random(seed);
  std::vector<double> times;
  while (!stop) {
    const auto reader = database.reader();
    SearchRequest request;
    request.text = Filler(&random) + " " + Filler(&random);
    const auto begin = std::chrono::steady_clock::now();
    const auto hits = reader->Search("docs", request);
    times.push_back(std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - begin).count());
    if (!findings->Ok(hits.status(), "a search")) break;
    if (hits->size() != request.k) findings->Add("a search gave " + std::to_string(hits->size()) + " hits");
    CheckDocument(*reader, &random, findings);
  }
  return times;
}

uint64_t WriteAlong(Database& database, uint64_t seed, const std::atomic<bool>& stop, Findings* findings) {
  std::mt19937_64 random(seed);
  uint64_t commits = 0;
  for (uint64_t version = 1'000; !stop; ++commits) {
    const auto transaction = database.Begin();
    bool ok = true;
    for (uint64_t i = 0; ok && i < 1 + random() % 8; ++i) {
      const auto document = static_cast<uint32_t>(random() % kDocuments);
      ok = random() % 8 == 0 ? findings->Ok(transaction->DeleteDocument("docs", UriOf(document)).status(), "a deletion")
                             : findings->Ok(PutDocument(transaction.get(), document, ++version, &random), "a document");
    }
    if (!ok || !findings->Ok(transaction->Commit(), "a commit")) break;
  }
  return commits;
}

uint64_t LoadAlong(Database& database, const std::string& folder, uint64_t seed, const std::atomic<bool>& stop, Findings* findings) {
  std::mt19937_64 random(seed);
  std::filesystem::create_directories(folder);
  uint64_t version = 0, loads = 0;
  for (uint32_t page = 0; page < kPages; ++page) WritePage(folder, page, version, &random);
  for (; !stop; ++loads) {
    ingest::LoadOptions options;
    options.collection = "pages";
    options.paths = {folder};
    options.sync = true;
    const auto report = ingest::Load(database, options);
    if (!findings->Ok(report.status(), "a load")) break;
    if (report->failed > 0) findings->Add("a load failed for " + std::to_string(report->failed) + " pages");
    ++version;
    for (int i = 0; i < 5; ++i) WritePage(folder, static_cast<uint32_t>(random() % kPages), version, &random);
    std::filesystem::remove(folder + "/p" + std::to_string(random() % kPages) + ".md");
  }
  return loads;
}

uint64_t MaintainAlong(Database& database, const std::string& backups, const std::atomic<bool>& stop, Findings* findings) {
  uint64_t turns = 0;
  for (; !stop; ++turns) {
    if (!findings->Ok(database.StartRebuild("docs", {.switch_when_ready = true}), "a rebuild")) break;
    WaitForJobs(database, stop);
    if (turns % 4 == 0) findings->Ok(database.Backup(backups).status(), "a backup");
    findings->Ok(database.Flush(), "a flush");
    const Status dropped = database.DropGeneration("docs");
    if (!findings->Ok(dropped, "dropping a generation")) break;
    WaitForJobs(database, stop);
    for (const JobInfo& job : database.ListJobs()) {
      if (job.state == "failed") findings->Add("job " + job.kind + ": " + job.message);
    }
  }
  return turns;
}

uint64_t FollowAlong(const std::string& path, uint64_t seed, const std::atomic<bool>& stop, Findings* findings) {
  std::mt19937_64 random(seed);
  uint64_t refreshes = 0;
  while (!stop) {
    Options options;
    options.read_only = true;
    const auto follower = Database::Open(path, options);
    if (follower.status().code() == Code::kBusy) continue;  // its files change too fast
    if (!findings->Ok(follower.status(), "opening a follower")) break;
    for (int i = 0; i < 20 && !stop; ++i) {
      const auto changes = (*follower)->Refresh();
      if (changes.status().code() == Code::kBusy) continue;
      if (!findings->Ok(changes.status(), "a refresh")) return refreshes;
      ++refreshes;
      for (int look = 0; look < 5; ++look) CheckDocument(*(*follower)->reader(), &random, findings);
    }
  }
  return refreshes;
}

}  // namespace quire::soak
