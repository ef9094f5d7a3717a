// How the list of lobbies says when a match starts, and which of them it offers.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Lobby } from '../../contract/schema.ts';
import { firstToEnter, startText } from './lobbies-command.ts';

test('a timed lobby shows the seconds that are left, never fewer than none', () => {
  const startsAt = '2026-01-31T12:00:10.000Z';
  const inS = (s: number) => startText({ startsAt }, Date.UTC(2026, 0, 31, 12, 0, 10) - s * 1000);
  assert.deepEqual([inS(10), inS(0.4), inS(-5)], ['in 10 s', 'in 1 s', 'in 0 s']);
  assert.equal(startText({}, 0), 'when all are ready');
});

test('a game of other programs says so, and is not offered to enter', () => {
  const external = { kind: 'external', id: 'external-1' } as const;
  assert.equal(startText(external, 0), 'in a program of its own');
  const lobby = (change: object) => ({
    ...{ id: 'l1', game: 'rps', state: 'open', private: false, ownerId: 'p1', members: [] },
    ...{ playersMin: 2, playersMax: 2, settings: {}, createdAt: '2026-01-31T12:00:00.000Z' },
    ...change,
  });
  const lobbies = [lobby(external), lobby({}), lobby({ id: 'l2' })] as readonly Lobby[];
  assert.equal(firstToEnter(lobbies)?.id, 'l1');
  assert.equal(firstToEnter(lobbies.slice(0, 1)), undefined);
});
