// Whoever blocks whom, befriends, writes, comes and goes in whatever order and over whatever wires:
// nobody gets what a block forbids, and nobody misses what it does not. A failing run prints its
// seed and its shortest history.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { histories } from '../../../test/people/history.ts';
import { platformWire } from '../../../test/people/platform-wire.ts';
import { playHistory } from '../../../test/people/play-history.ts';

test('everybody gets what the rules of blocks leave them, and nothing else', async () => {
  let done = 0;
  await fc.assert(
    fc.asyncProperty(histories(150), async (history) => {
      const wire = await platformWire();
      try {
        done += await playHistory(wire, history);
      } finally {
        await wire.close();
      }
    }),
    { numRuns: 40 },
  );
  assert.ok(done > 1000, `only ${done} actions: hardly a history`);
});
