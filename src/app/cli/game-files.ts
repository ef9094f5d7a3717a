// Finds a game's rules and its screen by name: among the games that come with Paperclip, and in
// the folders of --games. A game is `NAME/rules.ts` (with `NAME/terminal.ts` when it has a screen
// of its own) or one file `NAME.ts`; `.js` and `.mjs` do as well. What else the server takes (a
// file of another name, a path to one game) is taken here, too.

import { stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { type Game, genericScreen, isGame, type TerminalScreen } from '../../game/index.ts';
import { importGame } from '../import-game.ts';
import { ConfigError } from '../server/config-error.ts';
import { loadGames } from '../server/game-loader.ts';
import { UsageError } from './usage.ts';

export interface LocalGame {
  readonly game: Game;
  readonly screen: TerminalScreen;
}

/** The repository has it beside `src`, the built package beside `dist/src`. */
const builtInFolder = join(import.meta.dirname, '../../../games');
const extensions = ['ts', 'js', 'mjs'] as const;
/** A record from a server names a game, too: never let a name be a path. */
const namePattern = /^[a-z0-9-]{1,32}$/;

/** The first folder that has it wins. Throws a `UsageError` when none has it. */
export async function findGame(name: string, folders: readonly string[]): Promise<LocalGame> {
  const looked = [...folders.map((folder) => resolve(folder)), builtInFolder];
  if (namePattern.test(name)) {
    for (const folder of looked) {
      const found = await gameIn(folder, name);
      if (found !== undefined) return found;
    }
    const game = (await loadedFrom(folders)).find((one) => one.name === name);
    if (game !== undefined) return { game, screen: genericScreen(game) };
  }
  throw new UsageError(
    `This machine has no game ${name} (looked in ${looked.join(', ')}). ` +
      'Name the folder that has it with --games.',
  );
}

/** As the server does it: by running what is there. */
async function loadedFrom(folders: readonly string[]): Promise<readonly Game[]> {
  try {
    return await loadGames(folders);
  } catch (cause) {
    if (cause instanceof ConfigError) throw new UsageError(cause.message);
    throw cause;
  }
}

async function gameIn(given: string, name: string): Promise<LocalGame | undefined> {
  const folder = basename(given) === name ? dirname(given) : given;
  const path = (await present(join(folder, name, 'rules'))) ?? (await present(join(folder, name)));
  if (path === undefined) return undefined;
  const game = exportsOf(await importGame(path)).find(isGame);
  if (game?.name !== name) {
    throw new UsageError(`${path} does not export the game ${name} (made with defineGame).`);
  }
  const screenPath = await present(join(folder, name, 'terminal'));
  const screen =
    screenPath === undefined ? undefined : exportsOf(await importGame(screenPath)).find(isScreen);
  return { game, screen: screen ?? genericScreen(game) };
}

async function present(base: string): Promise<string | undefined> {
  for (const extension of extensions) {
    const path = `${base}.${extension}`;
    if ((await stat(path).catch(() => undefined))?.isFile()) return path;
  }
  return undefined;
}

/** The default export first. */
function exportsOf(module: unknown): readonly unknown[] {
  if (typeof module !== 'object' || module === null) return [];
  return 'default' in module ? [module.default, ...Object.values(module)] : Object.values(module);
}

const isScreen = (value: unknown): value is TerminalScreen =>
  typeof value === 'object' && value !== null && 'render' in value && 'choices' in value;
