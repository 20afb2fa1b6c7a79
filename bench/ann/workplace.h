// A folder for what a measurement writes.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <string>
#include <utility>

#include "quire/status.h"

namespace quire::bench {

// A new temporary folder, removed at the end; or the folder `keep`, made if there is none, which stays.
class Workplace {
 public:
  static Result<Workplace> Make(const std::string& keep = {}) {
    if (!keep.empty()) {
      std::error_code error;
      std::filesystem::create_directories(keep, error);
      if (error) return Status(Code::kIoError, "folder '" + keep + "' cannot be made: " + error.message());
      return Workplace(keep, false);
    }
    std::string path = (std::filesystem::temp_directory_path() / "quire-bench-XXXXXX").string();
    if (mkdtemp(path.data()) == nullptr) return Status(Code::kIoError, "no temporary folder can be made");
    return Workplace(path, true);
  }
  ~Workplace() {
    std::error_code ignored;
    if (removed_) std::filesystem::remove_all(path_, ignored);
  }
  Workplace(Workplace&& other) noexcept
      : path_(std::move(other.path_)), removed_(std::exchange(other.removed_, false)) {}
  Workplace& operator=(Workplace&&) = delete;

  const std::string& path() const { return path_; }

 private:
  Workplace(std::string path, bool removed) : path_(std::move(path)), removed_(removed) {}
  std::string path_;
  bool removed_;
};

}  // namespace quire::bench
