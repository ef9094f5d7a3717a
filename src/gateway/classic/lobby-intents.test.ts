// Which lobby a player means, and how many players that is kept of.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { companionLimits } from './companion-limits.ts';
import { LobbyIntents } from './lobby-intents.ts';

test('the last wish counts, and the oldest is forgotten first', () => {
  const intents = new LobbyIntents();
  assert.equal(intents.of('p0'), undefined);
  for (let i = 0; i < companionLimits.lobbyIntentsMax; i++) intents.set(`p${i}`, 'l1');
  intents.set('p0', 'l2');
  assert.equal(intents.of('p0'), 'l2');
  intents.set('another', 'l3');
  assert.equal(intents.of('p0'), 'l2');
  assert.equal(intents.of('p1'), undefined);
  assert.equal(intents.of('another'), 'l3');
});
