// What the tests of engine/storage share.
#pragma once

#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <random>
#include <sstream>
#include <string>
#include <vector>

#include "engine/storage/store.h"

namespace quire::storage {

inline constexpr Family kFamilies[] = {Family::kMeta, Family::kChunk,   Family::kWord, Family::kAttribute,
                                       Family::kTree, Family::kPosting, Family::kCode, Family::kRaw};

// QUIRE_SEED, or another one every time. Print it with INFO.
inline unsigned Seed() {
  const char* given = std::getenv("QUIRE_SEED");
  return given == nullptr ? std::random_device()() : static_cast<unsigned>(std::strtoul(given, nullptr, 10));
}

// Small write buffers, so that flushes and compactions happen in tests as well.
inline Options SmallOptions() {
  Options options;
  options.memory_limit_bytes = 8 << 20;
  return options;
}

inline std::unique_ptr<Store> OpenOrFail(const std::string& path, const Options& options = SmallOptions()) {
  Result<std::unique_ptr<Store>> store = Store::Open(path, options);
  INFO(store.status().ToString());
  REQUIRE(store.ok());
  return std::move(store).value();
}

// The failure of an open that must fail.
inline Status FailureOfOpen(const std::string& path, const Options& options = SmallOptions()) {
  Result<std::unique_ptr<Store>> store = Store::Open(path, options);
  REQUIRE_FALSE(store.ok());
  return store.status();
}

inline void Check(const Status& status) {
  INFO(status.ToString());
  REQUIRE(status.ok());
}

inline void CommitOne(Store& store, Family family, std::string_view key, std::string_view value) {
  Batch batch;
  batch.Put(family, key, value);
  Check(store.Commit(std::move(batch)));
}

// The value of a key, or "<none>".
inline std::string GetOrNone(const Snapshot& snapshot, Family family, std::string_view key) {
  std::string value = "<none>";
  const Result<bool> found = snapshot.Get(family, key, &value);
  INFO(found.status().ToString());
  REQUIRE(found.ok());
  return value;
}

using Contents = std::map<std::string, std::string>;

// A family as a map, or the failure that ended the scan.
inline Result<Contents> ReadAll(const Snapshot& snapshot, Family family) {
  Contents contents;
  Cursor cursor = snapshot.ScanPrefix(family, "");
  for (; cursor.Valid(); cursor.Next()) contents.emplace(cursor.key(), cursor.value());
  QUIRE_RETURN_IF_ERROR(cursor.status());
  return contents;
}

inline std::string ReadFile(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream bytes;
  bytes << file.rdbuf();
  return bytes.str();
}

inline void WriteFile(const std::filesystem::path& path, const std::string& bytes) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file << bytes;
  REQUIRE(file.good());
}

inline void FlipBit(const std::filesystem::path& path, size_t byte, size_t bit) {
  std::string bytes = ReadFile(path);
  REQUIRE(byte < bytes.size());
  bytes[byte] = static_cast<char>(static_cast<unsigned char>(bytes[byte]) ^ (1u << bit));
  WriteFile(path, bytes);
}

// Every file of a directory with its bytes, but for who holds the lock and what RocksDB complained of.
inline Contents DirectoryBytes(const std::string& path) {
  Contents files;
  for (const auto& entry : std::filesystem::directory_iterator(path)) {
    const std::string name = entry.path().filename().string();
    if (name != "QUIRE_LOCK" && name != "LOG") files[name] = ReadFile(entry.path());
  }
  return files;
}

inline std::vector<std::filesystem::path> FilesEndingWith(const std::string& path, std::string_view suffix) {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(path)) {
    if (entry.path().string().ends_with(suffix)) files.push_back(entry.path());
  }
  return files;
}

}  // namespace quire::storage
