// What an external game becomes by what its players' programs say, and what they are then told, in
// which order: a table of pure functions. It knows no session, clock or store.
//
// Programs speak GPGNet. What is unknown, of the wrong shape, or not for this player or state to
// say changes nothing; whoever called learns that by the step's `outcome`.

import type { ExternalRemoval, ExternalSignal } from '../../contract/external-schema.ts';
import { contractLimits as limits } from '../../contract/limits.ts';
import type { Person } from '../../contract/people-schema.ts';
import {
  connected,
  type ExternalMember,
  type ExternalRecord,
  memberOf,
  placed,
} from './external-game.ts';
import { optionOf } from './host-options.ts';
import { parseResult, withReport } from './results.ts';

export interface Told {
  readonly to: string;
  readonly signal: ExternalSignal;
}

export interface Step {
  readonly game: ExternalRecord;
  /** In this order, before anybody is told of the game's new state. */
  readonly told: readonly Told[];
  /** Who is in the game no more. */
  readonly gone: readonly { readonly member: ExternalMember; readonly reason: ExternalRemoval }[];
  /** Whether others see the game differently now. */
  readonly isVisible: boolean;
  readonly outcome: 'taken' | 'ignored' | 'unknown';
}

interface Turn {
  readonly game: ExternalRecord;
  readonly member: ExternalMember;
  readonly isHost: boolean;
  readonly args: readonly unknown[];
  readonly nowMs: number;
}

export function receive(
  game: ExternalRecord,
  fromId: string,
  command: string,
  args: readonly unknown[],
  nowMs: number,
): Step {
  const member = memberOf(game, fromId);
  if (member === undefined) return ignored(game);
  const take = table.get(command);
  if (take === undefined) return { ...ignored(game), outcome: 'unknown' };
  return take({ game, member, isHost: fromId === game.host.id, args, nowMs });
}

export const join = (game: ExternalRecord, person: Person, sessionId: string): ExternalRecord => ({
  ...game,
  members: [...game.members, { person, sessionId, phase: 'starting', hasEnded: false }],
});

/** Before the launch, others take down their connections to who leaves, and the host takes all. */
export function leave(game: ExternalRecord, playerId: string, reason: ExternalRemoval): Step {
  const member = memberOf(game, playerId);
  if (member === undefined) return ignored(game);
  const members = game.members.filter((one) => one !== member);
  const left: ExternalRecord = { ...game, members };
  const gone = [{ member, reason }];
  if (game.state === 'playing') {
    return { ...taken(closedWhenOver(left)), gone, isVisible: true };
  }
  if (game.state === 'closed') return { ...taken(left), gone, isVisible: true };
  const told = connected(left).map(({ person }): Told => {
    return { to: person.id, signal: { kind: 'disconnect', peer: member.person } };
  });
  const isVisible = game.state === 'open';
  if (playerId !== game.host.id) {
    const places = new Map(game.places);
    places.delete(playerId);
    return { ...taken({ ...left, places }), told, gone, isVisible };
  }
  const rest = members.map((one) => ({ member: one, reason: 'host-left' as const }));
  const closed: ExternalRecord = { ...left, state: 'closed', members: [], places: new Map() };
  return { ...taken(closed), told, gone: [...gone, ...rest], isVisible };
}

const table: ReadonlyMap<string, (turn: Turn) => Step> = new Map([
  ['GameState', gameState],
  ['GameEnded', gameEnded],
  ['GameResult', gameResult],
  ['GameOption', hostOption('GameOption')],
  ['PlayerOption', hostOption('PlayerOption')],
  ['ClearSlot', hostOption('ClearSlot')],
  ['GameMods', hostOption('GameMods')],
  // Of places that nobody of ours has.
  ['AIOption', ({ game }) => ignored(game)],
  ['IceMsg', iceMessage],
]);

function gameState(turn: Turn): Step {
  switch (turn.args[0]) {
    case 'Idle':
      return idle(turn);
    case 'Lobby':
      return turn.isHost ? hostInLobby(turn) : guestInLobby(turn);
    case 'Launching':
      return launching(turn);
    case 'Ended':
      return leave(turn.game, turn.member.person.id, 'left');
    default:
      return ignored(turn.game);
  }
}

function idle({ game, member, isHost }: Turn): Step {
  if (member.phase !== 'starting') return ignored(game);
  const running = withMember(game, { ...member, phase: 'idle' });
  return taken(isHost ? { ...running, state: 'lobby' } : running);
}

