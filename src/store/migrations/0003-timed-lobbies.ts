// Lobbies whose match starts at a time, with fewest players of their own, and parties.

import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';
import type { Schema } from '../schema.ts';

export const timedLobbies: Migration = {
  async up(db: Kysely<Schema>): Promise<void> {
    await db.schema.alterTable('lobbies').addColumn('starts_at_ms', 'bigint').execute();
    await db.schema.alterTable('lobbies').addColumn('players_min', 'integer').execute();
    await db.schema
      .alterTable('lobbies')
      .addColumn('party', 'integer', (column) => column.notNull().defaultTo(0))
      .execute();
  },
};
