#include "engine/storage/salvage.h"

#include <rocksdb/sst_file_writer.h>
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>

#include "engine/storage/directory.h"
#include "engine/storage/family_handle.h"
#include "engine/storage/format.h"
#include "engine/storage/keys.h"
#include "engine/storage/open_database.h"

namespace quire::storage {
namespace {

namespace fs = std::filesystem;

// Sorted files and logs of `path` under the same names in `work`: links where the file system has them, for neither is ever written
// to again. Gives the highest number in their names.
Result<uint64_t> LinkFiles(const std::string& path, const std::string& work) {
  uint64_t highest = 0;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(path, error)) {
    const std::string extension = entry.path().extension().string();
    if (extension != ".sst" && extension != ".log") continue;
    highest = std::max<uint64_t>(highest, std::strtoull(entry.path().stem().c_str(), nullptr, 10));
    const fs::path target = fs::path(work) / entry.path().filename();
    fs::create_hard_link(entry.path(), target, error);
    if (error) fs::copy_file(entry.path(), target, error);
    if (error) return Status(Code::kIoError, "cannot copy '" + entry.path().string() + "': " + error.message());
  }
  if (error) return Status(Code::kIoError, "cannot read '" + path + "': " + error.message());
  return highest;
}

// One file of each family with one key that nothing reads: RocksDB learns from its files which families there are, and what is only in
// the log would otherwise be of an unknown one.
Status WriteMarkers(const Setup& setup, const std::string& work, uint64_t number) {
  for (uint32_t id = 1; id < setup.families.size(); ++id) {
    const auto& family = setup.families[id];
    FamilyHandle handle(static_cast<Family>(id - 1));
    rocksdb::SstFileWriter writer(rocksdb::EnvOptions(), rocksdb::Options(setup.for_reading, family.options), &handle);
    std::string name = std::to_string(number + id);
    name.insert(0, name.size() < 6 ? 6 - name.size() : 0, '0');
    rocksdb::Status status = writer.Open(work + "/" + name + ".sst");
    if (status.ok()) status = writer.Put(std::string(1, '\0'), "");
    if (status.ok()) status = writer.Finish();
    QUIRE_RETURN_IF_ERROR(FromRocks(status, "directory '" + work + "'"));
  }
  return {};
}

// What RocksDB could not make sense of it has put aside.
void NoteLost(const std::string& work, std::vector<std::string>* notes) {
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(work + "/lost", error)) {
    if (entry.path().extension() != ".sst") continue;
    notes->push_back("file '" + entry.path().filename().string() + "' is damaged: nothing of it is taken over");
  }
}

Result<std::shared_ptr<Rocks>> OpenFamilies(const std::string& path, const std::string& name, const Setup& setup) {
  const std::string where = "database '" + name + "'";
  std::vector<std::string> names;
  QUIRE_RETURN_IF_ERROR(FromRocks(rocksdb::DB::ListColumnFamilies(setup.for_reading, path, &names), where));
  Families there;
  for (const auto& family : setup.families) {
    if (std::find(names.begin(), names.end(), family.name) != names.end()) there.push_back(family);
  }
  rocksdb::DB* db = nullptr;
  std::vector<rocksdb::ColumnFamilyHandle*> handles;
  QUIRE_RETURN_IF_ERROR(FromRocks(rocksdb::DB::OpenForReadOnly(setup.for_reading, path, there, &handles, &db), where));
  return std::make_shared<Rocks>(name, true, db, std::move(handles), nullptr);
}

// A new list of files in `work`, of what the files themselves say.
Result<std::shared_ptr<Rocks>> OpenWithNewList(const std::string& path, const Setup& setup, const std::string& work,
                                               std::vector<std::string>* notes) {
  std::error_code error;
  if (!fs::create_directory(work, error)) {
    return Status(Code::kAlreadyExists, "cannot make '" + work + "': " + (error ? error.message() : "it is there already"));
  }
  QUIRE_ASSIGN_OR_RETURN(const uint64_t highest, LinkFiles(path, work));
  QUIRE_RETURN_IF_ERROR(WriteMarkers(setup, work, highest));
  QUIRE_RETURN_IF_ERROR(
      FromRocks(rocksdb::RepairDB(work, setup.for_reading, setup.families), "database '" + path + "'"));
  NoteLost(work, notes);
  return OpenFamilies(work, path, setup);
}

// A format that this release cannot read is no damage, and neither is what was never a Quire database. What does not say is taken for
// one if it has our families.
Status CheckIsOurs(const std::string& path, const Rocks& rocks, std::vector<std::string>* notes) {
  for (size_t i = 0; i < kFamilyCount; ++i) {
    if (rocks.handle(static_cast<Family>(i)) == nullptr) return NotADatabase(path);
  }
  std::string format;
  const rocksdb::Status read =
      rocks.db().Get(rocksdb::ReadOptions(), rocks.handle(Family::kMeta), rocksdb::Slice(kFormatKey), &format);
  if (read.ok()) return CheckFormat(path, format);
  notes->push_back("which format it has cannot be read: taken for " + std::to_string(kFormatNumber));
  return {};
}

}  // namespace

Result<std::shared_ptr<Rocks>> SalvageDatabase(const std::string& path, const Options& options,
                                               const std::shared_ptr<rocksdb::Cache>& cache, const std::string& work,
                                               std::vector<std::string>* notes) {
  const bool marked = fs::exists(path + "/" + std::string(DirectoryLock::kFileName));
  std::unique_ptr<DirectoryLock> lock;
  if (marked) {
    QUIRE_ASSIGN_OR_RETURN(lock, DirectoryLock::Acquire(path));  // nobody writes meanwhile
  }
  auto opened = OpenDatabase(path, options, cache);
  if (opened.ok()) {
    const Status missing = CheckWatermark(path, (*opened)->db().GetLatestSequenceNumber());
    if (!missing.ok()) notes->push_back(std::string(missing.message()));
    return opened;
  }
  const Code code = opened.status().code();
  if (code != Code::kCorruption && code != Code::kIoError) return opened;
  notes->push_back(std::string(opened.status().message()));
  const Setup setup(path, options, cache);
  QUIRE_ASSIGN_OR_RETURN(auto rocks, OpenWithNewList(path, setup, work, notes));
  QUIRE_RETURN_IF_ERROR(CheckIsOurs(path, *rocks, notes));
  return rocks;
}

}  // namespace quire::storage
