// A few rounds of what `scripts/crash-test.ts` does a hundred times.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { crashRounds } from './crash-rounds.ts';

test('nothing acknowledged is lost when the server is killed under load', {
  timeout: 120_000,
}, async () => {
  const { players, matches, places } = await crashRounds({ rounds: 5, seed: 7, loadMsMax: 4000 });
  assert.ok(players > 20 && places > 0, `${players} players, ${places} places: hardly a load`);
  assert.ok(matches > 0, 'no match ended in all rounds');
});
