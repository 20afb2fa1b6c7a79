#include "engine/storage/purge.h"

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <memory>
#include <set>
#include <thread>

#include "engine/storage/posix_file.h"
#include "engine/storage/rocks_options.h"

namespace quire::storage {
namespace {

std::vector<rocksdb::LiveFileMetaData> LiveFiles(const Rocks& rocks) {
  std::vector<rocksdb::LiveFileMetaData> files;
  rocks.db().GetLiveFilesMetaData(&files);
  return files;
}

bool Overlaps(const rocksdb::LiveFileMetaData& file, const KeyRange& range) {
  return file.column_family_name == FamilyName(range.family) && file.largestkey >= range.lo &&
         (range.hi.empty() || file.smallestkey < range.hi);
}

// Files around keys of `ranges` that were there when `newest_before` was the newest one.
std::vector<rocksdb::LiveFileMetaData> NotRewritten(const Rocks& rocks, const std::vector<KeyRange>& ranges, uint64_t newest_before) {
  std::vector<rocksdb::LiveFileMetaData> files = LiveFiles(rocks);
  std::erase_if(files, [&](const rocksdb::LiveFileMetaData& file) {
    const auto overlaps = [&](const KeyRange& range) { return Overlaps(file, range); };
    return file.file_number > newest_before || std::none_of(ranges.begin(), ranges.end(), overlaps);
  });
  return files;
}

// Sorted files that no view of now has. They are removed in the background once nobody reads them.
std::vector<std::string> OutdatedFiles(const Rocks& rocks) {
  std::set<std::string> live;
  for (const rocksdb::LiveFileMetaData& file : LiveFiles(rocks)) {
    live.insert(std::filesystem::path(file.name).filename().string());
  }
  std::vector<std::string> outdated;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(rocks.path(), error)) {
    std::string name = entry.path().filename().string();
    if (entry.path().extension() == ".sst" && !live.contains(name)) outdated.push_back(std::move(name));
  }
  return outdated;
}

Status Flush(const Rocks& rocks) {
  rocksdb::FlushOptions options;
  options.allow_write_stall = true;
  return rocks.Translate(rocks.db().Flush(options, rocks.handles()));
}

}  // namespace

Result<std::vector<std::string>> PurgeRanges(const Rocks& rocks, const std::vector<KeyRange>& ranges,
                                             uint64_t deleted_at) {
  constexpr int kTurns = 100;
  constexpr auto kTurn = std::chrono::milliseconds(20);
  QUIRE_RETURN_IF_ERROR(Flush(rocks));
  uint64_t newest_before = 0;
  for (const auto& file : LiveFiles(rocks)) newest_before = std::max(newest_before, file.file_number);
  // What an older view can see survives any rewriting.
  uint64_t oldest_view = 0;
  rocks.db().GetIntProperty(rocksdb::DB::Properties::kOldestSnapshotSequence, &oldest_view);

  rocksdb::CompactRangeOptions options;
  options.exclusive_manual_compaction = false;
  options.change_level = false;  // races with other compactions in 7.8.3
  options.bottommost_level_compaction = rocksdb::BottommostLevelCompaction::kForce;
  const auto rewrite = [&](Family family, const std::string& begin, const std::string& end) {
    const rocksdb::Slice lo(begin), hi(end);
    return rocks.Translate(rocks.db().CompactRange(options, rocks.handle(family), &lo, end.empty() ? nullptr : &hi), family);
  };
  for (const KeyRange& range : ranges) QUIRE_RETURN_IF_ERROR(rewrite(range.family, range.lo, range.hi));
  // A file that has keys before a range and behind it, and none in it, was passed over. That it has none is not known here.
  for (const auto& file : NotRewritten(rocks, ranges, newest_before)) {
    for (size_t i = 0; i < kFamilyCount; ++i) {
      const auto family = static_cast<Family>(i);
      if (file.column_family_name == FamilyName(family)) QUIRE_RETURN_IF_ERROR(rewrite(family, file.smallestkey, file.largestkey));
    }
  }

  std::vector<std::string> left;
  if (oldest_view != 0 && oldest_view < deleted_at) left.push_back("a reader that began before still sees it");
  for (const auto& file : NotRewritten(rocks, ranges, newest_before)) left.push_back(file.name + " was not rewritten");
  std::vector<std::string> outdated = OutdatedFiles(rocks);
  for (int turn = 0; turn < kTurns && !outdated.empty(); ++turn) {
    std::this_thread::sleep_for(kTurn);
    outdated = OutdatedFiles(rocks);
  }
  for (const std::string& name : outdated) left.push_back(name + " is still read by somebody");
  return left;
}

Status VisitFiles(const std::string& path, size_t overlap,
                  function_ref<void(const std::string& name, std::string_view bytes)> visit) {
  constexpr size_t kPiece = 1 << 20;
  std::error_code error;
  std::string bytes;
  for (const auto& entry : std::filesystem::directory_iterator(path, error)) {
    if (!entry.is_regular_file(error)) continue;
    const PosixFile file(entry.path().string(), O_RDONLY);
    if (!file.is_open() && errno == ENOENT) continue;  // removed meanwhile
    if (!file.is_open()) return ErrnoStatus("cannot read", entry.path().string(), errno);
    size_t kept = 0;  // of the piece before
    while (true) {
      bytes.resize(kept + kPiece);
      const ssize_t count = ::read(file.fd(), bytes.data() + kept, kPiece);
      if (count < 0) return ErrnoStatus("cannot read", entry.path().string(), errno);
      if (count == 0) break;
      bytes.resize(kept + static_cast<size_t>(count));
      visit(entry.path().filename().string(), bytes);
      kept = std::min(overlap, bytes.size());
      bytes.erase(0, bytes.size() - kept);
    }
  }
  if (error) return Status(Code::kIoError, "cannot read '" + path + "': " + error.message());
  return {};
}

}  // namespace quire::storage
