// What every store must do for games that the platform does not run, run by each implementation's
// test: one line, one action, its result.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Store } from '../domain/store.ts';
import type { StoreUnderTest } from './store.suite.ts';

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
}
