#include "sql/exec/reference.h"

#include "sql/bind/aggregates.h"
#include "sql/bind/system_tables.h"
#include "sql/exec/settings.h"
#include "sql/parse/statements.h"

namespace quire::sql {
namespace {

// In a table of Markdown a bar would end the cell.
std::string Cell(std::string_view text) {
  std::string out;
  for (const char c : text) out += c == '|' ? std::string("\\|") : std::string(1, c);
  return out;
}

std::string CodeCell(std::string_view text) { return "`" + Cell(text) + "`"; }

std::string StatementRows() {
  std::string works = "| statement | what it does |\n|---|---|\n", later;
  for (const StatementInfo& info : Statements()) {
    const std::string written = std::string(info.words) + (info.syntax.empty() ? "" : " " + std::string(info.syntax));
    if (!info.needs.empty()) {
      later += "| " + CodeCell(info.words) + " | " + Cell(info.description) + " | " + Cell(info.needs) + " |\n";
    } else if (!info.notice.empty()) {
      works += "| " + CodeCell(written + " ...") + " | accepted, does nothing: " + Cell(info.notice) + " |\n";
    } else {
      works += "| " + CodeCell(written) + " | " + Cell(info.description) + " |\n";
    }
  }
  return works + "\nUnderstood and refused:\n\n| statement | what it would do | what it needs |\n|---|---|---|\n" + later;
}

std::string FunctionRows(const Registry& registry) {
  std::string out;
  for (const std::string_view subject :
       {"Numbers and NULL", "Text", "Excerpts", "Dates", "Arrays", "JSON", "Vectors", ""}) {
    std::string rows;
    for (const ScalarFunction* function : registry.functions()) {
      if (function->subject != subject) continue;
      rows += "| " + CodeCell(function->signature) + " | " + Cell(function->description) + " |\n";
    }
    if (rows.empty()) continue;
    out += "\n### " + std::string(subject.empty() ? "Extensions" : subject) + "\n\n| function | what it gives |\n|---|---|\n" +
           rows;
  }
  return out;
}

}  // namespace

std::string ReferencePage(const Registry& registry) {
  std::string out =
      "# Reference\n\nMade from the tables that the language runs by (`sql/exec/reference.cc`); do not edit. With examples: "
      "`language.md`.\n\n## Statements\n\n";
  out += StatementRows();
  out += "\n## Searches\n\n| form | what it does |\n|---|---|\n";
  for (const SearchInfo& info : SearchForms()) out += "| " + CodeCell(info.form) + " | " + Cell(info.description) + " |\n";
  out += "\n## Aggregates\n\nEach takes `FILTER (WHERE condition)`.\n\n| function | what it gives |\n|---|---|\n";
  for (const AggregateInfo& info : Aggregates()) {
    out += "| " + CodeCell(info.signature) + " | " + Cell(info.description) + " |\n";
  }
  out += "\n## Functions\n\nUnless it says otherwise, a function of NULL is NULL.\n" + FunctionRows(registry);
  out += "\n## Settings\n\n`SET name = value`, `SHOW name`, `SHOW ALL`.\n\n| setting | what it decides |\n|---|---|\n";
  for (const Setting& setting : AllSettings()) {
    out += "| " + CodeCell(setting.name) + " | " + Cell(setting.description) + " |\n";
  }
  out += "\n## System tables\n\n`SELECT ... FROM quire_jobs`, or `SHOW JOBS`.\n\n| table | columns |\n|---|---|\n";
  for (const SystemTable& table : SystemTables()) {
    std::string columns;
    for (const SystemColumn& column : table.columns) {
      columns += (columns.empty() ? "" : ", ") + std::string(column.name);
    }
    out += "| " + CodeCell(table.name) + " | " + columns + " |\n";
  }
  return out;
}

}  // namespace quire::sql
