// Friends, blocks and visits in SQL.

import type { BlockStore, FriendStore, VisitStore } from '../domain/social/social-store.ts';
import type { Database } from './database.ts';

export function friendStore({ db }: Database): FriendStore {
  return {
    async ofPlayer(playerId) {
      const rows = await db
        .selectFrom('friendships')
        .selectAll()
        .where(({ eb, or }) => or([eb('low_id', '=', playerId), eb('high_id', '=', playerId)]))
        .orderBy('since_ms')
        .execute();
      return rows.map((row) => ({
        fromId: row.from_id,
        toId: row.from_id === row.low_id ? row.high_id : row.low_id,
        state: row.state,
        sinceMs: row.since_ms,
      }));
    },
    async between(playerId, otherId) {
      const { low_id, high_id } = pair(playerId, otherId);
      const row = await db
        .selectFrom('friendships')
        .selectAll()
        .where('low_id', '=', low_id)
        .where('high_id', '=', high_id)
        .executeTakeFirst();
      if (row === undefined) return undefined;
      const toId = row.from_id === playerId ? otherId : playerId;
      return { fromId: row.from_id, toId, state: row.state, sinceMs: row.since_ms };
    },
    async put({ fromId, toId, state, sinceMs }) {
      const changeable = { from_id: fromId, state, since_ms: sinceMs };
      await db
        .insertInto('friendships')
        .values({ ...pair(fromId, toId), ...changeable })
        .onConflict((conflict) => conflict.columns(['low_id', 'high_id']).doUpdateSet(changeable))
        .execute();
    },
    async remove(playerId, otherId) {
      const { low_id, high_id } = pair(playerId, otherId);
      const query = db.deleteFrom('friendships').where('low_id', '=', low_id);
      await query.where('high_id', '=', high_id).execute();
    },
  };
}

export function blockStore({ db, batch }: Database): BlockStore {
  return {
    async all() {
      const rows = await db.selectFrom('blocks').select(['blocker_id', 'blocked_id']).execute();
      return rows.map((row) => ({ blockerId: row.blocker_id, blockedId: row.blocked_id }));
    },
    async add({ blockerId, blockedId }, atMs) {
      const { low_id, high_id } = pair(blockerId, blockedId);
      await batch([
        {
          query: db
            .insertInto('blocks')
            .values({ blocker_id: blockerId, blocked_id: blockedId, since_ms: atMs })
            .onConflict((conflict) => conflict.columns(['blocker_id', 'blocked_id']).doNothing()),
        },
        {
          query: db
            .deleteFrom('friendships')
            .where('low_id', '=', low_id)
            .where('high_id', '=', high_id),
        },
      ]);
    },
    async remove({ blockerId, blockedId }) {
      const query = db.deleteFrom('blocks').where('blocker_id', '=', blockerId);
      await query.where('blocked_id', '=', blockedId).execute();
    },
  };
}

export function visitStore({ db }: Database): VisitStore {
  return {
    async came(playerId, atMs) {
      const changeable = { came_at_ms: atMs, left_at_ms: null };
      await db
        .insertInto('visits')
        .values({ player_id: playerId, ...changeable })
        .onConflict((conflict) => conflict.column('player_id').doUpdateSet(changeable))
        .execute();
    },
    async left(playerId, atMs) {
      const query = db.updateTable('visits').set({ left_at_ms: atMs });
      await query.where('player_id', '=', playerId).execute();
    },
    async of(playerId) {
      const query = db.selectFrom('visits').selectAll().where('player_id', '=', playerId);
      const row = await query.executeTakeFirst();
      return row && { playerId, cameAtMs: row.came_at_ms, leftAtMs: row.left_at_ms };
    },
    async since(leftAtMs, limit) {
      const rows = await db
        .selectFrom('visits')
        .selectAll()
        .where('left_at_ms', '>=', leftAtMs)
        .orderBy('left_at_ms', 'desc')
        .orderBy('player_id')
        .limit(limit)
        .execute();
      return rows.map((row) => ({
        playerId: row.player_id,
        cameAtMs: row.came_at_ms,
        leftAtMs: row.left_at_ms,
      }));
    },
    async closeAll() {
      await db
        .updateTable('visits')
        .set(({ ref }) => ({ left_at_ms: ref('came_at_ms') }))
        .where('left_at_ms', 'is', null)
        .execute();
    },
  };
}

const pair = (a: string, b: string): { readonly low_id: string; readonly high_id: string } =>
  a < b ? { low_id: a, high_id: b } : { low_id: b, high_id: a };
