/* quire.h: Quire from C, and from every language that can call C.

   1.  Handles. quire_connection and quire_statement are opaque: a handle is a number in the shape of a pointer, never one
       to be followed. A handle that is NULL, closed, finalized or of the other kind is recognised by every function and
       answered with QUIRE_INVALID_ARGUMENT (by a getter with 0, NULL or "").
   2.  Errors. Every function that can fail returns a quire_code; QUIRE_OK is 0. What went wrong is then told by
       quire_error_* of the connection until its next failing call; it stays readable after quire_open has failed.
       The numbers are append-only. No C++ exception leaves the library.
   3.  Sizes. Text and blobs come with their size in bytes. A size of -1 (QUIRE_TO_NUL) says that text ends at its NUL;
       any other negative size is an error. Vectors have a number of floats. Text is UTF-8. Text that is handed out has a
       NUL behind it that its size does not count.
   4.  Ownership. What is handed in is copied before the call returns. What is handed out belongs to the library: a column
       of a row until the next step, reset, clear or finalize of its statement; names of columns until the statement is
       run again; error texts until the next failing call on the connection. Nothing is ever freed by the caller but by
       quire_close and quire_finalize. Both take NULL and stale handles, and do nothing then.
   5.  Closing. quire_close rolls an open transaction back and closes the database. Statements of that connection stay
       handles: each call on one gives QUIRE_INVALID_ARGUMENT, and quire_finalize still frees it.
   6.  Threads. A connection and its statements are used by one thread at a time; different connections are independent.
       Only quire_interrupt may be called at any time from any thread, even beside quire_close. One directory is opened once
       for writing; more connections to it come from quire_connect.
   7.  Indexes. Parameters count from 1, columns from 0, as in SQLite. An index that there is not is an error or, in
       getters of columns, gives NULL's value. Getters convert: quire_column_text of an INTEGER is its digits,
       quire_column_int64 of a TEXT 0. quire_column_type says what is really there.
   8.  Callbacks run in the thread that runs the statement and must not throw or longjmp. Calls on that connection out of a
       callback, but for quire_interrupt and quire_error_*, give QUIRE_INVALID_ARGUMENT.
   9.  Versions. QUIRE_VERSION is what this header is of, quire_version() what the library is. The library takes programs
       compiled against an older header of the same QUIRE_ABI_VERSION: quire_options says its own size. */
#ifndef QUIRE_QUIRE_H_
#define QUIRE_QUIRE_H_

#include <stddef.h>
#include <stdint.h>

#define QUIRE_VERSION "0.1.0"
#define QUIRE_VERSION_NUMBER 100 /* 10000 * major + 100 * minor + patch */
#define QUIRE_ABI_VERSION 0

#if defined(_WIN32)
#define QUIRE_API
#else
#define QUIRE_API __attribute__((visibility("default")))
#endif

