// The numbers of external games in SQL.

import type { ExternalStore } from '../domain/external/external-store.ts';
import type { Database } from './database.ts';

export function externalStore({ db }: Database): ExternalStore {
  return {
    async takeNumber() {
      const { value } = await db
        .insertInto('counters')
        .values({ name: 'external games', value: 1 })
        .onConflict((conflict) =>
          conflict.column('name').doUpdateSet(({ eb, ref }) => ({
            value: eb(ref('counters.value'), '+', 1),
          })),
        )
        .returning('value')
        .executeTakeFirstOrThrow();
      return value;
    },
  };
}
