// Which service does which command about people: accounts and sessions beside log-in, friends,
// blocks, presence, the room, messages, and what an operator may do.

import { PaperclipError } from '../contract/errors.ts';
import { contractLimits as limits } from '../contract/limits.ts';
import type { Conversation, FriendRow, Sanction } from '../contract/people-schema.ts';
import type { StoredPlayer, StoredSanction } from './account/account-store.ts';
import { publicPlayer } from './account/sessions.ts';
import type { StoredConversation } from './chat/chat-store.ts';
import { messageView } from './chat/direct-messages.ts';
import { idOf, type Part, playerOf, type Services } from './handlers.ts';
import { timestamp } from './ids.ts';
import type { Caller } from './platform.ts';
import type { Blocks } from './social/blocks.ts';
import { personOf, requireOther } from './social/person.ts';
import type { StoredFriendship } from './social/social-store.ts';

export const peopleHandlers = (
  services: Services,
): Part<
  | 'session'
  | 'player'
  | 'friend'
  | 'block'
  | 'presence'
  | 'room'
  | 'chat'
  | 'signal'
  | 'keys'
  | 'admin'
> => ({
  ...sessionHandlers(services),
  ...playerHandlers(services),
  ...friendHandlers(services),
  ...presenceHandlers(services),
  ...roomHandlers(services),
  ...chatHandlers(services),
  ...keyHandlers(services),
  ...adminHandlers(services),
});

function sessionHandlers({ sessions }: Services): Part<'session'> {
  return {
    'session.list': async (_args, caller) => ({
      sessions: (await sessions.ofPlayer(idOf(caller))).map((session) => ({
        id: session.id,
        current: session.id === caller.sessionId,
        wire: session.wire,
        address: session.address,
        createdAt: timestamp(session.createdAtMs),
        expiresAt: timestamp(session.expiresAtMs),
      })),
    }),
    'session.revoke': async ({ sessionId }, caller) => {
      await sessions.revoke(idOf(caller), sessionId);
      return {};
    },
  };
}

function playerHandlers({ numbers }: Services): Part<'player'> {
  return {
    'player.numbers': async ({ players }) => {
      const found = await numbers.ofPlayers(players);
      return { numbers: [...found].map(([playerId, number]) => ({ playerId, number })) };
    },
    'player.by-number': async ({ number }) => publicPlayer(await numbers.playerOf(number)),
  };
}

function friendHandlers(services: Services): Part<'friend' | 'block'> {
  const { friends, blocks, accounts } = services;
  const both = (caller: Caller, other: string) => bothOf(services, caller, other);
  return {
    'friend.request': async ({ player }, caller) => {
      const { self, other } = await both(caller, player);
      return { state: await friends.request(self, other) };
    },
    'friend.accept': async ({ player }, caller) => {
      const { self, other } = await both(caller, player);
      await friends.accept(self, other);
      return {};
    },
    'friend.decline': async ({ player }, caller) => {
      const { self, other } = await both(caller, player);
      await friends.decline(self, other);
      return {};
    },
    'friend.remove': async ({ player }, caller) => {
      const { self, other } = await both(caller, player);
      await friends.remove(self, other);
      return {};
    },
    'friend.list': (_args, caller) => friendList(services, idOf(caller)),
    'block.add': async ({ player }, caller) => {
      const { self, other } = await both(caller, player);
      await friends.block(self, other);
      return {};
    },
    'block.remove': async ({ player }, caller) => {
      const { self, other } = await both(caller, player);
      await blocks.remove(self.id, other);
      return {};
    },
    'block.list': async (_args, caller) => {
      const players = await accounts.byIds(blocks.of(idOf(caller)));
      return { players: players.map(personOf) };
    },
  };
}

async function friendList(
  { friends, accounts, presence }: Services,
  playerId: string,
): Promise<{ friends: FriendRow[]; incoming: FriendRow[]; outgoing: FriendRow[] }> {
  const all = await friends.of(playerId);
  const otherId = ({ fromId, toId }: StoredFriendship) => (fromId === playerId ? toId : fromId);
  const players = new Map(
    (await accounts.byIds(all.map(otherId))).map((player) => [player.id, player]),
  );
  const rows = (wanted: (friendship: StoredFriendship) => boolean) =>
    all.filter(wanted).flatMap((friendship) => {
      const player = players.get(otherId(friendship));
      return player === undefined ? [] : [{ player, since: timestamp(friendship.sinceMs) }];
    });
  const isRequest = ({ state }: StoredFriendship) => state === 'requested';
  const open = (isMine: boolean) =>
    rows((one) => isRequest(one) && (one.fromId === playerId) === isMine).map((row) => {
      return { ...row, player: personOf(row.player) };
    });
  return {
    friends: await Promise.all(
      rows((one) => !isRequest(one)).map(async ({ player, since }) => {
        return { ...(await presence.rowOf(player, playerId)), since };
      }),
    ),
    incoming: open(false),
    outgoing: open(true),
  };
}

function presenceHandlers(services: Services): Part<'presence'> {
  const { presence, accounts } = services;
  const people = (players: readonly StoredPlayer[]) => ({ players: players.map(personOf) });
  return {
    'presence.online': async (_args, caller) => people(await presence.online(idOf(caller))),
    'presence.since': async ({ seconds }, caller) =>
      people(await presence.since(idOf(caller), seconds)),
    'presence.get': async ({ player }, caller) =>
      presence.rowOf(await accounts.get(player), idOf(caller)),
    'presence.set': async ({ away }, caller) => {
      presence.setAway(idOf(caller), away);
      return {};
    },
  };
}

