// Direct messages and device keys in SQL. A player's inbox is what was sent to them after the
// message that was delivered last; a conversation is a row on each side.

import type { ExpressionBuilder } from 'kysely';
import type {
  DeviceKeyStore,
  MessageStore,
  StoredConversation,
  StoredMessage,
} from '../domain/chat/chat-store.ts';
import type { Database } from './database.ts';
import type { MessagesTable, Schema } from './schema.ts';

export function messageStore(database: Database): MessageStore {
  const { db } = database;
  return {
    async lastId() {
      // A removed message's id must not come again: who has it in their inbox mark or read mark
      // would never see the new one.
      const [message, inbox, conversation] = await Promise.all([
        db
          .selectFrom('messages')
          .select(({ fn }) => fn.max('id').as('id'))
          .executeTakeFirst(),
        db
          .selectFrom('inboxes')
          .select(({ fn }) => fn.max('delivered_id').as('id'))
          .executeTakeFirst(),
        db
          .selectFrom('conversations')
          .select(({ fn }) => fn.max('last_id').as('id'))
          .executeTakeFirst(),
      ]);
      return Math.max(message?.id ?? 0, inbox?.id ?? 0, conversation?.id ?? 0);
    },
    add: (message) => addMessage(database, message),
    async inbox(playerId, afterId, limit) {
      const query = undelivered(database, playerId).selectAll().where('id', '>', afterId);
      return (await query.orderBy('id').limit(limit).execute()).map(messageFrom);
    },
    async waiting(playerId, limit) {
      const query = undelivered(database, playerId).select('id').limit(limit);
      return (await query.execute()).length;
    },
    async setDelivered(playerId, upToId) {
      await db
        .insertInto('inboxes')
        .values({ player_id: playerId, delivered_id: upToId })
        .onConflict((conflict) =>
          conflict
            .column('player_id')
            .doUpdateSet({ delivered_id: upToId })
            .where('inboxes.delivered_id', '<', upToId),
        )
        .execute();
    },
    between: (playerId, otherId, beforeId, limit) =>
      between(database, [playerId, otherId], beforeId, limit),
    conversations: (playerId, limit, unreadMax) =>
      conversations(database, playerId, limit, unreadMax),
    async setRead(playerId, otherId, upToId) {
      const query = db.updateTable('conversations').set({ read_id: upToId });
      const { numUpdatedRows } = await query
        .where('player_id', '=', playerId)
        .where('other_id', '=', otherId)
        .where('read_id', '<', upToId)
        .executeTakeFirst();
      return numUpdatedRows === 1n;
    },
    removeOld: (sentBeforeMs, limit) => removeOld(database, sentBeforeMs, limit),
  };
}

const undelivered = ({ db }: Database, playerId: string) =>
  db
    .selectFrom('messages')
    .where('to_id', '=', playerId)
    .where('id', '>', (outer) =>
      outer
        .selectFrom('inboxes')
        .select(({ fn, val }) => fn.coalesce(fn.max('delivered_id'), val(0)).as('delivered_id'))
        .where('player_id', '=', playerId),
    );

async function addMessage({ db, batch }: Database, message: StoredMessage): Promise<void> {
  const { id, from, to } = message;
  const conversation = (playerId: string, otherId: string) => ({
    query: db
      .insertInto('conversations')
      .values({ player_id: playerId, other_id: otherId, last_id: id, read_id: 0 })
      .onConflict((conflict) =>
        conflict.columns(['player_id', 'other_id']).doUpdateSet({ last_id: id }),
      ),
  });
  await batch([
    { query: db.insertInto('messages').values(messageRow(message)) },
    conversation(from.id, to.id),
    conversation(to.id, from.id),
  ]);
}

async function removeOld(
  { db, batch }: Database,
  sentBeforeMs: number,
  limit: number,
): Promise<number> {
  const query = db
    .selectFrom('messages')
    .select('id')
    .where('sent_at_ms', '<', sentBeforeMs)
    // Ids are microseconds: this is the index that the other condition has not.
    .where('id', '<', sentBeforeMs * 1000)
    .orderBy('id')
    .limit(limit);
  const ids = (await query.execute()).map(({ id }) => id);
  if (ids.length === 0) return 0;
  const pairs = db.selectFrom('messages').where('id', 'in', ids);
  // By pair, which is the key of a conversation: there is no index by its last message alone.
  const conversations = db.deleteFrom('conversations').where('last_id', 'in', ids);
  const pairOf = ({ refTuple }: ExpressionBuilder<Schema, 'conversations'>) =>
    refTuple('player_id', 'other_id');
  await batch([
    {
      query: conversations.where(
        pairOf,
        'in',
        pairs.select(['from_id', 'to_id']).$asTuple('from_id', 'to_id'),
      ),
    },
    {
      query: conversations.where(
        pairOf,
        'in',
        pairs.select(['to_id', 'from_id']).$asTuple('to_id', 'from_id'),
      ),
    },
    { query: db.deleteFrom('messages').where('id', 'in', ids) },
  ]);
  return ids.length;
}

