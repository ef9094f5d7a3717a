// Opens the store: the file, its migrations, and the services' stores over it.

import { Kysely } from 'kysely';
import { Migrator } from 'kysely/migration';
import type { Store } from '../domain/store.ts';
import { accountStore, loginStore, sanctionStore, sessionStore } from './account-store.ts';
import { deviceKeyStore, messageStore } from './chat-store.ts';
import { classicKeyStore } from './classic-key-store.ts';
import type { Database } from './database.ts';
import { externalStore } from './external-store.ts';
import { lobbyStore } from './lobby-store.ts';
import { matchStore } from './match-store.ts';
import { migrations } from './migrations/list.ts';
import { numberStore } from './number-store.ts';
import { ratingStore } from './rating-store.ts';
import type { Schema } from './schema.ts';
import { blockStore, friendStore, visitStore } from './social-store.ts';
import { SqliteConnection } from './sqlite/connection.ts';
import { sqliteWorkerDialect, statementOf } from './sqlite/dialect.ts';
import { StoreError } from './store-error.ts';

export interface SqliteStoreOptions {
  /** A path, or `:memory:` for a store that is gone when it is closed. */
  readonly file: string;
  /** How long to wait for another process that has the file. Default 1000. */
  readonly lockTimeoutMs?: number;
  /** For tests: the disk is full when the file has this many pages. */
  readonly pagesMax?: number;
}

/**
 * Makes the file when there is none and brings an older one up to date. Rejects with a StoreError
 * that says what is wrong: locked by another server, not a database, damaged, from a newer version.
 */
export async function openSqliteStore(options: SqliteStoreOptions): Promise<Store> {
  const connection = await SqliteConnection.open({
    file: options.file,
    lockTimeoutMs: options.lockTimeoutMs ?? 1000,
    ...(options.pagesMax === undefined ? {} : { pagesMax: options.pagesMax }),
  });
  const db = new Kysely<Schema>({ dialect: sqliteWorkerDialect(connection) });
  try {
    await migrate(db, options.file);
  } catch (error) {
    await connection.close();
    throw error;
  }
  const database: Database = {
    db,
    batch: (steps) =>
      connection.batch(
        steps.map(({ query, changes }) => {
          const statement = statementOf(query.compile());
          return changes === undefined ? statement : { ...statement, changes };
        }),
      ),
  };
  return {
    accounts: accountStore(database),
    numbers: numberStore(database),
    classicKeys: classicKeyStore(database),
    sessions: sessionStore(database),
    logins: loginStore(database),
    sanctions: sanctionStore(database),
    friends: friendStore(database),
    blocks: blockStore(database),
    visits: visitStore(database),
    messages: messageStore(database),
    deviceKeys: deviceKeyStore(database),
    lobbies: lobbyStore(database),
    matches: matchStore(database),
    ratings: ratingStore(database),
    external: externalStore(database),
    close: async () => {
      await db.destroy();
      await connection.close();
    },
  };
}

async function migrate(db: Kysely<Schema>, file: string): Promise<void> {
  const unknown = (await appliedMigrations(db)).filter((name) => !Object.hasOwn(migrations, name));
  if (unknown.length > 0) {
    throw new StoreError(
      'newer-version',
      `${file} was written by a newer version of Paperclip (${unknown.join(', ')}). Start that version, or choose another file.`,
    );
  }
  const migrator = new Migrator({ db, provider: { getMigrations: async () => migrations } });
  const { error } = await migrator.migrateToLatest();
  if (error !== undefined) throw error;
}

async function appliedMigrations(db: Kysely<Schema>): Promise<readonly string[]> {
  const tables = await db.introspection.getTables({ withInternalKyselyTables: true });
  if (!tables.some(({ name }) => name === 'kysely_migration')) return [];
  const withMigrations = db.withTables<{ kysely_migration: { name: string } }>();
  const rows = await withMigrations.selectFrom('kysely_migration').select('name').execute();
  return rows.map(({ name }) => name);
}
