// The same histories as in `src/domain/chat/block-matrix.test.ts`, over the sockets of one running
// server, each session on a wire of its own choice: what the platform keeps from somebody, no
// gateway gives away, and what it tells them, none swallows.
//
// A history that fails is named at once, by its seed and path. With both in PAPERCLIP_SEED and
// PAPERCLIP_PATH this looks for a shorter one, which takes minutes.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { histories } from './history.ts';
import { playHistory } from './play-history.ts';
import { realWorld } from './real-world.ts';

/** Always the same ones, so that this fails when the code has changed and not when luck has. */
const seed = Number(process.env['PAPERCLIP_SEED'] ?? 1);
const path = process.env['PAPERCLIP_PATH'];
const again = path === undefined ? { endOnFailure: true } : { path };

test('over every wire everybody gets what blocks leave them, and nothing else', async () => {
  let done = 0;
  await fc.assert(
    fc.asyncProperty(histories(240, 160), async (history) => {
      const world = await realWorld();
      try {
        done += await playHistory(world, history);
      } finally {
        await world.close();
      }
    }),
    { numRuns: 8, seed, ...again },
  );
  assert.ok(path !== undefined || done > 400, `only ${done} actions: hardly a history`);
});
