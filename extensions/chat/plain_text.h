// PlainText: a text without what Markdown adds to it, and the way back to its bytes.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace quire::chat {

struct ByteSpan {
  size_t start = 0;
  size_t end = 0;
};

// Runs of white space are one space; emphasis, backticks and markers of lists and quotes are left out; typographic quotation
// marks are plain ones. Letters stay as they are.
class PlainText {
 public:
  explicit PlainText(std::string_view text);

  // Where `text`, made plain as well and without the point at its end, stands in it as whole words. Empty text: nowhere.
  std::optional<ByteSpan> Find(std::string_view text) const;
  // Where all of the lines of `text` stand, from the first to the last of them; nowhere if one is missing.
  std::optional<ByteSpan> FindLines(std::string_view text) const;

 private:
  std::string plain_;
  std::vector<uint32_t> origin_;  // of each byte of plain_
  std::vector<uint32_t> behind_;  // ... and where what it stands for ends
};

}  // namespace quire::chat
