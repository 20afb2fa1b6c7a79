/** Quire for Node: a database that answers. */

export type Value = null | boolean | number | bigint | string | Date | Float32Array | string[] | object;
/** A vector is an array of numbers, any typed array, or a Buffer of 32-bit floats; an object is JSON. */
export type Parameter = Value | undefined | number[] | ArrayBufferView;
/** By position, or by name without the colon. */
export type Parameters = Parameter[] | Record<string, Parameter>;
export type Row = Record<string, Value>;

export interface Options {
  /** Make the database if it is not there. Default: true. */
  create?: boolean;
  /** Open beside a writer. Default: false. */
  readOnly?: boolean;
  /** When a commit counts as done. Default: 'full'. */
  sync?: 'full' | 'normal' | 'off';
  /** Default: 1. */
  backgroundThreads?: number;
  /** In bytes; 0: a quarter of the machine's. */
  memoryLimit?: number;
}

export interface Result {
  columns: string[];
  rows: Row[];
  /** Chunks that were inserted, changed or deleted. */
  changes: number;
  /** What you should know though the statement succeeded. */
  notices: string[];
}

/** What rejects: `code` is 'not_found', 'syntax_error', 'cancelled', ... */
export interface QuireError extends Error {
  code: string;
  hint: string;
  position?: { byte: number; line: number; column: number };
}

/** What ASK answers, while it is made. */
export type AnswerEvent =
  | { kind: 'sources'; sources: Record<string, Value>[] }
  | { kind: 'text'; text: string }
  | { kind: 'done'; row: Row };

export class Statement {
  run(parameters?: Parameters): Promise<Result>;
  iterate(parameters?: Parameters): AsyncGenerator<Row, void, void>;
  finalize(): Promise<void>;
}

export class Connection {
  prepare(sql: string): Promise<Statement>;
  execute(sql: string, parameters?: Parameters): Promise<Result>;
  query(sql: string, parameters?: Parameters): AsyncGenerator<Row, void, void>;
  stream(sql: string, parameters?: Parameters): AsyncGenerator<AnswerEvent, void, void>;
  exec(sql: string): Promise<void>;
  transaction<T>(work: (connection: Connection) => Promise<T>): Promise<T>;
  interrupt(): void;
  close(): Promise<void>;
}

export function open(path: string, options?: Options): Promise<Connection>;
export const version: string;
