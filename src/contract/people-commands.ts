// The part of the command table that is about people: who they are to each other, where they are,
// and what they say. `commands.ts` joins it to the rest.

import { args, type CommandRow, done, nothing, page } from './command-row.ts';
import { contractLimits as limits } from './limits.ts';
import {
  Conversation,
  DeviceId,
  DeviceKeys,
  DirectMessage,
  FriendRow,
  MessageId,
  MessageText,
  Person,
  PlayerRef,
  Presence,
  SealedText,
  SignalKind,
} from './people-schema.ts';
import { LobbyId, Player, PlayerId, Timestamp, t } from './schema.ts';

const strict = { additionalProperties: false } as const;
const player = { player: PlayerRef };
const people = t.Object({ players: t.Array(Person) }, strict);
const sent = t.Object(
  {
    id: MessageId,
    sentAt: Timestamp,
    receiverIsOnline: t.Boolean(),
  },
  strict,
);

const friendErrors = ['PLAYER_NOT_FOUND', 'TO_YOURSELF'] as const;

const playerCommands = {
  'player.numbers': {
    summary: 'Small integers for players, for programs that name players by them. They stay.',
    caller: 'guest',
    http: { method: 'POST', path: '/v1/player-numbers' },
    args: args({
      players: t.Array(PlayerId, { maxItems: limits.playerNumbersAtOnceMax }),
    }),
    result: t.Object(
      {
        numbers: t.Array(
          t.Object({ playerId: PlayerId, number: t.Integer({ minimum: 1 }) }, strict),
          { description: 'Without those that there are not.' },
        ),
      },
      strict,
    ),
    errors: [],
    rate: { calls: 600, perS: 60 },
  },
  'player.by-number': {
    summary: 'The player that has this number.',
    caller: 'guest',
    http: { method: 'GET', path: '/v1/player-numbers/:number' },
    args: args({ number: t.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER }) }),
    result: Player,
    errors: ['PLAYER_NOT_FOUND'],
    rate: { calls: 600, perS: 60 },
  },
} as const satisfies Record<string, CommandRow>;

const socialCommands = {
  'friend.request': {
    summary: 'Ask a player to be your friend. Two who ask each other are friends.',
    caller: 'account',
    http: { method: 'POST', path: '/v1/friends' },
    args: args(player),
    result: t.Object({ state: t.Union([t.Literal('requested'), t.Literal('friends')]) }, strict),
    errors: [...friendErrors, 'FRIENDS_ALREADY', 'FRIENDS_FULL', 'BLOCKED', 'NOT_AN_ACCOUNT'],
    rate: { calls: 30, perS: 60 },
  },
  'friend.accept': {
    summary: 'Say yes to a friend request.',
    caller: 'account',
    http: { method: 'POST', path: '/v1/friends/:player/accept' },
    args: args(player),
    result: done,
    errors: [...friendErrors, 'NO_FRIEND_REQUEST', 'FRIENDS_FULL'],
    rate: { calls: 60, perS: 60 },
  },
  'friend.decline': {
    summary: 'Say no to a friend request, or take your own back. The other is not told.',
    caller: 'account',
    http: { method: 'POST', path: '/v1/friends/:player/decline' },
    args: args(player),
    result: done,
    errors: [...friendErrors, 'NO_FRIEND_REQUEST'],
    rate: { calls: 60, perS: 60 },
  },
  'friend.remove': {
    summary: 'End a friendship.',
    caller: 'account',
    http: { method: 'DELETE', path: '/v1/friends/:player' },
    args: args(player),
    result: done,
    errors: [...friendErrors, 'NOT_FRIENDS'],
    rate: { calls: 60, perS: 60 },
  },
  'friend.list': {
    summary: 'Your friends and where they are, and requests both ways.',
    caller: 'account',
    http: { method: 'GET', path: '/v1/friends' },
    args: nothing,
    result: t.Object(
      {
        friends: t.Array(FriendRow),
        incoming: t.Array(FriendRow),
        outgoing: t.Array(FriendRow),
      },
      strict,
    ),
    errors: [],
    rate: { calls: 120, perS: 60 },
  },
  'block.add': {
    summary: 'Block a player: who sees you no more, and reaches you on no wire.',
    caller: 'guest',
    http: { method: 'POST', path: '/v1/blocks' },
    args: args(player),
    result: done,
    errors: ['PLAYER_NOT_FOUND', 'TO_YOURSELF', 'BLOCKED_ALREADY', 'BLOCKS_FULL'],
    rate: { calls: 60, perS: 60 },
  },
  'block.remove': {
    summary: 'Take a block back.',
    caller: 'guest',
    http: { method: 'DELETE', path: '/v1/blocks/:player' },
    args: args(player),
    result: done,
    errors: ['PLAYER_NOT_FOUND', 'TO_YOURSELF', 'NOT_BLOCKED'],
    rate: { calls: 60, perS: 60 },
  },
  'block.list': {
    summary: 'Whom you have blocked.',
    caller: 'guest',
    http: { method: 'GET', path: '/v1/blocks' },
    args: nothing,
    result: people,
    errors: [],
    rate: { calls: 60, perS: 60 },
  },
  'presence.online': {
    summary: 'Who is online now, save you and those who have blocked you.',
    caller: 'guest',
    http: { method: 'GET', path: '/v1/presence' },
    args: nothing,
    result: people,
    errors: [],
    rate: { calls: 60, perS: 60 },
  },
  'presence.since': {
    summary: 'Who was online at any time in the last seconds, save you and those who blocked you.',
    caller: 'guest',
    http: { method: 'GET', path: '/v1/visits' },
    args: args({ seconds: t.Integer({ minimum: 0, maximum: limits.presenceSinceSMax }) }),
    result: people,
    errors: [],
    rate: { calls: 30, perS: 60 },
  },
  'presence.get': {
    summary: 'Where a player is. Who has blocked you looks offline and never seen.',
    caller: 'guest',
    http: { method: 'GET', path: '/v1/presence/:player' },
    args: args(player),
    result: Presence,
    errors: ['PLAYER_NOT_FOUND'],
    rate: { calls: 300, perS: 60 },
  },
  'presence.set': {
    summary: 'Say that you are away, or back.',
    caller: 'guest',
    http: { method: 'POST', path: '/v1/presence' },
    args: args({ away: t.Boolean() }),
    result: done,
    errors: ['NOT_CONNECTED'],
    rate: { calls: 60, perS: 60 },
  },
} as const satisfies Record<string, CommandRow>;

