/* Quire from C99: a collection, three chunks, one filtered search, one question.
     cc -std=c99 example.c $(pkg-config --cflags --libs quire) -o example && ./example /tmp/example.quire */
#include <stdio.h>

#include "quire/quire.h"

static const char* const kChunks[3][3] = {
    {"Reset a password", "Open the account page and choose Reset password.", "2024"},
    {"Export data", "An export holds all records as CSV or JSON.", "2023"},
    {"Old invoices", "A password protects invoices from before the reset of 2019.", "2018"},
};

/* Prints what went wrong. Gives 1. */
static int Report(quire_connection* connection) {
  size_t line = 0, column = 0;
  fprintf(stderr, "%s: %s", quire_code_name(quire_error_code(connection)), quire_error_message(connection));
  if (quire_error_position(connection, NULL, &line, &column)) {
    fprintf(stderr, " (line %lu, column %lu)", (unsigned long)line, (unsigned long)column);
  }
  fprintf(stderr, "\n%s\n", quire_error_hint(connection));
  return 1;
}

static int Fill(quire_connection* connection) {
  quire_statement* insert = NULL;
  int i;
  if (quire_exec(connection, "CREATE COLLECTION help (year INTEGER); BEGIN", QUIRE_TO_NUL) != QUIRE_OK) return 1;
  if (quire_prepare(connection, "INSERT INTO help (title, text, year) VALUES (?, ?, ?)", QUIRE_TO_NUL, &insert, NULL) !=
      QUIRE_OK) {
    return 1;
  }
  for (i = 0; i < 3; ++i) {
    int column;
    for (column = 0; column < 3; ++column) quire_bind_text(insert, column + 1, kChunks[i][column], QUIRE_TO_NUL);
    if (quire_step(insert) != QUIRE_DONE) break;
  }
  quire_finalize(insert);
  return i < 3 || quire_exec(connection, "COMMIT", QUIRE_TO_NUL) != QUIRE_OK;
}

static int Search(quire_connection* connection, const char* words) {
  quire_statement* search = NULL;
  quire_code code;
  int place = 0;
  if (quire_prepare(connection, "SELECT title, score, text FROM help WHERE text SIMILAR ? AND year >= ? LIMIT 2",
                    QUIRE_TO_NUL, &search, NULL) != QUIRE_OK) {
    return 1;
  }
  quire_bind_text(search, 1, words, QUIRE_TO_NUL);
  quire_bind_int64(search, 2, 2020);
  while ((code = quire_step(search)) == QUIRE_ROW) {
    printf("%d. %s (%.3f): %s\n", ++place, quire_column_text(search, 0, NULL), quire_column_double(search, 1),
           quire_column_text(search, 2, NULL));
  }
  quire_finalize(search);
  return code != QUIRE_DONE;
}

static int Ask(quire_connection* connection, const char* question) {
  quire_statement* ask = NULL;
  quire_code code;
  int i;
  if (quire_prepare(connection, "ASK ? FROM help WHERE year >= 2020", QUIRE_TO_NUL, &ask, NULL) != QUIRE_OK) return 1;
  quire_bind_text(ask, 1, question, QUIRE_TO_NUL);
  while ((code = quire_step(ask)) == QUIRE_ROW) {
    for (i = 0; i < quire_column_count(ask); ++i) {
      const char* text = quire_column_text(ask, i, NULL);
      if (text != NULL) printf("  %s: %s\n", quire_column_name(ask, i), text);
    }
  }
  quire_finalize(ask);
  return code != QUIRE_DONE;
}

int main(int argc, char** argv) {
  quire_connection* connection = NULL;
  const char* words = "how do I reset my password?";
  int failed = quire_open(argc > 1 ? argv[1] : "example.quire", NULL, &connection) != QUIRE_OK;
  failed = failed || Fill(connection) || Search(connection, words) || Ask(connection, words);
  if (failed) Report(connection);
  quire_close(connection);
  return failed;
}
