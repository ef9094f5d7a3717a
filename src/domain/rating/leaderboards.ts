// A game's leaderboard: players by wins against people, fewer losses first, then by name. Equal
// wins and losses share a rank, and the rank behind them counts everybody before it (1, 2, 2, 4).
//
// Matches with a bot count apart and move nobody up. It is NOT a skill rating.

import type { LeaderboardRow, MatchSeat } from '../../contract/schema.ts';
import { decodeCursor, pageOf } from '../cursor.ts';
import type { GameCatalog } from '../games.ts';
import type { RatingChange, RatingKey, RatingRow, RatingStore } from './rating-store.ts';

export interface LeaderboardWish {
  readonly game: string;
  readonly limit: number;
  readonly cursor?: string;
}

export class Leaderboards {
  readonly #store: RatingStore;
  readonly #games: GameCatalog;

  constructor(store: RatingStore, games: GameCatalog) {
    this.#store = store;
    this.#games = games;
  }

  async page(wish: LeaderboardWish): Promise<{ rows: LeaderboardRow[]; cursor?: string }> {
    const game = this.#games.get(wish.game).name;
    const after = wish.cursor === undefined ? undefined : keyFrom(wish.cursor);
    const found = await this.#store.page(game, after, wish.limit + 1);
    const { rows, ...next } = pageOf(found, wish.limit, keyOf);
    const first = rows[0];
    if (first === undefined) return { rows: [] };
    const { inOrder, better } = await this.#store.countBefore(game, keyOf(first));
    let rank = better + 1;
    const ranked = rows.map(({ nameKey: _key, ...row }, i) => {
      const above = rows[i - 1];
      const isTie = above === undefined || (above.wins === row.wins && above.losses === row.losses);
      if (!isTie) rank = inOrder + i + 1;
      return { rank, ...row };
    });
    return { rows: ranked, ...next };
  }
}

/** What a match's results change: nothing for a match of one, nor for a draw with a bot. */
export function ratingChanges(seats: readonly MatchSeat[]): readonly RatingChange[] {
  if (seats.length < 2) return [];
  const withBot = seats.some(({ kind }) => kind === 'bot');
  return seats.flatMap(({ playerId, kind, result }): RatingChange[] => {
    if (kind === 'bot' || result === undefined) return [];
    if (result === 'win') return [{ playerId, counts: withBot ? 'botWins' : 'wins' }];
    if (result === 'loss') return [{ playerId, counts: withBot ? 'botLosses' : 'losses' }];
    return withBot ? [] : [{ playerId, counts: 'draws' }];
  });
}

const keyOf = (row: RatingRow): RatingKey => [row.wins, row.losses, row.nameKey];

function keyFrom(cursor: string): RatingKey {
  const [wins, losses, name] = decodeCursor(cursor, ['number', 'number', 'string']);
  return [Number(wins), Number(losses), String(name)];
}
