// What the host of an external game may set before the launch: the title, the map, the number of
// places, who has which of them, the mods. An option that is unknown, or has no sense, changes
// nothing.

import { contractLimits as limits } from '../../contract/limits.ts';
import { type ExternalRecord, memberOf, type Place } from './external-game.ts';

/** The same record when nothing has changed. */
export function optionOf(
  game: ExternalRecord,
  command: 'GameOption' | 'PlayerOption' | 'ClearSlot' | 'GameMods',
  args: readonly unknown[],
): ExternalRecord {
  switch (command) {
    case 'GameOption':
      return gameOption(game, args);
    case 'PlayerOption':
      return playerOption(game, args);
    case 'ClearSlot':
      return clearSlot(game, args);
    case 'GameMods':
      return gameMods(game, args);
    default:
      return command satisfies never;
  }
}

function gameOption(game: ExternalRecord, [key, value]: readonly unknown[]): ExternalRecord {
  switch (key) {
    case 'Title':
      return isPrintable(value, limits.externalTitleCharactersMax)
        ? { ...game, title: value }
        : game;
    case 'ScenarioFile': {
      const map = typeof value === 'string' ? folderOf(value) : undefined;
      return isPrintable(map, limits.externalNameCharactersMax) ? { ...game, map } : game;
    }
    case 'Slots': {
      const places = integer(value);
      const fits = places !== undefined && places >= 1 && places <= limits.externalMembersMax;
      return fits ? { ...game, playersMax: places } : game;
    }
    default:
      return game;
  }
}

/** `/maps/scmp_009/scmp_009_scenario.lua`: the folder that the file is in. */
const folderOf = (path: string): string | undefined =>
  path
    .slice(0, 512)
    .split(/[\\/]+/)
    .at(-2);

const placeKeys: Readonly<Record<string, keyof Place>> = {
  Team: 'team',
  Army: 'army',
  StartSpot: 'startSpot',
};

function playerOption(
  game: ExternalRecord,
  [playerId, key, value]: readonly unknown[],
): ExternalRecord {
  if (typeof playerId !== 'string' || typeof key !== 'string') return game;
  if (memberOf(game, playerId) === undefined) return game;
  const place = game.places.get(playerId) ?? {};
  const name = Object.hasOwn(placeKeys, key) ? placeKeys[key] : undefined;
  const number = integer(value);
  if (name !== undefined && number === undefined) return game;
  // Any option at all says that the player has a place.
  const after = name === undefined ? place : { ...place, [name]: number };
  return { ...game, places: new Map(game.places).set(playerId, after) };
}

function clearSlot(game: ExternalRecord, [slot]: readonly unknown[]): ExternalRecord {
  const spot = integer(slot);
  const kept = [...game.places].filter(([, { startSpot }]) => startSpot !== spot);
  if (spot === undefined || kept.length === game.places.size) return game;
  return { ...game, places: new Map(kept) };
}

function gameMods(game: ExternalRecord, [what, value]: readonly unknown[]): ExternalRecord {
  if (what === 'activated' && integer(value) === 0) return { ...game, mods: [] };
  if (what !== 'uids' || typeof value !== 'string') return game;
  const ids = value.split(/\s+/).filter((id) => isPrintable(id, limits.externalNameCharactersMax));
  return { ...game, mods: [...new Set(ids)].slice(0, limits.externalModsMax) };
}

function integer(value: unknown): number | undefined {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  return typeof number === 'number' && Number.isSafeInteger(number) ? number : undefined;
}

const isPrintable = (text: unknown, charactersMax: number): text is string =>
  typeof text === 'string' &&
  text.length <= charactersMax &&
  /^[ -~]*$/.test(text) &&
  text.trim() !== '';