function hostInLobby({ game, member }: Turn): Step {
  if (game.state !== 'lobby') return ignored(game);
  const open: ExternalRecord = { ...game, state: 'open' };
  return {
    ...taken(withMember(open, { ...member, phase: 'connected' })),
    told: [{ to: member.person.id, signal: { kind: 'host', map: game.map } }],
    isVisible: true,
  };
}

/**
 * The host is first, then the other peers in the order in which they came. A program that is in the
 * lobby runs, whether it has said so or not.
 */
function guestInLobby({ game, member }: Turn): Step {
  if (game.state !== 'open' || member.phase === 'connected') return ignored(game);
  const guest = member.person;
  const { host } = game;
  const peers = connected(game).filter(({ person }) => person.id !== host.id);
  const told: Told[] = [
    { to: guest.id, signal: { kind: 'join', host } },
    { to: host.id, signal: { kind: 'connect', peer: guest, offer: true } },
  ];
  for (const { person: peer } of peers) {
    told.push({ to: guest.id, signal: { kind: 'connect', peer, offer: true } });
    told.push({ to: peer.id, signal: { kind: 'connect', peer: guest, offer: false } });
  }
  const isIn = withMember(game, { ...member, phase: 'connected' });
  return { ...taken(isIn), told, isVisible: true };
}

/** Who has no place plays all the same when the host gave none to anybody. */
function launching({ game, isHost, nowMs }: Turn): Step {
  if (!isHost || game.state !== 'open') return ignored(game);
  const withPlace = placed(game);
  const seats = (withPlace.length === 0 ? connected(game) : withPlace)
    .map(({ person }) => ({ person, place: game.places.get(person.id) ?? {} }))
    .filter(({ place }) => place.army === undefined || place.army >= 0);
  const launched: ExternalRecord = { ...game, state: 'playing', launch: { atMs: nowMs, seats } };
  return { ...taken(launched), isVisible: true };
}

function gameEnded({ game, member }: Turn): Step {
  if (game.state !== 'playing' || member.phase !== 'connected') return ignored(game);
  const after = closedWhenOver(withMember(game, { ...member, hasEnded: true }));
  return { ...taken(after), isVisible: after.state === 'closed' };
}

function gameResult({ game, member, args }: Turn): Step {
  const playerId = member.person.id;
  const isPlayer = game.launch?.seats.some(({ person }) => person.id === playerId) === true;
  const report = parseResult(args[0], args[1]);
  if (game.state !== 'playing' || !isPlayer || report === undefined) return ignored(game);
  const before = game.reports.get(playerId) ?? [];
  const after = withReport(before, report, limits.externalArmiesMax);
  return taken({ ...game, reports: new Map(game.reports).set(playerId, after) });
}

function hostOption(command: 'GameOption' | 'PlayerOption' | 'ClearSlot' | 'GameMods') {
  return ({ game, isHost, args }: Turn): Step => {
    if (!isHost || (game.state !== 'open' && game.state !== 'lobby')) return ignored(game);
    const after = optionOf(game, command, args);
    if (after === game) return ignored(game);
    return { ...taken(after), isVisible: game.state === 'open' };
  };
}

/** What is said for another game, or too much, reaches nobody. */
function iceMessage({ game, member, args: [toId, payload] }: Turn): Step {
  const to = typeof toId === 'string' ? memberOf(game, toId) : undefined;
  const isBetween =
    to !== undefined &&
    to !== member &&
    to.phase === 'connected' &&
    member.phase === 'connected' &&
    (game.state === 'open' || game.state === 'playing');
  if (!isBetween || !isSmall(payload)) return ignored(game);
  const signal: ExternalSignal = { kind: 'ice', from: member.person, payload };
  return { ...taken(game), told: [{ to: to.person.id, signal }] };
}

const isSmall = (payload: unknown): boolean =>
  payload !== undefined && JSON.stringify(payload).length <= limits.externalIceCharactersMax;

function closedWhenOver(game: ExternalRecord): ExternalRecord {
  return connected(game).every(({ hasEnded }) => hasEnded) ? { ...game, state: 'closed' } : game;
}

const withMember = (game: ExternalRecord, member: ExternalMember): ExternalRecord => ({
  ...game,
  members: game.members.map((one) => (one.person.id === member.person.id ? member : one)),
});

const none = { told: [], gone: [], isVisible: false } as const;
const taken = (game: ExternalRecord): Step => ({ ...none, game, outcome: 'taken' });
const ignored = (game: ExternalRecord): Step => ({ ...none, game, outcome: 'ignored' });
