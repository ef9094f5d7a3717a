// The SQLite file, synchronously: opening it safely, and running groups of jobs on it. It lives in
// the worker; nothing in it waits.
//
// Group commit: jobs that came in while the disk was busy share one transaction, and so one fsync.
// Each job has a savepoint of its own, so that one that fails undoes itself only, and none is
// answered before the commit that holds it has returned.

import Database from 'better-sqlite3';
import { StoreError, storeErrorFrom } from '../store-error.ts';
import type { Answer, Job, Reply, Request, Rows, Statement, WorkerData } from './messages.ts';

type Prepared = Database.Statement<unknown[], unknown>;

/** Prepared statements kept; the first prepared goes first. */
const preparedMax = 300;

export class SqliteEngine {
  readonly #file: string;
  readonly #db: Database.Database;
  readonly #prepared = new Map<string, Prepared>();
  /** The transaction that has the database to itself. */
  #transaction: number | undefined;
  /** Requests that wait for that transaction to end. */
  readonly #waiting: Request[] = [];

  /** Throws a StoreError that says what is wrong with the file. */
  constructor(options: WorkerData) {
    this.#file = options.file;
    try {
      this.#db = new Database(options.file, { timeout: options.lockTimeoutMs });
    } catch (cause) {
      const isPath = cause instanceof TypeError;
      throw storeErrorFrom(
        isPath ? { code: 'SQLITE_CANTOPEN', message: cause.message } : cause,
        this.#file,
      );
    }
    try {
      this.#prepareFile(options);
    } catch (cause) {
      this.#db.close();
      throw cause instanceof StoreError ? cause : storeErrorFrom(cause, this.#file);
    }
  }

  close(): void {
    this.#prepared.clear();
    this.#db.close();
  }

  /** Runs what can run now; the rest waits for the open transaction. Replies in order. */
  run(requests: readonly Request[]): readonly Reply[] {
    const replies: Reply[] = [];
    let group: Request[] = [];
    const flush = (): void => {
      if (group.length > 0) replies.push(...this.#runGroup(group));
      group = [];
    };
    const queue = [...requests];
    for (let at = 0; at < queue.length; at++) {
      const request = queue[at]!;
      const { job } = request;
      if (this.#transaction !== undefined) {
        if (!('transaction' in job) || job.transaction !== this.#transaction) {
          this.#waiting.push(request);
          continue;
        }
        replies.push({ id: request.id, answer: this.#inTransaction(job) });
        if (this.#transaction === undefined) queue.splice(at + 1, 0, ...this.#waiting.splice(0));
      } else if (job.kind === 'query' || job.kind === 'batch') {
        group.push(request);
      } else {
        flush();
        replies.push({ id: request.id, answer: this.#inTransaction(job) });
      }
    }
    flush();
    return replies;
  }

  #prepareFile({ pagesMax }: WorkerData): void {
    const db = this.#db;
    // Exclusive: the lock is held until the process ends, however it ends, so that there is one
    // server per file; and the WAL index is in memory, with no -shm file beside it.
    db.pragma('locking_mode = EXCLUSIVE');
    db.pragma('journal_mode = WAL');
    db.pragma('synchronous = FULL');
    db.pragma('foreign_keys = ON');
    db.exec('BEGIN EXCLUSIVE; COMMIT');
    const found: unknown = db.pragma('quick_check(1)', { simple: true });
    if (found !== 'ok') {
      throw storeErrorFrom({ code: 'SQLITE_CORRUPT', message: String(found) }, this.#file);
    }
    if (pagesMax !== undefined) db.pragma(`max_page_count = ${Math.trunc(pagesMax)}`);
  }

  #inTransaction(job: Job): Answer {
    try {
      switch (job.kind) {
        case 'begin':
          this.#db.exec('BEGIN IMMEDIATE');
          this.#transaction = job.transaction;
          return { ok: true, done: true };
        case 'query':
          return { ok: true, rows: this.#execute(job.statement) };
        case 'commit':
          this.#db.exec('COMMIT');
          this.#transaction = undefined;
          return { ok: true, done: true };
        case 'rollback':
          if (this.#db.inTransaction) this.#db.exec('ROLLBACK');
          this.#transaction = undefined;
          return { ok: true, done: true };
        default:
          return { ok: false, code: 'failed', message: `${job.kind} inside a transaction` };
      }
    } catch (cause) {
      return this.#failure(cause);
    }
  }

  #runGroup(group: readonly Request[]): readonly Reply[] {
    const [only] = group;
    if (group.length === 1 && only?.job.kind === 'query') {
      return [{ id: only.id, answer: this.#alone(only.job.statement) }];
    }
    try {
      this.#db.exec('BEGIN IMMEDIATE');
      const replies = group.map(({ id, job }) => ({ id, answer: this.#withSavepoint(job) }));
      this.#db.exec('COMMIT');
      return replies;
    } catch (cause) {
      // The commit failed, or SQLite gave the whole transaction up: nothing of the group is there.
      if (this.#db.inTransaction) this.#db.exec('ROLLBACK');
      const answer = this.#failure(cause);
      return group.map(({ id }) => ({ id, answer }));
    }
  }

  #alone(statement: Statement): Answer {
    try {
      return { ok: true, rows: this.#execute(statement) };
    } catch (cause) {
      return this.#failure(cause);
    }
  }

  #withSavepoint(job: Job): Answer {
    this.#db.exec('SAVEPOINT job');
    try {
      const answer = this.#step(job);
      if ('done' in answer && !answer.done) this.#db.exec('ROLLBACK TO job');
      this.#db.exec('RELEASE job');
      return answer;
    } catch (cause) {
      // A full disk and its like end the transaction, not the statement only.
      if (!this.#db.inTransaction) throw cause;
      this.#db.exec('ROLLBACK TO job');
      this.#db.exec('RELEASE job');
      return this.#failure(cause);
    }
  }

  #step(job: Job): Answer {
    if (job.kind === 'query') return { ok: true, rows: this.#execute(job.statement) };
    if (job.kind !== 'batch') throw new TypeError(`${job.kind} in a group`);
    for (const statement of job.statements) {
      const { changes } = this.#execute(statement);
      if (statement.changes !== undefined && statement.changes !== changes) {
        return { ok: true, done: false };
      }
    }
    return { ok: true, done: true };
  }

  #execute({ sql, parameters }: Statement): Rows {
    const statement = this.#prepare(sql);
    if (statement.reader) return { rows: statement.all(...parameters), changes: 0 };
    return { rows: [], changes: statement.run(...parameters).changes };
  }

  #prepare(sql: string): Prepared {
    const known = this.#prepared.get(sql);
    if (known !== undefined) return known;
    const statement: Prepared = this.#db.prepare(sql);
    this.#prepared.set(sql, statement);
    for (const oldest of this.#prepared.keys()) {
      if (this.#prepared.size <= preparedMax) break;
      this.#prepared.delete(oldest);
    }
    return statement;
  }

  #failure(cause: unknown): Answer {
    const { code, message } = storeErrorFrom(cause, this.#file);
    return { ok: false, code, message };
  }
}
