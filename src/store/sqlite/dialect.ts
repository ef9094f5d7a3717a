// Kysely over the worker: queries are compiled here and run there. A single query needs no lock; a
// transaction of Kysely's has the database to itself, in the worker, until it ends. The stores use
// batches instead (see database.ts), which share commits; migrations use transactions.

import {
  type CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  type QueryResult,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from 'kysely';
import type { SqliteConnection } from './connection.ts';
import type { SqlValue, Statement } from './messages.ts';

export function sqliteWorkerDialect(connection: SqliteConnection): Dialect {
  return {
    createDriver: () => new WorkerDriver(connection),
    createQueryCompiler: () => new SqliteQueryCompiler(),
    createAdapter: () => new WorkerAdapter(),
    createIntrospector: (db) => new SqliteIntrospector(db),
  };
}

/** Kysely's parameters, which the schema's types keep to what SQLite takes. */
export function statementOf({ sql, parameters }: CompiledQuery): Statement {
  return { sql, parameters: parameters as readonly SqlValue[] };
}

class WorkerAdapter extends SqliteAdapter {
  /** The worker does the waiting, so Kysely's own lock around the one connection is not needed. */
  override get supportsMultipleConnections(): boolean {
    return true;
  }

  override get supportsTransactionalDdl(): boolean {
    return true;
  }
}

class WorkerDriver implements Driver {
  readonly #connection: SqliteConnection;
  #lastTransaction = 0;

  constructor(connection: SqliteConnection) {
    this.#connection = connection;
  }

  async init(): Promise<void> {}

  async acquireConnection(): Promise<KyselyConnection> {
    return new KyselyConnection(this.#connection);
  }

  async beginTransaction(connection: DatabaseConnection): Promise<void> {
    const transaction = ++this.#lastTransaction;
    await this.#connection.control({ kind: 'begin', transaction });
    own(connection).transaction = transaction;
  }

  async commitTransaction(connection: DatabaseConnection): Promise<void> {
    await this.#finish(own(connection), 'commit');
  }

  async rollbackTransaction(connection: DatabaseConnection): Promise<void> {
    await this.#finish(own(connection), 'rollback');
  }

  async releaseConnection(): Promise<void> {}

  /** The connection is closed by the one who opened it. */
  async destroy(): Promise<void> {}

  async #finish(connection: KyselyConnection, kind: 'commit' | 'rollback'): Promise<void> {
    const { transaction } = connection;
    if (transaction === undefined) return;
    await this.#connection.control({ kind, transaction });
    connection.transaction = undefined;
  }
}

class KyselyConnection implements DatabaseConnection {
  readonly #connection: SqliteConnection;
  transaction: number | undefined;

  constructor(connection: SqliteConnection) {
    this.#connection = connection;
  }

  async executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    const { rows, changes } = await this.#connection.query(statementOf(query), this.transaction);
    // The query's author says what its rows are; Kysely derives it from the schema.
    return { rows: rows as R[], numAffectedRows: BigInt(changes) };
  }

  streamQuery<R>(): AsyncIterableIterator<QueryResult<R>> {
    throw new Error('the SQLite worker does not stream; read pages');
  }
}

function own(connection: DatabaseConnection): KyselyConnection {
  if (connection instanceof KyselyConnection) return connection;
  throw new TypeError('a connection of another driver');
}
