// Partials: files that are nothing but parts of others.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "engine/base/function_ref.h"
#include "extensions/ingest/walk.h"

namespace quire::ingest {

// Which of a list of files are partials: those without front matter that a file which is no partial includes, through others or at
// once. Their text is found there, so that they need no chunks of their own. Files that include each other in a circle and nobody
// else includes are no partials: nothing is lost.
class Partials {
 public:
  // What must be known of a file.
  struct Node {
    std::string path;                        // PathOf(file)
    std::vector<std::string> includes = {};  // canonical paths, each once
    bool page = false;                       // cannot be read, or has front matter: never a partial
  };

  // Folders are not followed through links, so that within a root only a link to a file differs from its canonical path;
  // such a file is read as a page of its own.
  static std::string PathOf(const SourceFile& file);

  // `files` must outlive it.
  explicit Partials(std::vector<SourceFile>* files) : files_(*files), nodes_(files->size()) {}

  // Says what is known of one of the files; of those that are settled nothing is. Safe for concurrent use with different files.
  void Set(size_t file, Node node) { nodes_[file] = std::move(node); }

  // Sets `partial` of those that are. `look` is called for files of which nothing was said but that another one includes.
  void Mark(function_ref<Node(size_t)> look);

 private:
  std::vector<SourceFile>& files_;
  std::vector<Node> nodes_;
};

}  // namespace quire::ingest
