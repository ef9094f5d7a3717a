// One game that the platform does not run, as a record: what its host said of it, who is in it, and
// how far their programs are. How it changes is in `wiring.ts`; here is how it looks to others.

import type { ExternalGame } from '../../contract/external-schema.ts';
import { contractLimits as limits } from '../../contract/limits.ts';
import type { Person } from '../../contract/people-schema.ts';
import type { Lobby } from '../../contract/schema.ts';
import { timestamp } from '../ids.ts';
import type { ArmyReport } from './results.ts';

export interface ExternalMember {
  readonly person: Person;
  /** The one session whose connection leads to the player's program. */
  readonly sessionId: string;
  /**
   * `starting` until the program says that it runs, `connected` once it is in the host's lobby and
   * in the net of peers.
   */
  readonly phase: 'starting' | 'idle' | 'connected';
  /** The program has said that its game is over. */
  readonly hasEnded: boolean;
}

/** What the host has set for a player; who has none of it has no place yet. */
export interface Place {
  readonly team?: number;
  /** Negative: only watches. */
  readonly army?: number;
  readonly startSpot?: number;
}

/** Who plays, as it was when the host launched. */
export interface ExternalSeat {
  readonly person: Person;
  readonly place: Place;
}

export interface ExternalRecord {
  readonly number: number;
  readonly title: string;
  readonly mod: string;
  readonly map: string;
  readonly visibility: 'public' | 'friends';
  readonly passwordDigest?: string;
  readonly ratingMin?: number;
  readonly ratingMax?: number;
  readonly enforceRatingRange: boolean;
  /** `lobby`: the host's program runs; `open`: others can join. */
  readonly state: 'starting' | 'lobby' | 'open' | 'playing' | 'closed';
  readonly host: Person;
  /** In the order in which they came. */
  readonly members: readonly ExternalMember[];
  readonly places: ReadonlyMap<string, Place>;
  readonly playersMax: number;
  readonly mods: readonly string[];
  readonly hostedAtMs: number;
  readonly launch?: { readonly atMs: number; readonly seats: readonly ExternalSeat[] };
  /** By who said it. */
  readonly reports: ReadonlyMap<string, readonly ArmyReport[]>;
}

export const memberOf = (game: ExternalRecord, playerId: string): ExternalMember | undefined =>
  game.members.find(({ person }) => person.id === playerId);

export const connected = (game: ExternalRecord): readonly ExternalMember[] =>
  game.members.filter(({ phase }) => phase === 'connected');

export const placed = (game: ExternalRecord): readonly ExternalMember[] =>
  connected(game).filter(({ person }) => game.places.has(person.id));

export const isListed = ({ state }: ExternalRecord): boolean =>
  state === 'open' || state === 'playing';

export function externalView(game: ExternalRecord): ExternalGame {
  const players = placed(game).map(({ person }) => {
    const team = game.places.get(person.id)?.team;
    return { player: person, ...(team === undefined ? {} : { team }) };
  });
  const places = game.launch?.seats.map(({ place }) => place) ?? players;
  const teams = new Set(places.flatMap(({ team }) => team ?? []));
  return {
    number: game.number,
    title: game.title,
    mod: game.mod,
    map: game.map,
    visibility: game.visibility,
    hasPassword: game.passwordDigest !== undefined,
    ...(game.ratingMin === undefined ? {} : { ratingMin: game.ratingMin }),
    ...(game.ratingMax === undefined ? {} : { ratingMax: game.ratingMax }),
    enforceRatingRange: game.enforceRatingRange,
    state: game.state === 'lobby' ? 'starting' : game.state,
    host: game.host,
    players,
    teams: [...teams].sort((a, b) => a - b),
    playersMax: game.playersMax,
    mods: [...game.mods],
    hostedAt: timestamp(game.hostedAtMs),
    ...(game.launch === undefined ? {} : { launchedAt: timestamp(game.launch.atMs) }),
  };
}

/** Of ids of lobbies, and of names of games, that no lobby or game of the server's own has. */
export const externalPrefix = 'external-';

export const externalLobbyId = (number: number): string => `${externalPrefix}${number}`;

/** The number in such an id. */
export function externalNumberOf(lobbyId: string): number | undefined {
  const digits = lobbyId.startsWith(externalPrefix) ? lobbyId.slice(externalPrefix.length) : '';
  return /^[1-9][0-9]{0,9}$/.test(digits) ? Number(digits) : undefined;
}

/** What stands for the game where games have names: no game of the server's own has it. */
export function externalGameName(mod: string): string {
  const letters = mod.toLowerCase().replace(/[^a-z0-9]+/g, '-');
  return `${externalPrefix}${letters}`.slice(0, 32);
}

/** As lobbies are listed. */
export function externalLobby(game: ExternalRecord): Lobby {
  const { number, title, mod, map } = game;
  return {
    id: externalLobbyId(number),
    kind: 'external',
    game: externalGameName(mod),
    state: game.state === 'playing' ? 'playing' : 'open',
    private: game.visibility !== 'public',
    ownerId: game.host.id,
    members: game.members.map(({ person, phase }, seat) => ({
      playerId: person.id,
      name: person.name,
      kind: person.kind,
      seat,
      ready: phase === 'connected',
    })),
    playersMin: 1,
    playersMax: Math.min(game.playersMax, limits.externalMembersMax),
    settings: { number, title, mod, map, hasPassword: game.passwordDigest !== undefined },
    createdAt: timestamp(game.hostedAtMs),
  };
}
