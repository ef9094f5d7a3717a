// Accounts and sessions in SQL.

import type {
  AccountStore,
  SessionStore,
  StoredPlayer,
  StoredSession,
} from '../domain/account/account-store.ts';
import type { Database } from './database.ts';
import type { PlayersTable, SessionsTable } from './schema.ts';

export function accountStore({ db, batch }: Database): AccountStore {
  return {
    async add(player, session) {
      const isAdded = await batch([
        {
          query: db
            .insertInto('players')
            .values(playerRow(player))
            .onConflict((conflict) => conflict.column('name_key').doNothing()),
          changes: 1,
        },
        { query: db.insertInto('sessions').values(sessionRow(session)) },
      ]);
      return isAdded ? 'added' : 'name-taken';
    },
    async byId(playerId) {
      const query = db.selectFrom('players').selectAll().where('id', '=', playerId);
      return playerFrom(await query.executeTakeFirst());
    },
    async byNameKey(nameKey) {
      const query = db.selectFrom('players').selectAll().where('name_key', '=', nameKey);
      return playerFrom(await query.executeTakeFirst());
    },
    async setPasswordHash(playerId, passwordHash) {
      const query = db.updateTable('players').set({ password_hash: passwordHash });
      await query.where('id', '=', playerId).execute();
    },
    async removeLostGuests(madeBeforeMs, limit) {
      // Lists and not conditions per row: SQLite makes each list once.
      const lost = db
        .selectFrom('players')
        .select('id')
        .where('kind', '=', 'guest')
        .where('created_at_ms', '<', madeBeforeMs)
        .where('id', 'not in', db.selectFrom('sessions').select('player_id'))
        .where('id', 'not in', db.selectFrom('ratings').select('player_id'))
        .where('id', 'not in', db.selectFrom('lobby_members').select('player_id'))
        .where(
          'id',
          'not in',
          db.selectFrom('match_seats').select('player_id').where('ended_at_ms', 'is', null),
        )
        .limit(limit);
      const query = db.deleteFrom('players').where('id', 'in', lost);
      return Number((await query.executeTakeFirst()).numDeletedRows);
    },
  };
}

export function sessionStore({ db, batch }: Database): SessionStore {
  return {
    async add(session, keepMax) {
      const kept = db
        .selectFrom('sessions')
        .select('id')
        .where('player_id', '=', session.playerId)
        .orderBy('expires_at_ms', 'desc')
        .limit(keepMax);
      await batch([
        { query: db.insertInto('sessions').values(sessionRow(session)) },
        {
          query: db
            .deleteFrom('sessions')
            .where('player_id', '=', session.playerId)
            .where('id', 'not in', kept),
        },
      ]);
    },
    async byId(sessionId) {
      const query = db.selectFrom('sessions').selectAll().where('id', '=', sessionId);
      return sessionFrom(await query.executeTakeFirst());
    },
    async rotate(sessionId, fromHash, toHash, expiresAtMs) {
      const { numUpdatedRows } = await db
        .updateTable('sessions')
        .set({ token_hash: toHash, expires_at_ms: expiresAtMs })
        .where('id', '=', sessionId)
        .where('token_hash', '=', fromHash)
        .executeTakeFirst();
      return numUpdatedRows === 1n;
    },
    async remove(sessionId) {
      const query = db.deleteFrom('sessions').where('id', '=', sessionId);
      return (await query.executeTakeFirst()).numDeletedRows === 1n;
    },
    async removeExpired(nowMs) {
      const query = db.deleteFrom('sessions').where('expires_at_ms', '<=', nowMs);
      return Number((await query.executeTakeFirst()).numDeletedRows);
    },
  };
}

const playerRow = (player: StoredPlayer): PlayersTable => ({
  id: player.id,
  name: player.name,
  name_key: player.nameKey,
  kind: player.kind,
  password_hash: player.passwordHash,
  created_at_ms: player.createdAtMs,
});

const playerFrom = (row: PlayersTable | undefined): StoredPlayer | undefined =>
  row && {
    id: row.id,
    name: row.name,
    nameKey: row.name_key,
    kind: row.kind,
    passwordHash: row.password_hash,
    createdAtMs: row.created_at_ms,
  };

const sessionRow = (session: StoredSession): SessionsTable => ({
  id: session.id,
  player_id: session.playerId,
  family_hash: session.familyHash,
  token_hash: session.tokenHash,
  created_at_ms: session.createdAtMs,
  expires_at_ms: session.expiresAtMs,
});

const sessionFrom = (row: SessionsTable | undefined): StoredSession | undefined =>
  row && {
    id: row.id,
    playerId: row.player_id,
    familyHash: row.family_hash,
    tokenHash: row.token_hash,
    createdAtMs: row.created_at_ms,
    expiresAtMs: row.expires_at_ms,
  };
