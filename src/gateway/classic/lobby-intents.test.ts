// Which lobby a player means, and how many players that is kept of.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { companionLimits } from './companion-limits.ts';
import { LobbyIntents } from './lobby-intents.ts';

test('the last wish counts, and the oldest is forgotten first', () => {
  const intents = new LobbyIntents();
  const asker = (number: number) => ({
    ...{ number, playerId: `p${number}` },
    call: () => assert.fail('nobody asked'),
  });
  assert.equal(intents.of(1), undefined);
  const last = companionLimits.lobbyIntentsMax;
  for (let number = 1; number <= last; number++) intents.set(asker(number), 'l1');
  intents.set(asker(1), 'l2');
  assert.equal(intents.of(1), 'l2');
  intents.set(asker(last + 1), 'l3');
  assert.equal(intents.of(1), 'l2');
  assert.equal(intents.of(2), undefined);
  assert.equal(intents.of(last + 1), 'l3');
});
