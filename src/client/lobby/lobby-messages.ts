// What a server of the lobby protocol says, read out of JSON: players, games, a launch. Servers
// differ, and add fields: what is missing or of another type reads as if it were empty, and all
// that came stays in `fields`.
//
// It knows no connection; a message without what makes it one is undefined.

/** A JSON object, as it came. */
export type LobbyMessage = Readonly<Record<string, unknown>>;

export interface LobbyRating {
  readonly mean: number;
  readonly deviation: number;
  readonly games: number;
}

export interface LobbyPlayer {
  readonly id: number;
  readonly login: string;
  readonly country: string;
  /** Empty: none. */
  readonly clan: string;
  /** By leaderboard, such as `global`. */
  readonly ratings: ReadonlyMap<string, LobbyRating>;
  readonly fields: LobbyMessage;
}

export interface LobbyGame {
  readonly uid: number;
  readonly title: string;
  /** `unknown`: one that this client does not know. */
  readonly state: 'open' | 'playing' | 'closed' | 'unknown';
  readonly host: string;
  readonly mod: string;
  readonly map: string;
  readonly players: number;
  readonly playersMax: number;
  readonly isForFriends: boolean;
  readonly hasPassword: boolean;
  /** Logins by team. */
  readonly teams: ReadonlyMap<string, readonly string[]>;
  readonly fields: LobbyMessage;
}

/** The server wants this client to start the program of a game. */
export interface LobbyLaunch {
  readonly uid: number;
  readonly name: string;
  readonly mod: string;
  readonly args: readonly unknown[];
  readonly fields: LobbyMessage;
}

export function messageOf(value: unknown): LobbyMessage | undefined {
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  // Boundary: an object of JSON.
  return isObject ? (value as LobbyMessage) : undefined;
}

export const textOf = (message: LobbyMessage, field: string): string => {
  const value = own(message, field);
  return typeof value === 'string' ? value : '';
};

export const listOf = (message: LobbyMessage, field: string): readonly unknown[] => {
  const value = own(message, field);
  return Array.isArray(value) ? value : [];
};

/** Numbers of players and games; some servers write them as texts. */
export function idOf(value: unknown): number | undefined {
  const id = typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : value;
  return typeof id === 'number' && Number.isSafeInteger(id) ? id : undefined;
}

export const idsOf = (message: LobbyMessage, field: string): readonly number[] =>
  listOf(message, field).flatMap((value) => idOf(value) ?? []);

export function playerOf(value: unknown): LobbyPlayer | undefined {
  const fields = messageOf(value);
  const id = idOf(fields?.['id']);
  if (fields === undefined || id === undefined) return undefined;
  return {
    id,
    login: textOf(fields, 'login'),
    country: textOf(fields, 'country'),
    clan: textOf(fields, 'clan'),
    ratings: ratingsOf(fields),
    fields,
  };
}

export function gameOf(value: unknown): LobbyGame | undefined {
  const fields = messageOf(value);
  const uid = idOf(fields?.['uid']);
  if (fields === undefined || uid === undefined) return undefined;
  return {
    uid,
    title: textOf(fields, 'title'),
    state: stateOf(textOf(fields, 'state')),
    host: textOf(fields, 'host'),
    mod: textOf(fields, 'featured_mod'),
    map: textOf(fields, 'mapname'),
    players: idOf(fields['num_players']) ?? 0,
    playersMax: idOf(fields['max_players']) ?? 0,
    isForFriends: textOf(fields, 'visibility') === 'friends',
    hasPassword: fields['password_protected'] === true,
    teams: teamsOf(fields),
    fields,
  };
}

export function launchOf(fields: LobbyMessage): LobbyLaunch | undefined {
  const uid = idOf(fields['uid']);
  if (uid === undefined) return undefined;
  const [name, mod] = [textOf(fields, 'name'), textOf(fields, 'mod')];
  return { uid, name, mod, args: listOf(fields, 'args'), fields };
}

const own = (message: LobbyMessage, field: string): unknown =>
  Object.hasOwn(message, field) ? message[field] : undefined;

const stateOf = (state: string): LobbyGame['state'] =>
  state === 'open' || state === 'playing' || state === 'closed' ? state : 'unknown';

function ratingsOf(fields: LobbyMessage): LobbyPlayer['ratings'] {
  const rows = Object.entries(messageOf(fields['ratings']) ?? {}).flatMap(([board, value]) => {
    const row = messageOf(value);
    const [mean, deviation] = row === undefined ? [] : listOf(row, 'rating');
    if (typeof mean !== 'number' || typeof deviation !== 'number') return [];
    const games = idOf(row?.['number_of_games']) ?? 0;
    return [[board, { mean, deviation, games }] as const];
  });
  return new Map(rows);
}

function teamsOf(fields: LobbyMessage): LobbyGame['teams'] {
  const rows = Object.entries(messageOf(fields['teams']) ?? {}).map(([team, value]) => {
    const logins: readonly unknown[] = Array.isArray(value) ? value : [];
    return [team, logins.filter((login) => typeof login === 'string')] as const;
  });
  return new Map(rows);
}
