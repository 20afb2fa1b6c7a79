'use strict';
// Tests of the Node binding. QUIRE_ADDON names the addon.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const http = require('node:http');
const os = require('node:os');
const path = require('node:path');
const { test } = require('node:test');
const quire = require('./index.js');

// Runs `body` with a connection to a new database.
function over(name, body) {
  test(name, async () => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'quire-node-'));
    const connection = await quire.open(path.join(folder, 'db'), { sync: 'off', backgroundThreads: 0 });
    try {
      await body(connection, folder);
    } finally {
      await connection.close();
      fs.rmSync(folder, { recursive: true });
    }
  });
}

async function fill(connection, count) {
  await connection.exec('CREATE COLLECTION docs (year INTEGER)');
  const insert = await connection.prepare('INSERT INTO docs (id, text, year) VALUES (?, ?, ?)');
  await connection.transaction(async () => {
    for (let i = 0; i < count; ++i) await insert.run([`d${i}`, `text number ${i}`, i]);
  });
  await insert.finalize();
}

test('version, and a database that cannot be opened', async () => {
  assert.match(quire.version, /^\d+\.\d+\.\d+$/);
  await assert.rejects(quire.open('/nowhere/at/all', { create: false }), { code: 'not_found' });
  await assert.rejects(quire.open('x', { sync: 'sometimes' }), RangeError);
});

over('rows at once and one by one', async (connection) => {
  await fill(connection, 600);
  const result = await connection.execute('SELECT id, year FROM docs WHERE year < ? ORDER BY year', [2]);
  assert.deepEqual(result.columns, ['id', 'year']);
  assert.deepEqual(result.rows, [{ id: 'd0', year: 0 }, { id: 'd1', year: 1 }]);
  let sum = 0;
  for await (const row of connection.query('SELECT year FROM docs')) sum += row.year;
  assert.equal(sum, (599 * 600) / 2);
  for await (const row of connection.query('SELECT year FROM docs ORDER BY year')) if (row.year === 3) break;
  assert.deepEqual((await connection.execute('SELECT 1 AS a, 2 AS a')).rows, [{ a: 1, a_2: 2 }]);
  assert.equal((await connection.execute('DELETE FROM docs WHERE year < 100')).changes, 100);
});

over('values', async (connection) => {
  await connection.exec(
    "CREATE COLLECTION v (i INTEGER, r REAL, b BOOLEAN, d DATE, t TIMESTAMP, tags TEXT[], j JSON) WITH (embedder = 'none', dim = 2)");
  const moment = new Date('2026-01-31T12:30:15.250Z');
  await connection.execute(
    'INSERT INTO v (id, embedding, i, r, b, d, t, tags, j) VALUES (:id, :e, :i, :r, :b, :d, :t, :tags, :j)',
    { id: 'x', e: [1, 0.5], i: -(2n ** 63n), r: 0.1, b: true, d: '2026-01-31', t: moment, tags: ['a', 'b "c"'], j: { k: [1, null] } });
  const [row] = (await connection.execute('SELECT embedding, i, r, b, d, t, tags, j, title FROM v')).rows;
  assert.deepEqual(row, {
    embedding: Float32Array.of(1, 0.5), i: -(2n ** 63n), r: 0.1, b: true, d: '2026-01-31', t: moment, tags: ['a', 'b "c"'],
    j: { k: [1, null] }, title: row.title });
  for (const vector of [Float32Array.of(1, 0.5), Float64Array.of(1, 0.5), Buffer.from(Float32Array.of(1, 0.5).buffer)]) {
    const found = await connection.execute('SELECT id FROM v WHERE embedding SIMILAR ? LIMIT 1', [vector]);
    assert.deepEqual(found.rows, [{ id: 'x' }]);
  }
  assert.deepEqual((await connection.execute('SELECT ? AS a, ? AS b', [null, '\u00e9\u{1f600}'])).rows, [{ a: null, b: '\u00e9\u{1f600}' }]);
});

