"""Quire for Python: DB-API 2.0 (PEP 249) over libquire.so, without anything to compile.

    import quire
    with quire.connect("docs.quire") as connection:
        connection.execute("CREATE COLLECTION IF NOT EXISTS docs (year INTEGER)")
        connection.executemany("INSERT INTO docs (uri, text, year) VALUES (?, ?, ?)", rows)
        connection.commit()
        for title, score in connection.execute(
            "SELECT title, score FROM docs WHERE text SIMILAR :words LIMIT 5", {"words": "reset my password"}
        ):
            print(title, score)

Values: None, bool, int, float, str, datetime.date, datetime.datetime (UTC where it names no zone), dict (JSON), a list of str
(TEXT[]); a vector is a list of numbers, an array.array, a numpy array of one dimension, or bytes of 32-bit floats. Rows are
tuples; vectors come as array.array('f') (numpy.asarray takes it without copying), JSON as what it holds, timestamps in UTC.

stream() and astream() give an ASK's answer while it is made.

Transactions: INSERT, UPDATE and DELETE open one if none is open, unless autocommit is True; commit() makes it durable.
A `with connection` block commits at its end, or rolls back on an exception, and closes. Threads: calls on one
connection wait for each other; interrupt() does not.
"""

import asyncio
import ctypes
import json
import queue
import re
import threading

from . import _library as _abi
from . import _values

_lib = _abi.load()

apilevel = "2.0"
threadsafety = 2
paramstyle = "qmark"  # :name with a mapping works as well
version = _lib.quire_version().decode()


class Warning(Exception):
    pass


class Error(Exception):
    """code: "not_found", ...; hint: the mend, or ""; position: (byte from 0, line from 1, column from 1), or None."""

    code = ""
    hint = ""
    position = None


class InterfaceError(Error):
    pass


class DatabaseError(Error):
    pass


class DataError(DatabaseError):
    pass


class OperationalError(DatabaseError):
    pass


class IntegrityError(DatabaseError):
    pass


class InternalError(DatabaseError):
    pass


class ProgrammingError(DatabaseError):
    pass


class NotSupportedError(DatabaseError):
    pass


# What opens a transaction, whatever comments stand before it.
_CHANGES = re.compile(r"(?:\s|--[^\n]*\n|/\*.*?\*/)*(?:INSERT|UPDATE|DELETE)\b", re.IGNORECASE | re.DOTALL)

_ERRORS = {
    "invalid_argument": ProgrammingError,
    "not_found": ProgrammingError,
    "already_exists": IntegrityError,
    "unsupported": NotSupportedError,
    "syntax_error": ProgrammingError,
    "type_mismatch": DataError,
    "unavailable": NotSupportedError,
    "internal": InternalError,
}


class _TypeObject(frozenset):
    """Equal to each of the type codes it holds, as PEP 249 asks for."""

    def __eq__(self, other):
        return other in self if isinstance(other, int) else frozenset.__eq__(self, other)

    __hash__ = frozenset.__hash__


STRING = _TypeObject({_abi.TEXT, _abi.TEXT_ARRAY, _abi.JSON})
BINARY = _TypeObject({_abi.VECTOR})
NUMBER = _TypeObject({_abi.BOOLEAN, _abi.INTEGER, _abi.REAL})
DATETIME = _TypeObject({_abi.DATE, _abi.TIMESTAMP})
ROWID = _TypeObject()


def _failure(handle, statement=""):
    code = _lib.quire_code_name(_lib.quire_error_code(handle)).decode()
    message = _lib.quire_error_message(handle).decode("utf-8")
    hint = _lib.quire_error_hint(handle).decode("utf-8")
    byte, line, column = ctypes.c_size_t(), ctypes.c_size_t(), ctypes.c_size_t()
    placed = _lib.quire_error_position(handle, ctypes.byref(byte), ctypes.byref(line), ctypes.byref(column))
    text = message
    if placed:
        text += f" (line {line.value}, column {column.value})"
    if hint:
        text += f"; hint: {hint}"
    error = _ERRORS.get(code, OperationalError)(text)
    error.code = code
    error.hint = hint
    error.position = (byte.value, line.value, column.value) if placed else None
    return error


def connect(path, *, create=True, read_only=False, sync="full", autocommit=False, background_threads=1, memory_limit=0):
    """Opens the database in the directory `path`. sync: "full", "normal" or "off"; memory_limit in bytes, 0: the default."""
    if sync not in _abi.SYNC:
        raise ProgrammingError(f"sync must be full, normal or off, found {sync!r}")
    options = _abi.Options()
    _lib.quire_options_init(ctypes.byref(options))
    options.create_if_missing = create
    options.read_only = read_only
    options.sync = _abi.SYNC[sync]
    options.background_threads = background_threads
    options.memory_limit_bytes = memory_limit
    handle = ctypes.c_void_p()
    code = _lib.quire_open(str(path).encode("utf-8"), ctypes.byref(options), ctypes.byref(handle))
    if code != _abi.OK:
        error = _failure(handle)
        _lib.quire_close(handle)
        raise error
    return Connection(handle, autocommit)