/** Two halves, each along the index; a condition with "or" would read all of both. */
async function between(
  { db }: Database,
  [playerId, otherId]: readonly [string, string],
  beforeId: number,
  limit: number,
): Promise<readonly StoredMessage[]> {
  const half = (fromId: string, toId: string) =>
    db
      .selectFrom('messages')
      .selectAll()
      .where('from_id', '=', fromId)
      .where('to_id', '=', toId)
      .where('id', '<', beforeId)
      .orderBy('id', 'desc')
      .limit(limit)
      .execute();
  const halves = await Promise.all([half(playerId, otherId), half(otherId, playerId)]);
  const rows = halves.flat().sort((a, b) => b.id - a.id);
  return rows.slice(0, limit).map(messageFrom);
}

async function conversations(
  { db }: Database,
  playerId: string,
  limit: number,
  unreadMax: number,
): Promise<readonly StoredConversation[]> {
  const rows = await db
    .selectFrom('conversations as mine')
    .innerJoin('messages', 'messages.id', 'mine.last_id')
    .leftJoin('conversations as other', (join) =>
      join
        .onRef('other.player_id', '=', 'mine.other_id')
        .onRef('other.other_id', '=', 'mine.player_id'),
    )
    .selectAll('messages')
    .select(['mine.other_id', 'mine.read_id', 'other.read_id as read_by_other'])
    .where('mine.player_id', '=', playerId)
    .orderBy('mine.last_id', 'desc')
    .limit(limit)
    .execute();
  return Promise.all(
    rows.map(async (row) => {
      const unread = await db
        .selectFrom('messages')
        .select('id')
        .where('from_id', '=', row.other_id)
        .where('to_id', '=', playerId)
        .where('id', '>', row.read_id)
        .limit(unreadMax)
        .execute();
      return {
        last: messageFrom(row),
        unread: unread.length,
        readByOther: row.read_by_other ?? 0,
      };
    }),
  );
}

export function deviceKeyStore({ db, batch }: Database): DeviceKeyStore {
  return {
    async put({ playerId, deviceId, bundle, publishedAtMs }, devicesMax) {
      const row = { player_id: playerId, device_id: deviceId };
      const changeable = { bundle, published_at_ms: publishedAtMs };
      const others = await db
        .selectFrom('device_keys')
        .select('device_id')
        .where('player_id', '=', playerId)
        .where('device_id', '!=', deviceId)
        .execute();
      if (others.length >= devicesMax) return false;
      return batch([
        {
          query: db
            .insertInto('device_keys')
            .values({ ...row, ...changeable })
            .onConflict((conflict) =>
              conflict.columns(['player_id', 'device_id']).doUpdateSet(changeable),
            ),
        },
      ]);
    },
    async ofPlayer(playerId) {
      const query = db.selectFrom('device_keys').selectAll().where('player_id', '=', playerId);
      const rows = await query.orderBy('device_id').execute();
      return rows.map((row) => ({
        playerId,
        deviceId: row.device_id,
        bundle: row.bundle,
        publishedAtMs: row.published_at_ms,
      }));
    },
    async remove(playerId, deviceId) {
      const query = db.deleteFrom('device_keys').where('player_id', '=', playerId);
      await query.where('device_id', '=', deviceId).execute();
    },
  };
}

const messageRow = ({ id, from, to, sealed, text, sentAtMs }: StoredMessage): MessagesTable => ({
  id,
  from_id: from.id,
  from_name: from.name,
  from_kind: from.kind,
  to_id: to.id,
  to_name: to.name,
  to_kind: to.kind,
  sealed: sealed ? 1 : 0,
  text,
  sent_at_ms: sentAtMs,
});

const messageFrom = (row: MessagesTable): StoredMessage => ({
  id: row.id,
  from: { id: row.from_id, name: row.from_name, kind: row.from_kind },
  to: { id: row.to_id, name: row.to_name, kind: row.to_kind },
  sealed: row.sealed === 1,
  text: row.text,
  sentAtMs: row.sent_at_ms,
});
