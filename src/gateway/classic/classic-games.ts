// Games as the classic wire names them: by small numbers, from 1. Rock, paper, scissors is number 1
// and called RPS, because the older clients know no other; the rest follow in the server's order
// under their own names.

import type { GameInfo } from '../../contract/schema.ts';

export interface ClassicGame {
  readonly id: number;
  /** On this wire. */
  readonly name: string;
  /** On the platform. */
  readonly game: string;
}

const rps = 'rps';

export function classicGames(infos: readonly GameInfo[]): readonly ClassicGame[] {
  const games = infos.map(({ name }) => name);
  const ordered = [
    ...games.filter((game) => game === rps),
    ...games.filter((game) => game !== rps),
  ];
  return ordered.map((game, at) => ({
    id: at + 1,
    name: game === rps ? 'RPS' : game,
    game,
  }));
}

/** By number first, as the older server did; names match without regard to case. */
export function findClassicGame(
  games: readonly ClassicGame[],
  id: string | undefined,
  name: string | undefined,
): ClassicGame | undefined {
  const byId = id === undefined ? undefined : games.find((game) => String(game.id) === id);
  const lower = name?.toLowerCase();
  return byId ?? games.find((game) => game.name.toLowerCase() === lower);
}
