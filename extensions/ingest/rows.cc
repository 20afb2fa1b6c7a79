#include "extensions/ingest/rows.h"

#include <chrono>
#include <optional>
#include <unordered_map>

#include "engine/base/bytes.h"
#include "engine/base/hash.h"
#include "engine/base/instructions.h"
#include "engine/base/utf8.h"
#include "extensions/ingest/columns.h"
#include "extensions/ingest/text_scan.h"

namespace quire::ingest {
namespace {

constexpr size_t kBatchRows = 1000;
constexpr size_t kBatchBytes = size_t{4} << 20;

struct Numbered {
  uint64_t place = 0;
  Row row;
};

class RowLoading {
 public:
  RowLoading(Database& database, const RowsOptions& options) : database_(database), options_(options) {}

  Result<LoadReport> Run() {
    const auto begun = std::chrono::steady_clock::now();
    Result<std::unique_ptr<RowSource>> source = OpenRows(options_.path, options_.source, &report_.notices);
    if (!source.ok()) return InFile(source.status());
    QUIRE_ASSIGN_OR_RETURN(columns_, ColumnMap::Open(database_, options_.collection));
    QUIRE_RETURN_IF_ERROR(TakeRecords(**source));
    QUIRE_RETURN_IF_ERROR(WriteBatch());
    if (report_.rows > 0) QUIRE_RETURN_IF_ERROR(database_.Flush());
    if (report_.rows_failed > kRowIssuesMax) {
      report_.notices.push_back(Plural(report_.rows_failed - kRowIssuesMax, "more row") + " failed");
    }
    if (orders_ > 0) {
      report_.notices.push_back(Plural(orders_, "row") + ", first " + options_.path + ":" + std::to_string(first_order_) +
                                ": text that reads like an order to a language model; it is loaded, but ASK does not quote it");
    }
    report_.cancelled = options_.cancelled != nullptr && options_.cancelled->load();
    report_.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
    return std::move(report_);
  }

 private:
  bool IsCancelled() const { return options_.cancelled != nullptr && options_.cancelled->load(); }

  Status TakeRecords(RowSource& source) {
    RowSource::Record record;
    while (!IsCancelled()) {
      Result<bool> more = source.Next(&record);
      if (!more.ok()) return InFile(std::move(more).status());
      if (!*more) break;
      Take(&record);
      if (batch_.size() >= kBatchRows || batch_bytes_ >= kBatchBytes) QUIRE_RETURN_IF_ERROR(WriteBatch());
    }
    return {};
  }

  void Take(RowSource::Record* record) {
    if (!record->row.ok()) return Fail(record->place, record->row.status());
    Numbered row{.place = record->place, .row = std::move(record->row).value()};
    if (row.row.chunk.id.empty()) row.row.chunk.id = DeriveId(record->bytes);
    batch_bytes_ += record->bytes.size() + row.row.chunk.embedding.size() * sizeof(float);
    batch_.push_back(std::move(row));
  }

  Status InFile(const Status& status) const {
    return Status(status.code(), "'" + options_.path + "': " + std::string(status.message()),
                  std::string(status.hint()));
  }

  // Of what the line says and how often the file has said so: the same file gives the same rows again.
  std::string DeriveId(std::string_view line) {
    const Hash128 content = HashOf128(line);
    std::string key(content.begin(), content.end());
    AppendVarint(&key, occurrences_[Hash64(line)]++);
    return ToHex(HashOf128(key));
  }

  void Fail(uint64_t line, const Status& status) {
    if (++report_.rows_failed > kRowIssuesMax) return;
    report_.issues.push_back(FailureOf(options_.path + ":" + std::to_string(line), "parse", status));
  }

  Status WriteBatch() {
    if (batch_.empty()) return {};
    std::vector<const Attribute*> attributes;
    for (const Numbered& row : batch_) {
      for (const Attribute& attribute : row.row.attributes) attributes.push_back(&attribute);
    }
    QUIRE_RETURN_IF_ERROR(columns_->AddMissing(attributes, &report_.notices));
    const auto transaction = database_.Begin();
    uint64_t written = 0;
    for (Numbered& row : batch_) {
      Status status = FillAttributes(&row.row);
      const bool is_order = LooksLikeInstruction(row.row.chunk.text);
      if (status.ok()) status = transaction->Put(options_.collection, std::move(row.row.chunk));
      if (!status.ok()) {
        Fail(row.place, status);
      } else {
        ++written;
        if (is_order && orders_++ == 0) first_order_ = row.place;
      }
    }
    QUIRE_RETURN_IF_ERROR(transaction->Commit());
    report_.rows += written;
    batch_.clear();
    batch_bytes_ = 0;
    if (options_.on_progress) options_.on_progress(report_.rows);
    return {};
  }

  Status FillAttributes(Row* row) const {
    std::vector<Value>& values = row->chunk.attributes;
    values.resize(columns_->size());
    for (const Attribute& attribute : row->attributes) {
      const size_t column = columns_->Find(attribute.name);
      if (column == ColumnMap::kNone) continue;
      Result<Value> value = FitColumn(attribute.value, columns_->type(column));
      if (!value.ok()) return std::move(value).status().Within("key '" + Printable(attribute.name) + "'");
      values[column] = std::move(value).value();
    }
    return {};
  }

  Database& database_;
  const RowsOptions& options_;
  std::optional<ColumnMap> columns_;
  std::vector<Numbered> batch_;
  size_t batch_bytes_ = 0;
  std::unordered_map<uint64_t, uint32_t> occurrences_;  // of lines without an id
  uint64_t orders_ = 0, first_order_ = 0;  // rows that address a language model, and the line of the first
  LoadReport report_;
};

}  // namespace

bool IsRowFile(std::string_view path) { return !RowFormatOf(ExtensionOf(path)).empty(); }

Result<LoadReport> LoadRows(Database& database, const RowsOptions& options) {
  return RowLoading(database, options).Run();
}

}  // namespace quire::ingest
