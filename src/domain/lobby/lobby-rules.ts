// The rules of one lobby as functions from a record to the next one. They know no player directory,
// no store and no clock; a broken rule throws the PaperclipError that the player sees.
//
// Invariants of a record: at most `max` members; seats distinct; the owner is a person among the
// members; bots are ready; `matchId` is there exactly while it is `playing`. A record without
// people is closed.

import type { Json } from '../../base/json.ts';
import { type ErrorCode, PaperclipError } from '../../contract/errors.ts';
import { contractLimits as limits } from '../../contract/limits.ts';
import type { Lobby, PlayerKind } from '../../contract/schema.ts';
import { timestamp } from '../ids.ts';

export interface LobbyMemberRecord {
  readonly playerId: string;
  readonly name: string;
  readonly kind: PlayerKind;
  readonly seat: number;
  readonly ready: boolean;
}

export interface LobbyRecord {
  readonly id: string;
  readonly code: string;
  readonly game: string;
  readonly state: 'open' | 'starting' | 'playing';
  readonly private: boolean;
  readonly ownerId: string;
  /** In the order in which they came. */
  readonly members: readonly LobbyMemberRecord[];
  /** Removed by the owner; oldest first. */
  readonly banned: readonly string[];
  readonly settings: Json;
  readonly matchId?: string;
  readonly createdAtMs: number;
  /** A timed lobby: its one match starts then, whoever is ready. */
  readonly startsAtMs?: number;
  /** A wish that counts when the game needs fewer. */
  readonly playersMin?: number;
  /** The party of its game. */
  readonly party?: true;
}

export interface Bounds {
  readonly min: number;
  readonly max: number;
}

export interface Joiner {
  readonly id: string;
  readonly name: string;
  readonly kind: 'account' | 'guest';
}

export const isPerson = (member: LobbyMemberRecord): boolean => member.kind !== 'bot';

export const people = (lobby: LobbyRecord): readonly LobbyMemberRecord[] =>
  lobby.members.filter(isPerson);

export const memberOf = (lobby: LobbyRecord, playerId: string): LobbyMemberRecord | undefined =>
  lobby.members.find((member) => member.playerId === playerId);

export const isTimed = (lobby: LobbyRecord): boolean => lobby.startsAtMs !== undefined;

export const isClosed = (lobby: LobbyRecord): boolean => !lobby.members.some(isPerson);

/** Of the lobby, from those of its game, which may be another version by now. */
export const boundsOf = ({ playersMin = 1 }: LobbyRecord, { min, max }: Bounds): Bounds => ({
  min: Math.min(max, Math.max(min, playersMin)),
  max,
});

/** Whether a stranger may take a seat now. */
export const hasRoom = (lobby: LobbyRecord, { max }: Bounds): boolean =>
  lobby.state === 'open' && lobby.members.length < max;

export function join(lobby: LobbyRecord, player: Joiner, bounds: Bounds): LobbyRecord {
  if (lobby.banned.includes(player.id)) throw new PaperclipError('KICKED', { lobby: lobby.id });
  requireOpen(lobby);
  requireRoom(lobby, bounds);
  return withMember(lobby, { ...player, ready: false });
}

export function addBot(lobby: LobbyRecord, by: string, bounds: Bounds): LobbyRecord {
  requireOwner(lobby, by);
  requireOpen(lobby);
  requireRoom(lobby, bounds);
  let number = 1;
  while (memberOf(lobby, `bot:${number}`) !== undefined) number++;
  return withMember(lobby, {
    id: `bot:${number}`,
    name: `Bot ${number}`,
    kind: 'bot',
    ready: true,
  });
}

export function leave(lobby: LobbyRecord, playerId: string): LobbyRecord {
  requireMember(lobby, playerId);
  requireOpen(lobby);
  return without(lobby, playerId);
}

export function setReady(lobby: LobbyRecord, playerId: string, ready: boolean): LobbyRecord {
  const member = requireMember(lobby, playerId);
  requireOpen(lobby);
  if (member.ready === ready) return lobby;
  return {
    ...lobby,
    members: lobby.members.map((one) => (one === member ? { ...one, ready } : one)),
  };
}

export function kick(lobby: LobbyRecord, by: string, playerId: string): LobbyRecord {
  requireOwner(lobby, by);
  const member = requireMember(lobby, playerId);
  requireOpen(lobby);
  if (playerId === by) {
    throw new PaperclipError('BAD_REQUEST', {
      field: 'playerId',
      problem: 'is yourself; leave the lobby instead',
    });
  }
  const rest = without(lobby, playerId);
  if (!isPerson(member)) return rest;
  return { ...rest, banned: [...lobby.banned, playerId].slice(-limits.lobbyBansMax) };
}

export function handOver(lobby: LobbyRecord, by: string, playerId: string): LobbyRecord {
  requireOwner(lobby, by);
  const member = requireMember(lobby, playerId);
  requireOpen(lobby);
  if (!isPerson(member)) {
    throw new PaperclipError('BAD_REQUEST', {
      field: 'playerId',
      problem: 'is a bot, which cannot own a lobby',
    });
  }
  return playerId === by ? lobby : { ...lobby, ownerId: playerId };
}

