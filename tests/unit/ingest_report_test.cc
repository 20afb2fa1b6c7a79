#include "extensions/ingest/report.h"

#include <catch2/catch.hpp>

#include "extensions/ingest/progress.h"

namespace quire::ingest {
namespace {

TEST_CASE("numbers have commas", "[ingest]") {
  CHECK(WithCommas(0) == "0");
  CHECK(WithCommas(999) == "999");
  CHECK(WithCommas(1000) == "1,000");
  CHECK(WithCommas(1234567) == "1,234,567");
  CHECK(Plural(1, "row") == "1 row");
  CHECK(Plural(0, "row") == "0 rows");
}

TEST_CASE("a summary is one line", "[ingest]") {
  LoadReport report;
  report.documents = report.added = 434;
  report.chunks = report.embedded = 3912;
  report.seconds = 1.23;
  CHECK(Summary(report) ==
        "434 documents: 434 added, 0 changed, 0 unchanged, 0 failed; 3,912 chunks (3,912 embedded) in 1.2 s");
  report.deleted = 2;
  report.rows = 1;
  report.rows_failed = 1;
  report.cancelled = true;
  CHECK(Summary(report) ==
        "434 documents: 434 added, 0 changed, 0 unchanged, 0 failed, 2 deleted; 3,912 chunks (3,912 embedded); "
        "2 rows: 1 loaded, 1 failed in 1.2 s; stopped, run again to go on");
  LoadReport rows;
  rows.rows = 1000;
  CHECK(Summary(rows) == "1,000 rows: 1,000 loaded, 0 failed in 0.000 s");
}

TEST_CASE("messages: failures one by one, notices together", "[ingest]") {
  LoadReport report;
  report.issues = {{"a.md", "parse", "odd", "", false},
                   {"b\x1b.md", "read", "is broken", "mend it", true},
                   {"c.md", "parse", "odd", "", false},
                   {"d.md", "parse", "strange", "", false}};
  report.notices = {"3 files skipped"};
  CHECK(Messages(report) == std::vector<std::string>{"b\\x1b.md: is broken (mend it)", "a.md and 1 more: odd",
                                                     "d.md: strange", "3 files skipped"});
}

TEST_CASE("issues are lines of JSON", "[ingest]") {
  LoadReport report;
  report.issues = {{"a\"b.md", "read", "bad \xFF byte", "", true}};
  CHECK(IssuesAsJsonLines(report) ==
        "{\"path\":\"a\\\"b.md\",\"state\":\"failed\",\"stage\":\"read\","
        "\"reason\":\"bad \xEF\xBF\xBD byte\",\"hint\":\"\"}\n");
}

TEST_CASE("what was left out and what repeats is in the report, not among the messages", "[ingest]") {
  LoadReport report;
  report.details = {{"a.rtf", "walk", "of unknown kind: left out", "", false}};
  CHECK(Messages(report).empty());
  CHECK(IssuesAsJsonLines(report).find("{\"path\":\"a.rtf\",\"state\":\"notice\",\"stage\":\"walk\"") == 0);
}

TEST_CASE("a progress bar fits its line", "[ingest]") {
  const LoadProgress progress{.documents = 217,
                              .documents_total = 434,
                              .bytes = 1'000'000,
                              .bytes_total = 2'000'000,
                              .chunks = 1500,
                              .failed = 1};
  const std::string bar = ProgressBar(progress, 2, 100);
  CHECK(bar.size() <= 100);
  CHECK(bar.find("] 217/434 documents, 1,500 chunks, 0.5 MB/s, 0:02 left, 1 failed") != std::string::npos);
  CHECK(bar.find("####----") != std::string::npos);
  for (size_t columns = 0; columns < 120; ++columns) CHECK(ProgressBar(progress, 2, columns).size() <= columns);
  CHECK(ProgressBar({}, 0, 80).find("0/0 documents") != std::string::npos);
  CHECK(ProgressJson(progress, 2.5) ==
        "{\"documents\":217,\"documents_total\":434,\"bytes\":1000000,\"bytes_total\":2000000,"
        "\"chunks\":1500,\"failed\":1,\"seconds\":2.5}");
}

}  // namespace
}  // namespace quire::ingest
