// Accounts and sessions in SQL.

import type {
  AccountStore,
  LoginStore,
  SanctionStore,
  SessionStore,
  StoredPlayer,
  StoredSession,
} from '../domain/account/account-store.ts';
import type { Database } from './database.ts';
import type { PlayersTable, SessionsTable } from './schema.ts';

export function accountStore(database: Database): AccountStore {
  const { db, batch } = database;
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
    async addAccount(account) {
      const { numInsertedOrUpdatedRows } = await db
        .insertInto('players')
        .values(playerRow(account))
        .onConflict((conflict) => conflict.column('name_key').doNothing())
        .executeTakeFirst();
      return numInsertedOrUpdatedRows === 1n ? 'added' : 'name-taken';
    },
    async byId(playerId) {
      const query = db.selectFrom('players').selectAll().where('id', '=', playerId);
      return playerFrom(await query.executeTakeFirst());
    },
    async byNameKey(nameKey) {
      const query = db.selectFrom('players').selectAll().where('name_key', '=', nameKey);
      return playerFrom(await query.executeTakeFirst());
    },
    async byIds(playerIds) {
      const query = db.selectFrom('players').selectAll().where('id', 'in', playerIds);
      return (await query.execute()).map(playerOf);
    },
    upgrade: (playerId, name, nameKey, passwordHash, session) =>
      upgradeGuest(database, { id: playerId, name, nameKey, passwordHash }, session),
    async renameGuest(playerId, fromKey, name, nameKey) {
      const { numUpdatedRows } = await db
        .updateTable('players')
        .set({ name, name_key: nameKey })
        .where('id', '=', playerId)
        .where('kind', '=', 'guest')
        .where('name_key', '=', fromKey)
        .where(({ not, exists }) =>
          not(
            exists(
              db
                .selectFrom('players as other')
                .select('other.id')
                .where('other.name_key', '=', nameKey),
            ),
          ),
        )
        .executeTakeFirst();
      return numUpdatedRows === 1n ? 'done' : 'refused';
    },
    async setPasswordHash(playerId, passwordHash) {
      const query = db.updateTable('players').set({ password_hash: passwordHash });
      await query.where('id', '=', playerId).execute();
    },
    async setDigestHash(playerId, digestHash) {
      const query = db.updateTable('players').set({ digest_hash: digestHash });
      await query.where('id', '=', playerId).execute();
    },
    removeLostGuests: (madeBeforeMs, limit) => removeLostGuests(database, madeBeforeMs, limit),
  };
}

type Credentials = Pick<StoredPlayer, 'id' | 'name' | 'nameKey'> & {
  readonly passwordHash: string;
};

async function upgradeGuest(
  { db, batch }: Database,
  { id: playerId, name, nameKey, passwordHash }: Credentials,
  session: StoredSession,
): Promise<'done' | 'refused'> {
  const isDone = await batch([
    {
      query: db
        .updateTable('players')
        .set({ name, name_key: nameKey, kind: 'account', password_hash: passwordHash })
        .where('id', '=', playerId)
        .where('kind', '=', 'guest')
        .where(({ not, exists }) =>
          not(
            exists(
              db
                .selectFrom('players as other')
                .select('other.id')
                .where('other.name_key', '=', nameKey)
                .where('other.id', '!=', playerId),
            ),
          ),
        ),
      changes: 1,
    },
    { query: db.insertInto('sessions').values(sessionRow(session)) },
  ]);
  return isDone ? 'done' : 'refused';
}

