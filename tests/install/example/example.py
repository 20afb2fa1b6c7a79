"""Quire from Python: a collection, three chunks, one filtered search, one question.  python3 example.py /tmp/example.quire"""

import sys

import quire

CHUNKS = [
    ("Reset a password", "Open the account page and choose Reset password.", 2024),
    ("Export data", "An export holds all records as CSV or JSON.", 2023),
    ("Old invoices", "A password protects invoices from before the reset of 2019.", 2018),
]

with quire.connect(sys.argv[1] if len(sys.argv) > 1 else "example.quire") as connection:
    connection.execute("CREATE COLLECTION help (year INTEGER)")
    connection.executemany("INSERT INTO help (title, text, year) VALUES (?, ?, ?)", CHUNKS)
    connection.commit()
    words = "how do I reset my password?"
    search = "SELECT rank, title, text FROM help WHERE text SIMILAR :words AND year >= :year LIMIT 2"
    for rank, title, text in connection.execute(search, {"words": words, "year": 2020}):
        print(f"{rank}. {title}: {text}")
    answer = connection.execute("ASK ? FROM help WHERE year >= 2020", [words])
    for column, value in zip(answer.description, answer.fetchone()):
        print(f"  {column[0]}: {value}")
