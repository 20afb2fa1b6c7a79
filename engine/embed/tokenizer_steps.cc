// How a tokenizer.json has text changed and cut before its model sees it.

#include <utf8proc.h>

#include <cstdlib>
#include <nlohmann/json.hpp>

#include "engine/embed/tokenizer.h"

namespace quire::embed {
namespace {

using Json = nlohmann::json;

Status Unsupported(const std::string& what, const std::string& type) {
  return Status(Code::kUnsupported, "tokenizer.json: " + what + " '" + type.substr(0, 40) + "' is not supported");
}

// Calls take(code point, its bytes) for each character. `text` is valid UTF-8 by then.
template <typename Take>
void ForEachCharacter(std::string_view text, Take take) {
  for (size_t at = 0; at < text.size();) {
    utf8proc_int32_t code = -1;
    const auto* bytes = reinterpret_cast<const utf8proc_uint8_t*>(text.data()) + at;
    const utf8proc_ssize_t length = utf8proc_iterate(bytes, static_cast<utf8proc_ssize_t>(text.size() - at), &code);
    const size_t taken = length > 0 ? static_cast<size_t>(length) : 1;
    take(length > 0 ? code : 0xFFFD, text.substr(at, taken));
    at += taken;
  }
}

void AppendCode(int32_t code, std::string* out) {
  utf8proc_uint8_t bytes[4];
  const utf8proc_ssize_t length = utf8proc_encode_char(code, bytes);
  out->append(reinterpret_cast<const char*>(bytes), static_cast<size_t>(length));
}

void Map(std::string* text, int options) {
  utf8proc_uint8_t* mapped = nullptr;
  const auto length =
      utf8proc_map(reinterpret_cast<const utf8proc_uint8_t*>(text->data()), static_cast<utf8proc_ssize_t>(text->size()), &mapped,
                   static_cast<utf8proc_option_t>(options | UTF8PROC_STABLE));
  if (length >= 0) text->assign(reinterpret_cast<const char*>(mapped), static_cast<size_t>(length));
  std::free(mapped);
}

NormalizeStep MapStep(int options) {
  return [options](std::string* text) { Map(text, options); };
}

bool IsSpace(int32_t code) {
  return code == ' ' || (code >= '\t' && code <= '\r') || utf8proc_category(code) == UTF8PROC_CATEGORY_ZS ||
         utf8proc_category(code) == UTF8PROC_CATEGORY_ZL || utf8proc_category(code) == UTF8PROC_CATEGORY_ZP;
}
bool IsPunctuation(int32_t code) {
  if ((code >= 33 && code <= 47) || (code >= 58 && code <= 64) || (code >= 91 && code <= 96) || (code >= 123 && code <= 126)) {
    return true;
  }
  const utf8proc_category_t category = utf8proc_category(code);
  return category >= UTF8PROC_CATEGORY_PC && category <= UTF8PROC_CATEGORY_PO;
}
bool IsWord(int32_t code) {
  const utf8proc_category_t category = utf8proc_category(code);
  return code == '_' || (category >= UTF8PROC_CATEGORY_LU && category <= UTF8PROC_CATEGORY_NO);
}
bool IsChinese(int32_t code) {
  return (code >= 0x4E00 && code <= 0x9FFF) || (code >= 0x3400 && code <= 0x4DBF) || (code >= 0x20000 && code <= 0x2CEAF) ||
         (code >= 0xF900 && code <= 0xFAFF) || (code >= 0x2F800 && code <= 0x2FA1F);
}

void LowerCase(std::string* text) {
  std::string out;
  ForEachCharacter(*text, [&](int32_t code, std::string_view) { AppendCode(utf8proc_tolower(code), &out); });
  *text = std::move(out);
}

void StripMarks(std::string* text) {
  Map(text, UTF8PROC_DECOMPOSE);
  std::string out;
  ForEachCharacter(*text, [&](int32_t code, std::string_view bytes) {
    if (utf8proc_category(code) != UTF8PROC_CATEGORY_MN) out += bytes;
  });
  *text = std::move(out);
}

void CleanBert(std::string* text, bool clean, bool chinese) {
  std::string out;
  ForEachCharacter(*text, [&](int32_t code, std::string_view bytes) {
    const utf8proc_category_t category = utf8proc_category(code);
    const bool control = category == UTF8PROC_CATEGORY_CC || category == UTF8PROC_CATEGORY_CF ||
                         category == UTF8PROC_CATEGORY_CN || category == UTF8PROC_CATEGORY_CO;
    if (clean && IsSpace(code)) {
      out += ' ';
    } else if (clean && (code == 0 || code == 0xFFFD || control)) {
    } else if (chinese && IsChinese(code)) {
      out.append(" ").append(bytes).append(" ");
    } else {
      out += bytes;
    }
  });
  *text = std::move(out);
}

void JoinSpaces(std::string* text) {
  std::string out;
  ForEachCharacter(*text, [&](int32_t code, std::string_view bytes) {
    if (!IsSpace(code)) out += bytes;
    if (IsSpace(code) && !out.empty() && out.back() != ' ') out += ' ';
  });
  while (!out.empty() && out.back() == ' ') out.pop_back();
  *text = std::move(out);
}

void Replace(const std::string& from, const std::string& to, std::string* text) {
  std::string out;
  size_t at = 0;
  for (size_t found; (found = text->find(from, at)) != std::string::npos; at = found + from.size()) {
    out.append(*text, at, found - at).append(to);
  }
  *text = out.append(*text, at, std::string::npos);
}

std::string TextOf(const Json& object, const char* name, const std::string& otherwise = "") {
  return object.contains(name) && object[name].is_string() ? object[name].get<std::string>() : otherwise;
}
bool FlagOf(const Json& object, const char* name, bool otherwise) {
  return object.contains(name) && object[name].is_boolean() ? object[name].get<bool>() : otherwise;
}

Status AddNormalizer(const Json& section, int depth, std::vector<NormalizeStep>* steps) {
  const std::string type = TextOf(section, "type");
  if (type == "Sequence" && depth < 8 && section.contains("normalizers") && section["normalizers"].is_array()) {
    for (const Json& one : section["normalizers"]) QUIRE_RETURN_IF_ERROR(AddNormalizer(one, depth + 1, steps));
    return {};
  }
  if (type == "BertNormalizer") {
    const bool clean = FlagOf(section, "clean_text", true), chinese = FlagOf(section, "handle_chinese_chars", true);
    const bool lower = FlagOf(section, "lowercase", true);
    steps->push_back([=](std::string* text) { CleanBert(text, clean, chinese); });
    if (FlagOf(section, "strip_accents", lower)) steps->push_back(StripMarks);
    if (lower) steps->push_back(LowerCase);
    return {};
  }
  if (type == "Lowercase") return steps->push_back(LowerCase), Status();
  if (type == "StripAccents") return steps->push_back(StripMarks), Status();
  if (type == "NFC") return steps->push_back(MapStep(UTF8PROC_COMPOSE)), Status();
  if (type == "NFD") return steps->push_back(MapStep(UTF8PROC_DECOMPOSE)), Status();
  if (type == "NFKC") return steps->push_back(MapStep(UTF8PROC_COMPOSE | UTF8PROC_COMPAT)), Status();
  if (type == "NFKD") return steps->push_back(MapStep(UTF8PROC_DECOMPOSE | UTF8PROC_COMPAT)), Status();
  if (type == "Precompiled") {
    steps->push_back(MapStep(UTF8PROC_COMPOSE | UTF8PROC_COMPAT));
    return steps->push_back(JoinSpaces), Status();
  }
  if (type == "Prepend") {
    return steps->push_back([prefix = TextOf(section, "prepend")](std::string* text) { text->insert(0, prefix); }), Status();
  }
  if (type == "Strip") return steps->push_back(JoinSpaces), Status();
  const bool of_string = section.contains("pattern") && section["pattern"].is_object() && section["pattern"].contains("String");
  if (type == "Replace" && of_string && !TextOf(section["pattern"], "String").empty()) {
    steps->push_back([from = TextOf(section["pattern"], "String"), to = TextOf(section, "content")](std::string* text) {
      Replace(from, to, text);
    });
    return {};
  }
  // SentencePiece's " {2,}" to " ": what Precompiled did already.
  const bool of_spaces = type == "Replace" && section.contains("pattern") && TextOf(section["pattern"], "Regex") == " {2,}";
  if (of_spaces) return steps->push_back(JoinSpaces), Status();
  return Unsupported("normalizer", type);
}

enum class Side : uint8_t { kDrop, kAlone, kKeep };

// Cuts pieces where the class of characters says so: characters that stand alone are pieces of their own.
template <typename SideOf>
SplitStep CutStep(SideOf side_of) {
  return [side_of](std::vector<std::string>* pieces) {
    std::vector<std::string> out;
    for (const std::string& piece : *pieces) {
      std::string word;
      const auto end = [&] {
        if (!word.empty()) out.push_back(std::move(word));
        word.clear();
      };
      int32_t before = -1;
      ForEachCharacter(piece, [&](int32_t code, std::string_view bytes) {
        const Side side = side_of(code, before);
        before = code;
        if (side != Side::kKeep) end();
        if (side == Side::kAlone) out.emplace_back(bytes);
        if (side == Side::kKeep) word += bytes;
      });
      end();
    }
    *pieces = std::move(out);
  };
}

// Words and runs of other characters, apart.
void CutWords(std::vector<std::string>* pieces) {
  std::vector<std::string> out;
  for (const std::string& piece : *pieces) {
    int kind = 0;  // 0 between, 1 word, 2 other
    ForEachCharacter(piece, [&](int32_t code, std::string_view bytes) {
      const int next = IsSpace(code) ? 0 : IsWord(code) ? 1 : 2;
      if (next != 0 && next != kind) out.emplace_back();
      if (next != 0) out.back() += bytes;
      kind = next;
    });
  }
  *pieces = std::move(out);
}

SplitStep MetaspaceStep(std::string mark, bool prepend, bool split) {
  return [=](std::vector<std::string>* pieces) {
    std::vector<std::string> out;
    for (std::string& piece : *pieces) {
      Replace(" ", mark, &piece);
      if (prepend && piece.rfind(mark, 0) != 0) piece.insert(0, mark);
      size_t begin = 0;
      while (split && begin < piece.size()) {
        const size_t next = piece.find(mark, begin + 1);
        if (next == std::string::npos) break;
        out.push_back(piece.substr(begin, next - begin));
        begin = next;
      }
      out.push_back(piece.substr(begin));
    }
    *pieces = std::move(out);
  };
}

Status AddPreTokenizer(const Json& section, int depth, std::vector<SplitStep>* steps) {
  const std::string type = TextOf(section, "type");
  if (type == "Sequence" && depth < 8 && section.contains("pretokenizers") && section["pretokenizers"].is_array()) {
    for (const Json& one : section["pretokenizers"]) QUIRE_RETURN_IF_ERROR(AddPreTokenizer(one, depth + 1, steps));
    return {};
  }
  const auto by_space = [](int32_t code, int32_t) { return IsSpace(code) ? Side::kDrop : Side::kKeep; };
  const auto by_mark = [](int32_t code, int32_t) { return IsPunctuation(code) ? Side::kAlone : Side::kKeep; };
  if (type == "BertPreTokenizer" || type == "WhitespaceSplit") steps->push_back(CutStep(by_space));
  if (type == "BertPreTokenizer" || type == "Punctuation") steps->push_back(CutStep(by_mark));
  if (type == "BertPreTokenizer" || type == "WhitespaceSplit" || type == "Punctuation") return {};
  if (type == "Whitespace") return steps->push_back(CutWords), Status();
  if (type == "Digits" && FlagOf(section, "individual_digits", false)) {
    steps->push_back(CutStep([](int32_t code, int32_t) {
      return utf8proc_category(code) == UTF8PROC_CATEGORY_ND ? Side::kAlone : Side::kKeep;
    }));
    return {};
  }
  if (type == "Metaspace") {
    const std::string scheme = TextOf(section, "prepend_scheme", FlagOf(section, "add_prefix_space", true) ? "always" : "never");
    steps->push_back(MetaspaceStep(TextOf(section, "replacement", "\xE2\x96\x81"), scheme != "never", FlagOf(section, "split", true)));
    return {};
  }
  return Unsupported("pre_tokenizer", type);
}

}  // namespace

Status ReadNormalizer(std::string_view section, std::vector<NormalizeStep>* steps) {
  const Json json = Json::parse(section, nullptr, false);
  return json.is_object() ? AddNormalizer(json, 0, steps) : Status();
}

Status ReadPreTokenizer(std::string_view section, std::vector<SplitStep>* steps) {
  const Json json = Json::parse(section, nullptr, false);
  return json.is_object() ? AddPreTokenizer(json, 0, steps) : Status();
}

}  // namespace quire::embed
