#include "extensions/chat/link_filter.h"

#include <algorithm>
#include <cctype>

#include "extensions/chat/words.h"

namespace quire::chat {
namespace {

constexpr size_t kHeldMax = 1024;  // of a construct; a longer one is none
constexpr std::string_view kLeftOut = "(link left out)";

// What stands at the front of a text.
struct Construct {
  enum class Kind : uint8_t { kNone, kUnfinished, kImage, kLink, kTag, kAddress } kind = Kind::kNone;
  size_t size = 0;
  std::string_view text{};     // kImage, kLink: what is shown
  std::string_view address{};  // kLink, kAddress
};
using Kind = Construct::Kind;

// `rest` begins with '['.
Construct ReadLink(std::string_view rest, Kind kind) {
  size_t depth = 0, close = 0;
  for (; close < rest.size() && close < kHeldMax; ++close) {
    if (rest[close] == '[') ++depth;
    if (rest[close] == ']' && --depth == 0) break;
    if (rest[close] == '\n' && close + 1 < rest.size() && rest[close + 1] == '\n') return {};
  }
  if (close >= kHeldMax) return {};
  if (close + 1 >= rest.size()) return {.kind = Kind::kUnfinished};
  if (rest[close + 1] != '(') return {};
  const size_t end = rest.substr(0, kHeldMax).find(')', close);
  if (end == std::string_view::npos) return rest.size() >= kHeldMax ? Construct{} : Construct{.kind = Kind::kUnfinished};
  std::string_view address = rest.substr(close + 2, end - close - 2);
  if (const size_t title = address.find_first_of(" \n"); title != std::string_view::npos) address = address.substr(0, title);
  return {.kind = kind, .size = end + 1, .text = rest.substr(1, close - 1), .address = address};
}

// `rest` begins with an h or a w, of either case.
Construct ReadAddress(std::string_view rest) {
  bool may_be = false;
  for (const std::string_view scheme : {"http://", "https://", "www."}) {
    const std::string begin = FoldCase(rest.substr(0, scheme.size()));
    may_be = may_be || (begin.size() < scheme.size() && scheme.substr(0, begin.size()) == begin);
    if (begin != scheme) continue;
    size_t end = rest.substr(0, kHeldMax).find_first_of(" \t\r\n<>\"'`)]|\\");
    const bool whole = end != std::string_view::npos || rest.size() >= kHeldMax;
    end = std::min({end, rest.size(), kHeldMax});
    while (end > scheme.size() && std::string_view(".,;:!?*_").find(rest[end - 1]) != std::string_view::npos) --end;
    return {.kind = whole ? Kind::kAddress : Kind::kUnfinished, .size = end, .address = rest.substr(0, end)};
  }
  return may_be ? Construct{.kind = Kind::kUnfinished} : Construct{};
}

// `rest` begins with '<'. Only tags that lead somewhere.
Construct ReadTag(std::string_view rest) {
  if (rest.size() >= 2 && rest[1] != '/' && std::isalpha(static_cast<unsigned char>(rest[1])) == 0) return {};
  const size_t end = rest.substr(0, kHeldMax).find('>');
  if (end == std::string_view::npos) return rest.size() < kHeldMax ? Construct{.kind = Kind::kUnfinished} : Construct{};
  const std::string folded = FoldCase(rest.substr(0, end));
  for (const char* sign : {"src", "href", "://", "url(", "javascript:", "<script", "<iframe", "<form", "<object", "<embed"}) {
    if (folded.find(sign) != std::string::npos) return {.kind = Kind::kTag, .size = 1, .text = rest.substr(0, end + 1)};
  }
  return {};
}

Construct Read(std::string_view rest, char before) {
  if (rest.front() == '!') {
    if (rest.size() == 1) return {.kind = Kind::kUnfinished};
    Construct image = rest[1] == '[' ? ReadLink(rest.substr(1), Kind::kImage) : Construct{};
    image.size += image.kind == Kind::kImage ? 1 : 0;
    return image;
  }
  if (rest.front() == '[') return ReadLink(rest, Kind::kLink);
  if (rest.front() == '<') return ReadTag(rest);
  const bool in_word = std::isalnum(static_cast<unsigned char>(before)) != 0;
  return in_word ? Construct{} : ReadAddress(rest);
}

}  // namespace

std::string LinkFilter::Feed(std::string_view piece) {
  held_ += piece;
  return Take(false);
}

std::string LinkFilter::End() { return Take(true); }

std::string LinkFilter::Filtered(std::string_view text) const {
  LinkFilter filter(is_known_);
  const std::string begin = filter.Feed(text);
  return begin + filter.End();
}

std::string LinkFilter::Take(bool final) {
  std::string out;
  size_t at = 0;
  while (at < held_.size()) {
    const std::string_view rest = std::string_view(held_).substr(at);
    Construct construct;
    if (std::string_view("![<hHwW").find(rest.front()) != std::string_view::npos) construct = Read(rest, before_);
    if (construct.kind == Kind::kUnfinished && !final) break;
    if (construct.kind == Kind::kUnfinished && construct.size > 0) {  // an address that ends the text
      construct.kind = Kind::kAddress;
    }
    switch (construct.kind) {
      case Kind::kNone:
      case Kind::kUnfinished:
        construct.size = 1;
        out += rest.front();
        break;
      case Kind::kImage: out.append("(image: ").append(construct.text).append(")"); break;
      case Kind::kLink:
        out += Filtered(construct.text);
        if (is_known_(construct.address)) out.append(" (").append(construct.address).append(")");
        break;
      case Kind::kTag: out += is_known_(construct.text) ? "<" : "&lt;"; break;
      case Kind::kAddress: out += is_known_(construct.address) ? construct.address : kLeftOut; break;
    }
    before_ = held_[at + construct.size - 1];
    at += construct.size;
  }
  held_.erase(0, at);
  return out;
}

}  // namespace quire::chat
