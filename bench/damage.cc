#include "bench/damage.h"

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <random>

#include "bench/ann/workplace.h"
#include "engine/base/hash.h"
#include "quire/database.h"

namespace quire::bench {
namespace {

namespace fs = std::filesystem;

constexpr size_t kPage = 4096;

class DamagedQuire final : public DamagedSystem {
 public:
  std::string name() const override { return "Quire"; }

  Status Fill(const std::string& folder, const std::vector<DamageRow>& rows) const override {
    QUIRE_ASSIGN_OR_RETURN(const auto database, Database::Open(folder, {}));
    CollectionSchema schema{.name = "t", .embedder = "hashed"};
    schema.attributes = {{.name = "number", .type = Type::kInteger}};
    QUIRE_RETURN_IF_ERROR(database->CreateCollection(std::move(schema)));
    const auto transaction = database->Begin();
    for (const DamageRow& row : rows) {
      Chunk chunk{.id = std::to_string(row.id), .text = row.text};
      chunk.attributes = {Value::Integer(row.number)};
      QUIRE_RETURN_IF_ERROR(transaction->Insert("t", std::move(chunk)));
    }
    return transaction->Commit();
  }

  Result<uint64_t> Answers(const std::string& folder) const override {
    QUIRE_ASSIGN_OR_RETURN(const auto database, Database::Open(folder, {}));
    const auto reader = database->reader();
    std::string all;
    QUIRE_RETURN_IF_ERROR(AppendRows(*reader, {}, &all));
    for (int i = 0; i < kDamageNumbers; ++i) {
      QUIRE_RETURN_IF_ERROR(AppendRows(*reader, Filter::Compare(Filter::Op::kEqual, "number", Value::Integer(i)), &all));
      SearchRequest request;
      request.text = "w" + std::to_string(i) + "x";
      request.mode = SearchMode::kWords;
      request.k = 1000;
      QUIRE_ASSIGN_OR_RETURN(const std::vector<Hit> hits, reader->Search("t", request));
      for (const Hit& hit : hits) all += std::to_string(hit.number) + ",";
    }
    return Hash64(all);
  }

  bool CheckFinds(const std::string& folder) const override {
    const auto database = Database::Open(folder, {});
    if (!database.ok()) return true;
    const auto faults = (*database)->Check();
    return !faults.ok() || !faults->empty();
  }