#ifdef __cplusplus
extern "C" {
#endif

typedef struct quire_connection quire_connection;
typedef struct quire_statement quire_statement;

#define QUIRE_TO_NUL ((int64_t)-1)

typedef enum quire_code {
  QUIRE_OK = 0,
  QUIRE_INVALID_ARGUMENT = 1, /* the caller's value is wrong: fix the call */
  QUIRE_NOT_FOUND = 2,        /* no such collection, chunk, file, setting */
  QUIRE_ALREADY_EXISTS = 3,   /* a name or id that must be new is taken */
  QUIRE_CORRUPTION = 4,       /* stored bytes are damaged */
  QUIRE_IO_ERROR = 5,         /* the operating system failed; the outcome of a commit is unknown */
  QUIRE_BUSY = 6,             /* another process holds the database */
  QUIRE_CONFLICT = 7,         /* a concurrent transaction changed the same chunk first */
  QUIRE_UNSUPPORTED = 8,      /* understood, but not offered */
  QUIRE_CANCELLED = 9,        /* quire_interrupt */
  QUIRE_RESOURCE_EXHAUSTED = 10,
  QUIRE_SYNTAX_ERROR = 11,
  QUIRE_TYPE_MISMATCH = 12,
  QUIRE_READ_ONLY = 13,
  QUIRE_UNAVAILABLE = 14, /* an extension, provider or service is not there */
  QUIRE_INTERNAL = 15,    /* a defect in Quire */

  QUIRE_ROW = 100, /* quire_step: there is a row */
  QUIRE_DONE = 101 /* quire_step: there is none, or no more */
} quire_code;

typedef enum quire_type {
  QUIRE_TYPE_NULL = 0,
  QUIRE_TYPE_BOOLEAN = 1,    /* quire_column_int64: 0 or 1 */
  QUIRE_TYPE_INTEGER = 2,    /* quire_column_int64 */
  QUIRE_TYPE_REAL = 3,       /* quire_column_double */
  QUIRE_TYPE_TEXT = 4,       /* quire_column_text */
  QUIRE_TYPE_DATE = 5,       /* quire_column_int64: days since 1970-01-01; as text 2026-01-31 */
  QUIRE_TYPE_TIMESTAMP = 6,  /* quire_column_int64: microseconds since 1970-01-01T00:00:00Z */
  QUIRE_TYPE_TEXT_ARRAY = 7, /* quire_column_text: a JSON array of strings */
  QUIRE_TYPE_JSON = 8,       /* quire_column_text */
  QUIRE_TYPE_VECTOR = 9      /* quire_column_vector */
} quire_type;

typedef enum quire_sync {
  QUIRE_SYNC_FULL = 0,   /* a commit survives power loss */
  QUIRE_SYNC_NORMAL = 1, /* a commit survives a killed process */
  QUIRE_SYNC_OFF = 2     /* a commit survives once CHECKPOINT followed */
} quire_sync;

/* How a database is opened. Set it up with quire_options_init, then change what should differ. */
typedef struct quire_options {
  size_t size;                  /* sizeof(quire_options) of the caller */
  int create_if_missing;        /* 1 */
  int read_only;                /* 0. 1: opens beside a writer and sees the state at opening */
  int sync;                     /* QUIRE_SYNC_FULL */
  uint32_t background_threads;  /* 1. 0: none is started, background work waits */
  uint64_t memory_limit_bytes;  /* 0: a quarter of the machine's */
} quire_options;

/* Long work, told now and then. `total` 0: not known. `what` is valid during the call. A value other than 0 interrupts. */
typedef int (*quire_progress_callback)(void* context, const char* what, uint64_t done, uint64_t total);

typedef enum quire_answer_event {
  QUIRE_ANSWER_SOURCES = 1, /* a JSON array, as the column citations; before the first piece */
  QUIRE_ANSWER_TEXT = 2,    /* the next piece of the answer */
  QUIRE_ANSWER_DONE = 3     /* "answered", "partial", "refused" or "error" (no model gave one); the row of ASK follows. A failure gives none */
} quire_answer_event;

/* What ASK answers, while it is made. `text` has a NUL behind it and is valid during the call. A value other than 0 interrupts. */
typedef int (*quire_answer_callback)(void* context, int event, const char* text, size_t size);

/* ---- Library ---- */
QUIRE_API const char* quire_version(void); /* "0.1.0" */
QUIRE_API int quire_version_number(void);  /* as QUIRE_VERSION_NUMBER */
QUIRE_API int quire_abi_version(void);     /* as QUIRE_ABI_VERSION */
QUIRE_API const char* quire_code_name(int code);      /* "not_found"; "unknown" for a number that is none */

/* ---- Connections ---- */
QUIRE_API void quire_options_init(quire_options* options);

/* Opens or creates the database in directory `path`. `options` NULL: as quire_options_init has it. *connection is set also
   when opening fails, for quire_error_* and quire_close only; NULL only if `connection` is NULL itself or there is no memory.
   Errors: QUIRE_NOT_FOUND, QUIRE_INVALID_ARGUMENT, QUIRE_BUSY, QUIRE_UNSUPPORTED, QUIRE_CORRUPTION, QUIRE_IO_ERROR. */
QUIRE_API quire_code quire_open(const char* path, const quire_options* options, quire_connection** connection);
/* One more connection to the database that `other` has open, with settings and transaction of its own. The database is closed
   with the last of them. */
QUIRE_API quire_code quire_connect(quire_connection* other, quire_connection** connection);
QUIRE_API void quire_close(quire_connection* connection);

/* Runs all statements of `sql`, one after the other, and drops their rows. Stops at the first that fails: places are then
   told of the whole text. */
QUIRE_API quire_code quire_exec(quire_connection* connection, const char* sql, int64_t size);

/* Stops the running statement, which ends with QUIRE_CANCELLED. From any thread, at any time. */
QUIRE_API quire_code quire_interrupt(quire_connection* connection);
/* `callback` NULL: none. */
QUIRE_API quire_code quire_progress(quire_connection* connection, quire_progress_callback callback, void* context);

/* Events of the ASK statements that run on this connection from now on. `callback` NULL: none. */
QUIRE_API quire_code quire_answer(quire_connection* connection, quire_answer_callback callback, void* context);

QUIRE_API int quire_in_transaction(quire_connection* connection);
/* Chunks that the last statement that ended on this connection inserted, changed or deleted. */
QUIRE_API uint64_t quire_changes(quire_connection* connection);

/* The last failure of the connection: QUIRE_OK and "" if there was none. */
QUIRE_API quire_code quire_error_code(quire_connection* connection);
QUIRE_API const char* quire_error_message(quire_connection* connection);
QUIRE_API const char* quire_error_hint(quire_connection* connection); /* the mend; "" if there is none */
/* Where in the statement's text: its byte from 0, line and column (in characters) from 1. Gives 1 and sets those that are
   not NULL, or 0 if the failure has no place. */
QUIRE_API int quire_error_position(quire_connection* connection, size_t* byte, size_t* line, size_t* column);

/* ---- Statements ---- */
/* Parses the first statement of `sql`. *statement is NULL if that fails, or if there is nothing but space and comments.
   `tail` (may be NULL) gets the number of bytes that were read: what follows them is the next statement. */
QUIRE_API quire_code quire_prepare(quire_connection* connection, const char* sql, int64_t size,
                                   quire_statement** statement, size_t* tail);
QUIRE_API void quire_finalize(quire_statement* statement);
QUIRE_API quire_connection* quire_statement_connection(quire_statement* statement); /* NULL once it was closed */

/* Parameters: those by position first (?, ?1, $1), then those by name (:name, $name) as they appear. Values stay until they
   are set again or cleared; a step that runs the statement without all of them fails. What is set while the statement has
   rows left counts from its next run on. */
QUIRE_API int quire_parameter_count(quire_statement* statement);
QUIRE_API int quire_parameter_index(quire_statement* statement, const char* name); /* without colon; 0: none */
QUIRE_API const char* quire_parameter_name(quire_statement* statement, int index); /* "": by position, or none */
QUIRE_API quire_code quire_bind_null(quire_statement* statement, int index);
QUIRE_API quire_code quire_bind_boolean(quire_statement* statement, int index, int value);
QUIRE_API quire_code quire_bind_int64(quire_statement* statement, int index, int64_t value);
QUIRE_API quire_code quire_bind_double(quire_statement* statement, int index, double value);
QUIRE_API quire_code quire_bind_text(quire_statement* statement, int index, const char* text, int64_t size);
/* The bytes of little-endian 32-bit floats: a vector as SQLite's vector extensions take it. `size` is a multiple of 4. */
QUIRE_API quire_code quire_bind_blob(quire_statement* statement, int index, const void* bytes, int64_t size);
QUIRE_API quire_code quire_bind_vector(quire_statement* statement, int index, const float* components, int64_t count);
QUIRE_API quire_code quire_bind_text_array(quire_statement* statement, int index, const char* const* items,
                                           int64_t count); /* each ends with its NUL */
QUIRE_API quire_code quire_clear_bindings(quire_statement* statement);

/* The first step runs the statement, each one moves to the next row: QUIRE_ROW, QUIRE_DONE, or a failure, after which the
   statement stands as after quire_reset. A step after QUIRE_DONE runs it again. ASK gives its answer as a row. */
QUIRE_API quire_code quire_step(quire_statement* statement);
/* Drops the rows that are left. Values of parameters stay. */
QUIRE_API quire_code quire_reset(quire_statement* statement);

/* Columns of the result. They are known from the first step on, also when it gave QUIRE_DONE. */
QUIRE_API int quire_column_count(quire_statement* statement);
QUIRE_API const char* quire_column_name(quire_statement* statement, int column);
QUIRE_API quire_type quire_column_declared_type(quire_statement* statement, int column); /* QUIRE_TYPE_NULL: not known */

/* Values of the current row; without one, all are NULL. `size` and `count` may be NULL. */
QUIRE_API quire_type quire_column_type(quire_statement* statement, int column);
QUIRE_API int64_t quire_column_int64(quire_statement* statement, int column); /* reals are cut towards 0 */
QUIRE_API double quire_column_double(quire_statement* statement, int column);
QUIRE_API const char* quire_column_text(quire_statement* statement, int column, size_t* size); /* NULL: NULL */
QUIRE_API const float* quire_column_vector(quire_statement* statement, int column, size_t* count); /* NULL: no vector */

/* What the user should know though the statement succeeded, such as "collection 'x' does not exist". */
QUIRE_API int quire_notice_count(quire_statement* statement);
QUIRE_API const char* quire_notice(quire_statement* statement, int index);

#ifdef __cplusplus
} /* extern "C" */
#endif

#endif /* QUIRE_QUIRE_H_ */
