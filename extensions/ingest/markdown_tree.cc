#include "extensions/ingest/markdown_tree.h"

#include <cmark-gfm-core-extensions.h>
#include <cmark-gfm-extension_api.h>

#include <algorithm>
#include <csetjmp>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <new>
#include <vector>

namespace quire::ingest {
namespace {

constexpr size_t kBytesMax = size_t{1024} << 20;
constexpr size_t kBlockBytesMin = size_t{64} << 10, kBlockBytesMax = size_t{4} << 20;
constexpr size_t kFeedBytes = size_t{256} << 10;  // lines of a paragraph are taken without an allocation
constexpr size_t kChecksEvery = 64;  // allocations between two looks at the clock: each may follow a long search

constexpr size_t kAlign = sizeof(void*);  // nothing of the parser's needs more
constexpr size_t Aligned(size_t bytes) { return (bytes + kAlign - 1) / kAlign * kAlign; }

}  // namespace

// What the parser allocates, in blocks that are freed together: a node costs a few instructions, the tree none when it goes.
// Where a limit is reached the parser, which cannot fail, is left by a jump; it holds nothing but this memory.
class MarkdownTree::Memory {
 public:
  explicit Memory(const TimeLimit& limit) : limit_(limit), outer_(current) { current = this; }
  ~Memory() { current = outer_; }
  Memory(const Memory&) = delete;
  Memory& operator=(const Memory&) = delete;

  // Null: a limit was reached. No object with a destructor lives in this frame: a jump comes back to it.
  cmark_node* Parse(std::string_view text, bool tables) {
    static cmark_mem functions = {Allocate, Reallocate, Free};
    if (setjmp(way_out_) != 0) return nullptr;
    cmark_parser* parser = cmark_parser_new_with_mem(CMARK_OPT_DEFAULT, &functions);
    if (tables) cmark_parser_attach_syntax_extension(parser, cmark_find_syntax_extension("table"));
    for (size_t at = 0; at < text.size(); at += kFeedBytes) {
      CheckTime();
      cmark_parser_feed(parser, text.data() + at, std::min(kFeedBytes, text.size() - at));
    }
    cmark_node* root = cmark_parser_finish(parser);
    parsed_ = true;
    return root;
  }

  const Status& failure() const { return failure_; }

 private:
  // Before each piece of memory: its size.
  static constexpr size_t kHeader = kAlign;

  static void* Allocate(size_t count, size_t bytes) {
    void* made = current->Take(count * bytes);
    std::memset(made, 0, count * bytes);
    return made;
  }
  static void* Reallocate(void* pointer, size_t bytes) { return current->Grow(static_cast<char*>(pointer), bytes); }
  static void Free(void*) {}

  static size_t& SizeOf(char* pointer) { return *reinterpret_cast<size_t*>(pointer - kHeader); }

  char* Take(size_t bytes) {
    if (++calls_ % kChecksEvery == 0) CheckTime();
    const size_t needed = kHeader + Aligned(bytes);
    if (static_cast<size_t>(end_ - at_) < needed) AddBlock(needed);
    char* made = at_ + kHeader;
    SizeOf(made) = Aligned(bytes);
    at_ += needed;
    return made;
  }

  char* Grow(char* pointer, size_t bytes) {
    if (pointer == nullptr) return Take(bytes);
    const size_t had = SizeOf(pointer);
    if (bytes <= had) return pointer;
    const size_t more = Aligned(bytes) - had;
    if (pointer + had == at_ && static_cast<size_t>(end_ - at_) >= more) {  // the last one
      at_ += more;
      SizeOf(pointer) = Aligned(bytes);
      return pointer;
    }
    char* made = Take(bytes);
    std::memcpy(made, pointer, had);
    return made;
  }

  void AddBlock(size_t needed) {
    const size_t bytes = std::max(needed, std::clamp(total_ / 2, kBlockBytesMin, kBlockBytesMax));
    total_ += bytes;
    if (total_ > kBytesMax && !parsed_) {
      Leave(Status(Code::kResourceExhausted, "needs more than 1 GiB as a tree", "split it, or load it as text"));
    }
    // The text of a node is made when it is asked for: then there is no way out, as without memory anywhere else.
    char* block = parsed_ ? new char[bytes] : new (std::nothrow) char[bytes];
    if (block == nullptr) Leave(Status(Code::kResourceExhausted, "no memory for its tree"));
    blocks_.emplace_back(block);
    at_ = block;
    end_ = block + bytes;
  }

  void CheckTime() {
    if (parsed_) return;
    Status status = limit_.Check();
    if (!status.ok()) Leave(std::move(status));
  }

  [[noreturn]] void Leave(Status status) {
    failure_ = std::move(status);
    std::longjmp(way_out_, 1);
  }

  // The allocator's functions are given nothing of the parser's: they find its memory here.
  static thread_local Memory* current;

  const TimeLimit limit_;
  Memory* const outer_;
  bool parsed_ = false;
  std::vector<std::unique_ptr<char[]>> blocks_;
  char* at_ = nullptr;
  char* end_ = nullptr;
  size_t total_ = 0, calls_ = 0;
  Status failure_;
  std::jmp_buf way_out_;
};

thread_local MarkdownTree::Memory* MarkdownTree::Memory::current = nullptr;

MarkdownTree::MarkdownTree(std::string_view text, bool tables, const TimeLimit& limit)
    : memory_(std::make_unique<Memory>(limit)), root_(memory_->Parse(text, tables)) {}

MarkdownTree::~MarkdownTree() = default;

const Status& MarkdownTree::status() const { return memory_->failure(); }

}  // namespace quire::ingest