 private:
  static Status AppendRows(const Reader& reader, const Filter& filter, std::string* all) {
    QUIRE_ASSIGN_OR_RETURN(const auto cursor, reader.Scan("t", filter, {.text = true}));
    for (Chunk chunk;;) {
      QUIRE_ASSIGN_OR_RETURN(const bool more, cursor->Next(&chunk));
      if (!more) return {};
      *all += chunk.id + "|" + chunk.attributes[0].ToString() + "|" + chunk.text + "\n";
    }
  }
};

std::vector<DamageRow> MakeRows(uint64_t count, uint64_t seed) {
  std::mt19937_64 random(seed);
  std::vector<DamageRow> rows;
  for (uint64_t i = 0; i < count; ++i) {
    DamageRow row{.id = static_cast<int64_t>(i), .number = static_cast<int64_t>(random() % kDamageNumbers)};
    row.text = "w" + std::to_string(random() % kDamageNumbers) + "x";
    for (int word = 0; word < 30; ++word) row.text += " v" + std::to_string(random() % 5'000) + "y";
    rows.push_back(std::move(row));
  }
  return rows;
}

// What holds data: not the lock, and not the log for people.
std::vector<std::string> FilesIn(const std::string& folder) {
  std::vector<std::string> files;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    const std::string file = entry.path().filename();
    if (entry.is_regular_file() && entry.file_size() > 0 && file != "QUIRE_LOCK" && file != "LOG") files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

enum class Damage : uint8_t { kBit, kZeroPage };

// Changes something on disk, at a byte drawn from all bytes of all files.
void Harm(const std::string& folder, Damage damage, std::mt19937_64* random) {
  const std::vector<std::string> files = FilesIn(folder);
  uint64_t bytes = 0;
  for (const std::string& file : files) bytes += fs::file_size(file);
  uint64_t at = (*random)() % bytes;
  for (const std::string& file : files) {
    const uint64_t size = fs::file_size(file);
    if (at >= size) {
      at -= size;
      continue;
    }
    std::fstream stream(file, std::ios::binary | std::ios::in | std::ios::out);
    if (damage == Damage::kBit) {
      stream.seekg(static_cast<std::streamoff>(at));
      const char byte = static_cast<char>(stream.get() ^ (1 << ((*random)() % 8)));
      stream.seekp(static_cast<std::streamoff>(at));
      stream.put(byte);
    } else {
      const uint64_t begin = at / kPage * kPage;
      const std::string zeros(std::min<uint64_t>(kPage, size - begin), '\0');
      stream.seekp(static_cast<std::streamoff>(begin));
      stream.write(zeros.data(), static_cast<std::streamsize>(zeros.size()));
    }
    return;
  }
}

struct Tally {
  uint64_t errors = 0, wrong = 0, only_check = 0, unseen = 0;
};

Status MeasureDamage(const DamagedSystem& system, Damage damage, const DamageBenchOptions& options, const std::string& folder) {
  const std::string whole = folder + "/" + system.name() + "-whole", harmed = folder + "/" + system.name() + "-harmed";
  if (!fs::exists(whole)) {
    fs::create_directories(whole);
    QUIRE_RETURN_IF_ERROR(system.Fill(whole + "/db", MakeRows(options.rows, options.seed)));
  }
  QUIRE_ASSIGN_OR_RETURN(const uint64_t right, system.Answers(whole + "/db"));
  if (system.CheckFinds(whole + "/db")) return Status(Code::kInternal, "the check of " + system.name() + " finds a fault where there is none");
  std::mt19937_64 random(options.seed);
  Tally tally;
  for (uint64_t round = 0; round < options.rounds; ++round) {
    fs::remove_all(harmed);
    fs::copy(whole, harmed, fs::copy_options::recursive);
    Harm(harmed, damage, &random);
    fs::remove_all(harmed + "-2");
    fs::copy(harmed, harmed + "-2", fs::copy_options::recursive);  // for the check: to open it may change it
    const Result<uint64_t> answers = system.Answers(harmed + "/db");
    if (!answers.ok()) {
      ++tally.errors;
    } else if (*answers != right) {
      ++tally.wrong;
    } else {
      ++(system.CheckFinds(harmed + "-2/db") ? tally.only_check : tally.unseen);
    }
  }
  std::printf("%-8s %-18s %8llu %14llu %20llu %22llu\n", system.name().c_str(), damage == Damage::kBit ? "a bit flipped" : "4 KB of zeros",
              static_cast<unsigned long long>(tally.errors), static_cast<unsigned long long>(tally.wrong),
              static_cast<unsigned long long>(tally.only_check), static_cast<unsigned long long>(tally.unseen));
  return {};
}

}  // namespace

int RunDamage(const DamageBenchOptions& options) {
  std::setvbuf(stdout, nullptr, _IOLBF, 0);
  const Result<Workplace> workplace = Workplace::Make();
  Status status = workplace.status();
  std::printf("%llu rows, %llu rounds each, seed %llu; all answers are read after each\n\n", static_cast<unsigned long long>(options.rows),
              static_cast<unsigned long long>(options.rounds), static_cast<unsigned long long>(options.seed));
  std::printf("%-8s %-18s %8s %14s %20s %22s\n", "system", "damage", "error", "wrong answers", "right, check finds", "right, nothing found");
  const DamagedQuire quire;
  for (const DamagedSystem* system : {static_cast<const DamagedSystem*>(&quire), DamagedSqlite()}) {
    for (const Damage damage : {Damage::kBit, Damage::kZeroPage}) {
      if (status.ok() && system != nullptr) status = MeasureDamage(*system, damage, options, workplace->path());
    }
  }
  if (status.ok()) return 0;
  std::fprintf(stderr, "error: %s\n", status.ToString().c_str());
  return 2;
}

#ifndef QUIRE_BENCH_SQLITE
const DamagedSystem* DamagedSqlite() { return nullptr; }
#endif

}  // namespace quire::bench
