'use strict';
// Quire for Node: promises and async iteration over the addon. The types are index.d.ts.

const native = require(process.env.QUIRE_ADDON || './quire.node');

const SYNC = { full: 0, normal: 1, off: 2 };
const BATCH_ROWS = 256;

// What the addon takes: null, boolean, number, bigint, string, Float32Array or an array of strings.
function toNative(value) {
  if (value === null || value === undefined) return null;
  if (value instanceof Date) return value.toISOString();
  if (value instanceof Float32Array) return value;
  if (value instanceof Uint8Array) {
    if (value.byteLength % 4 !== 0) throw new TypeError('bytes of a vector are 32-bit floats: a multiple of 4');
    return new Float32Array(value.slice().buffer);
  }
  if (ArrayBuffer.isView(value) && !(value instanceof DataView)) return Float32Array.from(value, Number);
  if (Array.isArray(value)) {
    if (value.length > 0 && value.every((item) => typeof item === 'number')) return Float32Array.from(value);
    if (value.every((item) => typeof item === 'string')) return value;
    throw new TypeError('an array holds either numbers (a vector) or strings (TEXT[])');
  }
  if (typeof value === 'object') return JSON.stringify(value);
  if (['boolean', 'number', 'bigint', 'string'].includes(typeof value)) return value;
  throw new TypeError(`a value of type ${typeof value} cannot be bound`);
}

function bindAll(prepared, parameters) {
  const names = prepared.parameters;
  let values = parameters ?? [];
  if (!Array.isArray(values)) {
    values = names.map((name) => {
      if (name === '' || !(name in parameters)) throw new RangeError(`no value for parameter ${name ? ':' + name : '?'}`);
      return parameters[name];
    });
  }
  if (values.length !== names.length) throw new RangeError(`${values.length} values were given, expected ${names.length}`);
  values.forEach((value, i) => native.bind(prepared.statement, i + 1, toNative(value)));
}

// Names of columns as keys: a second one of the same name is name_2.
function keysOf(columns) {
  const seen = new Map();
  return columns.map((name) => {
    const times = (seen.get(name) ?? 0) + 1;
    seen.set(name, times);
    return times > 1 ? `${name}_${times}` : name;
  });
}

function toObject(keys, row) {
  const object = {};
  keys.forEach((key, i) => {
    object[key] = row[i];
  });
  return object;
}

class Statement {
  #connection;
  #prepared;
  #closed = false;

  constructor(connection, prepared) {
    this.#connection = connection;
    this.#prepared = prepared;
  }

  // All rows at once: { columns, rows, changes, notices }.
  async run(parameters) {
    const result = { columns: [], rows: [], changes: 0, notices: [] };
    for await (const batch of this.#batches(parameters)) {
      result.columns = batch.columns;
      for (const row of batch.rows) result.rows.push(toObject(batch.keys, row));
      if (batch.done) Object.assign(result, { changes: batch.columns.length ? 0 : batch.changes, notices: batch.notices });
    }
    return result;
  }

  async *iterate(parameters) {
    for await (const batch of this.#batches(parameters)) {
      for (const row of batch.rows) yield toObject(batch.keys, row);
    }
  }

  async *#batches(parameters) {
    if (this.#closed) throw new Error('the statement is finalized');
    const { statement } = this.#prepared;
    let keys;
    let done = false;
    await this.#connection.inTurn(() => bindAll(this.#prepared, parameters));
    try {
      while (!done) {
        const batch = await this.#connection.inTurn(() => native.fetch(statement, BATCH_ROWS));
        keys ??= keysOf(batch.columns);
        done = batch.done;
        yield { ...batch, keys };
      }
    } finally {
      if (!done) await this.#connection.inTurn(() => native.reset(statement));
    }
  }

  // The first row; `listener` hears of the answer meanwhile. For Connection.stream.
  async stream(connection, parameters, listener) {
    const { statement } = this.#prepared;
    await this.#connection.inTurn(() => bindAll(this.#prepared, parameters));
    let heard = 0;
    let wake = () => {};
    const listen = (kind, text) => {
      heard += 1;
      listener(kind, text);
      wake();
    };
    const batch = await this.#connection.inTurn(() => native.stream(connection, statement, listen));
    while (heard < batch.events) await new Promise((resolve) => { wake = resolve; });
    return batch.rows.length ? toObject(keysOf(batch.columns), batch.rows[0]) : {};
  }

