'use strict';
// Quire from Node: a collection, three chunks, one filtered search, one question.  node example.js /tmp/example.quire
const quire = require('quire');

const CHUNKS = [
  ['Reset a password', 'Open the account page and choose Reset password.', 2024],
  ['Export data', 'An export holds all records as CSV or JSON.', 2023],
  ['Old invoices', 'A password protects invoices from before the reset of 2019.', 2018],
];

async function main(path) {
  const connection = await quire.open(path);
  await connection.exec('CREATE COLLECTION help (year INTEGER)');
  const insert = await connection.prepare('INSERT INTO help (title, text, year) VALUES (?, ?, ?)');
  await connection.transaction(async () => {
    for (const chunk of CHUNKS) await insert.run(chunk);
  });
  await insert.finalize();
  const words = 'how do I reset my password?';
  const search = 'SELECT rank, title, text FROM help WHERE text SIMILAR :words AND year >= :year LIMIT 2';
  for await (const row of connection.query(search, { words, year: 2020 })) {
    console.log(`${row.rank}. ${row.title}: ${row.text}`);
  }
  const answer = await connection.execute('ASK ? FROM help WHERE year >= 2020', [words]);
  console.log(answer.rows[0]);
  await connection.close();
}

main(process.argv[2] ?? 'example.quire').catch((error) => {
  console.error(error.message);
  process.exitCode = 1;
});