async function removeLostGuests(
  { db, batch }: Database,
  madeBeforeMs: number,
  limit: number,
): Promise<readonly string[]> {
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
    .orderBy('created_at_ms')
    .limit(limit);
  const ids = (await lost.execute()).map(({ id }) => id);
  if (ids.length === 0) return ids;
  const theirs = db.selectFrom('conversations').where('player_id', 'in', ids);
  await batch([
    { query: db.deleteFrom('blocks').where('blocker_id', 'in', ids) },
    { query: db.deleteFrom('blocks').where('blocked_id', 'in', ids) },
    { query: db.deleteFrom('visits').where('player_id', 'in', ids) },
    { query: db.deleteFrom('messages').where('to_id', 'in', ids) },
    { query: db.deleteFrom('inboxes').where('player_id', 'in', ids) },
    {
      // The other side's, by its key.
      query: db
        .deleteFrom('conversations')
        .where(
          ({ refTuple }) => refTuple('player_id', 'other_id'),
          'in',
          theirs.select(['other_id', 'player_id']).$asTuple('other_id', 'player_id'),
        ),
    },
    { query: db.deleteFrom('conversations').where('player_id', 'in', ids) },
    { query: db.deleteFrom('device_keys').where('player_id', 'in', ids) },
    { query: db.deleteFrom('sanctions').where('player_id', 'in', ids) },
    { query: db.deleteFrom('player_numbers').where('player_id', 'in', ids) },
    { query: db.deleteFrom('players').where('id', 'in', ids) },
  ]);
  return ids;
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
    async ofPlayer(playerId) {
      const query = db.selectFrom('sessions').selectAll().where('player_id', '=', playerId);
      const rows = await query.orderBy('expires_at_ms', 'desc').execute();
      return rows.flatMap((row) => sessionFrom(row) ?? []);
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

export function loginStore({ db, batch }: Database): LoginStore {
  return {
    async add({ playerId, atMs, wire, address, outcome }, keepMax) {
      const row = { player_id: playerId, at_ms: atMs, wire, address, outcome };
      const oldestKept = db
        .selectFrom('logins')
        .select('at_ms')
        .where('player_id', '=', playerId)
        .orderBy('at_ms', 'desc')
        .limit(1)
        .offset(keepMax - 1);
      await batch([
        { query: db.insertInto('logins').values(row) },
        {
          query: db
            .deleteFrom('logins')
            .where('player_id', '=', playerId)
            .where('at_ms', '<', oldestKept),
        },
      ]);
    },
    async ofPlayer(playerId) {
      const query = db.selectFrom('logins').selectAll().where('player_id', '=', playerId);
      const rows = await query.orderBy('at_ms', 'desc').execute();
      return rows.map(({ player_id, at_ms, wire, address, outcome }) => {
        return { playerId: player_id, atMs: at_ms, wire, address, outcome };
      });
    },
  };
}

export function sanctionStore({ db }: Database): SanctionStore {
  return {
    async all() {
      const rows = await db.selectFrom('sanctions').selectAll().execute();
      return rows.map(({ player_id, kind, reason, since_ms, until_ms }) => {
        return { playerId: player_id, kind, reason, sinceMs: since_ms, untilMs: until_ms };
      });
    },
    async put({ playerId, kind, reason, sinceMs, untilMs }) {
      const changeable = { reason, since_ms: sinceMs, until_ms: untilMs };
      await db
        .insertInto('sanctions')
        .values({ player_id: playerId, kind, ...changeable })
        .onConflict((conflict) => conflict.columns(['player_id', 'kind']).doUpdateSet(changeable))
        .execute();
    },
    async remove(playerId, kind) {
      const query = db.deleteFrom('sanctions').where('player_id', '=', playerId);
      await query.where('kind', '=', kind).execute();
    },
  };
}

const playerRow = (player: StoredPlayer): PlayersTable => ({
  id: player.id,
  name: player.name,
  name_key: player.nameKey,
  kind: player.kind,
  password_hash: player.passwordHash,
  digest_hash: player.digestHash ?? null,
  created_at_ms: player.createdAtMs,
});

const playerOf = (row: PlayersTable): StoredPlayer => ({
  id: row.id,
  name: row.name,
  nameKey: row.name_key,
  kind: row.kind,
  passwordHash: row.password_hash,
  ...(row.digest_hash === null ? {} : { digestHash: row.digest_hash }),
  createdAtMs: row.created_at_ms,
});

const playerFrom = (row: PlayersTable | undefined): StoredPlayer | undefined =>
  row && playerOf(row);

const sessionRow = (session: StoredSession): SessionsTable => ({
  id: session.id,
  player_id: session.playerId,
  family_hash: session.familyHash,
  token_hash: session.tokenHash,
  wire: session.wire,
  address: session.address,
  created_at_ms: session.createdAtMs,
  expires_at_ms: session.expiresAtMs,
});

const sessionFrom = (row: SessionsTable | undefined): StoredSession | undefined =>
  row && {
    id: row.id,
    playerId: row.player_id,
    familyHash: row.family_hash,
    tokenHash: row.token_hash,
    wire: row.wire,
    address: row.address,
    createdAtMs: row.created_at_ms,
    expiresAtMs: row.expires_at_ms,
  };
