// Lobbies whose match starts by itself: at their time, with who is there, or not at all.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PlatformEvent } from '../../contract/events.ts';
import { openSqliteStore } from '../../store/open.ts';
import { type FailingStore, failingStore } from '../failing-store.fixture.ts';
import { refused } from '../rejects.fixture.ts';
import { type TestPlatform, testPlatform } from '../test-platform.fixture.ts';

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

const guests = async (world: TestPlatform, count: number) =>
  Promise.all(Array.from({ length: count }, () => world.guest()));

const removals = (events: readonly PlatformEvent[]) =>
  events.flatMap((event) => (event.event === 'lobby.removed' ? [event.data.reason] : []));

const has = (events: readonly PlatformEvent[], name: PlatformEvent['event']) =>
  events.some(({ event }) => event === name);

withPlatform('at its time the match starts with who is there, ready or not', async (world) => {
  const [ada, bob] = await guests(world, 2);
  const { events } = ada!.connect();
  const lobby = await ada!.call('lobby.create', { game: 'brawl', startsInS: 10 });
  assert.equal(lobby.startsAt, new Date(world.time.now() + 10_000).toISOString());
  await bob!.call('lobby.join', { lobbyId: lobby.id });
  await world.advance(9_999);
  assert.equal((await bob!.call('lobby.get', { lobbyId: lobby.id })).state, 'open');
  await world.advance(1);
  const playing = await bob!.call('lobby.get', { lobbyId: lobby.id });
  assert.equal(playing.state, 'playing');
  assert.equal((await ada!.call('account.me')).matchId, playing.matchId);
  assert.deepEqual(
    world.host('h1').started[0]?.seats.map(({ playerId }) => playerId),
    [ada!.player.id, bob!.player.id],
  );
  assert.ok(has(events, 'match.placed'));
});

withPlatform('a full lobby whose members are all ready waits for its time', async (world) => {
  const [ada, bob] = await guests(world, 2);
  const { id: lobbyId } = await ada!.call('lobby.create', { game: 'duel', startsInS: 5 });
  await bob!.call('lobby.join', { lobbyId });
  await ada!.call('lobby.ready', { lobbyId, ready: true });
  const lobby = await bob!.call('lobby.ready', { lobbyId, ready: true });
  assert.equal(lobby.state, 'open');
  await world.advance(5_000);
  assert.equal((await ada!.call('lobby.get', { lobbyId })).state, 'playing');
  await refused(ada!.call('lobby.leave', { lobbyId }), 'LOBBY_STARTED');
});

withPlatform('with too few it closes, and who was there is free again', async (world) => {
  const ada = await world.guest();
  const { events } = ada.connect();
  const { id: lobbyId } = await ada.call('lobby.create', { game: 'brawl', startsInS: 3 });
  await world.advance(3_000);
  assert.deepEqual(events.at(-1), {
    event: 'lobby.removed',
    data: { lobbyId, reason: 'too-few' },
  });
  assert.deepEqual(await world.store.lobbies.all(), []);
  assert.equal((await ada.call('account.me')).lobbyId, undefined);
  await ada.call('lobby.create', { game: 'brawl' });
});

withPlatform('its fewest players are the wish or the game’s, whichever is more', async (world) => {
  const [ada, bob, cyd, dan] = await guests(world, 4);
  const { events } = ada!.connect();
  const three = { game: 'brawl', startsInS: 5, playersMin: 3 };
  const few = await ada!.call('lobby.create', three);
  assert.equal(few.playersMin, 3);
  await bob!.call('lobby.join', { lobbyId: few.id });
  await world.advance(5_000);
  assert.deepEqual(removals(events), ['too-few']);
  const enough = await ada!.call('lobby.create', three);
  for (const one of [bob, cyd]) await one!.call('lobby.join', { lobbyId: enough.id });
  await world.advance(5_000);
  assert.equal((await ada!.call('lobby.get', { lobbyId: enough.id })).state, 'playing');
  const one = await dan!.call('lobby.create', { game: 'brawl', startsInS: 5, playersMin: 1 });
  assert.equal(one.playersMin, 2);
});

