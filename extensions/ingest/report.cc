#include "extensions/ingest/report.h"

#include <cstdio>
#include <map>

#include "engine/base/json.h"
#include "engine/base/utf8.h"

namespace quire::ingest {
namespace {

std::string DocumentSummary(const LoadReport& report) {
  std::string summary = Plural(report.documents, "document") + ": " + WithCommas(report.added) + " added, " +
                        WithCommas(report.changed) + " changed, " + WithCommas(report.unchanged) + " unchanged, " +
                        WithCommas(report.failed) + " failed";
  if (report.renamed > 0) summary += ", " + WithCommas(report.renamed) + " renamed";
  if (report.deleted > 0) summary += ", " + WithCommas(report.deleted) + " deleted";
  return summary + "; " + Plural(report.chunks, "chunk") + " (" + WithCommas(report.embedded) + " embedded)";
}

void AppendAsJsonLine(const Issue& issue, std::string* lines) {
  const std::pair<std::string_view, std::string_view> fields[] = {{"path", issue.path},
                                                                  {"state", issue.failed ? "failed" : "notice"},
                                                                  {"stage", issue.stage},
                                                                  {"reason", issue.reason},
                                                                  {"hint", issue.hint}};
  char separator = '{';
  for (const auto& [name, value] : fields) {
    lines->push_back(separator);
    AppendJsonString(lines, name);
    lines->push_back(':');
    AppendJsonString(lines, value);
    separator = ',';
  }
  *lines += "}\n";
}

std::string DuplicatesMessage(const LoadReport& report) {
  return Plural(report.duplicates + report.near_duplicates, "chunk") + " repeat an earlier one of this load, " +
         WithCommas(report.duplicates) + " word for word and " + WithCommas(report.near_duplicates) +
         " nearly so (SIMILAR(..., duplicates => false) finds one of each)";
}

}  // namespace

Issue FailureOf(std::string path, std::string stage, const Status& status) {
  return {std::move(path), std::move(stage), std::string(status.message()), std::string(status.hint()), true};
}

std::string WithCommas(uint64_t number) {
  std::string digits = std::to_string(number);
  for (size_t at = digits.size(); at > 3;) digits.insert(at -= 3, 1, ',');
  return digits;
}

std::string Plural(uint64_t count, std::string_view noun) {
  std::string text = WithCommas(count);
  text.append(" ").append(noun);
  if (count != 1) text.push_back('s');
  return text;
}

std::string Summary(const LoadReport& report) {
  std::string summary;
  if (report.documents > 0 || report.rows + report.rows_failed == 0) summary = DocumentSummary(report);
  if (report.rows + report.rows_failed > 0) {
    if (!summary.empty()) summary += "; ";
    summary += Plural(report.rows + report.rows_failed, "row") + ": " + WithCommas(report.rows) + " loaded, " +
               WithCommas(report.rows_failed) + " failed";
  }
  char seconds[32];
  std::snprintf(seconds, sizeof seconds, report.seconds < 0.1 ? " in %.3f s" : " in %.1f s", report.seconds);
  summary += seconds;
  if (report.cancelled) summary += "; stopped, run again to go on";
  return summary;
}

std::vector<std::string> Messages(const LoadReport& report) {
  std::vector<std::string> messages;
  std::map<std::string, std::pair<uint64_t, std::string>> shared;  // reason of a notice: how often, and where first
  for (const Issue& issue : report.issues) {
    if (!issue.failed) {
      auto& [count, first] = shared[issue.reason];
      if (++count == 1) first = issue.path;
      continue;
    }
    std::string line = Printable(issue.path) + ": " + issue.reason;
    if (!issue.hint.empty()) line += " (" + issue.hint + ")";
    messages.push_back(std::move(line));
  }
  for (const auto& [reason, where] : shared) {
    const auto& [count, first] = where;
    std::string line = Printable(first);
    if (count > 1) line += " and " + WithCommas(count - 1) + " more";
    messages.push_back(line + ": " + reason);
  }
  messages.insert(messages.end(), report.notices.begin(), report.notices.end());
  if (report.duplicates + report.near_duplicates > 0) messages.push_back(DuplicatesMessage(report));
  return messages;
}

void Merge(const LoadReport& report, LoadReport* into) {
  constexpr uint64_t LoadReport::*kCounts[] = {
      &LoadReport::documents,   &LoadReport::added,          &LoadReport::changed,        &LoadReport::unchanged,
      &LoadReport::failed,      &LoadReport::renamed,        &LoadReport::deleted,        &LoadReport::chunks,
      &LoadReport::embedded,    &LoadReport::chunks_removed, &LoadReport::bytes,          &LoadReport::rows,
      &LoadReport::rows_failed, &LoadReport::duplicates,     &LoadReport::near_duplicates};
  for (const auto count : kCounts) into->*count += report.*count;
  into->seconds += report.seconds;
  into->cancelled = into->cancelled || report.cancelled;
  into->details.insert(into->details.end(), report.details.begin(), report.details.end());
  into->issues.insert(into->issues.end(), report.issues.begin(), report.issues.end());
  into->notices.insert(into->notices.end(), report.notices.begin(), report.notices.end());
}

std::string IssuesAsJsonLines(const LoadReport& report) {
  std::string lines;
  for (const Issue& issue : report.issues) AppendAsJsonLine(issue, &lines);
  for (const Issue& detail : report.details) AppendAsJsonLine(detail, &lines);
  return lines;
}

}  // namespace quire::ingest
