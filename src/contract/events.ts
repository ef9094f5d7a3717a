// The events that the platform pushes to players, as data. WebSocket clients get those addressed to
// their player; the names and schemas are the same on every wire.

import {
  ExternalGame,
  ExternalNumber,
  ExternalRemoval,
  ExternalSignal,
} from './external-schema.ts';
import { FileBytesCount, FileFailure, FileId, TransferId } from './file-schema.ts';
import { DirectMessage, MessageId, Person, Presence, SignalKind } from './people-schema.ts';
import {
  Lobby,
  LobbyId,
  MatchEndReason,
  MatchId,
  MatchSummary,
  PlayerId,
  type Static,
  Timestamp,
  type TSchema,
  t,
} from './schema.ts';

export interface EventRow {
  readonly summary: string;
  readonly data: TSchema;
}

const data = <P extends Record<string, TSchema>>(properties: P) =>
  t.Object(properties, { additionalProperties: false });

export const eventTable = {
  'lobby.changed': {
    summary: 'A lobby that you are in has a new state, whole.',
    data: data({ lobby: Lobby }),
  },
  'lobby.removed': {
    summary: 'You are no longer in the lobby.',
    data: data({
      lobbyId: LobbyId,
      reason: t.Union([
        t.Literal('left'),
        t.Literal('kicked'),
        t.Literal('absent'),
        t.Literal('closed'),
        t.Literal('too-few'),
        t.Literal('no-room'),
      ]),
    }),
  },
  'party.opened': {
    summary: 'Somebody in the room gathers players for a game: join until `lobby.startsAt`.',
    data: data({
      lobby: Lobby,
      starter: t.Object({ playerId: PlayerId, name: t.String() }, { additionalProperties: false }),
    }),
  },
  'match.placed': {
    summary:
      'Your match has a host: take your seat, over a link with a ticket or by `match.attach`.',
    data: data({ matchId: MatchId, lobbyId: LobbyId, game: t.String() }),
  },
  'match.view': {
    summary: 'What your seat, which this session took, sees now: whole. Some may be left out.',
    data: data({
      matchId: MatchId,
      seat: t.Integer({ minimum: 0 }),
      view: t.Unknown({ description: 'As the game has it.' }),
      tick: t.Integer({ minimum: 0, description: 'Steps so far.' }),
      turnEndsInMs: t.Optional(t.Number({ minimum: 0 })),
    }),
  },
  'match.seat-lost': {
    summary: 'This session has its seat no more, and the match goes on, unless its host is gone.',
    data: data({
      matchId: MatchId,
      reason: t.Union([t.Literal('replaced'), t.Literal('too-slow'), t.Literal('host-gone')]),
    }),
  },
  'match.ended': {
    summary: 'Your match has ended and its result is stored.',
    data: data({ match: MatchSummary }),
  },
  'round.view': {
    summary: 'What your seat in an open round sees now: whole. A new `roundId` is a new round.',
    data: data({
      game: t.String(),
      roundId: MatchId,
      seat: t.Integer({ minimum: 0 }),
      view: t.Unknown({ description: 'As the game has it.' }),
      tick: t.Integer({ minimum: 0, description: 'Steps so far.' }),
    }),
  },
  'round.ended': {
    summary: 'An open round is over; soon it is stored as match `roundId`. The next has begun.',
    data: data({ game: t.String(), roundId: MatchId, reason: MatchEndReason }),
  },
  'session.ended': {
    summary: 'This session was ended elsewhere; log in again.',
    data: data({
      reason: t.Union([
        t.Literal('logged-out'),
        t.Literal('refresh-reused'),
        t.Literal('revoked'),
        t.Literal('kicked'),
        t.Literal('banned'),
        t.Literal('upgraded'),
      ]),
      why: t.Optional(t.String({ description: 'What the operator said.' })),
    }),
  },
  'room.joined': {
    summary: 'A player came into the room that you are in.',
    data: data({ player: Person }),
  },
  'room.left': {
    summary: 'A player left the room that you are in.',
    data: data({ player: Person }),
  },
  'room.message': {
    summary: 'Somebody said something in the room that you are in.',
    data: data({ from: Person, message: t.String(), at: Timestamp }),
  },
  'lobby.message': {
    summary: 'Somebody said something in your lobby.',
    data: data({ lobbyId: LobbyId, from: Person, message: t.String(), at: Timestamp }),
  },
  'lobby.invited': {
    summary: 'A player invites you into a lobby.',
    data: data({ lobby: Lobby, by: Person }),
  },
  'chat.message': {
    summary:
      'A direct message to you, or one that you sent from another session. Acknowledge those to ' +
      'you with `chat.ack`.',
    data: data({ message: DirectMessage }),
  },
  'chat.read': {
    summary: 'A player has read what you sent, up to this message.',
    data: data({ by: Person, upTo: MessageId }),
  },
  'signal.received': {
    summary: 'What another player’s client passes to yours.',
    data: data({ from: Person, kind: SignalKind, body: t.Unknown() }),
  },
  'file.offered': {
    summary: 'A player offers you a file. Answer with `file.answer`.',
    data: data({
      fileId: FileId,
      from: Person,
      name: t.String({ description: 'Without path, control characters and leading dots.' }),
      size: t.Optional(FileBytesCount),
      sha256: t.Optional(t.String()),
    }),
  },
  'file.answered': {
    summary: 'Your offered file is taken or refused, or another session of yours has answered.',
    data: data({
      fileId: FileId,
      by: Person,
      accepted: t.Boolean(),
      transferId: t.Optional(TransferId),
    }),
  },
  'file.done': {
    summary: 'An offer or a transfer is over: all of it was verified and passed on, or it failed.',
    data: data({
      fileId: FileId,
      transferId: t.Optional(TransferId),
      ok: t.Boolean(),
      reason: t.Optional(FileFailure),
    }),
  },
  'external.changed': {
    summary:
      'An external game has a new state, whole; to who follows them and may see it. One that is ' +
      '`closed` is over.',
    data: data({ game: ExternalGame }),
  },
  'external.signal': {
    summary: 'What your program is to do next in the external game that this session plays.',
    data: data({ number: ExternalNumber, signal: ExternalSignal }),
  },
  'external.removed': {
    summary: 'This session plays the external game no more.',
    data: data({ number: ExternalNumber, reason: ExternalRemoval }),
  },
  'friend.requested': {
    summary: 'A player asks to be your friend.',
    data: data({ by: Person }),
  },
  'friend.accepted': {
    summary: 'A player has become your friend.',
    data: data({ by: Person }),
  },
  'friend.removed': {
    summary: 'A player is your friend no more.',
    data: data({ by: Person }),
  },
  'presence.changed': {
    summary: 'A friend came, went, or does something else now.',
    data: data({ presence: Presence }),
  },
  announcement: {
    summary: 'The operator of the server says something to everybody.',
    data: data({ message: t.String(), at: Timestamp }),
  },
} as const satisfies Record<string, EventRow>;

export type EventName = keyof typeof eventTable;
export type EventData<Name extends EventName> = Static<(typeof eventTable)[Name]['data']>;

export type PlatformEvent = {
  [Name in EventName]: { readonly event: Name; readonly data: EventData<Name> };
}[EventName];