/** Enough members, all of them ready, one at least a person. A timed lobby waits for its time. */
export const canStart = (lobby: LobbyRecord, { min }: Bounds): boolean =>
  lobby.state === 'open' &&
  !isTimed(lobby) &&
  lobby.members.length >= min &&
  lobby.members.some(isPerson) &&
  lobby.members.every((member) => member.ready);

/** Seats close up, since a match numbers its seats without gaps. */
export function starting(lobby: LobbyRecord): LobbyRecord {
  const bySeat = [...lobby.members].sort((a, b) => a.seat - b.seat);
  const members = lobby.members.map((member) => ({ ...member, seat: bySeat.indexOf(member) }));
  return { ...lobby, state: 'starting', members };
}

/** A timed lobby when its time has come. Unchanged when its match has started. */
export function atItsTime(lobby: LobbyRecord, { min }: Bounds): LobbyRecord {
  if (lobby.state !== 'open') return lobby;
  return lobby.members.length >= min ? starting(lobby) : closed(lobby);
}

export const playing = (lobby: LobbyRecord, matchId: string): LobbyRecord => ({
  ...lobby,
  state: 'playing',
  matchId,
});

/** After a match, or when none could be started. A timed lobby has only one. */
export const over = (lobby: LobbyRecord): LobbyRecord =>
  isTimed(lobby) ? closed(lobby) : reopened(lobby);

const closed = (lobby: LobbyRecord): LobbyRecord => ({ ...lobby, members: [] });

/** Everyone says anew whether they are ready. */
export function reopened(lobby: LobbyRecord): LobbyRecord {
  const { matchId: _over, ...rest } = lobby;
  const members = lobby.members.map((member) => ({ ...member, ready: !isPerson(member) }));
  return { ...rest, state: 'open', members };
}

/** Unchanged when the lobby is not in that match. */
export const matchOver = (lobby: LobbyRecord, matchId: string): LobbyRecord =>
  lobby.matchId === matchId ? over(lobby) : lobby;

/** The owner's place goes to the person who came next; it may leave a lobby without people. */
export function without(lobby: LobbyRecord, playerId: string): LobbyRecord {
  const members = lobby.members.filter((member) => member.playerId !== playerId);
  const next = members.find(isPerson);
  const ownerId = lobby.ownerId === playerId && next ? next.playerId : lobby.ownerId;
  return { ...lobby, members, ownerId };
}

/** As a caller sees it; the code is for members. */
export function lobbyView(lobby: LobbyRecord, bounds: Bounds, viewerId?: string): Lobby {
  const isMember = viewerId !== undefined && memberOf(lobby, viewerId) !== undefined;
  return {
    id: lobby.id,
    game: lobby.game,
    state: lobby.state,
    private: lobby.private,
    ...(isMember ? { code: lobby.code } : {}),
    ownerId: lobby.ownerId,
    members: [...lobby.members].sort((a, b) => a.seat - b.seat).map((member) => ({ ...member })),
    playersMin: bounds.min,
    playersMax: bounds.max,
    settings: lobby.settings,
    ...(lobby.matchId === undefined ? {} : { matchId: lobby.matchId }),
    createdAt: timestamp(lobby.createdAtMs),
    ...(lobby.startsAtMs === undefined ? {} : { startsAt: timestamp(lobby.startsAtMs) }),
  };
}

export const isRefusal = (error: unknown, codes: readonly ErrorCode[]): boolean =>
  error instanceof PaperclipError && codes.includes(error.code);

function withMember(
  lobby: LobbyRecord,
  member: { id: string; name: string; kind: PlayerKind; ready: boolean },
): LobbyRecord {
  const taken = new Set(lobby.members.map(({ seat }) => seat));
  let seat = 0;
  while (taken.has(seat)) seat++;
  const { id: playerId, name, kind, ready } = member;
  return { ...lobby, members: [...lobby.members, { playerId, name, kind, seat, ready }] };
}

function requireOpen(lobby: LobbyRecord): void {
  if (lobby.state !== 'open') throw new PaperclipError('LOBBY_STARTED', { lobby: lobby.id });
}

function requireRoom(lobby: LobbyRecord, { max }: Bounds): void {
  const members = lobby.members.length;
  if (members >= max) throw new PaperclipError('LOBBY_FULL', { lobby: lobby.id, members, max });
}

function requireOwner(lobby: LobbyRecord, playerId: string): void {
  if (lobby.ownerId !== playerId) throw new PaperclipError('NOT_OWNER', { lobby: lobby.id });
}

function requireMember(lobby: LobbyRecord, playerId: string): LobbyMemberRecord {
  const member = memberOf(lobby, playerId);
  if (member !== undefined) return member;
  throw new PaperclipError('NOT_IN_LOBBY', { player: playerId, lobby: lobby.id });
}
