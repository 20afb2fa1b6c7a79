#include "extensions/ingest/front_matter.h"

#include <yaml.h>

#include <algorithm>
#include <iterator>
#include <memory>
#include <optional>

#include "engine/base/utf8.h"
#include "extensions/ingest/text_scan.h"
#include "quire/schema.h"

namespace quire::ingest {
namespace {

constexpr size_t kBytesMax = 64 * 1024;
constexpr size_t kKeysMax = 128;
// libyaml looks through all open brackets at every token: the product of this and the tokens is what a file can cost.
constexpr std::ptrdiff_t kBracketsMax = 1000;
constexpr size_t kNameBytesMax = 64;
constexpr size_t kValueBytesMax = 8192;  // every chunk holds it
constexpr std::string_view kPrefix = "front_";
// What a result has besides the columns that are stored, and cannot be the name of an attribute either.
constexpr std::string_view kResultColumns[] = {"anchor", "start", "end", "score", "distance", "rank"};

// Where the YAML lies, [start, stop), and where the closing line ends.
struct Extent {
  size_t start = 0, stop = 0, end = 0;
};

std::string_view LineAt(std::string_view source, size_t start) {
  std::string_view line = source.substr(start, NextLine(source, start) - start);
  while (!line.empty() && IsBlank(line.back())) line.remove_suffix(1);
  return line;
}

// The extent, or nothing where no front matter begins. `closed` tells whether a closing line was found.
std::optional<Extent> FindExtent(std::string_view source, bool* closed) {
  *closed = false;
  if (source.substr(0, 3) != "---" || LineAt(source, 0) != "---") return std::nullopt;
  Extent extent;
  extent.start = NextLine(source, 0);
  for (size_t at = extent.start; at < std::min(source.size(), kBytesMax); at = NextLine(source, at)) {
    const std::string_view line = LineAt(source, at);
    if (line != "---" && line != "...") continue;
    extent.stop = at;
    extent.end = NextLine(source, at);
    *closed = true;
    break;
  }
  return extent;
}

// libyaml's document, freed at the end.
class YamlDocument {
 public:
  // Reads `text`; on failure ok() is false and error() says why.
  explicit YamlDocument(std::string_view text) {
    yaml_parser_t parser;
    if (yaml_parser_initialize(&parser) == 0) return;
    yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&parser, reinterpret_cast<const unsigned char*>(text.data()), text.size());
    ok_ = yaml_parser_load(&parser, &document_) != 0;
    if (!ok_ && parser.problem != nullptr) {
      error_ = std::string(parser.problem) + " in its line " + std::to_string(parser.problem_mark.line + 1);
    }
    yaml_parser_delete(&parser);
  }
  ~YamlDocument() {
    if (ok_) yaml_document_delete(&document_);
  }
  YamlDocument(const YamlDocument&) = delete;
  YamlDocument& operator=(const YamlDocument&) = delete;

  bool ok() const { return ok_; }
  const std::string& error() const { return error_; }
  const yaml_node_t* root() { return yaml_document_get_root_node(&document_); }
  const yaml_node_t* node(int id) { return yaml_document_get_node(&document_, id); }

