// AllowedPaths: the folders that statements may read files from and write files to.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "quire/status.h"

namespace quire::sql {

// Anywhere, until Restrict was called; then only below some folders, for good.
class AllowedPaths {
 public:
  // Folders separated by ':'; none: no file at all. Errors: kInvalidArgument (restricted already, or no such folder).
  Status Restrict(std::string_view folders);
  bool restricted() const { return folders_.has_value(); }
  std::string ToString() const;  // as Restrict takes them

  // Whether a statement may name `path`, which may be a glob and need not exist. Links are followed first, those that stand in it: what
  // a folder holds is for whoever walks it. Errors: kInvalidArgument naming the path and the folders.
  Status Check(std::string_view path) const;

 private:
  std::optional<std::vector<std::string>> folders_;  // absolute, without links
};

}  // namespace quire::sql
