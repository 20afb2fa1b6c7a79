#include "tests/fault/disk.h"

#include <sys/stat.h>

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace quire::fault {

namespace fs = std::filesystem;

struct Disk::Node {
  struct Change {
    uint64_t offset = 0;
    std::string bytes;
    bool truncates = false;
  };
  bool directory = false;
  std::map<std::string, NodePtr> live, durable;  // entries
  std::string image;                             // contents as of the last fsync
  std::vector<Change> pending;                   // since then
};

namespace {

void Apply(const std::string& bytes, uint64_t offset, bool truncates, std::string* image) {
  if (truncates) return image->resize(offset);
  if (image->size() < offset + bytes.size()) image->resize(offset + bytes.size());
  image->replace(offset, bytes.size(), bytes);
}

std::string Contents(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream bytes;
  bytes << file.rdbuf();
  return bytes.str();
}

Disk::NodePtr Load(const fs::path& path) {
  const bool directory = fs::is_directory(path);
  Disk::NodePtr node = Disk::MakeNode(directory);
  if (!directory) {
    Disk::Record(*node, 0, Contents(path), false);
  } else {
    for (const auto& entry : fs::directory_iterator(path)) {
      Disk::SetEntry(*node, entry.path().filename().string(), Load(entry.path()));
    }
  }
  Disk::Synced(*node);
  return node;
}

uint64_t BytesUnder(const std::string& root) {
  uint64_t bytes = 0;
  std::error_code ignored;  // files come and go
  for (const auto& entry : fs::recursive_directory_iterator(root, ignored)) {
    struct stat info {};
    if (::stat(entry.path().c_str(), &info) == 0) bytes += static_cast<uint64_t>(info.st_blocks) * 512;
  }
  return bytes;
}

}  // namespace

std::string_view NameOf(Call call) {
  constexpr std::string_view kNames[kCalls] = {"open", "read", "write", "fsync", "fsync of a directory", "rename",
                                               "link", "unlink", "truncate", "allocate", "mkdir"};
  return kNames[static_cast<size_t>(call)];
}

Disk& Disk::Get() {
  static Disk* const disk = new Disk;  // outlives whatever closes a file at the end of the process
  return *disk;
}

void Disk::Watch(const std::string& root) {
  const auto lock = Lock();
  watching_ = false;
  root_ = fs::canonical(root).string();
  root_node_ = Load(root_);
  files_.clear();
  counts_ = {};
  changes_ = failures_ = power_lost_at_ = 0;
  faults_.clear();
  room_.reset();
  powerless_ = false;
  watching_ = true;
}

void Disk::Stop() {
  const auto lock = Lock();
  watching_ = false;
}

void Disk::Fail(const Failure& failure) {
  const auto lock = Lock();
  faults_.push_back(failure);
}

void Disk::LosePowerAt(uint64_t at) {
  const auto lock = Lock();
  power_lost_at_ = at;
}

void Disk::SetRoom(std::optional<uint64_t> bytes) {
  const auto lock = Lock();
  room_ = bytes;
}

uint64_t Disk::count(Call call) const {
  const auto lock = Lock();
  return counts_[static_cast<size_t>(call)];
}

uint64_t Disk::changes() const {
  const auto lock = Lock();
  return changes_;
}

uint64_t Disk::failures() const {
  const auto lock = Lock();
  return failures_;
}

std::optional<Disk::Place> Disk::Find(const char* path) const {
  if (!watching()) return std::nullopt;
  const std::string full = fs::path(path).lexically_normal().string();
  if (full.compare(0, root_.size(), root_) != 0) return std::nullopt;
  Place place{nullptr, "", root_node_};
  for (const fs::path& part : fs::path(full.substr(root_.size())).relative_path()) {
    if (part.empty()) continue;
    if (place.node == nullptr) return std::nullopt;  // below what is not there
    place.parent = place.node;
    place.name = part.string();
    place.node = Entry(*place.parent, place.name);
  }
  return place;
}

Disk::NodePtr Disk::FileOf(int fd) const {
  if (!watching()) return nullptr;
  const auto found = files_.find(fd);
  return found == files_.end() ? nullptr : found->second;
}

void Disk::SetFile(int fd, NodePtr node) {
  if (node == nullptr) {
    files_.erase(fd);
  } else {
    files_[fd] = std::move(node);
  }
}

int Disk::Enter(Call call, uint64_t bytes, bool changes) {
  const uint64_t number = ++counts_[static_cast<size_t>(call)];
  halve_ = false;
  if (changes && (++changes_ == power_lost_at_ || powerless_)) {
    // What was under way may have reached the disk in part: that is the last change that is recorded.
    powerless_ = true;
    ++failures_;
    return EIO;
  }
  for (const Failure& fault : faults_) {
    if (fault.call != call || number < fault.at || number - fault.at >= fault.times) continue;
    ++failures_;
    if (fault.error != 0) return fault.error;
    halve_ = true;
  }
  if (bytes != 0 && room_ && BytesUnder(root_) + bytes > *room_) {
    ++failures_;
    return ENOSPC;
  }
  return 0;
}

std::optional<uint64_t> Disk::FreeBytes() const {
  if (!watching() || !room_) return std::nullopt;
  const uint64_t used = BytesUnder(root_);
  return used < *room_ ? *room_ - used : 0;
}

void Disk::Record(Node& node, uint64_t offset, std::string_view bytes, bool truncates) {
  node.pending.push_back({offset, std::string(bytes), truncates});
}

void Disk::Synced(Node& node) {
  for (const Node::Change& change : node.pending) Apply(change.bytes, change.offset, change.truncates, &node.image);
  node.pending.clear();
  node.durable = node.live;
}

Disk::NodePtr Disk::MakeNode(bool directory) {
  auto node = std::make_shared<Node>();
  node->directory = directory;
  return node;
}

void Disk::SetEntry(Node& directory, const std::string& name, NodePtr node) {
  if (node == nullptr) {
    directory.live.erase(name);
  } else {
    directory.live[name] = std::move(node);
  }
}

Disk::NodePtr Disk::Entry(const Node& directory, const std::string& name) {
  const auto found = directory.live.find(name);
  return found == directory.live.end() ? nullptr : found->second;
}

void Disk::CopyDurable(const std::string& to, Loss loss, uint64_t seed) const {
  std::mt19937_64 random(seed);
  const auto copy = [&](const auto& self, const Node& node, const fs::path& path) -> void {
    if (node.directory) {
      fs::create_directory(path);
      const bool all_entries = loss == Loss::kData || (loss == Loss::kSome && random() % 2 == 0);
      for (const auto& [name, entry] : all_entries ? node.live : node.durable) self(self, *entry, path / name);
      return;
    }
    std::string bytes = node.image;
    const size_t kept = loss == Loss::kSome ? static_cast<size_t>(random() % (node.pending.size() + 1)) : 0;
    for (size_t i = 0; i < kept; ++i) {
      const Node::Change& change = node.pending[i];
      const bool torn = i + 1 == kept && !change.bytes.empty();
      const size_t length = torn ? static_cast<size_t>(random() % change.bytes.size()) : change.bytes.size();
      Apply(change.bytes.substr(0, length), change.offset, change.truncates, &bytes);
    }
    std::ofstream(path, std::ios::binary) << bytes;
  };
  const auto lock = Lock();
  copy(copy, *root_node_, to);
}

}  // namespace quire::fault
