// The room's parties: one of a game at a time, known to everybody, over with its lobby.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openSqliteStore } from '../../store/open.ts';
import { failingStore } from '../failing-store.fixture.ts';
import { refused } from '../rejects.fixture.ts';
import { type TestPlatform, testPlatform } from '../test-platform.fixture.ts';

const withPlatform = (behaviour: string, run: (world: TestPlatform) => Promise<void>) =>
  test(behaviour, async () => {
    const world = await testPlatform();
    try {
      await run(world);
    } finally {
      await world.close();
    }
  });

const guests = async (world: TestPlatform, count: number) =>
  Promise.all(Array.from({ length: count }, () => world.guest()));

withPlatform('who starts a party is in it, and the others are told', async (world) => {
  const [ada, bob] = await guests(world, 2);
  const [mine, theirs] = [ada!.connect(), bob!.connect()];
  await bob!.call('room.enter');
  const lobby = await ada!.call('party.start', { game: 'brawl' });
  assert.equal(lobby.ownerId, ada!.player.id);
  assert.equal(lobby.private, false);
  assert.equal(lobby.playersMin, 2);
  assert.equal(lobby.startsAt, new Date(world.time.now() + 10_000).toISOString());
  const { code: _forMembers, ...shown } = lobby;
  const { id: playerId, name } = ada!.player;
  assert.deepEqual(theirs.events, [
    { event: 'party.opened', data: { lobby: shown, starter: { playerId, name } } },
  ]);
  assert.deepEqual(
    mine.events.map(({ event }) => event),
    ['lobby.changed'],
  );
});

withPlatform('it gathers, plays and is over; then there can be another', async (world) => {
  const [ada, bob, cyd] = await guests(world, 3);
  const { id } = await ada!.call('party.start', { game: 'brawl', startsInS: 20, playersMin: 2 });
  assert.equal((await bob!.call('party.join', { game: 'brawl' })).id, id);
  await refused(bob!.call('party.join', { game: 'brawl' }), 'ALREADY_IN_LOBBY');
  await refused(cyd!.call('party.start', { game: 'brawl' }), 'PARTY_RUNNING');
  await cyd!.call('party.start', { game: 'melee' });
  await world.advance(20_000);
  const { lobby, matchId } = await world.anyone('party.get', { game: 'brawl' });
  assert.equal(lobby?.state, 'playing');
  assert.equal(matchId, world.host('h1').started[0]?.matchId);
  const dan = await world.guest();
  await refused(dan.call('party.join', { game: 'brawl' }), 'PARTY_RUNNING');
  await refused(dan.call('party.start', { game: 'brawl' }), 'PARTY_RUNNING');
  await world.host('h1').end(matchId ?? '');
  assert.deepEqual(await world.anyone('party.get', { game: 'brawl' }), {});
  await refused(dan.call('party.join', { game: 'brawl' }), 'NO_PARTY');
  await dan.call('party.start', { game: 'brawl' });
});

withPlatform('a party that too few join is over at its time', async (world) => {
  const ada = await world.guest();
  const { events } = ada.connect();
  const { id: lobbyId } = await ada.call('party.start', { game: 'duel' });
  await world.advance(10_000);
  assert.deepEqual(events.at(-1), {
    event: 'lobby.removed',
    data: { lobbyId, reason: 'too-few' },
  });
  await ada.call('party.start', { game: 'duel' });
  await ada.call('lobby.leave', { lobbyId: (await ada.call('account.me')).lobbyId ?? '' });
  assert.deepEqual(await world.anyone('party.get', { game: 'duel' }), {}, 'or when all have left');
});

withPlatform('of ten who start a party at once one does', async (world) => {
  const players = await guests(world, 10);
  const outcomes = await Promise.allSettled(
    players.map((one) => one.call('party.start', { game: 'brawl' })),
  );
  assert.equal(outcomes.filter(({ status }) => status === 'fulfilled').length, 1);
  assert.equal((await world.store.lobbies.all()).length, 1);
  const joins = await Promise.allSettled(
    players.map((one) => one.call('party.join', { game: 'brawl' })),
  );
  assert.equal(joins.filter(({ status }) => status === 'fulfilled').length, 3);
});

