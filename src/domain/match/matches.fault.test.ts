// Matches and lobbies while the disk is full, hosts die and the clock is set: nobody is stuck in
// what could not be stored.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defineGame, t } from '../../game/define-game.ts';
import { openSqliteStore } from '../../store/open.ts';
import { platformAddress } from '../bus.ts';
import { type FailingStore, failingStore } from '../failing-store.fixture.ts';
import { refused } from '../rejects.fixture.ts';
import {
  brawl,
  duel,
  melee,
  recordOf,
  type TestPlatform,
  type TestPlayer,
  testPlatform,
} from '../test-platform.fixture.ts';
import { VirtualTime } from '../virtual-time.fixture.ts';

const withPlatform = (
  behaviour: string,
  run: (world: TestPlatform, disk: FailingStore) => Promise<void>,
) =>
  test(behaviour, async () => {
    const disk = failingStore(await openSqliteStore({ file: ':memory:' }));
    const world = await testPlatform({ store: disk.store });
    try {
      await run(world, disk);
    } finally {
      await world.close();
    }
  });

interface Started {
  readonly ada: TestPlayer;
  readonly lobbyId: string;
  readonly matchId: string;
}

/** Ada against a bot. */
async function duelWithBot(world: TestPlatform): Promise<Started> {
  const ada = await world.guest('ada');
  const { id: lobbyId } = await ada.call('lobby.create', { game: 'duel', bots: 1 });
  const { matchId } = await ada.call('lobby.ready', { lobbyId, ready: true });
  return { ada, lobbyId, matchId: matchId ?? assert.fail('the match did not start') };
}

withPlatform(
  'a host goes while the disk is full: the match ends when it can',
  async (world, disk) => {
    const { ada, lobbyId, matchId } = await duelWithBot(world);
    disk.fail('matches.end', 4);
    await world.host('h1').gone();
    await world.platform.settled();
    await refused(ada.call('lobby.leave', { lobbyId }), 'LOBBY_STARTED');
    await world.advance(60_000);
    assert.equal(disk.failures, 4);
    assert.equal((await world.anyone('match.get', { matchId })).reason, 'abandoned');
    assert.equal((await ada.call('account.me')).matchId, undefined);
    await ada.call('lobby.leave', { lobbyId });
    await ada.call('lobby.create', { game: 'duel' });
  },
);

withPlatform(
  'an end that could not be stored is one, when host and platform both tell it',
  async (world, disk) => {
    const { matchId, ada } = await duelWithBot(world);
    const { events } = ada.connect();
    disk.fail('matches.end', 2);
    await assert.rejects(world.host('h1').end(matchId));
    await world.host('h1').gone();
    await world.platform.settled();
    await world.host('h1').end(matchId);
    await world.advance(60_000);
    assert.equal((await world.anyone('match.get', { matchId })).reason, 'outcome');
    assert.equal(events.filter(({ event }) => event === 'match.ended').length, 1);
  },
);

withPlatform('a shutdown does not wait for a disk that stays full', async (world, disk) => {
  await duelWithBot(world);
  disk.fail('matches.end');
  await world.host('h1').gone();
  await world.platform.settled();
  await world.platform.close();
  assert.equal(world.time.armedCount, 0, 'no timer is left');
});

withPlatform(
  'a match that cannot be stored does not start, and the lobby can try again',
  async (world, disk) => {
    const ada = await world.guest('ada');
    const { id: lobbyId } = await ada.call('lobby.create', { game: 'duel', bots: 1 });
    disk.fail('matches.add', 1);
    await refused(ada.call('lobby.ready', { lobbyId, ready: true }), 'INTERNAL');
    assert.equal((await ada.call('lobby.get', { lobbyId })).state, 'open');
    // The host runs it all the same, until nobody comes.
    await world.host('h1').end(world.host('h1').started[0]?.matchId ?? '');
    assert.equal((await ada.call('lobby.ready', { lobbyId, ready: true })).state, 'playing');
  },
);

withPlatform('a record that cannot be read ends its match as failed', async (world) => {
  const { lobbyId, matchId, ada } = await duelWithBot(world);
  const record = { ...recordOf(world.host('h1').started[0]!), format: 2 };
  const tell = (hostId: string) =>
    world.bus.request('match.ended', platformAddress, { hostId, record: record as never }, 1000);
  await tell('h2');
  assert.equal((await world.anyone('match.get', { matchId })).state, 'running');
  await tell('h1');
  assert.equal((await world.anyone('match.get', { matchId })).reason, 'failed');
  assert.equal((await ada.call('lobby.get', { lobbyId })).state, 'open');
});

