"""Tests of the Python binding. QUIRE_LIBRARY names the library, PYTHONPATH the package."""

import array
import asyncio
import datetime
import http.server
import json
import os
import tempfile
import threading
import time
import unittest

import quire

try:
    import numpy
except ImportError:
    numpy = None


class ScriptedModel(http.server.BaseHTTPRequestHandler):
    """An endpoint that says its pieces, one after the other."""

    pieces = ("To reset your password, ", "open Settings ", "[1].")

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.end_headers()
        for piece in self.pieces:
            self.wfile.write(b"data: " + json.dumps({"choices": [{"delta": {"content": piece}}]}).encode() + b"\n\n")
            time.sleep(0.1)
        self.wfile.write(b'data: {"choices":[{"delta":{},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n')

    def log_message(self, *arguments):
        pass


class Case(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.path = os.path.join(self.folder.name, "db")
        self.connection = quire.connect(self.path, sync="off", background_threads=0)

    def tearDown(self):
        self.connection.close()
        self.folder.cleanup()

    def fill(self, count):
        self.connection.execute("CREATE COLLECTION docs (year INTEGER)")
        rows = ((f"d{i}", f"text number {i}", i) for i in range(count))
        cursor = self.connection.executemany("INSERT INTO docs (id, text, year) VALUES (?, ?, ?)", rows)
        self.assertEqual(cursor.rowcount, count)
        self.connection.commit()


class Module(unittest.TestCase):
    def test_globals(self):
        self.assertEqual((quire.apilevel, quire.paramstyle), ("2.0", "qmark"))
        self.assertRegex(quire.version, r"^\d+\.\d+\.\d+$")

    def test_exceptions(self):
        for name in ("DataError", "OperationalError", "IntegrityError", "InternalError", "ProgrammingError", "NotSupportedError"):
            self.assertTrue(issubclass(getattr(quire, name), quire.DatabaseError))
            self.assertIs(getattr(quire.Connection, name), getattr(quire, name))
        self.assertTrue(issubclass(quire.DatabaseError, quire.Error))
        self.assertTrue(issubclass(quire.InterfaceError, quire.Error))

    def test_open_fails(self):
        with self.assertRaises(quire.ProgrammingError) as caught:
            quire.connect("/nowhere/at/all", create=False)
        self.assertEqual(caught.exception.code, "not_found")
        with self.assertRaises(quire.ProgrammingError):
            quire.connect("x", sync="sometimes")


class Rows(Case):
    def test_fetch(self):
        self.fill(5)
        cursor = self.connection.cursor()
        self.assertIs(cursor.execute("SELECT id, year FROM docs ORDER BY year"), cursor)
        self.assertEqual([column[0] for column in cursor.description], ["id", "year"])
        self.assertEqual(cursor.description[0][1], quire.STRING)
        self.assertEqual(cursor.description[1][1], quire.NUMBER)
        self.assertNotEqual(cursor.description[1][1], quire.STRING)
        self.assertEqual(cursor.rowcount, -1)
        self.assertEqual(cursor.fetchone(), ("d0", 0))
        self.assertEqual(cursor.fetchmany(2), [("d1", 1), ("d2", 2)])
        self.assertEqual(cursor.fetchall(), [("d3", 3), ("d4", 4)])
        self.assertIsNone(cursor.fetchone())
        self.assertEqual(cursor.fetchmany(), [])
        self.assertEqual(list(self.connection.execute("SELECT year FROM docs WHERE year > ?", [3])), [(4,)])
        self.assertEqual(list(self.connection.execute("SELECT year FROM docs WHERE year > 99")), [])

    def test_named(self):
        self.assertEqual(self.connection.execute("SELECT :a + :b, :a", {"a": 2, "b": 3, "more": 1}).fetchone(), (5, 2))
        with self.assertRaises(quire.ProgrammingError):
            self.connection.execute("SELECT :a", {"b": 1})
        with self.assertRaises(quire.ProgrammingError):
            self.connection.execute("SELECT ?", {"b": 1})

    def test_counts(self):
        for values in ([], [1, 2]):
            with self.assertRaises(quire.ProgrammingError):
                self.connection.execute("SELECT ?", values)

    def test_values(self):
        self.connection.execute(
            "CREATE COLLECTION v (i INTEGER, r REAL, b BOOLEAN, d DATE, t TIMESTAMP, tags TEXT[], j JSON)"
            " WITH (embedder = 'none', dim = 2)"
        )
        day = datetime.date(2026, 1, 31)
        moment = datetime.datetime(2026, 1, 31, 12, 30, 15, 250, tzinfo=datetime.timezone.utc)
        values = [-(2**63), 0.1, True, day, moment, ["a", 'b "c"'], {"k": [1, None]}]
        self.connection.execute(
            "INSERT INTO v (id, embedding, i, r, b, d, t, tags, j) VALUES ('x', ?, ?, ?, ?, ?, ?, ?, ?)", [[1, 0.5], *values]
        )
        row = self.connection.execute("SELECT i, r, b, d, t, tags, j, embedding, title, id FROM v").fetchone()
        self.assertEqual(list(row[:7]), values)
        self.assertEqual(row[7], array.array("f", [1, 0.5]))
        self.assertEqual(row[9], "x")

    def test_what_cannot_be_bound(self):
        for value in (2**63, object(), [1, "a"], 1j):
            with self.assertRaises(quire.DataError):
                self.connection.execute("SELECT ?", [value])
        self.assertEqual(self.connection.execute("SELECT ?", ["\u00e9\U0001f600"]).fetchone(), ("\u00e9\U0001f600",))

    def vectors(self, *vectors):
        self.connection.execute("CREATE COLLECTION v WITH (embedder = 'none', dim = 3)")
        for vector in vectors:
            self.connection.execute("INSERT INTO v (embedding) VALUES (?)", [vector])
        self.connection.commit()
        for (stored,) in self.connection.execute("SELECT embedding FROM v").fetchall():
            self.assertEqual(stored.tolist(), [1, 0, 0.5])
        self.assertEqual(len(self.connection.execute("SELECT id FROM v WHERE embedding SIMILAR ? LIMIT 9", [vectors[0]]).fetchall()), len(vectors))

    def test_vectors(self):
        floats = array.array("f", [1, 0, 0.5])
        self.vectors([1, 0, 0.5], (1, 0, 0.5), floats, floats.tobytes(), array.array("d", floats), memoryview(floats))

    @unittest.skipIf(numpy is None, "numpy is not there")
    def test_numpy(self):
        vector = numpy.array([1, 0, 0.5])
        self.vectors(vector, vector.astype("float32"), numpy.array([1, 9, 0, 9, 0.5], dtype=">f4")[::2])
        self.assertEqual(self.connection.execute("SELECT ?", [numpy.float32(0.5)]).fetchone(), (0.5,))
        with self.assertRaises(quire.DataError):
            self.connection.execute("SELECT ?", [numpy.zeros((2, 2))])
        stored = self.connection.execute("SELECT embedding FROM v").fetchone()[0]
        self.assertEqual(numpy.asarray(stored).tolist(), vector.tolist())

    def test_ask(self):
        self.connection.execute("CREATE COLLECTION docs")
        self.connection.execute(
            "INSERT INTO docs (uri, text) VALUES ('a.md', 'To reset your password, open Settings and choose Reset password.')"
        )
        self.connection.commit()
        cursor = self.connection.execute("ASK ? FROM docs", ["How do I reset my password?"])
        answer = dict(zip([column[0] for column in cursor.description], cursor.fetchone()))
        self.assertIn("status", answer)
        self.assertIsInstance(answer["citations"], list)


class Statements(Case):
    PASSWORDS = (
        "CREATE COLLECTION docs; INSERT INTO docs (uri, text) VALUES"
        " ('a.md', 'To reset your password, open Settings and choose Reset password.');"
    )

    def test_stream(self):
        self.connection.executescript(self.PASSWORDS)
        events = list(self.connection.stream("ASK ? FROM docs", ["How do I reset my password?"]))
        kinds = [kind for kind, _ in events]
        self.assertEqual((kinds[0], kinds[-1]), ("sources", "done"))
        self.assertEqual(set(kinds[1:-1]), {"text"})
        row = events[-1][1]
        self.assertEqual("".join(text for kind, text in events if kind == "text"), row["answer"])
        self.assertEqual(events[0][1], row["citations"])
        with self.assertRaises(quire.ProgrammingError):
            list(self.connection.stream("ASK 'x' FROM nothing"))
        for kind, _ in self.connection.stream("ASK 'How do I reset my password?' FROM docs"):
            break  # stops it
        self.assertEqual(self.connection.execute("SELECT count(*) FROM docs").fetchone(), (1,))

    def test_stream_of_a_model(self):
        self.connection.executescript(self.PASSWORDS)
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), ScriptedModel)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            self.connection.execute(f"CREATE MODEL m USING PROVIDER openai ENDPOINT 'http://127.0.0.1:{server.server_port}' NAME 'tiny'")
            told = []
            for kind, event in self.connection.stream("ASK 'How do I reset my password?' FROM docs USING MODEL m"):
                told.append((kind, event, time.monotonic()))
        finally:
            server.shutdown()
            server.server_close()
        row = told[-1][1]
        self.assertEqual((row["status"], row["model"], row["answer"]), ("answered", "m", "".join(ScriptedModel.pieces)))
        self.assertEqual(told[0][1][0]["uri"], "a.md")
        texts = [(event, at) for kind, event, at in told if kind == "text"]
        self.assertEqual("".join(text for text, _ in texts), row["answer"])
        self.assertGreater(texts[-1][1] - texts[0][1], 0.1)

    def test_async_stream(self):
        self.connection.executescript(self.PASSWORDS)

        async def collect():
            return [event async for event in self.connection.astream("ASK 'How do I reset my password?' FROM docs")]

        events = asyncio.run(collect())
        self.assertEqual(events[-1][1]["answer"], "".join(text for kind, text in events if kind == "text"))

    def test_errors(self):
        with self.assertRaises(quire.ProgrammingError) as caught:
            self.connection.execute("SELECT\n  nothing_here FROM quire_collections")
        self.assertEqual(caught.exception.code, "not_found")
        self.assertEqual(caught.exception.position, (9, 2, 3))
        for sql in ("", "-- nothing", "SELECT 1; SELECT 2", "SELEC 1"):
            with self.assertRaises(quire.ProgrammingError):
                self.connection.execute(sql)
        self.assertEqual(self.connection.execute("SELECT 1; -- the end").fetchall(), [(1,)])
        with self.assertRaises(quire.ProgrammingError):
            self.connection.cursor().fetchone()
        with self.assertRaises(quire.ProgrammingError):
            self.connection.executemany("SELECT ?", [(1,)])

    def test_transactions(self):
        self.fill(1)
        self.connection.execute("DELETE FROM docs")
        self.assertTrue(self.connection.in_transaction)
        self.connection.rollback()
        self.assertFalse(self.connection.in_transaction)
        self.assertEqual(self.connection.execute("SELECT count(*) FROM docs").fetchone(), (1,))
        with self.assertRaises(quire.IntegrityError):
            self.connection.execute("INSERT INTO docs (id, text) VALUES ('d0', 'x')")
        self.connection.rollback()
        self.connection.execute("/* all */ -- of them\n delete FROM docs")
        self.assertTrue(self.connection.in_transaction)
        self.connection.rollback()
        self.connection.autocommit = True
        self.assertEqual(self.connection.execute("UPDATE docs SET year = 7").rowcount, 1)
        self.assertFalse(self.connection.in_transaction)

    def test_with(self):
        self.fill(2)
        self.connection.close()
        with quire.connect(self.path) as connection:
            connection.execute("DELETE FROM docs WHERE id = 'd0'")
        with self.assertRaises(ZeroDivisionError):
            with quire.connect(self.path) as connection:
                connection.execute("DELETE FROM docs")
                raise ZeroDivisionError
        with quire.connect(self.path, read_only=True) as connection:
            self.assertEqual(connection.execute("SELECT id FROM docs").fetchall(), [("d1",)])

    def test_closed(self):
        cursor = self.connection.execute("SELECT 1")
        self.connection.close()
        self.connection.close()
        with self.assertRaises(quire.InterfaceError):
            cursor.fetchone()
        with self.assertRaises(quire.InterfaceError):
            self.connection.execute("SELECT 1")
        cursor.close()
        with self.assertRaises(quire.InterfaceError):
            cursor.execute("SELECT 1")

    def test_script_and_notices(self):
        self.connection.executescript("CREATE COLLECTION a; CREATE COLLECTION b;")
        cursor = self.connection.execute("DROP COLLECTION IF EXISTS c")
        self.assertEqual(len(cursor.notices), 1)
        with self.assertRaises(quire.ProgrammingError):
            self.connection.executescript("DROP COLLECTION a; DROP COLLECTION c")

    def test_interrupt(self):
        self.fill(300)
        cursor = self.connection.execute("SELECT id FROM docs")
        thread = threading.Thread(target=self.connection.interrupt)
        thread.start()
        thread.join()
        with self.assertRaises(quire.OperationalError) as caught:
            cursor.fetchall()
        self.assertEqual(caught.exception.code, "cancelled")
        self.assertEqual(self.connection.execute("SELECT count(*) FROM docs").fetchone(), (300,))

    def test_sessions(self):
        self.fill(1)
        other = self.connection.session()
        self.connection.execute("DELETE FROM docs")
        self.assertEqual(other.execute("SELECT count(*) FROM docs").fetchone(), (1,))
        self.connection.commit()
        self.assertEqual(other.execute("SELECT count(*) FROM docs").fetchone(), (0,))
        other.close()

    def test_progress(self):
        self.connection.execute("CREATE COLLECTION docs")
        for i in range(3):
            with open(os.path.join(self.folder.name, f"{i}.md"), "w", encoding="utf-8") as file:
                file.write("# Title\n\nSome words.\n")
        seen = []
        self.connection.on_progress(lambda what, done, total: seen.append((what, done, total)))
        self.connection.execute("COPY docs FROM ?", [os.path.join(self.folder.name, "*.md")])
        self.assertTrue(seen)
        self.connection.on_progress(None)


if __name__ == "__main__":
    unittest.main()
