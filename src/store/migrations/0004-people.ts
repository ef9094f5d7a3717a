// What people need: where sessions were made, log-ins, bans and mutes, friends, blocks, visits,
// direct messages and the keys of devices.

import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';
import type { Schema } from '../schema.ts';

export const people: Migration = {
  async up(db: Kysely<Schema>): Promise<void> {
    await extendAccounts(db);
    await createSocial(db);
    await createMessages(db);
  },
};

async function extendAccounts(db: Kysely<Schema>): Promise<void> {
  for (const name of ['wire', 'address']) {
    await db.schema
      .alterTable('sessions')
      .addColumn(name, 'text', (column) => column.notNull().defaultTo(''))
      .execute();
  }
  await db.schema
    .createTable('logins')
    .addColumn('player_id', 'text', (column) => column.notNull())
    .addColumn('at_ms', 'bigint', (column) => column.notNull())
    .addColumn('wire', 'text', (column) => column.notNull())
    .addColumn('address', 'text', (column) => column.notNull())
    .addColumn('outcome', 'text', (column) => column.notNull())
    .execute();
  await db.schema
    .createIndex('logins_by_player')
    .on('logins')
    .columns(['player_id', 'at_ms'])
    .execute();
  await db.schema
    .createTable('sanctions')
    .addColumn('player_id', 'text', (column) => column.notNull())
    .addColumn('kind', 'text', (column) => column.notNull())
    .addColumn('reason', 'text', (column) => column.notNull())
    .addColumn('since_ms', 'bigint', (column) => column.notNull())
    .addColumn('until_ms', 'bigint')
    .addPrimaryKeyConstraint('sanctions_key', ['player_id', 'kind'])
    .execute();
}

async function createSocial(db: Kysely<Schema>): Promise<void> {
  // One row per pair: `low_id` and `high_id` are the two in the order of their ids.
  await db.schema
    .createTable('friendships')
    .addColumn('low_id', 'text', (column) => column.notNull())
    .addColumn('high_id', 'text', (column) => column.notNull())
    .addColumn('from_id', 'text', (column) => column.notNull())
    .addColumn('state', 'text', (column) => column.notNull())
    .addColumn('since_ms', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint('friendships_key', ['low_id', 'high_id'])
    .execute();
  await db.schema.createIndex('friendships_by_high').on('friendships').column('high_id').execute();
  await db.schema
    .createTable('blocks')
    .addColumn('blocker_id', 'text', (column) => column.notNull())
    .addColumn('blocked_id', 'text', (column) => column.notNull())
    .addColumn('since_ms', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint('blocks_key', ['blocker_id', 'blocked_id'])
    .execute();
  await db.schema
    .createTable('visits')
    .addColumn('player_id', 'text', (column) => column.primaryKey().notNull())
    .addColumn('came_at_ms', 'bigint', (column) => column.notNull())
    .addColumn('left_at_ms', 'bigint')
    .execute();
  await db.schema.createIndex('visits_by_end').on('visits').column('left_at_ms').execute();
}

async function createMessages(db: Kysely<Schema>): Promise<void> {
  await db.schema
    .createTable('messages')
    .addColumn('id', 'bigint', (column) => column.primaryKey().notNull())
    .addColumn('from_id', 'text', (column) => column.notNull())
    .addColumn('from_name', 'text', (column) => column.notNull())
    .addColumn('from_kind', 'text', (column) => column.notNull())
    .addColumn('to_id', 'text', (column) => column.notNull())
    .addColumn('to_name', 'text', (column) => column.notNull())
    .addColumn('to_kind', 'text', (column) => column.notNull())
    .addColumn('sealed', 'integer', (column) => column.notNull())
    .addColumn('text', 'text', (column) => column.notNull())
    .addColumn('sent_at_ms', 'bigint', (column) => column.notNull())
    .execute();
  await db.schema.createIndex('messages_to').on('messages').columns(['to_id', 'id']).execute();
  await db.schema
    .createIndex('messages_between')
    .on('messages')
    .columns(['from_id', 'to_id', 'id'])
    .execute();
  await db.schema
    .createTable('inboxes')
    .addColumn('player_id', 'text', (column) => column.primaryKey().notNull())
    .addColumn('delivered_id', 'bigint', (column) => column.notNull())
    .execute();
  // One row per player and partner: the last message between them, and what the player has read.
  await db.schema
    .createTable('conversations')
    .addColumn('player_id', 'text', (column) => column.notNull())
    .addColumn('other_id', 'text', (column) => column.notNull())
    .addColumn('last_id', 'bigint', (column) => column.notNull())
    .addColumn('read_id', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint('conversations_key', ['player_id', 'other_id'])
    .execute();
  await db.schema
    .createIndex('conversations_by_last')
    .on('conversations')
    .columns(['player_id', 'last_id'])
    .execute();
  await db.schema
    .createTable('device_keys')
    .addColumn('player_id', 'text', (column) => column.notNull())
    .addColumn('device_id', 'text', (column) => column.notNull())
    .addColumn('bundle', 'text', (column) => column.notNull())
    .addColumn('published_at_ms', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint('device_keys_key', ['player_id', 'device_id'])
    .execute();
}
