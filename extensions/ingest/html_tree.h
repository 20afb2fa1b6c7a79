// HtmlTree: HTML parsed as browsers do (gumbo), with bounded memory and time.
#pragma once

#include <gumbo.h>

#include <chrono>
#include <memory>
#include <string_view>

#include "extensions/ingest/converters.h"
#include "quire/status.h"

namespace quire::ingest {

class HtmlTree {
 public:
  // `html` must outlive the tree. Errors: kResourceExhausted, kCancelled.
  static Result<HtmlTree> Parse(std::string_view html, const ConvertInput& input);
  HtmlTree(HtmlTree&&) noexcept;
  HtmlTree& operator=(HtmlTree&&) noexcept;
  ~HtmlTree();

  const GumboNode* root() const { return root_; }

 private:
  struct Memory;
  explicit HtmlTree(std::unique_ptr<Memory> memory);

  std::unique_ptr<Memory> memory_;
  const GumboNode* root_ = nullptr;
};

// The node after `node` in document order within `top`, children first unless `skip`; null: there is none. Calls `leave` with
// each element that ends on the way. Without recursion: a document may nest as deep as it is long.
template <typename Leave>
const GumboNode* NextNode(const GumboNode* node, const GumboNode* top, bool skip, Leave leave) {
  const auto is_element = [](const GumboNode* one) {
    return one->type == GUMBO_NODE_ELEMENT || one->type == GUMBO_NODE_TEMPLATE;
  };
  if (is_element(node)) {
    const GumboVector& children = node->v.element.children;
    if (!skip && children.length > 0) return static_cast<const GumboNode*>(children.data[0]);
    leave(node);
  }
  while (node != top && node->parent != nullptr && is_element(node->parent)) {
    const GumboVector& siblings = node->parent->v.element.children;
    const size_t next = node->index_within_parent + 1;
    if (next < siblings.length) return static_cast<const GumboNode*>(siblings.data[next]);
    node = node->parent;
    leave(node);
  }
  return nullptr;
}

// The value of an attribute, or "".
std::string_view AttributeOf(const GumboNode* node, const char* name);

}  // namespace quire::ingest