const chatCommands = {
  'room.enter': {
    summary: 'Enter the room: this session’s connections get who comes and goes, and what is said.',
    caller: 'guest',
    http: { method: 'POST', path: '/v1/room/members' },
    args: nothing,
    result: people,
    errors: ['NOT_CONNECTED'],
    rate: { calls: 60, perS: 60 },
  },
  'room.leave': {
    summary: 'Leave the room with this session.',
    caller: 'guest',
    http: { method: 'DELETE', path: '/v1/room/members/me' },
    args: nothing,
    result: done,
    errors: [],
    rate: { calls: 60, perS: 60 },
  },
  'room.players': {
    summary: 'Who is in the room, you among them; not those who have blocked you.',
    caller: 'guest',
    http: { method: 'GET', path: '/v1/room/members' },
    args: nothing,
    result: people,
    errors: [],
    rate: { calls: 60, perS: 60 },
  },
  'room.say': {
    summary: 'Say something to everybody in the room who has not blocked you.',
    caller: 'guest',
    http: { method: 'POST', path: '/v1/room/messages' },
    args: args({ message: MessageText }),
    result: t.Object(
      { someNotReached: t.Boolean({ description: 'Somebody there has blocked you.' }) },
      strict,
    ),
    errors: ['MUTED', 'ROOM_BUSY'],
    rate: { calls: limits.roomMessagesOfPlayerMax, perS: limits.messageWindowS },
  },
  'lobby.say': {
    summary: 'Say something to the others of your lobby, also while its match runs.',
    caller: 'guest',
    http: { method: 'POST', path: '/v1/lobbies/:lobbyId/messages' },
    args: args({ lobbyId: LobbyId, message: MessageText }),
    result: done,
    errors: ['LOBBY_NOT_FOUND', 'NOT_IN_LOBBY', 'MUTED'],
    rate: { calls: 30, perS: limits.messageWindowS },
  },
  'lobby.invite': {
    summary: 'Invite a player into your lobby.',
    caller: 'guest',
    http: { method: 'POST', path: '/v1/lobbies/:lobbyId/invitations' },
    args: args({ lobbyId: LobbyId, player: PlayerRef }),
    result: done,
    errors: [
      'LOBBY_NOT_FOUND',
      'NOT_IN_LOBBY',
      'PLAYER_NOT_FOUND',
      'PLAYER_OFFLINE',
      'TO_YOURSELF',
      'BLOCKED',
    ],
    rate: { calls: 20, perS: 60 },
  },
  'chat.send': {
    summary: 'A direct message: delivered at once, or kept until the receiver comes.',
    caller: 'guest',
    http: { method: 'POST', path: '/v1/messages' },
    args: args({
      to: PlayerRef,
      message: t.Optional(MessageText),
      sealed: t.Optional(SealedText),
    }),
    result: sent,
    errors: ['PLAYER_NOT_FOUND', 'TO_YOURSELF', 'BLOCKED', 'MUTED', 'INBOX_FULL'],
    rate: { calls: limits.directMessagesOfPlayerMax, perS: limits.messageWindowS },
  },
  'chat.inbox': {
    summary:
      'Messages that were not delivered to you yet, oldest first. Acknowledge what you have.',
    caller: 'guest',
    http: { method: 'GET', path: '/v1/inbox' },
    args: args({
      after: t.Optional(MessageId),
      limit: t.Optional(
        t.Integer({
          minimum: 1,
          maximum: limits.pageRowsMax,
          default: limits.pageRowsMax,
        }),
      ),
    }),
    result: t.Object({ messages: t.Array(DirectMessage), more: t.Boolean() }, strict),
    errors: [],
    rate: { calls: 600, perS: 60 },
  },
  'chat.ack': {
    summary: 'Messages up to this one have been delivered to you; they leave the inbox.',
    caller: 'guest',
    http: { method: 'POST', path: '/v1/inbox/ack' },
    args: args({ upTo: MessageId }),
    result: done,
    errors: [],
    rate: { calls: 1200, perS: 60 },
  },
  'chat.history': {
    summary: 'Your conversation with a player, newest first.',
    caller: 'guest',
    http: { method: 'GET', path: '/v1/conversations/:player' },
    args: args({ player: PlayerRef, ...page }),
    result: t.Object({ messages: t.Array(DirectMessage), cursor: t.Optional(t.String()) }, strict),
    errors: ['PLAYER_NOT_FOUND'],
    rate: { calls: 300, perS: 60 },
  },
  'chat.conversations': {
    summary: 'Whom you have exchanged messages with, the latest first, and what is unread.',
    caller: 'guest',
    http: { method: 'GET', path: '/v1/conversations' },
    args: args({ limit: page.limit }),
    result: t.Object({ conversations: t.Array(Conversation) }, strict),
    errors: [],
    rate: { calls: 120, perS: 60 },
  },
  'chat.read': {
    summary: 'You have read what a player sent up to this message; the player is told.',
    caller: 'guest',
    http: { method: 'POST', path: '/v1/conversations/:player/read' },
    args: args({ player: PlayerRef, upTo: MessageId }),
    result: done,
    errors: ['PLAYER_NOT_FOUND'],
    rate: { calls: 600, perS: 60 },
  },
  'signal.send': {
    summary: 'Pass something between two clients that are both here: nothing of it is kept.',
    caller: 'guest',
    http: { method: 'POST', path: '/v1/signals' },
    args: args({
      to: PlayerRef,
      kind: SignalKind,
      body: t.Unknown({ description: 'Any JSON; up to the size of a message.' }),
    }),
    result: done,
    errors: ['PLAYER_NOT_FOUND', 'PLAYER_OFFLINE', 'TO_YOURSELF', 'BLOCKED', 'MUTED'],
    rate: { calls: 120, perS: limits.messageWindowS },
  },
  'keys.publish': {
    summary: 'Publish the public keys of one of your devices, for sealed messages.',
    caller: 'guest',
    http: { method: 'POST', path: '/v1/me/keys' },
    args: args({
      deviceId: DeviceId,
      bundle: t.String({
        minLength: 1,
        maxLength: limits.keyBundleCharactersMax,
        pattern: '^[A-Za-z0-9_-]+$',
      }),
    }),
    result: done,
    errors: ['DEVICES_FULL'],
    rate: { calls: 20, perS: 60 },
  },
  'keys.get': {
    summary: 'The public keys of a player’s devices.',
    caller: 'guest',
    http: { method: 'GET', path: '/v1/keys/:player' },
    args: args(player),
    result: t.Object({ player: Person, devices: t.Array(DeviceKeys) }, strict),
    errors: ['PLAYER_NOT_FOUND'],
    rate: { calls: 120, perS: 60 },
  },
  'keys.remove': {
    summary: 'Take a device’s keys back: nothing more is sealed for it.',
    caller: 'guest',
    http: { method: 'DELETE', path: '/v1/me/keys/:deviceId' },
    args: args({ deviceId: DeviceId }),
    result: done,
    errors: [],
    rate: { calls: 20, perS: 60 },
  },
} as const satisfies Record<string, CommandRow>;

export const peopleCommands = {
  ...playerCommands,
  ...socialCommands,
  ...chatCommands,
} as const satisfies Record<string, CommandRow>;
