// The parser at its limits: size, depth, chains, and text nobody would write.
#include <random>
#include <string>

#include <catch2/catch.hpp>

#include "sql/parse/parser.h"
#include "sql/parse/print.h"

namespace quire::sql {
namespace {

std::string Repeat(std::string_view text, size_t times) {
  std::string out;
  out.reserve(text.size() * times);
  for (size_t i = 0; i < times; ++i) out += text;
  return out;
}

Code CodeOf(const std::string& text) {
  const Result<Statement> statement = Parse(text);
  return statement.ok() ? Code::kOk : statement.status().code();
}

std::string InFull(const std::string& expression) { return "SELECT * FROM docs WHERE " + expression; }

}  // namespace

TEST_CASE("nesting has a limit, whatever nests", "[parse]") {
  for (const auto& [open, close] : std::vector<std::pair<std::string, std::string>>{{"(", ")"},
                                                                                    {"NOT ", ""},
                                                                                    {"- ", ""},
                                                                                    {"+ ", ""},
                                                                                    {"f(", ")"},
                                                                                    {"[", "]"},
                                                                                    {"CAST(", " AS TEXT)"},
                                                                                    {"CASE WHEN ", " THEN 1 END"},
                                                                                    {"1 IN (", ")"},
                                                                                    {"1 + (2 * ", ")"},
                                                                                    {"a BETWEEN b AND (", ")"}}) {
    INFO(open);
    CHECK(CodeOf(InFull(Repeat(open, 90) + "a" + Repeat(close, 90))) == Code::kOk);
    CHECK(CodeOf(InFull(Repeat(open, 10'000) + "a" + Repeat(close, 10'000))) == Code::kResourceExhausted);
    CHECK(CodeOf(InFull(Repeat(open, 100'000))) == Code::kResourceExhausted);
  }
  CHECK(CodeOf(InFull("a" + Repeat("::text", 150))) == Code::kOk);
  CHECK(CodeOf(InFull("a" + Repeat("::text", 10'000))) == Code::kResourceExhausted);
  CHECK(CodeOf(InFull("a" + Repeat(" IS NULL", 10'000))) == Code::kResourceExhausted);
  CHECK(CodeOf(InFull("a" + Repeat(" + 1", 10'000))) == Code::kResourceExhausted);
  CHECK(CodeOf(Repeat("EXPLAIN ", 10'000) + "SELECT 1") == Code::kSyntaxError);
}

TEST_CASE("SELECTs in SELECTs have a limit, too", "[parse]") {
  for (const auto& [open, close] : std::vector<std::pair<std::string, std::string>>{
           {"SELECT (", ")"},
           {"SELECT * FROM (", ") t"},
           {"SELECT 1 WHERE 1 IN (", ")"},
           {"SELECT EXISTS (", ")"},
           {"WITH a AS (", ") SELECT 1"},
           {"(", ")"},
           {"SELECT 1 UNION (", ")"}}) {
    INFO(open);
    CHECK(CodeOf(Repeat(open, 30) + "SELECT 1" + Repeat(close, 30)) == Code::kOk);
    CHECK(CodeOf(Repeat(open, 10'000) + "SELECT 1" + Repeat(close, 10'000)) == Code::kResourceExhausted);
    CHECK(CodeOf(Repeat(open, 50'000) + "SELECT") == Code::kResourceExhausted);
  }
  CHECK(CodeOf("SELECT 1 FROM a" + Repeat(" CROSS JOIN a", 64)) == Code::kOk);
  CHECK(CodeOf("SELECT 1 FROM a" + Repeat(" CROSS JOIN a", 65)) == Code::kResourceExhausted);
  CHECK(CodeOf("SELECT 1 FROM a GROUP BY 1" + Repeat(", 1", 300)) == Code::kResourceExhausted);
  CHECK(CodeOf("SELECT 1 FROM a ORDER BY 1" + Repeat(", 1", 300)) == Code::kResourceExhausted);
  CHECK(CodeOf("SELECT 1" + Repeat(" UNION SELECT 1", 20'000)) == Code::kOk);
}

TEST_CASE("chains of AND, OR and || may be long: their tree is shallow", "[parse]") {
  for (const char* op : {" OR ", " AND ", " || "}) {
    const std::string text = InFull("a" + Repeat(op + std::string("a"), 10'000));
    Result<Statement> statement = Parse(text);
    REQUIRE(statement.ok());
    CHECK(std::get<SelectStatement>(statement->node).where->height <= 16);
    CHECK(Print(*statement) == text);
  }
  const std::string head = InFull("a");
  CHECK(CodeOf(head + Repeat(" OR a", (kMaxStatementBytes - head.size()) / 5)) == Code::kOk);
  CHECK(CodeOf(InFull("x IN (1" + Repeat(",1", 400'000) + ")")) == Code::kOk);
}

TEST_CASE("a statement beyond the size limit is refused", "[parse]") {
  const std::string head = "SELECT '";
  const auto sized = [&](size_t bytes) { return head + std::string(bytes - head.size() - 1, 'x') + "'"; };
  CHECK(CodeOf(sized(kMaxStatementBytes)) == Code::kOk);
  CHECK(CodeOf(sized(kMaxStatementBytes + 1)) == Code::kResourceExhausted);
}

TEST_CASE("FirstStatement finds the end of a statement", "[parse]") {
  const auto first = [](std::string_view text) { return text.substr(0, FirstStatement(text)); };
  CHECK(first("SELECT 1; SELECT 2;") == "SELECT 1;");
  CHECK(first("SELECT 1") == "");
  CHECK(first("") == "");
  CHECK(first(";") == ";");
  CHECK(first(" -- a; b\n SELECT 1;x") == " -- a; b\n SELECT 1;");
  CHECK(first("/* ; */ SELECT ';', \"a;b\";x") == "/* ; */ SELECT ';', \"a;b\";");
  CHECK(first("SELECT 'a'';b';x") == "SELECT 'a'';b';");
  CHECK(first("SELECT E'a\\';b';x") == "SELECT E'a\\';b';");
  CHECK(first("SELECT $$;$$, $q$;$$;$q$;x") == "SELECT $$;$$, $q$;$$;$q$;");
  CHECK(first("SELECT 'a; b") == "");
  CHECK(first("SELECT \"a; b") == "");
  CHECK(first("SELECT /* ; ") == "");
  CHECK(first("SELECT $$ ; ") == "");
  CHECK(first("SELECT 1 -- ;") == "");
  CHECK(first("SELECT \x01 \xff 12ab;x") == "SELECT \x01 \xff 12ab;");  // wrong, but whole
}

TEST_CASE("mutated statements neither crash nor change their meaning when printed", "[parse]") {
  const unsigned seed = Catch::rngSeed() != 0 ? Catch::rngSeed() : 20'260'101;
  INFO("seed " << seed);
  std::mt19937 random(seed);
  const std::string seeds[] = {
      "SELECT DISTINCT title AS t, d.text, count(*), -a + b * 2 FROM docs d WHERE text SIMILAR 'reset' AND (a OR NOT "
      "b) "
      "AND x IN (1, 2) AND y BETWEEN 1 AND 2 ORDER BY embedding <=> $1 DESC, 2 LIMIT 10 OFFSET ?",
      "INSERT INTO docs (id, text) VALUES ('a', $$x$$), (E'\\n', NULL) ON CONFLICT (id) DO UPDATE",
      "CREATE COLLECTION IF NOT EXISTS docs (a TEXT[], b VECTOR(3)) WITH (metric = 'l2', flag)",
      "ASK 'How?' FROM docs WHERE a NOT LIKE 'x%' || y USING MODEL m WITH (k = 8, mode = strict)",
      "WITH a (x) AS (SELECT 1), b AS (SELECT * FROM a) SELECT b.*, count(DISTINCT x) FILTER (WHERE y) FROM b LEFT JOIN (SELECT "
      "1 AS x) c USING (x) JOIN d ON d.x -> 'k' ->> 0 = b.x[1] WHERE x IN (SELECT 1) AND EXISTS (SELECT 2) AND a LIKE 'b' ESCAPE "
      "'c' AND a = ANY (t) GROUP BY 1, x HAVING count(*) > 1 UNION ALL (SELECT INTERVAL '3 days') ORDER BY 1 NULLS FIRST LIMIT 2",
      "ALTER COLLECTION docs ADD COLUMN a TEXT, ADD COLUMN IF NOT EXISTS b DATE",
      "INSERT INTO docs (id) SELECT EXTRACT(year FROM x) IS DISTINCT FROM y IS NOT TRUE FROM (SELECT left(a, 2)) t (x, y)",
      "EXPLAIN ANALYZE SELECT CASE a WHEN 1 THEN 2 ELSE 3 END, CAST(x AS DATE), [1, -2.5]::vector FROM docs /* c */",
  };
  const std::string pieces[] = {"(",      ")",    ",",  "'",  "\"", "$$",   "--",           "/*",  " NOT ",
                                " AND ",  " OR ", "||", "::", "-",  "\xc3", "\xe2\x80\x99", "?",   " SELECT ",
                                " FROM ", " 1",   ".5", "[",  "]",  ";",    "=>",           "<=>", "*"};
  const auto below = [&random](size_t limit) { return std::uniform_int_distribution<size_t>(0, limit - 1)(random); };
  size_t parsed = 0;
  for (int round = 0; round < 20'000; ++round) {
    std::string text = seeds[below(std::size(seeds))];
    for (size_t changes = 1 + below(4); changes > 0; --changes) {
      const size_t at = below(text.size() + 1);
      switch (below(3)) {
        case 0: text.insert(at, pieces[below(std::size(pieces))]); break;
        case 1: text.erase(at, 1 + below(8)); break;
        default: text.insert(at, text.substr(below(text.size() + 1), below(20)));
      }
    }
    FirstStatement(text);
    const Result<Statement> statement = Parse(text);
    if (!statement.ok()) {
      const bool placed = statement.status().position() <= text.size();
      if (!placed) FAIL("no position for: " << text << ": " << statement.status().ToString());
      continue;
    }
    ++parsed;
    const std::string printed = Print(*statement);
    const Result<Statement> again = Parse(printed);
    const bool same = again.ok() && Print(*again) == printed;
    if (!same)
      FAIL("printed differently: " << text << "\n"
                                   << printed << "\n"
                                   << (again.ok() ? Print(*again) : again.status().ToString()));
  }
  CHECK(parsed > 500);
}

}  // namespace quire::sql
