// A few rounds of what `scripts/crash-test.ts` does a hundred times.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { crashRounds } from './crash-rounds.ts';
import { messageRounds } from './message-rounds.ts';

test('nothing acknowledged is lost when the server is killed under load', {
  timeout: 120_000,
}, async () => {
  const { players, matches, places } = await crashRounds({ rounds: 5, seed: 7, loadMsMax: 4000 });
  assert.ok(players > 20 && places > 0, `${players} players, ${places} places: hardly a load`);
  assert.ok(matches > 0, 'no match ended in all rounds');
});

test('messages to who is away arrive once and in order, whenever the server is killed', {
  timeout: 120_000,
}, async () => {
  const sizes = { senders: 8, receivers: 6, messagesEach: 40, killsWhileFetching: 1 };
  const { acknowledged, unsure, delivered } = await messageRounds({ ...sizes, seed: 7 });
  assert.equal(acknowledged + unsure, 8 * 40);
  assert.ok(acknowledged > 200 && delivered >= acknowledged, `${acknowledged}, ${delivered}`);
});
