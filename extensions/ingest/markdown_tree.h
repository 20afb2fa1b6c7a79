// MarkdownTree: cmark-gfm's tree of a text, within limits of time and memory.
#pragma once

#include <cmark-gfm.h>

#include <memory>
#include <string_view>

#include "extensions/ingest/time_limit.h"

namespace quire::ingest {

// Used by the thread that made it, and gone before one that was made earlier: what cmark-gfm allocates is found through it.
class MarkdownTree {
 public:
  // The text may nest as deep as it is long: the tree must be walked without recursion. `tables`: whether there are any.
  // Cost: linear in what people write; of what is made to hurt, the time limit.
  MarkdownTree(std::string_view text, bool tables, const TimeLimit& limit);
  ~MarkdownTree();
  MarkdownTree(const MarkdownTree&) = delete;
  MarkdownTree& operator=(const MarkdownTree&) = delete;

  // Null: a limit was reached.
  cmark_node* root() const { return root_; }
  // kCancelled, kResourceExhausted (too slow, too large).
  const Status& status() const;

 private:
  class Memory;
  std::unique_ptr<Memory> memory_;
  cmark_node* root_ = nullptr;
};

}  // namespace quire::ingest
