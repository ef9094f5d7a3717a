// Finds the games in folders and loads them, so that no game is named in the server. A folder holds
// `NAME/rules.ts` (or .js), or files `NAME.ts` that call `defineGame`; a path may also be one such
// file or one game's own folder. Anything that is found and cannot be used is an error with its
// file.

import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type Game, isGame } from '../../game/index.ts';
import { importGame } from '../import-game.ts';
import { ConfigError } from './config-error.ts';

/** Throws a `ConfigError`. The games come in the order of the folders and of the file names. */
export async function loadGames(folders: readonly string[]): Promise<readonly Game[]> {
  const fileOf = new Map<string, string>();
  const games = new Set<Game>();
  for (const file of folders.flatMap(gameFiles)) {
    for (const game of await gamesOf(file)) {
      // A module may export what it took from another one that is loaded too.
      if (games.has(game)) continue;
      const other = fileOf.get(game.name);
      if (other !== undefined) {
        throw new ConfigError(
          `Two games are called ${game.name}: one in ${other}, one in ${file}. Rename one.`,
        );
      }
      fileOf.set(game.name, file);
      games.add(game);
    }
  }
  return [...games];
}

function gameFiles(folder: string): readonly string[] {
  const path = resolve(folder);
  const kind = kindOf(path);
  if (kind === undefined) {
    throw new ConfigError(`There is no folder of games ${path}. Give one with --games FOLDER.`);
  }
  if (kind === 'file') return [path];
  const rules = rulesIn(path);
  if (rules !== undefined) return [rules];
  const files = readdirSync(path)
    .toSorted()
    .flatMap((name) => gameFileAt(join(path, name)) ?? []);
  if (files.length > 0) return files;
  throw new ConfigError(
    `There is no game in ${path}. A game is NAME/rules.ts, or NAME.ts with \`defineGame\`.`,
  );
}

function gameFileAt(path: string): string | undefined {
  const kind = kindOf(path);
  if (kind === 'folder') return rulesIn(path);
  if (kind === undefined || !/\.(ts|js|mts|mjs)$/.test(path)) return undefined;
  if (/\.(d|test|spec)\.m?[tj]s$/.test(path)) return undefined;
  // Loading a file runs it, so a program that happens to lie here must not be loaded.
  return readFileSync(path, 'utf8').includes('defineGame') ? path : undefined;
}

const rulesIn = (folder: string): string | undefined =>
  ['rules.ts', 'rules.js']
    .map((name) => join(folder, name))
    .find((path) => kindOf(path) === 'file');

function kindOf(path: string): 'file' | 'folder' | undefined {
  const stats = statSync(path, { throwIfNoEntry: false });
  return stats?.isFile() ? 'file' : stats?.isDirectory() ? 'folder' : undefined;
}

async function gamesOf(file: string): Promise<readonly Game[]> {
  let module: object;
  try {
    module = await importGame(file);
  } catch (cause) {
    const reason = cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause);
    throw new ConfigError(`The game in ${file} cannot be loaded. ${reason}`);
  }
  const games = Object.values(module).filter(isGame);
  if (games.length > 0) return games;
  throw new ConfigError(`${file} exports no game. Export what \`defineGame\` returns.`);
}
