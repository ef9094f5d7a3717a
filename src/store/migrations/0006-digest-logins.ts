// A second hash of an account, for log-ins by the SHA-256 of the password. Null until enabled.

import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';
import type { Schema } from '../schema.ts';

export const digestLogins: Migration = {
  async up(db: Kysely<Schema>): Promise<void> {
    await db.schema.alterTable('players').addColumn('digest_hash', 'text').execute();
  },
};
