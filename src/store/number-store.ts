// Numbers of players in SQL.

import type { NumberStore } from '../domain/account/account-store.ts';
import type { Database } from './database.ts';

export function numberStore({ db, batch }: Database): NumberStore {
  return {
    async ofPlayers(playerIds) {
      if (playerIds.length === 0) return [];
      const given = db
        .insertInto('player_numbers')
        .columns(['player_id'])
        .expression(
          db
            .selectFrom('players')
            .select('id')
            .where('id', 'in', playerIds)
            .where('id', 'not in', db.selectFrom('player_numbers').select('player_id'))
            .orderBy('created_at_ms')
            .orderBy('id'),
        );
      await batch([{ query: given }]);
      const rows = await db
        .selectFrom('player_numbers')
        .selectAll()
        .where('player_id', 'in', playerIds)
        .execute();
      return rows.map((row) => ({ playerId: row.player_id, number: row.number }));
    },
    async playerOf(number) {
      const row = await db
        .selectFrom('player_numbers')
        .select('player_id')
        .where('number', '=', number)
        .executeTakeFirst();
      return row?.player_id;
    },
  };
}