  async finalize() {
    if (this.#closed) return;
    this.#closed = true;
    await this.#connection.inTurn(() => native.finalize(this.#prepared.statement));
  }
}

class Connection {
  #handle;
  #last = Promise.resolve(); // the library takes one call at a time
  #closed = false;

  constructor(handle) {
    this.#handle = handle;
  }

  // For Statement: `work` once everything before it is through.
  inTurn(work) {
    const turn = this.#last.then(work);
    this.#last = turn.catch(() => {});
    return turn;
  }

  #check() {
    if (this.#closed) throw new Error('the connection is closed');
  }

  async prepare(sql) {
    this.#check();
    const prepared = await this.inTurn(() => {
      const first = native.prepare(this.#handle, sql);
      if (first.statement === 0n) throw new SyntaxError('the statement is empty');
      let more = true;
      try {
        more = native.prepare(this.#handle, first.rest).statement;
      } finally {
        if (more !== 0n) {
          if (typeof more === 'bigint') native.finalize(more);
          native.finalize(first.statement);
        }
      }
      if (more !== 0n) throw new SyntaxError('one statement at a time; exec takes more');
      return first;
    });
    return new Statement(this, prepared);
  }

  // One statement, all of its rows.
  async execute(sql, parameters) {
    const statement = await this.prepare(sql);
    try {
      return await statement.run(parameters);
    } finally {
      await statement.finalize();
    }
  }

  // One statement, row by row: for await (const row of connection.query(...)).
  async *query(sql, parameters) {
    const statement = await this.prepare(sql);
    try {
      yield* statement.iterate(parameters);
    } finally {
      await statement.finalize();
    }
  }

  // An ASK, answered while it is made: { kind: 'sources', sources }, { kind: 'text', text } ..., { kind: 'done', row }.
  // To leave the loop early stops it.
  async *stream(sql, parameters) {
    const statement = await this.prepare(sql);
    const waiting = [];
    let wake = () => {};
    const tell = (event) => {
      waiting.push(event);
      wake();
    };
    let over = false;
    const run = statement
      .stream(this.#handle, parameters, (kind, text) => {
        if (kind === 1) tell({ kind: 'sources', sources: JSON.parse(text) });
        if (kind === 2) tell({ kind: 'text', text });
      })
      .then((row) => tell({ kind: 'done', row }), (error) => tell({ kind: 'error', error }));
    try {
      while (!over) {
        while (waiting.length === 0) await new Promise((resolve) => { wake = resolve; });
        const event = waiting.shift();
        over = event.kind === 'done' || event.kind === 'error';
        if (event.kind === 'error') throw event.error;
        yield event;
      }
    } finally {
      if (!over) this.interrupt();
      await run;
      await statement.finalize();
    }
  }

  // All statements of a script; their rows are dropped.
  async exec(sql) {
    this.#check();
    await this.inTurn(() => native.exec(this.#handle, sql));
  }

  // BEGIN, `work`, COMMIT; ROLLBACK if it throws.
  async transaction(work) {
    await this.exec('BEGIN');
    try {
      const result = await work(this);
      await this.exec('COMMIT');
      return result;
    } catch (error) {
      await this.exec('ROLLBACK').catch(() => {});
      throw error;
    }
  }

  // Stops the running statement: its promise is rejected with code 'cancelled'.
  interrupt() {
    if (!this.#closed) native.interrupt(this.#handle);
  }

  async close() {
    if (this.#closed) return;
    this.#closed = true;
    await this.inTurn(() => native.close(this.#handle));
  }
}

async function open(path, options = {}) {
  const sync = SYNC[options.sync ?? 'full'];
  if (sync === undefined) throw new RangeError(`sync must be full, normal or off, found ${options.sync}`);
  return new Connection(await native.open(String(path), { ...options, sync }));
}

module.exports = { open, Connection, Statement, version: native.version };
