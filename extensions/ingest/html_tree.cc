#include "extensions/ingest/html_tree.h"

#include <csetjmp>
#include <cstddef>
#include <cstdlib>
#include <new>

namespace quire::ingest {
namespace {

constexpr size_t kBytesMax = size_t{384} << 20;  // of the tree: misnested tags can make it quadratic
constexpr size_t kChecksEvery = 4096;            // allocations between two looks at the clock

}  // namespace

// What the parser allocates, all in one list: freed as a list, since gumbo would free its tree by recursion, as deep as the
// document nests. Where a limit is reached the parser, which cannot fail, is left by a jump; it holds nothing but this memory.
struct HtmlTree::Memory {
  struct alignas(std::max_align_t) Header {
    Header* previous;
    Header* next;
    size_t bytes;
  };

  ~Memory() {
    for (Header* at = head.next; at != &head;) {
      Header* next = at->next;
      std::free(at);
      at = next;
    }
  }

  void* Allocate(size_t bytes) {
    live += bytes + sizeof(Header);
    if (live > kBytesMax)
      Leave(Status(Code::kResourceExhausted, "needs more than 384 MiB as a tree: tags are not closed"));
    if (++calls % kChecksEvery == 0) {
      Status status = input->CheckTime();
      if (!status.ok()) Leave(std::move(status));
    }
    auto* made = static_cast<Header*>(std::malloc(bytes + sizeof(Header)));
    if (made == nullptr) Leave(Status(Code::kResourceExhausted, "no memory for its tree"));
    *made = {.previous = &head, .next = head.next, .bytes = bytes};
    made->previous->next = made->next->previous = made;
    return made + 1;
  }

  void Free(void* pointer) {
    if (pointer == nullptr) return;
    Header* at = static_cast<Header*>(pointer) - 1;
    at->previous->next = at->next;
    at->next->previous = at->previous;
    live -= at->bytes + sizeof(Header);
    std::free(at);
  }

  [[noreturn]] void Leave(Status status) {
    failure = std::move(status);
    std::longjmp(way_out, 1);
  }

  // Null: a limit was reached. No object with a destructor lives in this frame: a jump comes back to it.
  GumboOutput* Parse(std::string_view html, const GumboOptions* options) {
    if (setjmp(way_out) != 0) return nullptr;
    return gumbo_parse_with_options(options, html.data(), html.size());
  }

  Header head{&head, &head, 0};
  size_t live = 0, calls = 0;
  const ConvertInput* input = nullptr;
  Status failure;
  std::jmp_buf way_out;
};

HtmlTree::HtmlTree(std::unique_ptr<Memory> memory) : memory_(std::move(memory)) {}
HtmlTree::HtmlTree(HtmlTree&&) noexcept = default;
HtmlTree& HtmlTree::operator=(HtmlTree&&) noexcept = default;
HtmlTree::~HtmlTree() = default;

Result<HtmlTree> HtmlTree::Parse(std::string_view html, const ConvertInput& input) {
  HtmlTree tree(std::make_unique<Memory>());
  Memory& memory = *tree.memory_;
  memory.input = &input;
  GumboOptions options = kGumboDefaultOptions;
  options.allocator = [](void* data, size_t bytes) { return static_cast<Memory*>(data)->Allocate(bytes); };
  options.deallocator = [](void* data, void* pointer) { static_cast<Memory*>(data)->Free(pointer); };
  options.userdata = &memory;
  options.max_errors = 0;
  const GumboOutput* output = memory.Parse(html, &options);
  if (output == nullptr) return memory.failure;
  tree.root_ = output->root;
  return tree;
}

std::string_view AttributeOf(const GumboNode* node, const char* name) {
  const GumboAttribute* found = gumbo_get_attribute(&node->v.element.attributes, name);
  return found == nullptr ? std::string_view() : std::string_view(found->value);
}

}  // namespace quire::ingest
