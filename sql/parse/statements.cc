#include "sql/parse/statements.h"

namespace quire::sql {
namespace {

constexpr std::string_view kChat = "the chat extension";
constexpr std::string_view kLater = "a later release";

constexpr StatementInfo Works(std::string_view words, std::string_view syntax, std::string_view description) {
  return {words, syntax, description, {}, {}};
}
constexpr StatementInfo Reserved(std::string_view words, std::string_view syntax, std::string_view description,
                                 std::string_view needs) {
  return {words, syntax, description, needs, {}};
}
constexpr StatementInfo Unneeded(std::string_view words, std::string_view notice) {
  return {words, {}, "accepted for scripts written elsewhere", {}, notice};
}

// What begins with the words of another entry stands before it.
constexpr StatementInfo kStatements[] = {
    Works("SELECT", "items FROM docs WHERE text SIMILAR '...' ORDER BY ... LIMIT n", "find chunks"),
    Works("WITH", "name AS (SELECT ...), ... SELECT ...", "name a SELECT, then use it like a collection"),
    Works("FROM", "docs [SELECT items] ...", "the same, collection first"),
    Works("ASK", "'question' FROM docs [WHERE ...] [USING MODEL m] [WITH (...)]",
          "answer from what was found, with citations"),
    Works("INSERT", "INTO docs (columns) VALUES (...), ... | SELECT ... [ON CONFLICT (id) DO UPDATE | DO NOTHING]", "add chunks"),
    Works("UPDATE", "docs SET column = value, ... [WHERE ...]", "change chunks"),
    Works("DELETE", "FROM docs [WHERE ...]", "remove chunks"),
    Works("COPY", "docs FROM 'file or glob' | (SELECT ...) TO 'file' | docs TO 'file' [(FORMAT csv, ...)]",
          "load documents or rows; write rows into a file"),
    Works("SYNC", "docs [FROM [DIRECTORY] 'folder' [(...)]]",
          "as COPY, and delete documents that vanished from the folder; without FROM: from wherever it was loaded"),
    Works("RETRY", "docs", "load again what failed: the files in quire_load_errors"),
    Works("CREATE COLLECTION", "[IF NOT EXISTS] docs [(column TYPE, ...)] [WITH (...)]", "make a collection"),
    Works("CREATE TABLE", "...", "the same as CREATE COLLECTION"),
    Works("DROP COLLECTION", "[IF EXISTS] docs", "remove a collection with everything in it"),
    Works("DROP TABLE", "...", "the same as DROP COLLECTION"),
    Works("ALTER COLLECTION", "docs ADD COLUMN c TYPE | RENAME TO name | SET (...) | SET EMBEDDER e [WITH (switch = 'manual')] | SWITCH GENERATION | "
          "ROLLBACK EMBEDDER | ROLLBACK GENERATION | DROP GENERATION", "change a collection, or embed it anew while it serves"),
    Works("CREATE EMBEDDER", "[IF NOT EXISTS] e USING PROVIDER p [PATH '...'] [ENDPOINT '...'] [NAME '...'] [WITH (...)]",
          "make an embedder known"),
    Works("DROP EMBEDDER", "[IF EXISTS] e", "forget an embedder"),
    Works("COMPARE", "docs ON 'text', ... | (SELECT text [, uri] ...)", "ask both generations of a collection the same"),
    Works("ALTER TABLE", "...", "the same as ALTER COLLECTION"),
    Works("SHOW", "COLLECTIONS | INDEXES | JOBS | MODELS | a setting", "list what there is"),
    Works("DESCRIBE", "docs", "the columns of a collection"),
    Works("DESC", "docs", "the same as DESCRIBE"),
    Works("EXPLAIN ANSWER", "id", "how an answer came about, and what became of its sources"),
    Works("EXPLAIN", "[ANALYZE | RETRIEVAL] statement", "how a statement is carried out"),
    Works("BEGIN", "", "open a transaction"),
    Works("START TRANSACTION", "", "the same as BEGIN"),
    Works("COMMIT", "", "make the transaction's changes durable"),
    Works("END", "", "the same as COMMIT"),
    Works("ROLLBACK", "", "drop the transaction's changes"),
    Works("SET", "name = value", "change a setting of the session"),
    Works("PRAGMA", "name [= value]", "the same as SET and SHOW"),
    Works("CHECK DATABASE", "", "verify everything that is stored"),
    Works("CHECKPOINT", "", "write everything into sorted files"),
    Works("VACUUM", "[docs]", "give back the space of what was removed"),
    Works("REINDEX", "docs", "build the vector index anew beside the one that serves, then switch"),
    Works("ANALYZE", "[docs]", "nothing to gather: estimates are read from the indexes"),
    Works("BACKUP", "TO 'dir'", "copy the database into a directory of backups while it is open"),
    Works("RESTORE", "FROM 'dir' TO 'path'", "make a new database of the last backup"),
    Works("REPAIR", "DATABASE 'path' TO 'new path'", "make a new database of what can be read of a damaged one"),
    Works("FORGET", "DOCUMENT 'uri' FROM docs", "erase a document, then search the files for its text"),
    Works("REFRESH", "", "for a follower; one that writes sees its own commits at once"),
    Unneeded("CREATE INDEX", "every collection keeps its indexes itself: nothing to create"),
    Unneeded("CREATE EXTENSION", "vectors are built in: nothing to install"),
    Unneeded("INSTALL", "vectors and words are built in: nothing to install"),
    Unneeded("LOAD", "vectors and words are built in: nothing to load"),
    Reserved("DROP INDEX", "name", "nothing: indexes are kept by their collection", kLater),
    Works("CREATE MODEL", "[IF NOT EXISTS] m USING PROVIDER p [ENDPOINT '...'] [NAME '...'] [WITH (...)]", "make a language model known"),
    Works("ALTER MODEL", "m ADD VERSION [n] USING PROVIDER ... | SET (...) | PROMOTE VERSION n | ROLLBACK", "change a model while it serves"),
    Works("DROP MODEL", "[IF EXISTS] m", "forget a model with its versions"),
    Works("FEEDBACK", "ON ANSWER id GOOD | BAD [CORRECTION '...'] [REASON '...']", "say whether an answer was right"),
    Works("CALIBRATE", "docs [TARGET REFUSAL 0.9]", "fit the threshold below which ASK refuses"),
    Reserved("EVALUATE", "MODEL name ON EVALSET ...", "measure a model's answers", kChat),
    Reserved("PROMOTE", "...", "make a version current", kChat),
    Reserved("EXPORT", "TRAINING DATA | LABELS ...", "write answers and feedback out", kChat),
    Reserved("IMPORT", "LABELS ...", "read labels in", kChat),
};

}  // namespace

std::span<const StatementInfo> Statements() { return kStatements; }

}  // namespace quire::sql
