#include "extensions/ingest/row_source.h"

#include <cerrno>
#include <fstream>
#include <istream>
#include <sstream>
#include <system_error>

#include "extensions/ingest/delimited.h"
#include "extensions/ingest/encoding.h"
#include "extensions/ingest/json_scan.h"
#include "extensions/ingest/source_bytes.h"
#include "extensions/ingest/text_scan.h"

namespace quire::ingest {
namespace {

constexpr size_t kLineBytesMax = size_t{64} << 20;
constexpr std::string_view kMark = "\xEF\xBB\xBF";

class TextRows : public RowSource {
 public:
  TextRows(std::unique_ptr<std::istream> in, std::vector<ColumnPath> columns)
      : in_(std::move(in)), columns_(std::move(columns)) {}

 protected:
  Result<bool> AtEnd() const {
    if (in_->bad()) return Status(Code::kIoError, "cannot be read to its end");
    return false;
  }
  void Take(std::string_view json, uint64_t place, Record* record) const {
    record->place = place;
    record->bytes = json;
    record->row = ParseRow(json, columns_);
  }

  const std::unique_ptr<std::istream> in_;
  const std::vector<ColumnPath> columns_;
};

class JsonLines final : public TextRows {
 public:
  using TextRows::TextRows;

  Result<bool> Next(Record* record) override {
    while (std::getline(*in_, line_)) {
      ++number_;
      std::string_view text = Trim(line_);
      if (number_ == 1 && text.substr(0, 3) == kMark) text.remove_prefix(3);
      if (text.empty()) continue;
      if (text.size() <= kLineBytesMax) {
        Take(text, number_, record);
      } else {
        record->place = number_;
        record->row = Status(Code::kResourceExhausted, "has " + std::to_string(text.size()) +
                                                           " bytes, expected at most " + std::to_string(kLineBytesMax));
      }
      return true;
    }
    return AtEnd();
  }

 private:
  std::string line_;
  uint64_t number_ = 0;
};

// [{...}, {...}], in memory.
class JsonArray final : public RowSource {
 public:
  JsonArray(std::string text, std::vector<ColumnPath> columns)
      : text_(std::move(text)), columns_(std::move(columns)), at_(text_.find('[') + 1) {}

  Result<bool> Next(Record* record) override {
    at_ = SkipJsonBlanks(text_, at_);
    if (at_ >= text_.size() || text_[at_] == ']') return false;
    const size_t end = std::max(at_ + 1, EndOfJsonValue(text_, at_));
    record->place = ++number_;
    record->bytes = text_.substr(at_, end - at_);
    record->row = ParseRow(record->bytes, columns_);
    at_ = end;
    return true;
  }

 private:
  const std::string text_;
  const std::vector<ColumnPath> columns_;
  size_t at_;
  uint64_t number_ = 0;
};

class DelimitedRows final : public TextRows {
 public:
  DelimitedRows(std::unique_ptr<std::istream> in, std::vector<ColumnPath> columns, char delimiter)
      : TextRows(std::move(in), std::move(columns)), records_(*in_, delimiter) {}

  Result<bool> Next(Record* record) override {
    DelimitedReader::Record next;
    if (!records_.Next(&next)) return AtEnd();
    if (next.json.ok()) {
      Take(*next.json, next.line, record);
    } else {
      record->place = next.line;
      record->row = next.json.status();
    }
    return true;
  }

 private:
  DelimitedReader records_;
};

}  // namespace

std::string RowFormatOf(std::string_view name_or_extension) {
  const std::string name = ToLower(name_or_extension);
  for (const std::string_view known : {"jsonl", "csv", "tsv", "fvecs", "bvecs", "npy"}) {
    if (name == known) return name;
  }
  return name == "ndjson" ? "jsonl" : "";
}

Result<std::unique_ptr<RowSource>> OpenRows(const std::string& path, const RowSourceOptions& options,
                                            std::vector<std::string>* notices) {
  std::string format = RowFormatOf(options.format.empty() ? ExtensionOf(path) : options.format);
  if (format.empty()) format = "jsonl";
  if (format == "fvecs" || format == "bvecs" || format == "npy") return OpenVectors(path, format);
  auto file = std::make_unique<std::ifstream>(path, std::ios::binary);
  if (!*file) {
    return Status(errno == ENOENT ? Code::kNotFound : Code::kIoError, ToLower(std::generic_category().message(errno)));
  }
  std::unique_ptr<std::istream> in = std::move(file);
  Result<std::string> bytes = ReadFileBytes(path);
  if (bytes.ok()) {  // small enough to be decoded
    QUIRE_ASSIGN_OR_RETURN(DecodedText decoded, DecodeText(*std::move(bytes), {}, options.encoding));
    if (decoded.encoding == "UTF-8") {  // damaged in places
      QUIRE_ASSIGN_OR_RETURN(decoded.text, ReadFileBytes(path));
    } else if (!decoded.notice.empty()) {
      notices->push_back("'" + path + "' " + decoded.notice);
    }
    const std::string_view begin =
        Trim(std::string_view(decoded.text).substr(decoded.text.rfind(kMark, 0) == 0 ? 3 : 0));
    if (format == "jsonl" && begin.substr(0, 1) == "[") {
      return std::unique_ptr<RowSource>(std::make_unique<JsonArray>(std::move(decoded.text), options.columns));
    }
    in = std::make_unique<std::istringstream>(std::move(decoded.text));
  } else if (bytes.status().code() != Code::kResourceExhausted) {
    return bytes.status();
  }
  if (format == "jsonl") return std::unique_ptr<RowSource>(std::make_unique<JsonLines>(std::move(in), options.columns));
  return std::unique_ptr<RowSource>(
      std::make_unique<DelimitedRows>(std::move(in), options.columns, format == "tsv" ? '\t' : '\0'));
}

}  // namespace quire::ingest
