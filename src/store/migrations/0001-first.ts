// The first schema. Never edited after a release: a change is a new migration behind it.

import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';
import type { Schema } from '../schema.ts';

export const first: Migration = {
  async up(db: Kysely<Schema>): Promise<void> {
    await createPlayers(db);
    await createLobbies(db);
    await createMatches(db);
    await createRatings(db);
  },
};

async function createPlayers(db: Kysely<Schema>): Promise<void> {
  await db.schema
    .createTable('players')
    .addColumn('id', 'text', (column) => column.primaryKey().notNull())
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('name_key', 'text', (column) => column.notNull().unique())
    .addColumn('kind', 'text', (column) => column.notNull())
    .addColumn('password_hash', 'text')
    .addColumn('created_at_ms', 'bigint', (column) => column.notNull())
    .execute();
  await db.schema
    .createTable('sessions')
    .addColumn('id', 'text', (column) => column.primaryKey().notNull())
    .addColumn('player_id', 'text', (column) => column.notNull().references('players.id'))
    .addColumn('family_hash', 'text', (column) => column.notNull())
    .addColumn('token_hash', 'text', (column) => column.notNull())
    .addColumn('created_at_ms', 'bigint', (column) => column.notNull())
    .addColumn('expires_at_ms', 'bigint', (column) => column.notNull())
    .execute();
  await db.schema
    .createIndex('sessions_by_expiry')
    .on('sessions')
    .column('expires_at_ms')
    .execute();
}

async function createLobbies(db: Kysely<Schema>): Promise<void> {
  await db.schema
    .createTable('lobbies')
    .addColumn('id', 'text', (column) => column.primaryKey().notNull())
    .addColumn('code', 'text', (column) => column.notNull().unique())
    .addColumn('game', 'text', (column) => column.notNull())
    .addColumn('state', 'text', (column) => column.notNull())
    .addColumn('private', 'integer', (column) => column.notNull())
    .addColumn('owner_id', 'text', (column) => column.notNull())
    .addColumn('settings', 'text', (column) => column.notNull())
    .addColumn('match_id', 'text')
    .addColumn('created_at_ms', 'bigint', (column) => column.notNull())
    .execute();
  await db.schema
    .createTable('lobby_members')
    .addColumn('lobby_id', 'text', (column) =>
      column.notNull().references('lobbies.id').onDelete('cascade'),
    )
    .addColumn('player_id', 'text', (column) => column.notNull())
    .addColumn('position', 'integer', (column) => column.notNull())
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('kind', 'text', (column) => column.notNull())
    .addColumn('seat', 'integer', (column) => column.notNull())
    .addColumn('ready', 'integer', (column) => column.notNull())
    .addPrimaryKeyConstraint('lobby_members_key', ['lobby_id', 'player_id'])
    .addUniqueConstraint('lobby_members_seat', ['lobby_id', 'seat'])
    .execute();
  // One lobby per player holds in the database too; bots have the same ids in every lobby.
  await db.schema
    .createIndex('lobby_members_one_lobby')
    .on('lobby_members')
    .column('player_id')
    .unique()
    .where(sql.ref('kind'), '!=', sql.lit('bot'))
    .execute();
  await db.schema
    .createTable('lobby_bans')
    .addColumn('lobby_id', 'text', (column) =>
      column.notNull().references('lobbies.id').onDelete('cascade'),
    )
    .addColumn('player_id', 'text', (column) => column.notNull())
    .addColumn('position', 'integer', (column) => column.notNull())
    .addPrimaryKeyConstraint('lobby_bans_key', ['lobby_id', 'player_id'])
    .execute();
}

async function createMatches(db: Kysely<Schema>): Promise<void> {
  await db.schema
    .createTable('matches')
    .addColumn('id', 'text', (column) => column.primaryKey().notNull())
    .addColumn('game', 'text', (column) => column.notNull())
    .addColumn('game_version', 'integer', (column) => column.notNull())
    .addColumn('lobby_id', 'text', (column) => column.notNull())
    .addColumn('host_id', 'text', (column) => column.notNull())
    .addColumn('settings', 'text', (column) => column.notNull())
    .addColumn('seed', 'text', (column) => column.notNull())
    .addColumn('started_at_ms', 'bigint', (column) => column.notNull())
    .addColumn('ended_at_ms', 'bigint')
    .addColumn('reason', 'text')
    .addColumn('state_hash', 'text')
    .execute();
  await db.schema
    .createIndex('matches_by_end')
    .on('matches')
    .columns(['ended_at_ms', 'id'])
    .execute();
  await db.schema
    .createIndex('matches_by_game_and_end')
    .on('matches')
    .columns(['game', 'ended_at_ms', 'id'])
    .execute();
  await db.schema
    .createTable('match_seats')
    .addColumn('match_id', 'text', (column) => column.notNull().references('matches.id'))
    .addColumn('seat', 'integer', (column) => column.notNull())
    .addColumn('player_id', 'text', (column) => column.notNull())
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('kind', 'text', (column) => column.notNull())
    .addColumn('place', 'integer')
    .addColumn('result', 'text')
    .addColumn('score', 'real')
    .addColumn('ended_at_ms', 'bigint')
    .addPrimaryKeyConstraint('match_seats_key', ['match_id', 'seat'])
    .execute();
  await db.schema
    .createIndex('match_seats_by_player_and_end')
    .on('match_seats')
    .columns(['player_id', 'ended_at_ms', 'match_id'])
    .execute();
  await db.schema
    .createTable('match_records')
    .addColumn('match_id', 'text', (column) =>
      column.primaryKey().notNull().references('matches.id'),
    )
    .addColumn('record', 'text', (column) => column.notNull())
    .execute();
}

async function createRatings(db: Kysely<Schema>): Promise<void> {
  await db.schema
    .createTable('ratings')
    .addColumn('game', 'text', (column) => column.notNull())
    .addColumn('player_id', 'text', (column) => column.notNull().references('players.id'))
    .addColumn('wins', 'integer', (column) => column.notNull().defaultTo(0))
    .addColumn('losses', 'integer', (column) => column.notNull().defaultTo(0))
    .addColumn('draws', 'integer', (column) => column.notNull().defaultTo(0))
    .addColumn('bot_wins', 'integer', (column) => column.notNull().defaultTo(0))
    .addColumn('bot_losses', 'integer', (column) => column.notNull().defaultTo(0))
    .addPrimaryKeyConstraint('ratings_key', ['game', 'player_id'])
    .execute();
  await db.schema
    .createIndex('ratings_by_rank')
    .on('ratings')
    .columns(['game', 'wins desc', 'losses'])
    .execute();
}