withPlatform(
  'the seat of an absent member is freed when the disk has room again',
  async (world, disk) => {
    const ada = await world.guest('ada');
    const bob = await world.guest('bob');
    const { id: lobbyId } = await ada.call('lobby.create', { game: 'brawl' });
    await bob.call('lobby.join', { lobbyId });
    const { close } = ada.connect();
    disk.fail('lobbies.save', 2);
    await world.advance(61_000);
    assert.equal((await ada.call('lobby.get', { lobbyId })).members.length, 2);
    await world.advance(180_000);
    assert.deepEqual(
      (await ada.call('lobby.get', { lobbyId })).members.map(({ playerId }) => playerId),
      [ada.player.id],
    );
    close();
  },
);

withPlatform('a change of a lobby that cannot be stored has not happened', async (world, disk) => {
  const [ada, bob] = [await world.guest('ada'), await world.guest('bob')];
  const { id: lobbyId } = await ada.call('lobby.create', { game: 'brawl' });
  disk.fail('lobbies.save', 1);
  await refused(bob.call('lobby.join', { lobbyId }), 'INTERNAL');
  disk.fail('lobbies.save', 1);
  await refused(bob.call('lobby.create', { game: 'duel' }), 'INTERNAL');
  await bob.call('lobby.join', { lobbyId });
  disk.fail('lobbies.save', 1);
  await refused(bob.call('lobby.leave', { lobbyId }), 'INTERNAL');
  assert.equal((await ada.call('lobby.get', { lobbyId })).members.length, 2);
  await bob.call('lobby.leave', { lobbyId });
  disk.fail('lobbies.remove', 1);
  await refused(ada.call('lobby.leave', { lobbyId }), 'INTERNAL');
  await ada.call('lobby.leave', { lobbyId });
  assert.deepEqual((await world.anyone('lobby.list')).lobbies, []);
});

test('a host that dies and comes back while a match is stored has it no more', async () => {
  const inner = await openSqliteStore({ file: ':memory:' });
  const add: typeof inner.matches.add = async (match) => {
    await world.host('h1').gone();
    await world.host('h1').announce({ publicKey: 'C'.repeat(43) });
    await inner.matches.add(match);
  };
  const store = { ...inner, matches: { ...inner.matches, add } };
  const world: TestPlatform = await testPlatform({ store });
  const { matchId, ada, lobbyId } = await duelWithBot(world);
  await world.platform.settled();
  assert.equal((await world.anyone('match.get', { matchId })).reason, 'abandoned');
  assert.equal((await ada.call('lobby.get', { lobbyId })).state, 'open');
  await world.close();
});

withPlatform(
  'a host with new keys is another one, though nobody said that the old one went',
  async (world) => {
    const { matchId } = await duelWithBot(world);
    await world.host('h1').announce({ publicKey: 'C'.repeat(43) });
    await world.platform.settled();
    assert.equal((await world.anyone('match.get', { matchId })).reason, 'abandoned');
  },
);

test('a start with other games closes the lobbies that could not play them', async () => {
  const before = await testPlatform();
  const [ada, bob, cyd] = [
    await before.guest('ada'),
    await before.guest('bob'),
    await before.guest('cyd'),
  ];
  await ada.call('lobby.create', { game: 'duel', settings: { rounds: 9 } });
  await bob.call('lobby.create', { game: 'brawl' });
  await cyd.call('lobby.create', { game: 'melee', bots: 1 });
  const shorter = defineGame({
    ...duel,
    settings: t.Object({ rounds: t.Integer({ minimum: 1, maximum: 3, default: 3 }) }),
  });
  const { bot: _, ...botless } = melee;
  const games = [shorter, brawl, defineGame(botless)];
  const after = await testPlatform({ store: before.store, games });
  const { lobbies } = await after.anyone('lobby.list');
  assert.deepEqual(
    lobbies.map(({ game }) => game),
    ['brawl'],
  );
  assert.deepEqual(
    (await after.store.lobbies.all()).map(({ game }) => game),
    ['brawl'],
  );
  await after.close();
});

test('a clock that is set, or a machine that slept, costs no match', async () => {
  const time = new VirtualTime();
  let setByMs = 0;
  const clock = { now: () => time.now() + setByMs };
  const world = await testPlatform({ time, deps: { clock } });
  const { matchId } = await duelWithBot(world);
  const host = world.host('h1');
  for (const byMs of [86_400_000, -86_400_000]) {
    // Over a sweep of the hosts, and before any of them can speak again.
    host.silent = true;
    setByMs = byMs;
    await world.advance(4_000);
    host.silent = false;
    await world.advance(10_000);
  }
  assert.equal((await world.anyone('match.get', { matchId })).state, 'running');
  await world.close();
});