withPlatform('fewest players count in a lobby without a time too', async (world) => {
  const [ada, bob, cyd] = await guests(world, 3);
  const { id: lobbyId } = await ada!.call('lobby.create', { game: 'brawl', playersMin: 3 });
  for (const one of [bob, cyd]) await one!.call('lobby.join', { lobbyId });
  for (const one of [ada, bob]) await one!.call('lobby.ready', { lobbyId, ready: true });
  await cyd!.call('lobby.leave', { lobbyId });
  assert.equal((await ada!.call('lobby.get', { lobbyId })).state, 'open');
  await cyd!.call('lobby.join', { lobbyId });
  assert.equal((await cyd!.call('lobby.ready', { lobbyId, ready: true })).state, 'playing');
});

withPlatform('times and numbers that cannot be are refused by name', async (world) => {
  const ada = await world.guest();
  const create = (wish: object) => ada.call('lobby.create', { game: 'brawl', ...wish });
  for (const [field, values] of [
    ['startsInS', [0, -1, 1.5, 601, 1e300, '10', null]],
    ['playersMin', [0, -3, 2.5, 5, 65, '2']],
  ] as const) {
    for (const value of values) {
      const body = await refused(create({ [field]: value }), 'BAD_REQUEST');
      assert.equal(body.details?.['field'], field, `${field} ${value}`);
    }
  }
  const many = await refused(create({ playersMin: 5 }), 'BAD_REQUEST');
  assert.match(many.message, /^playersMin: is more than the 4 that brawl takes at most\.$/);
  assert.equal((await ada.call('account.me')).lobbyId, undefined);
  await create({ startsInS: 600, playersMin: 4 });
});

withPlatform('when its match ends it closes, and there is no rematch', async (world) => {
  const [ada, bob] = await guests(world, 2);
  const { events } = bob!.connect();
  const { id: lobbyId } = await ada!.call('lobby.create', { game: 'duel', startsInS: 1 });
  await bob!.call('lobby.join', { lobbyId });
  await world.advance(1_000);
  await world.host('h1').end(world.host('h1').started[0]!.matchId);
  assert.deepEqual(removals(events), ['closed']);
  assert.ok(has(events, 'match.ended'));
  await refused(ada!.call('lobby.get', { lobbyId }), 'LOBBY_NOT_FOUND');
  assert.deepEqual(await world.store.lobbies.all(), []);
});

withPlatform('when no host has room at its time it closes', async (world) => {
  const [ada, bob] = await guests(world, 2);
  const { events } = bob!.connect();
  const { id: lobbyId } = await ada!.call('lobby.create', { game: 'duel', startsInS: 2 });
  await bob!.call('lobby.join', { lobbyId });
  await world.host('h1').announce({ matchesMax: 0 });
  await world.advance(2_000);
  assert.deepEqual(removals(events), ['no-room']);
  assert.deepEqual(await world.store.lobbies.all(), []);
  await ada!.call('lobby.create', { game: 'duel' });
});

withPlatform('a lobby that everybody left has no time any more', async (world) => {
  const ada = await world.guest();
  const armed = world.time.armedCount;
  const { id: lobbyId } = await ada.call('lobby.create', { game: 'duel', startsInS: 500 });
  await ada.call('lobby.leave', { lobbyId });
  assert.equal(world.time.armedCount, armed);
});

withPlatform('a member who is away for a minute loses the seat there too', async (world) => {
  const [ada, bob] = await guests(world, 2);
  const { events } = ada!.connect();
  const { id: lobbyId } = await ada!.call('lobby.create', { game: 'duel', startsInS: 90 });
  await bob!.call('lobby.join', { lobbyId });
  await world.advance(90_000);
  assert.deepEqual(removals(events), ['too-few']);
});

withPlatform('whoever wants any match is not made to wait for a time', async (world) => {
  const [ada, bob] = await guests(world, 2);
  const timed = await ada!.call('lobby.create', { game: 'duel', startsInS: 600 });
  assert.notEqual((await bob!.call('lobby.quick', { game: 'duel' })).id, timed.id);
  const { lobbies } = await world.anyone('lobby.list', { game: 'duel' });
  const shown = lobbies.find(({ id }) => id === timed.id);
  assert.equal(shown?.startsAt, timed.startsAt, 'but the list shows it');
});

