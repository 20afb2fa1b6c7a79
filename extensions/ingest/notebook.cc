// Jupyter notebooks: cells in order, as Markdown; code and its textual output between fences.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "extensions/ingest/converters.h"
#include "extensions/ingest/markdown_text.h"

namespace quire::ingest {
namespace {

using nlohmann::json;

constexpr size_t kOutputBytesMax = 4000;  // of one cell: what is longer is a log, and says the same again

// A text, or a list of its lines.
std::string TextOf(const json& object, const char* key) {
  if (!object.is_object() || !object.contains(key)) return {};
  const json& value = object[key];
  if (value.is_string()) return value.get<std::string>();
  std::string text;
  if (!value.is_array()) return text;
  for (const json& line : value) {
    if (line.is_string()) text += line.get_ref<const std::string&>();
  }
  return text;
}

std::string OutputOf(const json& cell) {
  std::string text;
  if (!cell.contains("outputs") || !cell["outputs"].is_array()) return text;
  for (const json& output : cell["outputs"]) {
    text += TextOf(output, "text");
    if (output.is_object() && output.contains("data")) text += TextOf(output["data"], "text/plain");
    if (!text.empty() && text.back() != '\n') text.push_back('\n');
  }
  return std::string(Utf8Head(text, kOutputBytesMax));
}

std::string LanguageOf(const json& notebook) {
  const json* at = &notebook;
  for (const char* key : {"metadata", "kernelspec", "language"}) {
    if (!at->is_object() || !at->contains(key)) return {};
    at = &(*at)[key];
  }
  return at->is_string() ? OneLine(at->get<std::string>()) : std::string();
}

}  // namespace

Result<Converted> ConvertNotebook(const ConvertInput& input) {
  const std::string_view bytes = input.bytes;
  if (!JsonIsShallow(bytes)) return Status(Code::kResourceExhausted, "is nested too deep");
  const json notebook = json::parse(bytes, nullptr, false);
  if (notebook.is_discarded()) return Status(Code::kInvalidArgument, "is not valid JSON");
  if (!notebook.is_object() || !notebook.contains("cells") || !notebook["cells"].is_array()) {
    return Status(Code::kInvalidArgument, "is no notebook of version 4: it has no list 'cells'");
  }
  const std::string language = LanguageOf(notebook);
  std::string markdown;
  for (const json& cell : notebook["cells"]) {
    if (!cell.is_object()) continue;
    const std::string source = TextOf(cell, "source");
    const bool code = cell.contains("cell_type") && cell["cell_type"] == "code";
    if (!code) {
      markdown += source + "\n\n";
      continue;
    }
    AppendFenced(source, language, &markdown);
    AppendFenced(OutputOf(cell), "", &markdown);
  }
  return Converted{.markdown = std::move(markdown), .pages = {}, .notices = {}};
}

}  // namespace quire::ingest
