// Claims: the sentences of a text that can be true or false, and the sources each of them cites.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace quire::chat {

// Bytes [start, end) of a text, without white space, list markers and code fences around them.
struct Claim {
  size_t start = 0;
  size_t end = 0;
  bool code = false;             // a code block
  std::vector<uint32_t> cited{};  // numbers of sources as written, in order, each once
};

// The sentences of paragraphs, list items and block quotes, the rows of tables, and whole code blocks, in order. Headings and
// markup are no claims.
std::vector<Claim> CutClaims(std::string_view text);

// An answer with citations. `text` is the answer with blanks, byte for byte, in place of its marks.
struct CitedAnswer {
  std::string text;
  std::vector<Claim> claims;
};

// Marks are [1], [1, 2], [1-3], [^1], [Source 1], (source 1) and those with CJK brackets, also with a dagger and what follows it;
// not in code, and not the text of a link. A mark belongs to the claim it stands in or behind.
CitedAnswer ReadCitedAnswer(std::string_view answer);

}  // namespace quire::chat