withPlatform('a restart keeps the time', async (world) => {
  const [ada, bob] = await guests(world, 2);
  const lobby = await ada!.call('lobby.create', { game: 'brawl', startsInS: 30, playersMin: 2 });
  await bob!.call('lobby.join', { lobbyId: lobby.id });
  await world.advance(10_000);
  await world.platform.close();
  const next = await world.restart();
  const { lobbies } = await next.anyone('lobby.list');
  assert.equal(lobbies[0]?.startsAt, lobby.startsAt);
  await next.advance(19_999);
  assert.equal((await next.store.lobbies.all())[0]?.state, 'open');
  await next.advance(1);
  assert.equal((await next.store.lobbies.all())[0]?.state, 'playing');
  await next.platform.close();
});

withPlatform('a time that passed while the server was down is now', async (world) => {
  const [ada, bob, cyd] = await guests(world, 3);
  const full = await ada!.call('lobby.create', { game: 'brawl', startsInS: 20 });
  await bob!.call('lobby.join', { lobbyId: full.id });
  await cyd!.call('lobby.create', { game: 'brawl', startsInS: 20 });
  await world.platform.close();
  await world.time.advance(3_600_000);
  const next = await world.restart();
  await next.advance(3_000);
  const left = await next.store.lobbies.all();
  assert.deepEqual(
    left.map(({ id, state }) => [id, state]),
    [[full.id, 'playing']],
  );
  await next.platform.close();
});

withPlatform('after a crash in its match it is gone, and its players are free', async (world) => {
  const [ada, bob] = await guests(world, 2);
  const { id: lobbyId } = await ada!.call('lobby.create', { game: 'duel', startsInS: 1 });
  await bob!.call('lobby.join', { lobbyId });
  await world.advance(1_000);
  const next = await world.restart();
  assert.deepEqual(await next.store.lobbies.all(), []);
  await next.platform.close();
});

withPlatform('a crash while it starts gives it another try', async (world) => {
  const [ada, bob] = await guests(world, 2);
  const { id: lobbyId } = await ada!.call('lobby.create', { game: 'duel', startsInS: 1 });
  await bob!.call('lobby.join', { lobbyId });
  await world.platform.close();
  const [stored] = await world.store.lobbies.all();
  await world.store.lobbies.save({ ...stored!, state: 'starting' });
  const next = await world.restart();
  await next.advance(3_000);
  assert.equal((await next.store.lobbies.all())[0]?.state, 'playing');
  await next.platform.close();
});

withPlatform('a clock that was set back does not make it wait for a day', async (world) => {
  const ada = await world.guest();
  await ada.call('lobby.create', { game: 'duel', startsInS: 600 });
  await world.platform.close();
  const [stored] = await world.store.lobbies.all();
  await world.store.lobbies.save({ ...stored!, startsAtMs: world.time.now() + 86_400_000 });
  const next = await world.restart();
  await next.advance(600_000);
  assert.deepEqual(await next.store.lobbies.all(), []);
  await next.platform.close();
});

withPlatform(
  'when the disk is full at its time it closes all the same, and is forgotten when there is room',
  async (world, disk) => {
    const ada = await world.guest();
    const { events } = ada.connect();
    await ada.call('lobby.create', { game: 'duel', startsInS: 1 });
    disk.fail('lobbies.remove', 3);
    await world.advance(1_000);
    assert.deepEqual(removals(events), ['too-few']);
    await refused(ada.call('lobby.create', { game: 'duel' }), 'INTERNAL');
    await world.advance(3_000);
    assert.equal((await world.store.lobbies.all()).length, 1);
    await world.advance(4_000);
    assert.deepEqual(await world.store.lobbies.all(), []);
    await ada.call('lobby.create', { game: 'duel' });
  },
);

withPlatform('a start that cannot be stored happens', async (world, disk) => {
  const ada = await world.guest();
  const { id: lobbyId } = await ada.call('lobby.create', { game: 'duel', bots: 1, startsInS: 1 });
  disk.fail('lobbies.save', 2);
  await world.advance(1_000);
  assert.equal(disk.failures, 2);
  assert.equal((await ada.call('lobby.get', { lobbyId })).state, 'playing');
});
