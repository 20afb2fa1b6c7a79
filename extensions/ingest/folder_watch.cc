#include "extensions/ingest/folder_watch.h"

#include <poll.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <filesystem>
#include <system_error>

#include "extensions/ingest/glob.h"
#include "extensions/ingest/text_scan.h"

namespace quire::ingest {
namespace {

namespace fs = std::filesystem;

constexpr uint32_t kEvents =
    IN_CLOSE_WRITE | IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_DELETE_SELF | IN_ATTRIB;
constexpr int kPollMs = 100;  // how late a cancellation may be seen

Status SystemFailure(const std::string& what) {
  return Status(Code::kIoError, what + ": " + ToLower(std::generic_category().message(errno)));
}

}  // namespace

FolderWatch::~FolderWatch() {
  if (fd_ >= 0) ::close(fd_);
}

Status FolderWatch::Add(const std::string& path) {
  if (::inotify_add_watch(fd_, path.c_str(), kEvents) >= 0 || errno == ENOENT || errno == EACCES) return {};
  if (errno != ENOSPC) return SystemFailure("watching '" + path + "'");
  return Status(Code::kResourceExhausted, "the system allows no more watches than those before '" + path + "'",
                "sysctl fs.inotify.max_user_watches");
}

Status FolderWatch::Watch(const std::vector<std::string>& paths) {
  if (fd_ < 0) fd_ = ::inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
  if (fd_ < 0) return SystemFailure("inotify");
  for (const std::string& path : paths) {
    std::error_code error;
    const std::string root = fs::exists(path, error) ? path : SplitGlob(path).folder;
    QUIRE_RETURN_IF_ERROR(Add(root));
    const auto options = fs::directory_options::skip_permission_denied;
    for (fs::recursive_directory_iterator entry(root, options, error), end; !error && entry != end;
         entry.increment(error)) {
      std::error_code ignored;
      const bool hidden = entry->path().filename().string().front() == '.';
      if (hidden || !entry->is_directory(ignored) || entry->is_symlink(ignored)) {
        if (hidden) entry.disable_recursion_pending();
        continue;
      }
      QUIRE_RETURN_IF_ERROR(Add(entry->path().string()));
    }
  }
  return {};
}

Result<bool> FolderWatch::Wait(const std::atomic<bool>& cancelled, std::chrono::milliseconds quiet) {
  using Clock = std::chrono::steady_clock;
  Clock::time_point first{}, last{};
  while (!cancelled.load()) {
    pollfd wait{fd_, POLLIN, 0};
    const int timeout = last == Clock::time_point() ? kPollMs : std::min(kPollMs, static_cast<int>(quiet.count()));
    if (::poll(&wait, 1, timeout) < 0 && errno != EINTR) return SystemFailure("poll");
    const Clock::time_point now = Clock::now();
    if ((wait.revents & POLLIN) != 0) {
      std::array<char, 16'384> buffer;
      while (::read(fd_, buffer.data(), buffer.size()) > 0) {
      }
      if (first == Clock::time_point()) first = now;
      last = now;
    }
    if (last != Clock::time_point() && (now - last >= quiet || now - first >= 10 * quiet)) return true;
  }
  return false;
}

}  // namespace quire::ingest
