// What the parser says of statements that are wrong: code, place, message, mend.
#include <string>

#include <catch2/catch.hpp>

#include "quire/connection.h"
#include "sql/parse/nearest.h"
#include "sql/parse/parser.h"

namespace quire::sql {
namespace {

// `text` has a '^' where the failure must be.
struct Wrong {
  std::string text;
  std::string message;  // a part of it
  std::string hint;     // a part of it; empty: none
  Code code = Code::kSyntaxError;
};

void CheckWrong(Wrong wrong) {
  const size_t position = wrong.text.find('^');
  REQUIRE(position != std::string::npos);
  wrong.text.erase(position, 1);
  const Result<Statement> statement = Parse(wrong.text);
  INFO(wrong.text);
  REQUIRE_FALSE(statement.ok());
  const Status& status = statement.status();
  INFO(status.ToString());
  CHECK(status.code() == wrong.code);
  CHECK(status.position() == position);
  CHECK(status.message().find(wrong.message) != std::string_view::npos);
  CHECK(status.hint().find(wrong.hint) != std::string_view::npos);
  if (wrong.hint.empty()) CHECK(status.hint().empty());
}

}  // namespace

TEST_CASE("a syntax error names what was expected, what was found, and where", "[parse]") {
  CheckWrong({"INSERT INTO docs (a, b ^FROM", "expected ',' or ')' but found 'FROM'", ""});
  CheckWrong({"SELECT title FROM docs WHERE^", "expected an expression but found the end of the statement", ""});
  CheckWrong({"SELECT title FROM docs WHERE a =^;", "expected an expression but found ';'", ""});
  CheckWrong({"SELECT title FROM ^where", "expected the name of a collection but found 'where'", "\"where\""});
  CheckWrong({"SELECT 1; ^SELECT 2", "expected the end of the statement but found 'SELECT'", ""});
  CheckWrong({"^", "the statement is empty", ""});
  CheckWrong({"^;", "the statement is empty", ""});
  CheckWrong({"^(1)", "expected a statement but found '('", ""});
  CheckWrong({"SELECT CASE WHEN a THEN b ^FROM docs", "expected WHEN, ELSE or END", ""});
  CheckWrong({"SELECT f(a => 1, ^2) FROM docs", "expected a named argument", ""});
  CheckWrong({"SELECT CAST(a AS ^wibble) FROM docs", "wibble", "TEXT", Code::kInvalidArgument});
  CheckWrong({"SELECT ^99999999999999999999", "beyond 64 bits", "99999999999999999999.0"});
  CheckWrong({"SELECT ^1e999", "beyond what a REAL can hold", ""});
  CheckWrong({"SELECT ^?0", "parameters are numbered from 1", ""});
  CheckWrong({"SELECT ^\x01", "unexpected byte 0x01", ""});
}

TEST_CASE("text that is not UTF-8 is refused at its first bad byte", "[parse]") {
  const Result<Statement> statement = Parse("SELECT '\xff'");
  REQUIRE_FALSE(statement.ok());
  CHECK(statement.status().code() == Code::kSyntaxError);
  CHECK(statement.status().position() == 8);
}

TEST_CASE("what is not closed is named where it opens", "[parse]") {
  CheckWrong({"SELECT ^'abc", "the string is not closed", "''"});
  CheckWrong({"SELECT ^\"abc", "the name is not closed", "single quotes"});
  CheckWrong({"SELECT 1 ^/* abc", "the comment is not closed", "*/"});
  CheckWrong({"SELECT ^$x$ abc $y$", "the string is not closed", "$x$"});
  CheckWrong({"SELECT E'a^\\q'", "there is no escape '\\q'", "\\n"});
}

TEST_CASE("the usual slips get the mend as hint", "[parse]") {
  CheckWrong({"SELECT title FROM docs WHERE text SIMILAR ^TO 'x'", "SIMILAR TO",
              "write `text SIMILAR '...'`; for patterns use LIKE"});
  CheckWrong({"SELECT title FROM docs WHERE a ^== 1", "found '=='", "write ="});
  CheckWrong({"SELECT title FROM docs WHERE a = 1 ^&& b = 2", "found '&&'", "AND"});
  CheckWrong({"SELECT title, ^FROM docs", "expected an expression but found 'FROM'", "remove the ','"});
  CheckWrong({"INSERT INTO docs (a, ^) VALUES (1)", "the name of a column", "remove the ','"});
  CheckWrong({"INSERT INTO docs (a) VALUES (1, ^)", "an expression", "remove the ','"});
  CheckWrong({"SELECT title FROM docs WHERE text SIMILAR ^reset my password LIMIT 3",
              "a string or a parameter after SIMILAR", "put the words in quotes: 'reset my password'"});
  CheckWrong({"ASK ^How do I export data FROM docs", "a string or a parameter after ASK", "'How do I export data'"});
  CheckWrong({"SELECT title FROM docs WHERE text SIMILAR ^\"reset\" LIMIT 3", "a string or a parameter", "'reset'"});
  CheckWrong({"ASK ^\"How?\" FROM docs", "a string or a parameter after ASK", "single quotes: 'How?'"});
  CheckWrong({"ASK 'How?'^", "expected FROM but found the end of the statement", "FROM docs"});
  CheckWrong({"SELECT title FROM docs LIMIT 5 ^ORDER BY title", "ORDER BY must stand before LIMIT", "the order is"});
  CheckWrong(
      {"SELECT title FROM docs ORDER BY title ^WHERE a = 1", "WHERE must stand before ORDER BY", "the order is"});
  CheckWrong({"SELECT title FROM docs WHERE a = 1 ^WHERE b = 2", "a second WHERE", ""});
  CheckWrong({"SELECT ^TOP 5 title FROM docs", "", "LIMIT 5"});
  CheckWrong({"SELECT title FROM docs LIMIT 5^, 10", "OFFSET", "LIMIT n OFFSET m"});
  CheckWrong({"SELECT ^title", "the column title needs a collection", "SELECT title FROM docs"});
  CheckWrong({"SELECT ^\"hello\"", "needs a collection", "single quotes"});
  CheckWrong({"SELECT title FROM docs WHERE product ^'cloud'", "found 'cloud'", "an operator such as"});
  CheckWrong({"SELECT title FROM docs WHERE a = 'don'^t' ", "found 't'", "''"});
  CheckWrong(
      {"SELECT title FROM docs WHERE a = ^\xe2\x80\x98x\xe2\x80\x99", "unexpected character", "straight quotes"});
  CheckWrong({"SELECT ^2nd FROM docs", "neither a number nor a name", "double quotes"});
  CheckWrong({"DROP COLLECTION ^'docs'", "the name of a collection but found 'docs'", "without quotes: docs"});
  CheckWrong({"SELECT title FROM docs WHERE a IN ^'x'", "'(' after IN", "IN ('a', 'b')"});
  CheckWrong({"CREATE COLLECTION docs (product^, year INTEGER)", "a type", "product TEXT"});
  CheckWrong({"INSERT INTO docs (id) VALUES (1) ON CONFLICT (^uri) DO NOTHING", "expected id", "ON CONFLICT (id)"});
  CheckWrong({"^\\d docs", "a statement", "dot-commands"});
}

TEST_CASE("a misspelled keyword gets the nearest one", "[parse]") {
  CheckWrong({"^SELCT title FROM docs", "expected a statement but found 'SELCT'", "did you mean SELECT?"});
  CheckWrong({"^Udpate docs SET a = 1", "expected a statement", "did you mean UPDATE?"});
  CheckWrong({"^flurb", "expected a statement but found 'flurb'", ""});
  CheckWrong({"CREATE ^COLECTION docs", "after CREATE", "did you mean CREATE COLLECTION?"});
  CheckWrong({"SELECT title ^FORM docs", "expected FROM but found 'FORM'", "did you mean FROM?"});
  CheckWrong({"SELECT title FROM docs ^WERE a = 1", "expected WHERE but found 'WERE'", "did you mean WHERE?"});
  CheckWrong({"SELECT title FROM docs ^LIMT 5", "expected LIMIT but found 'LIMT'", "did you mean LIMIT?"});
  CheckWrong({"SELECT title FROM docs ^ORDR BY title", "expected ORDER but found 'ORDR'", "did you mean ORDER?"});
  CheckWrong({"INSERT INTO docs (a) ^VALEUS (1)", "expected VALUES", "did you mean VALUES?"});
  CheckWrong({"SELECT title FROM docs WHERE a = 1 ^LIMITT 5", "the end of the statement", "did you mean LIMIT?"});
}

TEST_CASE("what is not offered yet is named where it stands", "[parse]") {
  const auto unsupported = [](std::string text, std::string what, std::string hint = "") {
    CheckWrong({std::move(text), what + " is not supported yet", std::move(hint), Code::kUnsupported});
  };
  unsupported("SELECT a FROM docs ^NATURAL JOIN x", "NATURAL JOIN", "USING");
  unsupported("SELECT a FROM docs^, others", "more than one collection after FROM", "JOIN b ON");
  unsupported("WITH ^RECURSIVE x AS (SELECT 1) SELECT 2", "WITH RECURSIVE");
  unsupported("SELECT a FROM docs ^INTERSECT SELECT b FROM docs", "INTERSECT", "IN (SELECT");
  unsupported("SELECT a FROM docs ^EXCEPT SELECT b FROM docs", "EXCEPT", "NOT IN (SELECT");
  unsupported("SELECT a FROM docs WHERE b ^GLOB 'x'", "the operator GLOB", "REGEXP");
  unsupported("SELECT row_number() ^OVER () FROM docs", "OVER (a window)");
  unsupported("COPY docs TO ^STDOUT", "COPY ... TO STDOUT", "SELECT alone");
}

TEST_CASE("FormatError draws the place", "[parse]") {
  const auto format = [](std::string statement) {
    const size_t position = statement.find('^');
    if (position != std::string::npos) statement.erase(position, 1);
    Status status(Code::kNotFound, "collection 'dcos' does not exist", "did you mean 'docs'?");
    if (position != std::string::npos) status = std::move(status).At(position);
    return FormatError(status, statement);
  };
  CHECK(format("SELECT title FROM ^dcos LIMIT 5") ==
        "error: collection 'dcos' does not exist\n"
        "  LINE 1, COLUMN 19: SELECT title FROM dcos LIMIT 5\n"
        "                                       ^\n"
        "  hint: did you mean 'docs'?");
  CHECK(format("SELECT 1") == "error: collection 'dcos' does not exist\n  hint: did you mean 'docs'?");
  // Columns count characters; the caret stands under the place whatever the width of what is before it.
  CHECK(format("SELECT\n\t'\xc3\xbc\xe6\x97\xa5' ^x\nFROM") ==
        "error: collection 'dcos' does not exist\n"
        "  LINE 2, COLUMN 7:  '\xc3\xbc\xe6\x97\xa5' x\n"
        "                           ^\n"
        "  hint: did you mean 'docs'?");
  CHECK(format("SELECT^").find("COLUMN 7: SELECT\n                          ^") != std::string::npos);
  const std::string cut = format(std::string(500, 'a') + "^b" + std::string(500, 'c'));
  CHECK(cut.find("LINE 1, COLUMN 501: ...aaa") != std::string::npos);
  CHECK(cut.find("ccc...\n") != std::string::npos);
  const size_t line = cut.find('\n') + 1;
  const size_t caret = cut.find("^") - (cut.find('\n', line) + 1);
  CHECK(cut[line + caret] == 'b');
  CHECK(cut.find('\n', line) - line < 130);
}

TEST_CASE("the nearest word", "[parse]") {
  CHECK(Nearest("slect", {"INSERT", "SELECT"}) == "SELECT");
  CHECK(Nearest("SELECT", {"SELECT"}).empty());
  CHECK(Nearest("xyz", {"SELECT"}).empty());
  CHECK(Nearest("", {"A"}).empty());
  CHECK(Nearest("dcos", {"docs", "does"}) == "docs");
  CHECK(Nearest(std::string(1000, 'a'), {std::string(64, 'a')}).empty());
}

}  // namespace quire::sql
