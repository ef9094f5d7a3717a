// RSA keys of accounts on the classic wire. The private one is encrypted with the password.

import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';
import type { Schema } from '../schema.ts';

export const classicKeys: Migration = {
  async up(db: Kysely<Schema>): Promise<void> {
    await db.schema
      .createTable('classic_keys')
      .addColumn('player_id', 'text', (column) => column.primaryKey().notNull())
      .addColumn('public_key', 'text', (column) => column.notNull())
      .addColumn('private_key', 'text', (column) => column.notNull())
      .addColumn('made_at_ms', 'bigint', (column) => column.notNull())
      .execute();
  },
};
