#include "extensions/ingest/mail_message.h"

#include <algorithm>
#include <cstdio>
#include <map>

#include "engine/base/calendar.h"
#include "extensions/ingest/encoding.h"
#include "extensions/ingest/markdown_text.h"
#include "extensions/ingest/text_scan.h"

namespace quire::ingest {
namespace {

constexpr size_t kDepthMax = 20;    // of parts within parts
constexpr size_t kPartsMax = 2000;  // of one message

int HexDigit(char c) {
  if (IsDigit(c)) return c - '0';
  const char lower = LowerAscii(c);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

std::string FromQuotedPrintable(std::string_view text, bool in_header) {
  std::string bytes;
  for (size_t i = 0; i < text.size(); ++i) {
    if (in_header && text[i] == '_') {
      bytes.push_back(' ');
    } else if (text[i] != '=') {
      bytes.push_back(text[i]);
    } else if (i + 2 < text.size() && HexDigit(text[i + 1]) >= 0 && HexDigit(text[i + 2]) >= 0) {
      bytes.push_back(static_cast<char>(HexDigit(text[i + 1]) * 16 + HexDigit(text[i + 2])));
      i += 2;
    } else if (i + 1 < text.size() && (text[i + 1] == '\n' || text[i + 1] == '\r')) {
      i = NextLine(text, i + 1) - 1;  // a line that goes on
    } else {
      bytes.push_back('=');
    }
  }
  return bytes;
}

std::string FromBase64(std::string_view text) {
  constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string bytes;
  uint32_t bits = 0;
  int count = 0;
  for (const char c : text) {
    const size_t value = kAlphabet.find(c);
    if (value == std::string_view::npos) continue;
    bits = bits << 6 | static_cast<uint32_t>(value);
    count += 6;
    if (count < 8) continue;
    count -= 8;
    bytes.push_back(static_cast<char>(bits >> count & 0xFF));
  }
  return bytes;
}

std::string InUtf8(std::string bytes, const std::string& charset) {
  const std::string name = ToLower(charset);
  const bool plain = name.empty() || name == "utf-8" || name == "us-ascii";
  size_t replaced = 0;
  if (!plain) {
    Result<std::string> text = ToUtf8(bytes, name, &replaced);
    if (text.ok()) return std::move(text).value();
  }
  Result<DecodedText> decoded = DecodeText(bytes);
  if (decoded.ok()) return std::move(decoded->text);
  return ToUtf8(bytes, "UTF-8", &replaced).value();
}

struct Headers {
  std::map<std::string, std::string> values;  // by lower-case name; the first of each
  size_t body = 0;                            // where the body begins

  std::string Get(const std::string& name) const {
    const auto found = values.find(name);
    return found == values.end() ? std::string() : found->second;
  }
};

Headers ReadHeaders(std::string_view bytes) {
  Headers headers;
  std::string* last = nullptr;
  size_t at = 0;
  while (at < bytes.size()) {
    const size_t next = NextLine(bytes, at);
    const std::string_view line = bytes.substr(at, next - at);
    at = next;
    if (Trim(line).empty()) break;
    if (IsBlank(line[0])) {
      if (last != nullptr && last->size() < 100'000) *last += " " + std::string(Trim(line));
      continue;
    }
    const size_t colon = line.find(':');
    if (colon == std::string_view::npos) continue;
    const auto [entry, added] =
        headers.values.emplace(ToLower(Trim(line.substr(0, colon))), std::string(Trim(line.substr(colon + 1))));
    last = added ? &entry->second : nullptr;
  }
  headers.body = at;
  return headers;
}

// "x" of `text/plain; charset="x"`; a name with a star (RFC 2231) as well.
std::string ParameterOf(const std::string& value, const std::string& name) {
  const std::string lower = ToLower(value);
  for (size_t at = lower.find(name); at != std::string::npos; at = lower.find(name, at + 1)) {
    size_t equals = at + name.size();
    if (equals < lower.size() && lower[equals] == '*') ++equals;
    if (at == 0 || (!IsBlank(lower[at - 1]) && lower[at - 1] != ';') || equals >= lower.size() ||
        lower[equals] != '=') {
      continue;
    }
    std::string_view rest = Trim(std::string_view(value).substr(equals + 1));
    if (!rest.empty() && rest[0] == '"') return std::string(rest.substr(1, rest.find('"', 1) - 1));
    return std::string(Trim(rest.substr(0, rest.find(';'))));
  }
  return {};
}

// "Fri, 16 Dec 2022 17:04:16 -0500" in UTC; as it is where it is not such a date.
std::string DateOf(const std::string& value) {
  constexpr std::string_view kMonths = "janfebmaraprmayjunjulaugsepoctnovdec";
  const size_t comma = value.find(',');
  int day = 0, year = 0, hour = 0, minute = 0, second = 0, zone = 0;
  char month[4] = {};
  const char* begin = value.c_str() + (comma == std::string::npos ? 0 : comma + 1);
  if (std::sscanf(begin, " %d %3s %d %d:%d:%d %d", &day, month, &year, &hour, &minute, &second, &zone) < 6)
    return value;
  const size_t found = kMonths.find(ToLower(month));
  if (found == std::string_view::npos || found % 3 != 0 || zone < -1400 || zone > 1400) return value;
  char text[64];
  std::snprintf(text, sizeof text, "%04d-%02d-%02dT%02d:%02d:%02d%c%02d:%02d", year, static_cast<int>(found / 3 + 1),
                day, hour, minute, second, zone < 0 ? '-' : '+', std::abs(zone) / 100, std::abs(zone) % 100);
  const std::optional<int64_t> moment = ParseTimestamp(text);
  return moment ? FormatTimestamp(*moment) : value;
}

class Reading {
 public:
  Reading(const ConvertInput& input, MailMessage* message) : input_(input), message_(*message) {}

  Status Part(std::string_view bytes, size_t depth, std::string* plain, std::string* html) {
    if (++parts_ > kPartsMax || depth > kDepthMax) {
      if (message_.notices.empty())
        message_.notices.emplace_back("more parts, or deeper ones, than a message has: left out");
      return {};
    }
    const Headers headers = ReadHeaders(bytes);
    const std::string_view body = bytes.substr(headers.body);
    const std::string kind = headers.Get("content-type");
    const std::string type = kind.empty() ? "text/plain" : ToLower(Trim(kind.substr(0, kind.find(';'))));
    if (type.rfind("multipart/", 0) == 0) return Multipart(body, kind, type, depth, plain, html);
    if (type == "message/rfc822") return Part(body, depth + 1, plain, html);
    std::string name = ParameterOf(headers.Get("content-disposition"), "filename");
    if (name.empty()) name = ParameterOf(kind, "name");
    const bool attached = ToLower(headers.Get("content-disposition")).rfind("attachment", 0) == 0;
    if (attached || (type != "text/plain" && type != "text/html")) {
      message_.attachments.push_back(name.empty() ? type : DecodeWords(name) + " (" + type + ")");
      return {};
    }
    const std::string encoding = ToLower(headers.Get("content-transfer-encoding"));
    std::string text(body);
    if (encoding == "base64") text = FromBase64(body);
    if (encoding == "quoted-printable") text = FromQuotedPrintable(body, false);
    text = InUtf8(std::move(text), ParameterOf(kind, "charset"));
    if (type == "text/plain") {
      *plain += text + "\n";
      return {};
    }
    return AppendHtml(text, input_, html);
  }

 private:
  Status Multipart(std::string_view body, const std::string& kind, const std::string& type, size_t depth,
                   std::string* plain, std::string* html) {
    const std::string boundary = "--" + ParameterOf(kind, "boundary");
    if (boundary.size() == 2) {
      *plain += InUtf8(std::string(body), "");
      return {};
    }
    std::string own_plain, own_html;
    size_t begin = std::string_view::npos;
    for (size_t at = 0; at < body.size();) {
      const size_t next = NextLine(body, at);
      const std::string_view line = body.substr(at, next - at);
      if (line.substr(0, boundary.size()) == boundary) {
        if (begin != std::string_view::npos) {
          QUIRE_RETURN_IF_ERROR(Part(body.substr(begin, at - begin), depth + 1, &own_plain, &own_html));
        }
        begin = line.substr(boundary.size(), 2) == "--" ? std::string_view::npos : next;
      }
      at = next;
    }
    // A message that was cut off.
    if (begin < body.size()) QUIRE_RETURN_IF_ERROR(Part(body.substr(begin), depth + 1, &own_plain, &own_html));
    const bool one_of = type == "multipart/alternative" && !Trim(own_plain).empty();
    *plain += own_plain;
    if (!one_of) *html += own_html;
    return {};
  }

  const ConvertInput& input_;
  MailMessage& message_;
  size_t parts_ = 0;
};

}  // namespace

std::string DecodeWords(std::string_view value) {
  std::string text;
  bool after_word = false;
  for (size_t at = 0; at < value.size();) {
    const size_t begin = value.find("=?", at);
    const size_t first = begin == std::string_view::npos ? begin : value.find('?', begin + 2);
    const size_t second = first == std::string_view::npos ? first : value.find('?', first + 1);
    const size_t end = second == std::string_view::npos ? second : value.find("?=", second + 1);
    if (end == std::string_view::npos || second != first + 2) {
      const size_t next = begin == std::string_view::npos ? value.size() : begin + 2;
      text += value.substr(at, next - at);
      after_word = false;
      at = next;
      continue;
    }
    const std::string_view between = value.substr(at, begin - at);
    if (!after_word || !Trim(between).empty()) text += between;  // blanks between two words are not text
    const std::string_view coded = value.substr(second + 1, end - second - 1);
    const char how = LowerAscii(value[first + 1]);
    const std::string charset(value.substr(begin + 2, first - begin - 2));
    text +=
        InUtf8(how == 'b' ? FromBase64(coded) : FromQuotedPrintable(coded, true), charset.substr(0, charset.find('*')));
    after_word = true;
    at = end + 2;
  }
  return InUtf8(std::move(text), "");
}

Result<MailMessage> ReadMessage(std::string_view bytes, const ConvertInput& input) {
  MailMessage message;
  const Headers headers = ReadHeaders(bytes);
  message.subject = OneLine(DecodeWords(headers.Get("subject")));
  message.from = OneLine(DecodeWords(headers.Get("from")));
  message.to = OneLine(DecodeWords(headers.Get("to")));
  message.date = DateOf(headers.Get("date"));
  std::string plain, html;
  QUIRE_RETURN_IF_ERROR(Reading(input, &message).Part(bytes, 0, &plain, &html));
  AppendParagraphs(plain, &message.markdown);
  message.markdown += html;
  return message;
}

}  // namespace quire::ingest