class Connection:
    Warning = Warning
    Error = Error
    InterfaceError = InterfaceError
    DatabaseError = DatabaseError
    DataError = DataError
    OperationalError = OperationalError
    IntegrityError = IntegrityError
    InternalError = InternalError
    ProgrammingError = ProgrammingError
    NotSupportedError = NotSupportedError

    def __init__(self, handle, autocommit):
        self._handle = handle
        self._lock = threading.RLock()
        self._progress = None
        self.autocommit = autocommit

    def _open(self):
        if self._handle is None:
            raise InterfaceError("the connection is closed")
        return self._handle

    def cursor(self):
        self._open()
        return Cursor(self)

    def execute(self, sql, parameters=()):
        return self.cursor().execute(sql, parameters)

    def executemany(self, sql, sequence):
        return self.cursor().executemany(sql, sequence)

    def executescript(self, sql):
        """Runs all statements of `sql`; their rows are dropped. Opens no transaction by itself."""
        data = sql.encode("utf-8")
        with self._lock:
            if _lib.quire_exec(self._open(), data, len(data)) != _abi.OK:
                raise _failure(self._handle)

    @property
    def in_transaction(self):
        return _lib.quire_in_transaction(self._open()) != 0

    def commit(self):
        self._end("COMMIT")

    def rollback(self):
        self._end("ROLLBACK")

    def _end(self, statement):
        with self._lock:
            if self.in_transaction:
                self.executescript(statement)

    def session(self):
        """One more connection to the same database, with a transaction of its own: for another thread."""
        handle = ctypes.c_void_p()
        with self._lock:
            if _lib.quire_connect(self._open(), ctypes.byref(handle)) != _abi.OK:
                raise _failure(self._handle)
        return Connection(handle, self.autocommit)

    def interrupt(self):
        """Stops the running statement, from any thread: it raises OperationalError with code "cancelled"."""
        _lib.quire_interrupt(self._open())

    def on_progress(self, callback):
        """callback(what, done, total) during long work; a true result stops it. None: no callback."""

        def call(_, what, done, total):
            return 1 if callback(what.decode("utf-8"), done, total) else 0

        progress = _abi.PROGRESS(call) if callback else _abi.PROGRESS()
        with self._lock:
            if _lib.quire_progress(self._open(), progress, None) != _abi.OK:
                raise _failure(self._handle)
            self._progress = progress  # kept alive as long as it may be called

    def stream(self, sql, parameters=()):
        """Runs an ASK and gives its answer while it is made: ("sources", list), ("text", piece) ..., ("done", the row as a dict).
        To leave the loop early stops the statement."""
        answer = _Answer(self, sql, parameters)
        try:
            while (event := answer.next()) is not None:
                yield event
        finally:
            answer.close()

    async def astream(self, sql, parameters=()):
        """As stream, for `async for`."""
        answer = _Answer(self, sql, parameters)
        try:
            while (event := await asyncio.to_thread(answer.next)) is not None:
                yield event
        finally:
            answer.close()

    def close(self):
        """Rolls an open transaction back. Closing twice is harmless."""
        with self._lock:
            handle, self._handle = self._handle, None
            if handle is not None:
                _lib.quire_close(handle)

    def __enter__(self):
        self._open()
        return self

    def __exit__(self, kind, error, trace):
        try:
            if kind is None:
                self.commit()
        finally:
            self.close()

    def __del__(self):
        if getattr(self, "_handle", None) is not None:
            self.close()


class _Answer:
    """An ASK that runs in a thread of its own; its events, in order."""

    def __init__(self, connection, sql, parameters):
        self._connection = connection
        self._events = queue.SimpleQueue()
        self._over = False
        self._stopped = False
        self._thread = threading.Thread(target=self._run, args=(sql, parameters), daemon=True)
        self._thread.start()

    def _run(self, sql, parameters):
        def tell(_, kind, text, size):
            if kind in _abi.ANSWER_EVENTS:
                piece = ctypes.string_at(text, size).decode("utf-8")
                self._events.put((_abi.ANSWER_EVENTS[kind], json.loads(piece) if kind == 1 else piece))
            return 1 if self._stopped else 0

        callback = _abi.ANSWER(tell)
        connection = self._connection
        try:
            with connection._lock:
                if _lib.quire_answer(connection._open(), callback, None) != _abi.OK:
                    raise _failure(connection._handle)
                try:
                    cursor = connection.execute(sql, parameters)
                    names = [column[0] for column in cursor.description or ()]
                    self._events.put(("done", dict(zip(names, cursor.fetchone() or ()))))
                finally:
                    _lib.quire_answer(connection._handle, _abi.ANSWER(), None)
        except BaseException as error:
            self._events.put(error)

    def next(self):
        if self._over:
            return None
        event = self._events.get()
        self._over = isinstance(event, BaseException) or event[0] == "done"
        if isinstance(event, BaseException):
            raise event
        return event

    def close(self):
        if not self._over:
            self._stopped = True
            self._connection.interrupt()
        self._thread.join()


