CREATE COLLECTION docs (year INTEGER, price REAL, tags TEXT[], done BOOLEAN, seen TIMESTAMP) WITH (embedder = 'hashed');
INSERT INTO docs (id, uri, title, section, text, year, price, tags, done, seen) VALUES
  ('a', 'guide.md', 'Guide', 'Guide > Start', 'The server listens on port 8080; set --port to change it.', 2020, 1.5, ['net', 'port'], true, '2024-05-06 07:08:09'),
  ('b', 'guide.md', 'Guide', 'Guide > Stop', 'Stop the server with the command quit.', 2021, 2.5, ['net'], false, NULL),
  ('c', 'export.md', 'Export', 'Export', 'Annotations are exported as COCO or as JSON.', NULL, NULL, NULL, NULL, NULL),
  ('d', NULL, NULL, NULL, 'A chunk without a document, to be deleted.', 1999, 0.0, NULL, false, NULL);
DELETE FROM docs WHERE id = 'd';
UPDATE docs SET year = 2022 WHERE id = 'b';
CREATE COLLECTION points (n INTEGER) WITH (embedder = 'none', dim = 4, metric = 'l2');
INSERT INTO points (id, text, embedding, n) VALUES ('p', 'first', '[1, 2, 3, 4]', 1), ('q', 'second', '[4, 3, 2, 1]', 2);
REINDEX docs;
VACUUM;
