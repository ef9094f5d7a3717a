// Who is there, which games there are, and whom one likes, as a server of the lobby protocol tells
// it: first whole lists, then what changes. Who goes offline and what is closed is forgotten.

import type { LobbyClientLimits } from './lobby-client-limits.ts';
import {
  gameOf,
  idsOf,
  type LobbyGame,
  type LobbyMessage,
  type LobbyPlayer,
  listOf,
  playerOf,
  textOf,
} from './lobby-messages.ts';

export interface PlayersChange {
  readonly came: readonly LobbyPlayer[];
  /** As they are now. */
  readonly changed: readonly LobbyPlayer[];
  /** Offline now. */
  readonly gone: readonly LobbyPlayer[];
}

export interface GamesChange {
  readonly changed: readonly LobbyGame[];
  /** Closed now. */
  readonly gone: readonly LobbyGame[];
}

/** For reading. */
export type LobbyPicture = Pick<
  LobbyView,
  'players' | 'games' | 'friends' | 'foes' | 'playerNamed'
>;

export class LobbyView {
  readonly #limits: Pick<LobbyClientLimits, 'playersMax' | 'gamesMax'>;
  readonly #players = new Map<number, LobbyPlayer>();
  readonly #games = new Map<number, LobbyGame>();
  #friends: ReadonlySet<number> = new Set();
  #foes: ReadonlySet<number> = new Set();

  constructor(limits: Pick<LobbyClientLimits, 'playersMax' | 'gamesMax'>) {
    this.#limits = limits;
  }

  /** By id. */
  get players(): ReadonlyMap<number, LobbyPlayer> {
    return this.#players;
  }

  /** By uid. */
  get games(): ReadonlyMap<number, LobbyGame> {
    return this.#games;
  }

  get friends(): ReadonlySet<number> {
    return this.#friends;
  }

  get foes(): ReadonlySet<number> {
    return this.#foes;
  }

  playerNamed(login: string): LobbyPlayer | undefined {
    for (const player of this.#players.values()) if (player.login === login) return player;
    return undefined;
  }

  /** A `player_info`. Old servers also send one player, without a list around it. */
  handlePlayers(message: LobbyMessage): PlayersChange {
    const rows = Object.hasOwn(message, 'players') ? listOf(message, 'players') : [message];
    const came: LobbyPlayer[] = [];
    const changed: LobbyPlayer[] = [];
    const gone: LobbyPlayer[] = [];
    for (const player of rows.flatMap((row) => playerOf(row) ?? [])) {
      const isKnown = this.#players.has(player.id);
      if (textOf(player.fields, 'state') === 'offline') {
        gone.push(player);
        this.#players.delete(player.id);
      } else {
        (isKnown ? changed : came).push(player);
        keep(this.#players, player.id, player, this.#limits.playersMax);
      }
    }
    return { came, changed, gone };
  }

  /** A `game_info`: all that there are, or one that has changed. */
  handleGames(message: LobbyMessage): GamesChange {
    const isList = Object.hasOwn(message, 'games');
    const rows = isList ? listOf(message, 'games') : [message];
    const games = rows.flatMap((row) => gameOf(row) ?? []);
    const before = isList ? new Map(this.#games) : undefined;
    if (isList) this.#games.clear();
    for (const game of games) {
      before?.delete(game.uid);
      if (game.state === 'closed') this.#games.delete(game.uid);
      else keep(this.#games, game.uid, game, this.#limits.gamesMax);
    }
    return {
      changed: games.filter(({ state }) => state !== 'closed'),
      gone: [...games.filter(({ state }) => state === 'closed'), ...(before?.values() ?? [])],
    };
  }

  /** A `social`. */
  handleSocial(message: LobbyMessage): void {
    this.#friends = new Set(idsOf(message, 'friends'));
    this.#foes = new Set(idsOf(message, 'foes'));
  }

  /** What was asked for; the server does not answer. */
  setRelation(id: number, relation: 'friend' | 'foe', isOn: boolean): void {
    const after = new Set(relation === 'friend' ? this.#friends : this.#foes);
    if (isOn) after.add(id);
    else after.delete(id);
    if (relation === 'friend') this.#friends = after;
    else this.#foes = after;
  }
}

function keep<Value>(map: Map<number, Value>, key: number, value: Value, max: number): void {
  if (map.has(key) || map.size < max) map.set(key, value);
}