withPlatform('a party that could not start keeps nobody from the next', async (world) => {
  const [ada, bob] = await guests(world, 2);
  const start = (wish: object) => ada!.call('party.start', { game: 'duel', ...wish });
  await refused(start({ game: 'chess' }), 'GAME_NOT_FOUND');
  await refused(start({ settings: { rounds: 99 } }), 'BAD_SETTINGS');
  for (const bad of [{ startsInS: 61 }, { startsInS: 0 }, { playersMin: 3 }, { bots: 1 }]) {
    await refused(start(bad), 'BAD_REQUEST');
  }
  await ada!.call('lobby.create', { game: 'duel' });
  await refused(start({}), 'ALREADY_IN_LOBBY');
  const lobby = await bob!.call('party.start', { game: 'duel', settings: { rounds: 9 } });
  assert.deepEqual(lobby.settings, { rounds: 9 });
  await refused(ada!.call('party.join', { game: 'duel' }), 'ALREADY_IN_LOBBY');
});

withPlatform('a party that is full, and one that a player was removed from', async (world) => {
  const [ada, bob, cyd] = await guests(world, 3);
  const { id: lobbyId } = await ada!.call('party.start', { game: 'duel' });
  await bob!.call('party.join', { game: 'duel' });
  const full = await refused(cyd!.call('party.join', { game: 'duel' }), 'LOBBY_FULL');
  assert.match(full.message, /has 2 of 2 players/);
  await ada!.call('lobby.kick', { lobbyId, playerId: bob!.player.id });
  await refused(bob!.call('party.join', { game: 'duel' }), 'KICKED');
  await cyd!.call('party.join', { game: 'duel' });
});

withPlatform('games without a party, and games that are none, are told apart', async (world) => {
  const ada = await world.guest();
  assert.deepEqual(await world.anyone('party.get', { game: 'duel' }), {});
  await refused(ada.call('party.join', { game: 'duel' }), 'NO_PARTY');
  await refused(ada.call('party.join', { game: 'chess' }), 'GAME_NOT_FOUND');
  await refused(world.anyone('party.get', { game: 'chess' }), 'GAME_NOT_FOUND');
});

withPlatform('joins while the party starts get in, or are told that it runs', async (world) => {
  const [ada, bob, cyd] = await guests(world, 3);
  await ada!.call('party.start', { game: 'brawl', startsInS: 1 });
  await bob!.call('party.join', { game: 'brawl' });
  const [joined] = await Promise.allSettled([
    cyd!.call('party.join', { game: 'brawl' }),
    world.advance(1_000),
  ]);
  const { lobby } = await world.anyone('party.get', { game: 'brawl' });
  assert.equal(lobby?.state, 'playing');
  const isIn = lobby?.members.some(({ playerId }) => playerId === cyd!.player.id);
  if (joined?.status === 'fulfilled') assert.equal(isIn, true);
  else await refused(Promise.reject(joined?.reason), 'PARTY_RUNNING');
});

withPlatform('a restart brings the party back as the party', async (world) => {
  const ada = await world.guest();
  const { id } = await ada.call('party.start', { game: 'brawl', startsInS: 60 });
  await world.platform.close();
  const next = await world.restart();
  const bob = await next.guest();
  await refused(bob.call('party.start', { game: 'brawl' }), 'PARTY_RUNNING');
  assert.equal((await bob.call('party.join', { game: 'brawl' })).id, id);
  await next.platform.close();
});

test('a party that closed while the disk was full is not a second one after a crash', async () => {
  const disk = failingStore(await openSqliteStore({ file: ':memory:' }));
  const world = await testPlatform({ store: disk.store });
  const [ada, bob] = await guests(world, 2);
  await ada!.call('party.start', { game: 'duel', startsInS: 1 });
  disk.fail('lobbies.remove');
  await world.advance(1_000);
  const { id } = await bob!.call('party.start', { game: 'duel', startsInS: 60 });
  disk.fail('lobbies.remove', 0);
  const next = await world.restart();
  const stored = await next.store.lobbies.all();
  assert.deepEqual(
    stored.map((lobby) => lobby.id),
    [id],
  );
  await next.close();
});
