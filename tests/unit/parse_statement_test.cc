// The parser over statements that are right: each is printed back in one canonical form.
#include <string>

#include <catch2/catch.hpp>

#include "sql/parse/parser.h"
#include "sql/parse/print.h"

namespace quire::sql {
namespace {

std::string Canonical(const std::string& text) {
  const Result<Statement> statement = Parse(text);
  if (!statement.ok()) return statement.status().ToString();
  return Print(*statement);
}

struct Pair {
  std::string written;
  std::string printed;  // empty: the same
};

// `from` is put after both: columns need a collection.
void CheckAll(const std::vector<Pair>& pairs, const std::string& from = {}) {
  for (const Pair& pair : pairs) {
    const std::string expected = (pair.printed.empty() ? pair.written : pair.printed) + from;
    INFO(pair.written);
    CHECK(Canonical(pair.written + from) == expected);
    CHECK(Canonical(expected) == expected);
  }
}

}  // namespace

TEST_CASE("statements that find", "[parse]") {
  CheckAll({
      {"SELECT title, section, text, score FROM docs WHERE text SIMILAR 'reset my password' AND product = 'cloud' "
       "LIMIT 10",
       ""},
      {"select * from docs", "SELECT * FROM docs"},
      {"FROM docs", "SELECT * FROM docs"},
      {"FROM docs d SELECT title WHERE year > 2020 LIMIT 3", "SELECT title FROM docs AS d WHERE year > 2020 LIMIT 3"},
      {"SELECT 1 + 1", ""},
      {"SELECT DISTINCT uri FROM docs ORDER BY uri DESC, title LIMIT 5 OFFSET 10", ""},
      {"SELECT uri FROM docs OFFSET 10 ROWS LIMIT 5", "SELECT uri FROM docs LIMIT 5 OFFSET 10"},
      {"SELECT count(*), count(DISTINCT uri) FROM docs", ""},
      {"SELECT title AS t, score s FROM docs AS d", "SELECT title AS t, score AS s FROM docs AS d"},
      {"SELECT title AS select, d.text FROM docs d", "SELECT title AS \"select\", d.text FROM docs AS d"},
      {"SELECT text, model, version, section, score, date, timestamp, key FROM docs", ""},
      {"SELECT match, similar FROM docs WHERE similar('q')", ""},
      {"SELECT id FROM docs WHERE SIMILAR(text, 'q', mode => 'vector', min_score => 0.35, exact => true) LIMIT 10",
       "SELECT id FROM docs WHERE similar(text, 'q', mode => 'vector', min_score => 0.35, exact => TRUE) LIMIT 10"},
      {"SELECT id, embedding <=> $1 AS distance FROM docs ORDER BY embedding <=> $1 LIMIT 10", ""},
      {"SELECT id FROM docs WHERE text MATCH 'a AND b' AND NOT draft LIMIT 3", ""},
      {"SELECT id FROM docs ORDER BY rrf(similar(text, 'r'), bm25(text, 'r'), [0.6, 0.4]) DESC LIMIT 10", ""},
      {"SELECT array_cosine_distance(e, [1, -2.5, 3]::FLOAT[3]) FROM docs",
       "SELECT array_cosine_distance(e, CAST([1, -2.5, 3] AS VECTOR(3))) FROM docs"},
      {"EXPLAIN ANALYZE SELECT title FROM docs", ""},
      {"EXPLAIN RETRIEVAL SELECT title FROM docs", ""},
      {"ASK 'How?' FROM docs WHERE product = 'cloud' USING MODEL support WITH (k = 8, mode = 'strict', quick)", ""},
      {"EXPLAIN ASK ? FROM docs", "EXPLAIN ASK $1 FROM docs"},
  });
}

TEST_CASE("statements that change", "[parse]") {
  CheckAll({
      {"CREATE COLLECTION docs", ""},
      {"CREATE TABLE IF NOT EXISTS docs (product TEXT, n BIGINT, tags VARCHAR[], price double precision, extra JSON) "
       "WITH (metric = cosine, dim 4, flag);",
       "CREATE COLLECTION IF NOT EXISTS docs (product TEXT, n INTEGER, tags TEXT[], price REAL, extra JSON) "
       "WITH (metric = 'cosine', dim = 4, flag)"},
      {"DROP COLLECTION IF EXISTS docs", ""},
      {"drop table docs cascade", "DROP COLLECTION docs"},
      {"INSERT INTO docs (id, text) VALUES ('a', 'x'), ('b', 'y') ON CONFLICT (id) DO UPDATE", ""},
      {"INSERT INTO docs VALUES (?, ?2, ?, :n, $n)", "INSERT INTO docs VALUES ($1, $2, $3, :n, :n)"},
      {"INSERT INTO docs (id) VALUES ('a') ON CONFLICT DO NOTHING",
       "INSERT INTO docs (id) VALUES ('a') ON CONFLICT (id) DO NOTHING"},
      {"INSERT OR REPLACE INTO docs (id) VALUES ('a')",
       "INSERT INTO docs (id) VALUES ('a') ON CONFLICT (id) DO UPDATE"},
      {"UPDATE docs SET product = 'x', year = year + 1 WHERE uri = 'faq.md'", ""},
      {"DELETE FROM docs WHERE year < 2020", ""},
      {"COPY docs FROM 'h/**/*.md' (FORMAT markdown, GLOB '*.md', DELETE_MISSING)",
       "COPY docs FROM 'h/**/*.md' (FORMAT = 'markdown', GLOB = '*.md', DELETE_MISSING)"},
      {"SYNC docs FROM DIRECTORY 'h' (FORMAT markdown)", "SYNC docs FROM 'h' (FORMAT = 'markdown')"},
      {"SYNC docs FROM :path", "SYNC docs FROM :path"},
      {"sync docs", "SYNC docs"},
      {"RETRY docs", "RETRY docs"},
      {"COPY docs FROM :path WITH (FORMAT text)", "COPY docs FROM :path (FORMAT = 'text')"},
  });
}

TEST_CASE("statements that run the database", "[parse]") {
  CheckAll({
      {"BEGIN TRANSACTION", "BEGIN"},
      {"START TRANSACTION", "BEGIN"},
      {"COMMIT WORK;", "COMMIT"},
      {"END", "COMMIT"},
      {"rollback", "ROLLBACK"},
      {"SHOW collections", "SHOW COLLECTIONS"},
      {"SHOW GENERATIONS FROM docs", ""},
      {"DESC docs", "DESCRIBE docs"},
      {"SET sync = off", "SET sync = 'off'"},
      {"SET hnsw.ef_search TO 40", "SET hnsw.ef_search = 40"},
      {"SET x = -1.5", ""},
      {"PRAGMA sync(full)", "SET sync = 'full'"},
      {"PRAGMA sync", "SHOW SYNC"},
      {"CHECK DATABASE", ""},
      {"CHECKPOINT", ""},
      {"VACUUM docs", ""},
      {"REINDEX TABLE docs", "REINDEX docs"},
      {"alter table docs rollback generation", "ALTER COLLECTION docs ROLLBACK GENERATION"},
      {"ALTER COLLECTION docs DROP GENERATION", ""},
      {"ALTER COLLECTION docs SET (recall_target = 0.97)", ""},
      {"CREATE INDEX ON docs USING hnsw (embedding vector_cosine_ops) WITH (m = 16)", "CREATE INDEX"},
      {"BACKUP TO 'dir'", ""},
      {"RESTORE FROM 'dir' TO 'copy.quire'", ""},
      {"FORGET DOCUMENT 'a.md' FROM docs", ""},
      {"ANALYZE", ""},
      {"analyse docs", "ANALYZE docs"},
      {"REFRESH", ""},
      {"COPY (SELECT a FROM docs ORDER BY a) TO 'x.csv' (HEADER false)",
       "COPY (SELECT a FROM docs ORDER BY a) TO 'x.csv' (HEADER = FALSE)"},
      {"COPY docs TO ?", "COPY (SELECT * FROM docs) TO $1"},
      {"SELECT a FROM docs WHERE a ~ 'x' AND b NOT REGEXP 'y' AND c !~* 'z'",
       "SELECT a FROM docs WHERE a ~ 'x' AND b !~ 'y' AND c !~* 'z'"},
      {"EXPLAIN ANSWER 17", ""},
      {"FEEDBACK ON ANSWER $1 GOOD", ""},
      {"feedback on answer 17 bad correction 'x' reason 'wrong source'",
       "FEEDBACK ON ANSWER 17 BAD CORRECTION 'x' REASON 'wrong source'"},
      {"CALIBRATE docs", ""},
      {"CALIBRATE docs TARGET REFUSAL 0.9", "CALIBRATE docs WITH (refusal = 0.9)"},
      {"CREATE MODEL IF NOT EXISTS m USING PROVIDER openai ENDPOINT 'http://x' NAME 'q' WITH (context = 8192)",
       "CREATE MODEL IF NOT EXISTS m USING PROVIDER openai WITH (endpoint = 'http://x', model = 'q', context = 8192)"},
      {"ALTER MODEL m ADD VERSION USING PROVIDER ollama NAME 'q'", "ALTER MODEL m ADD VERSION USING PROVIDER ollama WITH (model = 'q')"},
      {"ALTER MODEL m ADD VERSION 3 USING PROVIDER scripted WITH (answer = 'a')", ""},
      {"ALTER MODEL m SET (temperature = 0.2)", ""},
      {"ALTER MODEL m PROMOTE VERSION 2", ""},
      {"ALTER MODEL m ROLLBACK", ""},
      {"DROP MODEL IF EXISTS m", ""},
      {"/* a /* nested */ comment */ SELECT -- to the end\n 1;  -- after", "SELECT 1"},
  });
}

TEST_CASE("reserved statements say what they need", "[parse]") {
  const auto reserved = [](const char* text) {
    Result<Statement> statement = Parse(text);
    REQUIRE(statement.ok());
    return std::get<ReservedStatement>(std::move(statement->node));
  };
  CHECK(reserved("EVALUATE MODEL support ON EVALSET gold").needs == "the chat extension");
  CHECK(reserved("import labels from 'x'").words == "IMPORT");
  CHECK(reserved("CREATE INDEX i ON docs (x)").needs.empty());
  CHECK_FALSE(reserved("CREATE INDEX i ON docs (x)").notice.empty());
  CHECK_FALSE(reserved("CREATE EXTENSION vector").notice.empty());
}

TEST_CASE("operators bind as in PostgreSQL", "[parse]") {
  CheckAll(
      {
          {"SELECT a OR b AND NOT c = d + e * f", ""},
          {"SELECT (a OR b) AND c", ""},
          {"SELECT NOT (a AND b)", ""},
          {"SELECT (NOT a) = b", ""},
          {"SELECT ((a)) + (b * c)", "SELECT a + b * c"},
          {"SELECT (a + b) * c", ""},
          {"SELECT a - (b - c) - d", ""},
          {"SELECT a - b - c", ""},
          {"SELECT 1 - (a <=> b) < 0.5", ""},
          {"SELECT 1 - a <=> b < 0.5", ""},
          {"SELECT a || (b <=> c) || d || e", ""},
          {"SELECT a <=> (b || c)", ""},
          {"SELECT a LIKE 'x' || '%' AND b NOT ILIKE 'y'", ""},
          {"SELECT a BETWEEN 1 AND 2 + 3 AND b NOT BETWEEN 4 AND 5", ""},
          {"SELECT a IN (1, 2) OR b NOT IN ('x')", ""},
          {"SELECT a IS NULL, b IS NOT NULL, c ISNULL, d NOTNULL",
           "SELECT a IS NULL, b IS NOT NULL, c IS NULL, d IS NOT NULL"},
          {"SELECT a != b", "SELECT a <> b"},
          {"SELECT -a, - -a, +a, -5, - 5, 2 - -5, -(-5)", "SELECT - a, - - a, + a, -5, -5, 2 - -5, 5"},
          {"SELECT -2::text", "SELECT - CAST(2 AS TEXT)"},
          {"SELECT -9223372036854775808, 9223372036854775807", ""},
          {"SELECT a::int::text, CAST(b AS vector(3)), DATE '2024-05-01'",
           "SELECT CAST(CAST(a AS INTEGER) AS TEXT), CAST(b AS VECTOR(3)), CAST('2024-05-01' AS DATE)"},
          {"SELECT CASE a WHEN 1 THEN 'x' ELSE 'y' END, CASE WHEN a > 1 THEN 2 END", ""},
          {"SELECT [1, 2.0], [], ARRAY['a'], NULL, TRUE, false", "SELECT [1, 2.0], [], ['a'], NULL, TRUE, FALSE"},
      },
      " FROM t");
}

TEST_CASE("literals and names", "[parse]") {
  CheckAll({
      {"SELECT 'it''s', E'a\\n\\'b\\\\', $$it's$$, $q$a $$ b$q$", "SELECT 'it''s', 'a\n''b\\', 'it''s', 'a $$ b'"},
      {"SELECT .5, 5., 1e3, 1.5e-2", "SELECT 0.5, 5.0, 1000.0, 0.015"},
      {"SELECT \"a b\", \"it\"\"s\", \"x\" FROM \"select\"", ""},
      {"SELECT caf\xc3\xa9 FROM b\xc3\xbc"
       "cher",
       ""},
      {"SELECT\xc2\xa0"
       "1",
       "SELECT 1"},  // a no-break space, as it comes with text copied from a page
  });
  Result<Statement> statement = Parse("SELECT title, \"title\" FROM docs");
  REQUIRE(statement.ok());
  const auto& items = std::get<SelectStatement>(statement->node).items;
  CHECK_FALSE(std::get<ColumnExpression>(items[0].expression->node).quoted);
  CHECK(std::get<ColumnExpression>(items[1].expression->node).quoted);
}

TEST_CASE("spans are the bytes of the part", "[parse]") {
  const std::string text = "SELECT title, (a + 1) * 2 FROM docs WHERE lower(uri) = 'x'";
  const Result<Statement> statement = Parse(text + " ; ");
  REQUIRE(statement.ok());
  const auto& select = std::get<SelectStatement>(statement->node);
  const auto at = [&](Span span) { return text.substr(span.start, span.end - span.start); };
  CHECK(at(statement->span) == text);
  CHECK(at(select.items[0].expression->span) == "title");
  CHECK(at(select.items[1].expression->span) == "(a + 1) * 2");
  CHECK(at(select.from->span) == "docs");
  CHECK(at(select.where->span) == "lower(uri) = 'x'");
  const auto& equal = std::get<BinaryExpression>(select.where->node);
  CHECK(at(std::get<FunctionExpression>(equal.left->node).name_span) == "lower");
}

TEST_CASE("parameters are counted", "[parse]") {
  const auto count = [](const char* text) { return Parse(text)->parameter_count; };
  CHECK(count("SELECT 1") == 0);
  CHECK(count("SELECT ?, ?, :name") == 2);
  CHECK(count("SELECT ?5, ?, $2") == 6);
  CHECK(count("EXPLAIN SELECT $3") == 3);
}

}  // namespace quire::sql
