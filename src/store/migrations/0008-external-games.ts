// Numbers that are given once and never again; of external games, to begin with.

import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';
import type { Schema } from '../schema.ts';

export const externalGames: Migration = {
  async up(db: Kysely<Schema>): Promise<void> {
    await db.schema
      .createTable('counters')
      .addColumn('name', 'text', (column) => column.primaryKey().notNull())
      .addColumn('value', 'bigint', (column) => column.notNull())
      .execute();
  },
};
