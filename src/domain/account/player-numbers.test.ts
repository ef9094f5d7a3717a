// Numbers as a wire asks for them.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { contractLimits as limits } from '../../contract/limits.ts';
import { refused } from '../rejects.fixture.ts';
import { testPlatform } from '../test-platform.fixture.ts';

test('players have numbers, which stay over a restart', async (t) => {
  const world = await testPlatform();
  t.after(() => world.close());
  const [ada, bob] = [await world.register('Ada'), await world.register('Bob')];
  const ids = [bob.player.id, ada.player.id, bob.player.id, 'nobody'];
  const first = await ada.call('player.numbers', { players: ids });
  const owners = first.numbers.map(({ playerId }) => playerId);
  assert.deepEqual(owners, ids.slice(0, 2));
  assert.deepEqual(await ada.call('player.numbers', { players: ids }), first);
  const again = await world.restart();
  const cyd = await again.register('Cyd');
  const later = await cyd.call('player.numbers', { players: [...ids, cyd.player.id] });
  assert.deepEqual(later.numbers.slice(0, 2), first.numbers);
  assert.equal(new Set(later.numbers.map(({ number }) => number)).size, 3);
  for (const { playerId, number } of later.numbers) {
    assert.equal((await cyd.call('player.by-number', { number })).id, playerId);
  }
  await again.platform.close();
});

test('a number that nobody has, and more players than one command takes', async (t) => {
  const world = await testPlatform();
  t.after(() => world.close());
  const ada = await world.register('Ada');
  await refused(ada.call('player.by-number', { number: 77 }), 'PLAYER_NOT_FOUND');
  const players = new Array<string>(limits.playerNumbersAtOnceMax + 1).fill('x');
  await refused(ada.call('player.numbers', { players }), 'BAD_REQUEST');
});
