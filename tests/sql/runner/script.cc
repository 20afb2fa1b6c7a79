#include "tests/sql/runner/script.h"

#include <charconv>
#include <optional>
#include <sstream>

namespace quire::sql_test {
namespace {

std::vector<std::string> Words(const std::string& line) {
  std::istringstream stream(line);
  std::vector<std::string> words;
  for (std::string word; stream >> word;) words.push_back(word);
  return words;
}

class ScriptParser {
 public:
  explicit ScriptParser(const std::vector<std::string>& lines) : lines_(lines) {}

  Result<std::vector<Record>> Parse() {
    std::vector<Record> records;
    while (next_ < lines_.size()) {
      const std::string& line = lines_[next_];
      if (line.empty() || line[0] == '#') {
        ++next_;
      } else if (line.rfind("param ", 0) == 0) {
        QUIRE_RETURN_IF_ERROR(ReadParameter());
      } else {
        QUIRE_ASSIGN_OR_RETURN(Record record, ReadRecord());
        records.push_back(std::move(record));
      }
    }
    return records;
  }

 private:
  Status Wrong(const std::string& what) const {
    return Status(Code::kInvalidArgument, "line " + std::to_string(next_ + 1) + ": " + what);
  }

  // param 1 TEXT some words, param :name INTEGER 5, param 2 NULL
  Status ReadParameter() {
    std::istringstream stream(lines_[next_]);
    std::string directive, name, type_name, text;
    stream >> directive >> name >> type_name >> std::ws;
    std::getline(stream, text);
    Value value;
    if (type_name != "NULL") {
      QUIRE_ASSIGN_OR_RETURN(const Type type, ParseType(type_name));
      QUIRE_ASSIGN_OR_RETURN(value, Cast(Value::Text(text), type));
    }
    ++next_;
    if (name[0] == ':') {
      parameters_.named.emplace_back(name.substr(1), std::move(value));
    } else {
      parameters_.positional.push_back(std::move(value));
    }
    return {};
  }

  Result<Record> ReadRecord() {
    Record record;
    record.line = next_ + 1;
    QUIRE_RETURN_IF_ERROR(ReadDirective(&record));
    ++next_;
    if (record.kind == Record::Kind::kRestart) return record;
    while (!AtEnd() && lines_[next_] != "----") {
      record.text.append(record.text.empty() ? "" : "\n").append(lines_[next_++]);
    }
    record.text = ExpandRepeats(record.text);
    if (next_ < lines_.size() && lines_[next_] == "----") {
      record.expected_line = ++next_;
      while (!AtEnd()) record.expected.push_back(lines_[next_++]);
    }
    record.parameters = std::move(parameters_);
    parameters_ = {};
    return record;
  }

  bool AtEnd() const { return next_ == lines_.size() || lines_[next_].empty(); }

  Status ReadDirective(Record* record) {
    const std::vector<std::string> words = Words(lines_[next_]);
    if (words[0] == "restart" && words.size() == 1) {
      record->kind = Record::Kind::kRestart;
    } else if (words[0] == "explain" && words.size() == 1) {
      record->kind = Record::Kind::kExplain;
    } else if (words[0] == "mock-answer" && words.size() == 1) {
      record->kind = Record::Kind::kMockAnswer;
    } else if (words[0] == "statement" && words.size() >= 2) {
      return ReadStatement(words, record);
    } else if (words[0] == "query" && words.size() >= 2) {
      record->kind = Record::Kind::kQuery;
      record->argument = words[1];
      for (size_t i = 2; i < words.size(); ++i) {
        record->row_sort |= words[i] == "rowsort";
        record->header |= words[i] == "header";
        if (words[i] != "rowsort" && words[i] != "header") return Wrong("unknown word '" + words[i] + "'");
      }
    } else {
      return Wrong("unknown directive '" + lines_[next_] + "'");
    }
    return {};
  }

  Status ReadStatement(const std::vector<std::string>& words, Record* record) {
    if (words[1] == "ok" && words.size() == 2) return {};
    record->argument = words.size() == 3 ? words[2] : "";
    if (record->argument.empty()) return Wrong("expected 'ok', 'count <n>' or 'error <code>'");
    if (words[1] == "error") record->kind = Record::Kind::kError;
    if (words[1] == "error" || words[1] == "count") return {};
    return Wrong("expected 'ok', 'count <n>' or 'error <code>'");
  }

  const std::vector<std::string>& lines_;
  size_t next_ = 0;
  Parameters parameters_;  // for the next record
};

}  // namespace

Result<std::vector<Record>> ParseScript(const std::vector<std::string>& lines) { return ScriptParser(lines).Parse(); }

std::string ExpandRepeats(const std::string& text) {
  std::string out;
  size_t from = 0;
  while (true) {
    const size_t open = text.find("<<", from);
    const size_t star = open == std::string::npos ? open : text.find('*', open);
    const size_t close = star == std::string::npos ? star : text.find(">>", star);
    size_t count = 0;
    if (close == std::string::npos) break;
    const auto number = std::from_chars(text.data() + open + 2, text.data() + star, count);
    if (number.ec != std::errc() || number.ptr != text.data() + star) break;
    out.append(text, from, open - from);
    for (size_t i = 0; i < count; ++i) out.append(text, star + 1, close - star - 1);
    from = close + 2;
  }
  return out.append(text, from);
}

}  // namespace quire::sql_test
