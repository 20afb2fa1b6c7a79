#include "extensions/ingest/encoding.h"

#include <iconv.h>

#include <algorithm>
#include <cerrno>
#include <memory>

#include "engine/base/utf8.h"
#include "extensions/ingest/report.h"
#include "extensions/ingest/text_scan.h"

namespace quire::ingest {
namespace {

constexpr size_t kHeadBytes = 4096;
constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

struct Mark {
  std::string_view bytes, encoding;
};
// Those of UTF-32 first: they begin as those of UTF-16 do.
constexpr Mark kMarks[] = {{std::string_view("\xFF\xFE\0\0", 4), "UTF-32LE"},
                           {std::string_view("\0\0\xFE\xFF", 4), "UTF-32BE"},
                           {"\xFF\xFE", "UTF-16LE"},
                           {"\xFE\xFF", "UTF-16BE"}};

struct CloseIconv {
  void operator()(void* conversion) const { iconv_close(conversion); }
};

size_t UnitBytes(std::string_view encoding) {
  const std::string name = ToLower(encoding);
  if (name.rfind("utf-32", 0) == 0 || name.rfind("ucs-4", 0) == 0) return 4;
  return name.rfind("utf-16", 0) == 0 || name.rfind("ucs-2", 0) == 0 ? 2 : 1;
}

// UTF-16 or UTF-32 without a mark: text of letters has a NUL in the same place of nearly each unit.
std::string_view WideByNuls(std::string_view bytes) {
  const std::string_view head = bytes.substr(0, std::min(bytes.size(), kHeadBytes) / 4 * 4);
  if (head.size() < 8 || bytes.size() % 2 != 0) return {};
  size_t nuls[4] = {};
  for (size_t i = 0; i < head.size(); ++i) nuls[i % 4] += head[i] == '\0' ? 1 : 0;
  const size_t units = head.size() / 4;
  const auto many = [&](size_t place) { return nuls[place] * 10 >= units * 7; };
  const auto few = [&](size_t place) { return nuls[place] * 10 <= units; };
  if (many(1) && many(2) && many(3) && few(0)) return "UTF-32LE";
  if (many(0) && many(1) && many(2) && few(3)) return "UTF-32BE";
  if (many(1) && many(3) && few(0) && few(2)) return "UTF-16LE";
  if (many(0) && many(2) && few(1) && few(3)) return "UTF-16BE";
  return {};
}

// Bytes that no text of one byte a character has, in any number.
bool IsBinary(std::string_view bytes) {
  if (bytes.find('\0') != std::string_view::npos) return true;
  const auto is_control = [](char c) { return c >= 0 && c < ' ' && !IsBlank(c) && c != '\x1B'; };
  const std::string_view head = bytes.substr(0, kHeadBytes);
  return static_cast<size_t>(std::count_if(head.begin(), head.end(), is_control)) * 20 > head.size();
}

// Whether what is no UTF-8 is damage in a text that is: it has more characters of several bytes than places that are wrong.
bool IsDamagedUtf8(std::string_view bytes) {
  size_t wrong = 0, right = 0;
  while (!bytes.empty()) {
    const size_t bad = std::min(FindInvalidUtf8(bytes), bytes.size());
    right += static_cast<size_t>(std::count_if(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(bad),
                                               [](char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0xC0; }));
    if (bad < bytes.size()) ++wrong;
    bytes.remove_prefix(std::min(bad + 1, bytes.size()));
  }
  return right > wrong;
}

// iconv takes more for UTF-8 than there is of it: characters above U+10FFFF.
std::string WithoutInvalid(std::string_view text, size_t* replaced) {
  std::string valid;
  for (size_t bad = FindInvalidUtf8(text); bad != std::string_view::npos; bad = FindInvalidUtf8(text)) {
    valid.append(text, 0, bad).append(kReplacement);
    ++*replaced;
    text.remove_prefix(bad + 1);
  }
  return valid.append(text);
}

Result<DecodedText> Decode(std::string_view bytes, std::string_view encoding, std::string notice) {
  DecodedText decoded{.text = {}, .encoding = std::string(encoding), .notice = std::move(notice)};
  size_t replaced = 0;
  QUIRE_ASSIGN_OR_RETURN(decoded.text, ToUtf8(bytes, encoding, &replaced));
  if (replaced > 0) {
    decoded.notice += (decoded.notice.empty() ? "" : "; ") + Plural(replaced, "place") + " with no meaning in " +
                      decoded.encoding + " became U+FFFD";
  }
  return decoded;
}

}  // namespace

Result<std::string> ToUtf8(std::string_view bytes, std::string_view encoding, size_t* replaced) {
  if (encoding == "UTF-8") return WithoutInvalid(bytes, replaced);
  const iconv_t opened = iconv_open("UTF-8", std::string(encoding).c_str());
  if (opened == reinterpret_cast<iconv_t>(-1)) {
    return Status(Code::kInvalidArgument, "encoding '" + Printable(encoding) + "' is not known",
                  "'iconv -l' lists those there are");
  }
  const std::unique_ptr<void, CloseIconv> conversion(opened);
  const size_t unit = UnitBytes(encoding);
  std::string text;
  std::string buffer(std::clamp<size_t>(bytes.size() * 2, 64, size_t{1} << 16), '\0');
  char* in = const_cast<char*>(bytes.data());  // iconv's signature; it does not write there
  for (size_t left = bytes.size(); left > 0;) {
    char* out = buffer.data();
    size_t room = buffer.size();
    const size_t done = iconv(conversion.get(), &in, &left, &out, &room);
    const int failure = done == static_cast<size_t>(-1) ? errno : 0;
    text.append(buffer, 0, buffer.size() - room);
    if (failure == 0 || failure == E2BIG) continue;
    text += kReplacement;
    ++*replaced;
    const size_t skipped = failure == EINVAL ? left : std::min(left, unit);
    in += skipped;
    left -= skipped;
  }
  if (FindInvalidUtf8(text) != std::string_view::npos) text = WithoutInvalid(text, replaced);
  return text;
}

Result<DecodedText> DecodeText(std::string bytes, std::string_view declared, std::string_view forced) {
  for (const Mark& mark : kMarks) {
    if (bytes.size() % UnitBytes(mark.encoding) != 0 || bytes.rfind(mark.bytes, 0) != 0) continue;
    return Decode(std::string_view(bytes).substr(mark.bytes.size()), mark.encoding, "");
  }
  if (!forced.empty()) return Decode(bytes, forced, "");
  if (const std::string_view wide = WideByNuls(bytes); !wide.empty()) {
    return Decode(bytes, wide, "read as " + std::string(wide) + ", by its NUL bytes");
  }
  const size_t bad = FindInvalidUtf8(bytes);
  if (bad == std::string_view::npos) return DecodedText{.text = std::move(bytes), .encoding = {}, .notice = {}};
  if (!declared.empty()) {
    Result<DecodedText> decoded = Decode(bytes, declared, "");
    if (decoded.ok()) return decoded;
  }
  if (IsBinary(bytes)) {
    return Status(Code::kInvalidArgument, "is not text: not UTF-8 at byte " + std::to_string(bad),
                  "leave it out, or name its encoding");
  }
  if (IsDamagedUtf8(bytes)) return Decode(bytes, "UTF-8", "");
  return Decode(bytes, "windows-1252", "is not UTF-8 at byte " + std::to_string(bad) + ": read as windows-1252");
}

std::string DeclaredEncoding(std::string_view text) {
  const std::string head = ToLower(text.substr(0, kHeadBytes));
  for (const std::string_view key : {"charset=", "encoding="}) {
    const size_t found = head.find(key);
    if (found == std::string::npos) continue;
    const size_t begin = head.find_first_not_of("\"' ", found + key.size());
    if (begin == std::string::npos) continue;
    const size_t end = head.find_first_of("\"' ;/>?\r\n", begin);
    const std::string name = head.substr(begin, end - begin);
    // The text was readable so far, so that it is not what this says (HTML's rule).
    return name.rfind("utf-16", 0) == 0 ? std::string() : name;
  }
  return {};
}

}  // namespace quire::ingest