class Cursor:
    def __init__(self, connection):
        self.connection = connection
        self.arraysize = 1
        self.lastrowid = None
        self._closed = False
        self._statement = None
        self._forget()

    def _forget(self):
        self.description = None
        self.rowcount = -1
        self.notices = []
        self._ready = False  # the current row was stepped to, but not given yet
        self._columns = 0
        statement, self._statement = self._statement, None
        if statement is not None:
            _lib.quire_finalize(statement)

    def _handle(self):
        if self._closed:
            raise InterfaceError("the cursor is closed")
        return self.connection._open()

    def _check(self, code):
        if code not in (_abi.OK, _abi.ROW, _abi.DONE):
            raise _failure(self._handle())
        return code

    def _prepare(self, sql):
        handle = self._handle()
        self._forget()
        data = sql.encode("utf-8")
        statement, tail, rest = ctypes.c_void_p(), ctypes.c_size_t(), ctypes.c_void_p()
        self._check(_lib.quire_prepare(handle, data, len(data), ctypes.byref(statement), ctypes.byref(tail)))
        if not statement.value:
            raise ProgrammingError("the statement is empty")
        self._statement = statement
        code = _lib.quire_prepare(handle, data[tail.value :], -1, ctypes.byref(rest), None)
        if code != _abi.OK or rest.value:
            _lib.quire_finalize(rest)
            self._forget()
            raise ProgrammingError("execute takes one statement; executescript takes more")
        if not self.connection.autocommit and not self.connection.in_transaction:
            if _CHANGES.match(sql):
                self.connection.executescript("BEGIN")

    def _bind(self, parameters):
        count = _lib.quire_parameter_count(self._statement)
        names = [_lib.quire_parameter_name(self._statement, i + 1).decode("utf-8") for i in range(count)]
        if hasattr(parameters, "keys"):
            missing = [name for name in names if name and name not in parameters]
            if "" in names or missing:
                raise ProgrammingError(f"no value for parameter {missing[0] if missing else '?: give a sequence'}")
            values = [parameters[name] for name in names]
        else:
            values = list(parameters)
            if len(values) != count:
                raise ProgrammingError(f"{len(values)} values were given, expected {count}")
        for index, value in enumerate(values, 1):
            try:
                self._check(_values.bind(_lib, self._statement, index, value))
            except (TypeError, OverflowError) as error:
                raise DataError(f"parameter {index}: {error}") from None

    def _step(self):
        code = self._check(_lib.quire_step(self._statement))
        if self._columns == 0 and (columns := _lib.quire_column_count(self._statement)) > 0:
            self._columns = columns
            self.description = tuple(
                (
                    _lib.quire_column_name(self._statement, i).decode("utf-8"),
                    _lib.quire_column_declared_type(self._statement, i),
                    None, None, None, None, None,
                )
                for i in range(columns)
            )
        self._ready = code == _abi.ROW
        if code == _abi.DONE:
            self.notices = [
                _lib.quire_notice(self._statement, i).decode("utf-8")
                for i in range(_lib.quire_notice_count(self._statement))
            ]
        return code

    def execute(self, sql, parameters=()):
        """Runs one statement. Gives the cursor, to be iterated over."""
        with self.connection._lock:
            self._prepare(sql)
            self._bind(parameters)
            if self._step() == _abi.DONE:
                self._finish()
        return self

    def _finish(self):
        if self._columns == 0:
            self.rowcount = _lib.quire_changes(self.connection._handle)
        statement, self._statement = self._statement, None
        _lib.quire_finalize(statement)

    def executemany(self, sql, sequence):
        """Runs one statement that gives no rows, parsed once, for each of the parameters."""
        with self.connection._lock:
            self._prepare(sql)
            total = 0
            for parameters in sequence:
                self._bind(parameters)
                if self._step() != _abi.DONE:
                    self._forget()
                    raise ProgrammingError("executemany takes no statement that gives rows")
                total += _lib.quire_changes(self.connection._handle)
            self._forget()
            self.rowcount = total
        return self

    def fetchone(self):
        with self.connection._lock:
            self._handle()
            if self.description is None:
                raise ProgrammingError("there is no result to fetch from")
            if not self._ready:
                return None
            row = tuple(_values.read(_lib, self._statement, i) for i in range(self._columns))
            if self._step() == _abi.DONE:
                self._finish()
            return row

    def fetchmany(self, size=None):
        rows = []
        while len(rows) < (self.arraysize if size is None else size) and (row := self.fetchone()) is not None:
            rows.append(row)
        return rows

    def fetchall(self):
        return list(iter(self.fetchone, None))

    def __iter__(self):
        return self

    def __next__(self):
        row = self.fetchone()
        if row is None:
            raise StopIteration
        return row

    def setinputsizes(self, sizes):
        pass

    def setoutputsize(self, size, column=None):
        pass

    def close(self):
        self._forget()
        self._closed = True

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        self.close()

    def __del__(self):
        if getattr(self, "_statement", None) is not None:
            self._forget()