function roomHandlers(services: Services): Part<'room'> {
  const { room } = services;
  return {
    'room.enter': async (_args, caller) => {
      const player = await playerOf(services, caller);
      room.enter(player, caller.sessionId ?? '');
      return { players: [...room.players(player.id)] };
    },
    'room.leave': async (_args, caller) => {
      room.leave(idOf(caller), caller.sessionId ?? '');
      return {};
    },
    'room.players': async (_args, caller) => ({ players: [...room.players(idOf(caller))] }),
    'room.say': async ({ message }, caller) => ({
      someNotReached: await room.say(await playerOf(services, caller), message),
    }),
  };
}

function chatHandlers(services: Services): Part<'chat' | 'signal'> {
  const { messages, signals, accounts, blocks } = services;
  return {
    'chat.send': async (args, caller) => {
      const self = await playerOf(services, caller);
      const { message, receiverIsOnline } = await messages.send(self, args, caller.sessionId ?? '');
      return { id: message.id, sentAt: timestamp(message.sentAtMs), receiverIsOnline };
    },
    'chat.inbox': async ({ after = 0, limit = limits.pageRowsMax }, caller) => {
      const found = await messages.inbox(idOf(caller), after, limit);
      return { messages: found.messages.map(messageView), more: found.more };
    },
    'chat.ack': async ({ upTo }, caller) => {
      await messages.acknowledge(idOf(caller), upTo);
      return {};
    },
    'chat.history': async ({ player, limit = limits.pageRowsDefault, ...page }, caller) => {
      const other = await accounts.get(player);
      const { rows, ...next } = await messages.history(idOf(caller), other, { limit, ...page });
      return { messages: rows.map(messageView), ...next };
    },
    'chat.conversations': async ({ limit = limits.pageRowsDefault }, caller) => {
      const playerId = idOf(caller);
      const found = await messages.conversations(playerId, limit);
      const conversations = found.map((one) => conversationView(one, playerId, blocks));
      return { conversations };
    },
    'chat.read': async ({ player, upTo }, caller) => {
      const self = await playerOf(services, caller);
      await messages.read(self, await accounts.get(player), upTo);
      return {};
    },
    'signal.send': async ({ to, kind, body }, caller) => {
      const self = await playerOf(services, caller);
      signals.send(self, await accounts.get(to), kind, body);
      return {};
    },
  };
}

function conversationView(
  { last, unread, readByOther }: StoredConversation,
  playerId: string,
  blocks: Blocks,
): Conversation {
  const player = last.from.id === playerId ? last.to : last.from;
  // Who has blocked the asker lets them know nothing.
  const isShown = readByOther > 0 && !blocks.has(player.id, playerId);
  return { player, last: messageView(last), unread, ...(isShown ? { readByOther } : {}) };
}

function keyHandlers({ deviceKeys, accounts }: Services): Part<'keys'> {
  return {
    'keys.publish': async ({ deviceId, bundle }, caller) => {
      await deviceKeys.publish(idOf(caller), deviceId, bundle);
      return {};
    },
    'keys.get': async ({ player: name }, caller) => {
      idOf(caller);
      const player = await accounts.get(name);
      const devices = await deviceKeys.ofPlayer(player.id);
      return {
        player: personOf(player),
        devices: devices.map(({ deviceId, bundle, publishedAtMs }) => {
          return { deviceId, bundle, publishedAt: timestamp(publishedAtMs) };
        }),
      };
    },
    'keys.remove': async ({ deviceId }, caller) => {
      await deviceKeys.remove(idOf(caller), deviceId);
      return {};
    },
  };
}

function adminHandlers(services: Services): Part<'admin'> {
  const { sanctions, sessions, accounts, events, clock } = services;
  return {
    'admin.sanction': async ({ player, kind, reason, forS }, caller) => {
      const { other } = await bothOf(services, caller, player);
      const wish = { kind, reason, ...(forS === undefined ? {} : { forS }) };
      const sanction = await sanctions.put(other.id, wish);
      if (kind === 'ban') await sessions.endAll(other.id, 'banned', { why: reason });
      return sanctionView(sanction, other);
    },
    'admin.pardon': async ({ player, kind }) => {
      const other = await accounts.get(player);
      if (await sanctions.remove(other.id, kind)) return {};
      throw new PaperclipError('NOT_SANCTIONED', { player: other.name, kind });
    },
    'admin.sanctions': async () => {
      const all = sanctions.all();
      const players = await accounts.byIds(all.map(({ playerId }) => playerId));
      const byId = new Map(players.map((player) => [player.id, player]));
      return {
        sanctions: all.flatMap((one) => {
          const player = byId.get(one.playerId);
          return player === undefined ? [] : [sanctionView(one, player)];
        }),
      };
    },
    'admin.kick': async ({ player, reason }, caller) => {
      const { other } = await bothOf(services, caller, player);
      await sessions.endAll(other.id, 'kicked', { why: reason });
      return {};
    },
    'admin.announce': async ({ message }) => {
      const data = { message, at: timestamp(clock.now()) };
      const ids = [...events.connectedPlayers()];
      for (const id of ids) events.emit(id, { event: 'announcement', data });
      return { players: ids.length };
    },
  };
}

const sanctionView = (sanction: StoredSanction, player: StoredPlayer): Sanction => ({
  player: personOf(player),
  kind: sanction.kind,
  reason: sanction.reason,
  since: timestamp(sanction.sinceMs),
  ...(sanction.untilMs === null ? {} : { until: timestamp(sanction.untilMs) }),
});

/** The caller and the other player, who is not the caller. */
async function bothOf(
  services: Services,
  caller: Caller,
  otherName: string,
): Promise<{ readonly self: StoredPlayer; readonly other: StoredPlayer }> {
  const self = await playerOf(services, caller);
  const other = await services.accounts.get(otherName);
  requireOther(other, self.id);
  return { self, other };
}
