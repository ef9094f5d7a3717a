// Indexes for what keeps the store bounded: a player's oldest sessions, and guests who cannot come
// back.

import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';
import type { Schema } from '../schema.ts';

export const bounds: Migration = {
  async up(db: Kysely<Schema>): Promise<void> {
    await db.schema
      .createIndex('sessions_by_player')
      .on('sessions')
      .columns(['player_id', 'expires_at_ms'])
      .execute();
    // Removing a player looks here, as the foreign key asks it to.
    await db.schema.createIndex('ratings_by_player').on('ratings').column('player_id').execute();
  },
};
