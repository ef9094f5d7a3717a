// How the list of lobbies says when a match starts.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startText } from './lobbies-command.ts';

test('a timed lobby shows the seconds that are left, never fewer than none', () => {
  const startsAt = '2026-01-31T12:00:10.000Z';
  const inS = (s: number) => startText({ startsAt }, Date.UTC(2026, 0, 31, 12, 0, 10) - s * 1000);
  assert.deepEqual([inS(10), inS(0.4), inS(-5)], ['in 10 s', 'in 1 s', 'in 0 s']);
  assert.equal(startText({}, 0), 'when all are ready');
});