over('what is wrong is said', async (connection) => {
  await assert.rejects(connection.execute('SELECT\n  nothing_here FROM quire_collections'), (error) => {
    assert.equal(error.code, 'not_found');
    assert.deepEqual(error.position, { byte: 9, line: 2, column: 3 });
    return true;
  });
  for (const sql of ['', '-- nothing', 'SELECT 1; SELECT 2', 'SELEC 1']) await assert.rejects(connection.execute(sql));
  for (const values of [[], [1, 2], { b: 1 }]) await assert.rejects(connection.execute('SELECT ?', values), RangeError);
  for (const value of [Symbol('a'), [1, 'a'], () => 1]) await assert.rejects(connection.execute('SELECT ?', [value]), TypeError);
  await assert.rejects(connection.execute('SELECT ?', [2n ** 63n]), { code: 'type_mismatch' });
  assert.deepEqual((await connection.execute('SELECT 1 AS a; -- the end')).rows, [{ a: 1 }]);
  const dropped = await connection.execute('DROP COLLECTION IF EXISTS nothing');
  assert.equal(dropped.notices.length, 1);
});

over('transactions, statements side by side, closing', async (connection) => {
  await fill(connection, 3);
  await assert.rejects(connection.transaction(async (session) => {
    await session.execute('DELETE FROM docs');
    throw new Error('changed my mind');
  }), /changed my mind/);
  const counts = await Promise.all([1, 2, 3].map(() => connection.execute('SELECT count(*) AS n FROM docs')));
  assert.deepEqual(counts.map((result) => result.rows[0].n), [3, 3, 3]);
  const statement = await connection.prepare('SELECT 1');
  await statement.finalize();
  await statement.finalize();
  await assert.rejects(statement.run());
  await connection.close();
  await connection.close();
  await assert.rejects(connection.execute('SELECT 1'), /closed/);
});

over('an interrupt', async (connection) => {
  await fill(connection, 600);
  const rows = connection.query('SELECT id FROM docs');
  await rows.next();
  connection.interrupt();
  await assert.rejects((async () => { for await (const row of rows) assert.ok(row); })(), { code: 'cancelled' });
  assert.equal((await connection.execute('SELECT count(*) AS n FROM docs')).rows[0].n, 600);
});

over('ASK', async (connection) => {
  await connection.exec(
    "CREATE COLLECTION docs; INSERT INTO docs (uri, text) VALUES ('a.md', 'To reset your password, open Settings and choose Reset password.')");
  const [answer] = (await connection.execute('ASK ? FROM docs', ['How do I reset my password?'])).rows;
  assert.ok('status' in answer && Array.isArray(answer.citations));
});

over('ASK as a stream', async (connection) => {
  await connection.exec(
    "CREATE COLLECTION docs; INSERT INTO docs (uri, text) VALUES ('a.md', 'To reset your password, open Settings and choose Reset password.')");
  const events = [];
  for await (const event of connection.stream('ASK ? FROM docs', ['How do I reset my password?'])) events.push(event);
  const { row } = events.at(-1);
  assert.equal(events[0].kind, 'sources');
  assert.deepEqual(events[0].sources, row.citations);
  assert.equal(events.filter((event) => event.kind === 'text').map((event) => event.text).join(''), row.answer);
  await assert.rejects((async () => { for await (const event of connection.stream("ASK 'x' FROM no")) assert.ok(event); })(), { code: 'not_found' });
  for await (const event of connection.stream("ASK 'password?' FROM docs")) { assert.ok(event); break; }
  assert.equal((await connection.execute('SELECT count(*) AS n FROM docs')).rows[0].n, 1);
});

over('a model\'s answer as a stream', async (connection) => {
  await connection.exec(
    "CREATE COLLECTION docs; INSERT INTO docs (uri, text) VALUES ('a.md', 'To reset your password, open Settings and choose Reset password.')");
  const pieces = ['To reset your password, ', 'open Settings ', '[1].'];
  const server = http.createServer((request, response) => {
    request.resume().on('end', async () => {
      for (const content of pieces) {
        response.write(`data: ${JSON.stringify({ choices: [{ delta: { content } }] })}\n\n`);
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
      response.end('data: {"choices":[{"delta":{},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n');
    });
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    await connection.exec(`CREATE MODEL m USING PROVIDER openai ENDPOINT 'http://127.0.0.1:${server.address().port}' NAME 'tiny'`);
    const events = [];
    for await (const event of connection.stream("ASK 'How do I reset my password?' FROM docs USING MODEL m")) events.push([event, Date.now()]);
    const { row } = events.at(-1)[0];
    assert.deepEqual([row.status, row.model, row.answer], ['answered', 'm', pieces.join('')]);
    assert.equal(events[0][0].sources[0].uri, 'a.md');
    const texts = events.filter(([event]) => event.kind === 'text');
    assert.equal(texts.map(([event]) => event.text).join(''), row.answer);
    assert.ok(texts.at(-1)[1] - texts[0][1] > 100);
  } finally {
    server.closeAllConnections();
    server.close();
  }
});
