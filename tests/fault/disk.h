// Disk: what the tests of faults put between a process and its files. disk_calls.cc defines the C library's open, write, fsync,
// rename and so on in the test program itself, where RocksDB, the C++ library and Quire's own code find them first; so the
// product has no seam for it, and nothing of it can be forgotten. Calls under one watched directory are counted, made to fail, and
// recorded with what of them is durable; all others pass.
//
// What power loss leaves is what POSIX promises and no more: contents of a file as of its last fsync, entries of a directory as
// of the directory's last fsync. Real fsyncs are not made.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace quire::fault {

enum class Call : uint8_t {
  kOpen, kRead, kWrite, kSync, kSyncDirectory, kRename, kLink, kDelete, kTruncate, kAllocate, kMakeDirectory
};
inline constexpr size_t kCalls = 11;
std::string_view NameOf(Call call);

// The calls `at`, `at` + 1 ... of a kind, counted from 1, that fail with `error`; with 0: read half of what was asked for.
struct Failure {
  Call call = Call::kWrite;
  uint64_t at = 1;
  int error = 0;
  uint64_t times = 1;
};

// What is left of calls that nothing has made durable.
enum class Loss : uint8_t {
  kAll,      // nothing
  kData,     // entries of directories are as they were last, contents as of the last fsync
  kSome,     // of each directory its entries or not; of each file the first few calls, the last of them torn
};

class Disk {
 public:
  static Disk& Get();

  // Begins anew: all that is under `root` is durable, nothing fails, nothing was counted.
  void Watch(const std::string& root);
  // Calls pass again. What is durable stays known until the next Watch.
  void Stop();

  void Fail(const Failure& failure);
  // From the `at`-th call on that would change something, counted from 1, nothing changes any more: all of them fail with EIO.
  void LosePowerAt(uint64_t at);
  // Files under the directory take no more than that many bytes: ENOSPC.
  void SetRoom(std::optional<uint64_t> bytes);

  uint64_t count(Call call) const;
  uint64_t changes() const;   // calls that change something
  uint64_t failures() const;  // calls that were made to fail
  // Writes what power loss leaves to the directory `to`, which is made.
  void CopyDurable(const std::string& to, Loss loss, uint64_t seed) const;

  // --- For disk_calls.cc. Each takes the lock that makes the order of calls one.
  struct Node;
  using NodePtr = std::shared_ptr<Node>;
  struct Place {  // where a path leads
    NodePtr parent;
    std::string name;
    NodePtr node;  // null: there is none
  };
  std::unique_lock<std::recursive_mutex> Lock() const { return std::unique_lock(mutex_); }
  bool watching() const { return root_node_ != nullptr && watching_; }
  std::optional<Place> Find(const char* path) const;
  NodePtr FileOf(int fd) const;
  void SetFile(int fd, NodePtr node);
  // The error a call must fail with; 0: none. Counts it. `bytes`: that it would add, more or less; without `changes` it only looks.
  int Enter(Call call, uint64_t bytes = 0, bool changes = true);
  bool halves_reads() const { return halve_; }
  std::optional<uint64_t> FreeBytes() const;  // nothing: as the system says

  // A change of contents: `bytes` at `offset`, or, without, that the file is `offset` bytes long.
  static void Record(Node& node, uint64_t offset, std::string_view bytes, bool truncates);
  static void Synced(Node& node);
  static NodePtr MakeNode(bool directory);
  static void SetEntry(Node& directory, const std::string& name, NodePtr node);  // null: removes it
  static NodePtr Entry(const Node& directory, const std::string& name);

 private:
  mutable std::recursive_mutex mutex_;
  bool watching_ = false, halve_ = false, powerless_ = false;
  std::string root_;
  NodePtr root_node_;
  std::map<int, NodePtr> files_;
  std::array<uint64_t, kCalls> counts_{};
  uint64_t changes_ = 0, failures_ = 0;
  uint64_t power_lost_at_ = 0;  // 0: never
  std::vector<Failure> faults_;
  std::optional<uint64_t> room_;
};

}  // namespace quire::fault
