// Which game is meant when none is named: the only one, or one has to be.

import type { Visitor } from '../../client/index.ts';
import { UsageError } from './usage.ts';

export async function gameNameOf(typed: string | undefined, server: Visitor): Promise<string> {
  if (typed !== undefined) return typed;
  const { games } = await server.call('game.list');
  const [first, ...more] = games;
  if (first !== undefined && more.length === 0) return first.name;
  const names = games.map(({ name }) => name).join(', ');
  throw new UsageError(`Name a game; the server has: ${names === '' ? 'none' : names}.`);
}
