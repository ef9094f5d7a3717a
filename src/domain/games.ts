// The games that a server runs, by name; what a player can know of them, and the check of a lobby's
// settings against a game.

import type { Json } from '../base/json.ts';
import { PaperclipError } from '../contract/errors.ts';
import type { GameInfo } from '../contract/schema.ts';
import type { Game } from '../game/define-game.ts';
import { externalPrefix } from './external/external-game.ts';

export class GameCatalog {
  readonly #games: ReadonlyMap<string, Game>;
  readonly #infos: readonly GameInfo[];

  constructor(games: readonly Game[]) {
    const byName = new Map<string, Game>();
    for (const game of games) {
      if (byName.has(game.name)) throw new TypeError(`two games have the name ${game.name}`);
      if (game.name.startsWith(externalPrefix)) {
        throw new TypeError(
          `${game.name}: names in ${externalPrefix} are of games of other programs`,
        );
      }
      byName.set(game.name, game);
    }
    this.#games = byName;
    this.#infos = games.map(infoOf);
  }

  get all(): readonly Game[] {
    return [...this.#games.values()];
  }

  get infos(): readonly GameInfo[] {
    return this.#infos;
  }

  find(name: string): Game | undefined {
    return this.#games.get(name);
  }

  /** Throws GAME_NOT_FOUND. */
  get(name: string): Game {
    const game = this.#games.get(name);
    if (game !== undefined) return game;
    const games = [...this.#games.keys()].join(', ') || 'none';
    throw new PaperclipError('GAME_NOT_FOUND', { game: name, games });
  }

  /** The settings with their defaults. Throws BAD_SETTINGS that names the field. */
  settings(game: Game, wish: unknown): Json {
    const checked = game.checkSettings(wish);
    if (checked.ok) return checked.value.value;
    const { field, message } = checked.error;
    throw new PaperclipError('BAD_SETTINGS', {
      field: field === undefined ? 'settings' : `settings.${field}`,
      problem: message.replace(/\.$/, ''),
    });
  }
}

function infoOf(game: Game): GameInfo {
  return {
    name: game.name,
    title: game.title,
    version: game.version,
    players: { min: game.players.min, max: game.players.max },
    ...(game.tickHz === undefined ? {} : { tickHz: game.tickHz }),
    hasBot: game.bot !== undefined,
    ...(game.dropIn === undefined ? {} : { hasOpenRounds: true }),
    input: game.input,
    settings: game.settings,
  };
}
