// What every store must do for games that the platform does not run, run by each implementation's
// test: one line, one action, its result.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Store } from '../domain/store.ts';
import { matchOf, type StoreUnderTest } from './store.suite.ts';

export function externalStoreSuite(name: string, open: () => Promise<StoreUnderTest>): void {
  const withStore = (behaviour: string, run: (store: Store) => Promise<void>) => {
    test(`${name}: ${behaviour}`, async () => {
      const under = await open();
      try {
        await run(under.store);
      } finally {
        await under.close();
      }
    });
  };

  withStore('numbers of external games begin with 1 and go on', async ({ external }) => {
    const numbers = await Promise.all([1, 2, 3].map(() => external.takeNumber()));
    assert.deepEqual(numbers.sort(), [1, 2, 3]);
    assert.equal(await external.takeNumber(), 4);
  });

  withStore('a match can be stored when it has ended already', async ({ matches }) => {
    const end = { reason: 'outcome', endedAtMs: 20, stateHash: null } as const;
    const match = { ...matchOf('m1', 'Ada', 'Bob'), end };
    await matches.add(match);
    assert.deepEqual(await matches.byId('m1'), match);
    assert.deepEqual(await matches.page({ playerId: 'id-Bob', limit: 9 }), [match]);
    assert.equal(await matches.abandonRunning(30), 0);
    assert.equal(await matches.record('m1'), undefined);
  });
}
