// Small integers for players, for wires that name players by them. One is never given twice.

import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';
import type { Schema } from '../schema.ts';

export const playerNumbers: Migration = {
  async up(db: Kysely<Schema>): Promise<void> {
    await db.schema
      .createTable('player_numbers')
      .addColumn('number', 'integer', (column) => column.primaryKey().autoIncrement())
      .addColumn('player_id', 'text', (column) => column.notNull().unique())
      .execute();
  },
};