 private:
  yaml_document_t document_{};
  bool ok_ = false;
  std::string error_ = "out of memory";
};

std::string_view ScalarText(const yaml_node_t& node) {
  return {reinterpret_cast<const char*>(node.data.scalar.value), node.data.scalar.length};
}

bool IsNullScalar(const yaml_node_t& node) {
  const std::string_view text = ScalarText(node);
  return node.data.scalar.style == YAML_PLAIN_SCALAR_STYLE && (text.empty() || text == "~" || text == "null");
}

bool IsUsable(std::string_view text) { return FindInvalidUtf8(text) == std::string_view::npos; }

// A scalar or a list of scalars; NULL for what has no value; nothing for anything deeper.
std::optional<Value> ToValue(YamlDocument& document, const yaml_node_t& node) {
  if (node.type == YAML_SCALAR_NODE) {
    if (IsNullScalar(node) || !IsUsable(ScalarText(node))) return Value::Null();
    return Value::Text(std::string(ScalarText(node)));
  }
  if (node.type != YAML_SEQUENCE_NODE) return std::nullopt;
  std::vector<std::string> texts;
  for (const yaml_node_item_t* item = node.data.sequence.items.start; item < node.data.sequence.items.top; ++item) {
    const yaml_node_t* element = document.node(*item);
    if (element == nullptr || element->type != YAML_SCALAR_NODE) return std::nullopt;
    if (!IsNullScalar(*element) && IsUsable(ScalarText(*element))) texts.emplace_back(ScalarText(*element));
  }
  return texts.empty() ? Value::Null() : Value::TextArray(std::move(texts));
}

template <size_t kSize>
bool Contains(const std::string_view (&names)[kSize], std::string_view name) {
  return std::find(std::begin(names), std::end(names), name) != std::end(names);
}

// A key as the name of an attribute; empty if nothing of it can be one.
std::string AttributeName(std::string_view key) {
  std::string name;
  for (const char c : key.substr(0, kNameBytesMax)) {
    name.push_back(IsAlpha(c) || IsDigit(c) ? LowerAscii(c) : '_');
  }
  if (name.find_first_not_of('_') == std::string::npos) return {};
  const bool taken = Contains(kBuiltinColumns, name) || Contains(kResultColumns, name);
  if (taken || IsDigit(name.front())) name.insert(0, kPrefix);
  return name;
}

bool HasAttribute(const FrontMatter& matter, std::string_view name) {
  return std::any_of(matter.attributes.begin(), matter.attributes.end(),
                     [name](const Attribute& attribute) { return attribute.name == name; });
}

void TakePair(YamlDocument& document, const yaml_node_pair_t& pair, FrontMatter* matter) {
  const yaml_node_t* key = document.node(pair.key);
  const yaml_node_t* node = document.node(pair.value);
  if (key == nullptr || node == nullptr || key->type != YAML_SCALAR_NODE) return;
  const std::string_view text = ScalarText(*key);
  std::optional<Value> value = ToValue(document, *node);
  const std::string name = AttributeName(text);
  if (!value || name.empty()) {
    matter->notices.push_back("front matter key '" + Printable(text) +
                              "' is left out: neither text nor a list of texts");
    return;
  }
  if (value->is_null()) return;
  if (value->ToString().size() > kValueBytesMax) {
    matter->notices.push_back("front matter key '" + Printable(text) + "' is left out: longer than " +
                              std::to_string(kValueBytesMax) + " bytes");
    return;
  }
  if (ToLower(text) == "title" && value->type() == Type::kText) {
    if (matter->title.empty()) AppendCollapsed(&matter->title, value->text());
  } else if (HasAttribute(*matter, name)) {
    matter->notices.push_back("front matter key '" + Printable(text) + "' is left out: there is another '" + name +
                              "'");
  } else {
    const bool plain = node->type == YAML_SCALAR_NODE && node->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
    matter->attributes.push_back({name, std::move(*value), plain});
  }
}

}  // namespace

FrontMatter ReadFrontMatter(std::string_view source) {
  FrontMatter matter;
  bool closed = false;
  const std::optional<Extent> extent = FindExtent(source, &closed);
  if (!extent) return matter;
  if (!closed) {
    // A document may well begin with a thematic break: only what looks like a key after it is worth a word.
    if (LineAt(source, extent->start).find(':') != std::string_view::npos) {
      matter.notices.push_back("front matter is not closed by '---': kept as text");
    }
    return matter;
  }
  const std::string_view yaml = source.substr(extent->start, extent->stop - extent->start);
  if (std::count_if(yaml.begin(), yaml.end(), [](char c) { return c == '[' || c == '{'; }) > kBracketsMax) {
    matter.notices.push_back("front matter has more than " + std::to_string(kBracketsMax) + " brackets: kept as text");
    return matter;
  }
  YamlDocument document(yaml);
  if (!document.ok()) {
    matter.notices.push_back("front matter is not valid YAML (" + document.error() + "): kept as text");
    return matter;
  }
  const yaml_node_t* root = document.root();
  if (root != nullptr && root->type != YAML_MAPPING_NODE) {
    matter.notices.push_back("front matter is not a list of 'key: value': kept as text");
    return matter;
  }
  matter.end = extent->end;
  if (root == nullptr) return matter;
  size_t keys = 0;
  for (auto* pair = root->data.mapping.pairs.start; pair < root->data.mapping.pairs.top; ++pair) {
    if (++keys > kKeysMax) {
      matter.notices.push_back("front matter has more than " + std::to_string(kKeysMax) +
                               " keys: the rest is left out");
      break;
    }
    TakePair(document, *pair, &matter);
  }
  return matter;
}

}  // namespace quire::ingest
