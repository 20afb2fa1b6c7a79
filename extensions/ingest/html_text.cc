#include "extensions/ingest/html_text.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <iterator>

#include "extensions/ingest/text_scan.h"

namespace quire::ingest {
namespace {

constexpr std::string_view kSeparatingTags[] = {
    "article", "aside",      "blockquote", "br",     "caption", "dd",  "details", "div",     "dl",
    "dt",      "figcaption", "figure",     "h1",     "h2",      "h3",  "h4",      "h5",      "h6",
    "hr",      "li",         "ol",         "option", "p",       "pre", "section", "summary", "table",
    "tbody",   "td",         "tfoot",      "th",     "thead",   "tr",  "ul"};

struct Entity {
  std::string_view name;
  uint32_t code;
};
constexpr Entity kEntities[] = {
    {"amp", '&'},       {"lt", '<'},       {"gt", '>'},       {"quot", '"'},     {"apos", '\''},    {"nbsp", ' '},
    {"copy", 0xA9},     {"reg", 0xAE},     {"deg", 0xB0},     {"middot", 0xB7},  {"times", 0xD7},   {"ndash", 0x2013},
    {"mdash", 0x2014},  {"lsquo", 0x2018}, {"rsquo", 0x2019}, {"ldquo", 0x201C}, {"rdquo", 0x201D}, {"bull", 0x2022},
    {"hellip", 0x2026}, {"trade", 0x2122}, {"larr", 0x2190},  {"rarr", 0x2192}};
constexpr size_t kEntityBytesMax = 12;

constexpr std::string_view kShownTemplateTags[] = {"details", "collapse"};

// The character of a reference's inside ("amp", "#39", "#x27"), or 0.
uint32_t EntityCode(std::string_view name) {
  if (name.size() > 1 && name[0] == '#') {
    const bool hex = name[1] == 'x' || name[1] == 'X';
    const char* first = name.data() + (hex ? 2 : 1);
    const char* last = name.data() + name.size();
    uint32_t code = 0;
    const auto [end, error] = std::from_chars(first, last, code, hex ? 16 : 10);
    const bool valid = error == std::errc() && end == last && code <= 0x10FFFF && (code < 0xD800 || code > 0xDFFF);
    return valid ? code : 0;
  }
  for (const Entity& entity : kEntities) {
    if (name == entity.name) return entity.code;
  }
  return 0;
}

void AppendSeparator(std::string* out) {
  if (!out->empty() && !IsBlank(out->back())) out->push_back(' ');
}

// Appends the reference at the front of `rest`, or the '&' alone. Gives the bytes used.
size_t AppendEntity(std::string_view rest, std::string* out) {
  const size_t end = rest.substr(0, kEntityBytesMax).find(';');
  const uint32_t code = end == std::string_view::npos ? 0 : EntityCode(rest.substr(1, end - 1));
  if (code == 0) {
    out->push_back('&');
    return 1;
  }
  if (code <= ' ') {
    AppendSeparator(out);
  } else {
    AppendUtf8(out, code);
  }
  return end + 1;
}

bool IsSeparatingName(std::string_view name) {
  if (!name.empty() && name.front() == '/') name.remove_prefix(1);
  return std::binary_search(std::begin(kSeparatingTags), std::end(kSeparatingTags), name);
}

// The name at the front of what follows a '<': "td", "/td".
std::string TagName(std::string_view rest) {
  size_t length = !rest.empty() && rest[0] == '/' ? 1 : 0;
  while (length < rest.size() && (IsAlpha(rest[length]) || IsDigit(rest[length]))) ++length;
  return ToLower(rest.substr(0, length));
}

}  // namespace

void HtmlText::Append(std::string_view piece, std::string* out) {
  while (!piece.empty()) {
    size_t used = 0;
    switch (state_) {
      case State::kText: used = AppendText(piece, out); break;
      case State::kTag: used = SkipTag(piece, out); break;
      case State::kComment: {
        const size_t end = piece.find("-->");
        used = end == std::string_view::npos ? piece.size() : end + 3;
        if (end != std::string_view::npos) state_ = State::kText;
        break;
      }
      case State::kRaw:
        used = SkipRaw(piece);
        if (used < piece.size()) state_ = State::kText;
        break;
    }
    piece.remove_prefix(used);
  }
}

size_t HtmlText::AppendText(std::string_view rest, std::string* out) {
  if (rest[0] == '<') return BeginMarkup(rest, out);
  if (rest[0] == '&') return AppendEntity(rest, out);
  size_t at = 0;
  for (; at < rest.size() && rest[at] != '<' && rest[at] != '&'; ++at) {
    if (IsBlank(rest[at])) {
      AppendSeparator(out);
    } else {
      out->push_back(rest[at]);
    }
  }
  return at;
}

size_t HtmlText::BeginMarkup(std::string_view rest, std::string* out) {
  if (rest.substr(0, 4) == "<!--") {
    state_ = State::kComment;
    return 4;
  }
  const char next = rest.size() > 1 ? rest[1] : ' ';
  if (!IsAlpha(next) && next != '/' && next != '!' && next != '?') {
    out->push_back('<');
    return 1;
  }
  state_ = State::kTag;
  tag_ = TagName(rest.substr(1));
  quote_ = 0;
  return 1;
}

size_t HtmlText::SkipTag(std::string_view rest, std::string* out) {
  for (size_t at = 0; at < rest.size(); ++at) {
    const char c = rest[at];
    if (quote_ != 0) {
      if (c == quote_) quote_ = 0;
    } else if (c == '"' || c == '\'') {
      if (at > 0 && rest[at - 1] == '=') quote_ = c;
    } else if (c == '>') {
      if (IsSeparatingName(tag_)) AppendSeparator(out);
      state_ = tag_ == "script" || tag_ == "style" ? State::kRaw : State::kText;
      return at + 1;
    }
  }
  return rest.size();
}

size_t HtmlText::SkipRaw(std::string_view rest) const {
  for (size_t at = rest.find("</"); at != std::string_view::npos; at = rest.find("</", at + 2)) {
    if (TagName(rest.substr(at + 1)).substr(1) == tag_) return at;
  }
  return rest.size();
}

bool SeparatesText(std::string_view markup) {
  return !markup.empty() && markup[0] == '<' && IsSeparatingName(TagName(markup.substr(1)));
}

void StripTemplateTags(std::string* text, size_t from) {
  size_t open = text->find("{%", from);
  if (open == std::string::npos) return;
  std::string kept;
  size_t done = from;
  while (open != std::string::npos) {
    const size_t close = text->find("%}", open + 2);
    if (close == std::string::npos) break;
    kept.append(*text, done, open - done);
    const std::string_view inside = Trim(std::string_view(*text).substr(open + 2, close - open - 2));
    const std::string_view name = inside.substr(0, inside.find(' '));
    if (std::find(std::begin(kShownTemplateTags), std::end(kShownTemplateTags), name) != std::end(kShownTemplateTags)) {
      kept += Trim(inside.substr(name.size()));
    }
    done = close + 2;
    open = text->find("{%", done);
  }
  kept.append(*text, done);
  text->resize(from);
  *text += kept;
}

}  // namespace quire::ingest
