// Leaderboards in SQL. The order is by wins, fewest losses, name; the conditions below are that
// order spelled out, because its directions differ.

import type { ExpressionBuilder } from 'kysely';
import type { RatingKey, RatingStore } from '../domain/rating/rating-store.ts';
import type { Database } from './database.ts';
import type { PlayersTable, RatingsTable } from './schema.ts';

interface Joined {
  r: RatingsTable;
  p: PlayersTable;
}

export function ratingStore({ db }: Database): RatingStore {
  const ofGame = (game: string) =>
    db
      .selectFrom('ratings as r')
      .innerJoin('players as p', 'p.id', 'r.player_id')
      .where('r.game', '=', game);

  return {
    async page(game, after, limit) {
      const rows = await ofGame(game)
        .select([
          'p.id as playerId',
          'p.name as name',
          'p.name_key as nameKey',
          'r.wins as wins',
          'r.losses as losses',
          'r.draws as draws',
          'r.bot_wins as botWins',
          'r.bot_losses as botLosses',
        ])
        .$if(after !== undefined, (all) => all.where((eb) => stands(eb, '>', after ?? [0, 0, ''])))
        .orderBy('r.wins', 'desc')
        .orderBy('r.losses')
        .orderBy('p.name_key')
        .limit(limit)
        .execute();
      return rows;
    },
    async countBefore(game, key) {
      const [wins, losses] = key;
      const count = (eb: ExpressionBuilder<Joined, 'r' | 'p'>) =>
        eb.fn.countAll<number>().as('count');
      const [inOrder, better] = await Promise.all([
        ofGame(game)
          .where((eb) => stands(eb, '<', key))
          .select(count)
          .executeTakeFirstOrThrow(),
        ofGame(game)
          .where((eb) =>
            eb.or([
              eb('r.wins', '>', wins),
              eb.and([eb('r.wins', '=', wins), eb('r.losses', '<', losses)]),
            ]),
          )
          .select(count)
          .executeTakeFirstOrThrow(),
      ]);
      return { inOrder: Number(inOrder.count), better: Number(better.count) };
    },
  };
}

/** Whether a row stands before (<) or behind (>) the key. */
function stands(
  eb: ExpressionBuilder<Joined, 'r' | 'p'>,
  side: '<' | '>',
  [wins, losses, nameKey]: RatingKey,
) {
  const fewerWins = side === '>' ? '<' : '>';
  const sameWins = eb('r.wins', '=', wins);
  return eb.or([
    eb('r.wins', fewerWins, wins),
    eb.and([sameWins, eb('r.losses', side, losses)]),
    eb.and([sameWins, eb('r.losses', '=', losses), eb('p.name_key', side, nameKey)]),
  ]);
}
