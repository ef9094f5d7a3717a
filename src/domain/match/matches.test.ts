// From "ready" to the leaderboard, with a host that the test plays: one line, one action.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { toBase64Url } from '../../base/bytes.ts';
import { openSqliteStore } from '../../store/open.ts';
import { platformAddress } from '../bus.ts';
import { refused } from '../rejects.fixture.ts';
import {
  recordOf,
  type TestPlatform,
  type TestPlatformOptions,
  type TestPlayer,
  testPlatform,
} from '../test-platform.fixture.ts';

const withPlatform = (
  behaviour: string,
  run: (world: TestPlatform) => Promise<void>,
  options: TestPlatformOptions = {},
) =>
  test(behaviour, async () => {
    const world = await testPlatform(options);
    try {
      await run(world);
    } finally {
      await world.close();
    }
  });

const clientPublicKey = toBase64Url(new Uint8Array(32).fill(7));

async function duelOf(world: TestPlatform): Promise<[TestPlayer, TestPlayer, string]> {
  const [ada, bob] = [await world.guest('ada'), await world.guest('bob')];
  const { id: lobbyId } = await ada.call('lobby.create', { game: 'duel' });
  await bob.call('lobby.join', { lobbyId });
  return [ada, bob, lobbyId];
}

/** Both ready; gives the match's id. */
async function begin(lobbyId: string, ...players: readonly TestPlayer[]): Promise<string> {
  let matchId: string | undefined;
  for (const one of players) {
    matchId = (await one.call('lobby.ready', { lobbyId, ready: true })).matchId;
  }
  return matchId ?? assert.fail('the match did not start');
}

withPlatform('the match starts when all are ready, and all are told', async (world) => {
  const [ada, bob, lobbyId] = await duelOf(world);
  const { events } = ada.connect();
  await ada.call('lobby.ready', { lobbyId, ready: true });
  await ada.call('lobby.ready', { lobbyId, ready: false });
  await bob.call('lobby.ready', { lobbyId, ready: true });
  const lobby = await ada.call('lobby.ready', { lobbyId, ready: true });
  assert.equal(lobby.state, 'playing');
  const matchId = lobby.matchId ?? '';
  assert.equal((await bob.call('account.me')).matchId, matchId);
  assert.deepEqual(events.at(-1), {
    event: 'match.placed',
    data: { matchId, lobbyId, game: 'duel' },
  });
  assert.deepEqual(
    world.host('h1').started.map(({ settings, seats }) => ({ settings, seats })),
    [
      {
        settings: { rounds: 3 },
        seats: [
          { seat: 0, playerId: ada.player.id, name: ada.player.name, bot: false },
          { seat: 1, playerId: bob.player.id, name: bob.player.name, bot: false },
        ],
      },
    ],
  );
});

withPlatform('nobody comes, goes or is removed while the match runs', async (world) => {
  const [ada, bob, lobbyId] = await duelOf(world);
  const cyd = await world.guest();
  await begin(lobbyId, ada, bob);
  await refused(cyd.call('lobby.join', { lobbyId }), 'LOBBY_STARTED');
  await refused(bob.call('lobby.leave', { lobbyId }), 'LOBBY_STARTED');
  await refused(bob.call('lobby.ready', { lobbyId, ready: false }), 'LOBBY_STARTED');
  const playerId = bob.player.id;
  await refused(ada.call('lobby.kick', { lobbyId, playerId }), 'LOBBY_STARTED');
  await refused(ada.call('lobby.hand-over', { lobbyId, playerId }), 'LOBBY_STARTED');
  await refused(ada.call('lobby.add-bot', { lobbyId }), 'LOBBY_STARTED');
  await world.advance(300_000);
  const renewed = await world.anyone('account.refresh', { refreshToken: ada.session.refreshToken });
  ada.session = renewed;
  assert.equal((await ada.call('lobby.get', { lobbyId })).members.length, 2);
});

withPlatform('a lobby of three with a gap closes its seats up for the match', async (world) => {
  const [ada, bob, cyd] = [await world.guest(), await world.guest(), await world.guest()];
  const { id: lobbyId } = await ada.call('lobby.create', { game: 'brawl' });
  await bob.call('lobby.join', { lobbyId });
  await cyd.call('lobby.join', { lobbyId });
  await ada.call('lobby.ready', { lobbyId, ready: true });
  await cyd.call('lobby.ready', { lobbyId, ready: true });
  // The one who was not ready goes: the rest are, and are enough.
  await bob.call('lobby.leave', { lobbyId });
  await world.platform.settled();
  const [start] = world.host('h1').started;
  assert.deepEqual(
    start?.seats.map(({ seat, playerId }) => [seat, playerId]),
    [
      [0, ada.player.id],
      [1, cyd.player.id],
    ],
  );
});

withPlatform('a ticket is for one’s own seat, signed for one’s own key', async (world) => {
  const [ada, bob, lobbyId] = await duelOf(world);
  const cyd = await world.guest();
  const matchId = await begin(lobbyId, ada, bob);
  const given = await bob.call('match.ticket', { matchId, clientPublicKey });
  assert.equal(given.seat, 1);
  assert.equal(given.host.port, 5001);
  assert.equal(given.expiresAt, '2026-01-01T00:01:00.000Z');
  const signed = JSON.parse(Buffer.from(given.ticket, 'base64url').toString());
  assert.deepEqual([signed.playerId, signed.matchId, signed.seat], [bob.player.id, matchId, 1]);
  assert.deepEqual(Object.values(signed.clientPublicKey), new Array(32).fill(7));
  await refused(cyd.call('match.ticket', { matchId, clientPublicKey }), 'NOT_IN_MATCH');
  await refused(bob.call('match.ticket', { matchId: 'm', clientPublicKey }), 'MATCH_NOT_FOUND');
  // 43 characters whose last bits are not zero are no canonical 32 bytes.
  const twisted = `${clientPublicKey.slice(0, 42)}_`;
  await refused(bob.call('match.ticket', { matchId, clientPublicKey: twisted }), 'BAD_REQUEST');
  await world.host('h1').end(matchId);
  await refused(bob.call('match.ticket', { matchId, clientPublicKey }), 'MATCH_NOT_RUNNING');
});

withPlatform(
  'an ended match is stored, shown and told, and its lobby opens again',
  async (world) => {
    const [ada, bob, lobbyId] = await duelOf(world);
    const { events } = bob.connect();
    const matchId = await begin(lobbyId, ada, bob);
    await refused(world.anyone('match.replay', { matchId }), 'MATCH_RUNNING');
    assert.equal((await world.anyone('match.get', { matchId })).state, 'running');
    await world.advance(5000);
    await world.host('h1').end(matchId);
    const match = await world.anyone('match.get', { matchId });
    assert.equal(match.state, 'ended');
    assert.equal(match.endedAt, '2026-01-01T00:00:05.000Z');
    assert.equal(match.stateHash, 'ab'.repeat(32));
    assert.deepEqual(
      match.seats.map(({ place, result }) => [place, result]),
      [
        [1, 'win'],
        [2, 'loss'],
      ],
    );
    assert.deepEqual(
      events.slice(-2).map(({ event }) => event),
      ['lobby.changed', 'match.ended'],
    );
    const { record } = await world.anyone('match.replay', { matchId });
    assert.deepEqual(record, recordOf(world.host('h1').started[0]!));
    const lobby = await ada.call('lobby.get', { lobbyId });
    assert.equal(lobby.state, 'open');
    assert.equal(lobby.matchId, undefined);
    assert.equal((await ada.call('account.me')).matchId, undefined);
    assert.notEqual(await begin(lobbyId, ada, bob), matchId, 'a rematch is another match');
  },
);

withPlatform('a record that is told many times, and at once, counts once', async (world) => {
  const [ada, bob, lobbyId] = await duelOf(world);
  const { events } = ada.connect();
  const matchId = await begin(lobbyId, ada, bob);
  const host = world.host('h1');
  await Promise.all([host.end(matchId), host.end(matchId), host.end(matchId)]);
  await host.end(matchId);
  const { rows } = await world.anyone('leaderboard.get', { game: 'duel' });
  assert.deepEqual(
    rows.map(({ name, wins, losses }) => [name, wins, losses]),
    [
      [ada.player.name, 1, 0],
      [bob.player.name, 0, 1],
    ],
  );
  assert.equal(events.filter(({ event }) => event === 'match.ended').length, 1);
  assert.equal((await world.anyone('match.history')).matches.length, 1);
});

withPlatform(
  'a record that cannot be of the match ends it as failed, for nobody',
  async (world) => {
    const lies = [
      { seats: [{ playerId: 'x', name: 'x', bot: false }] },
      { seed: 'another' },
      { game: 'brawl' },
      { gameVersion: 9 },
      { outcome: { ranking: [[0], [0]] } },
      { outcome: { ranking: [[5]] } },
    ];
    const [ada, bob, lobbyId] = await duelOf(world);
    for (const lie of lies) {
      const matchId = await begin(lobbyId, ada, bob);
      await world.host('h1').end(matchId, lie);
      assert.equal((await world.anyone('match.get', { matchId })).reason, 'failed');
      await refused(world.anyone('match.replay', { matchId }), 'NO_REPLAY');
    }
    assert.deepEqual((await world.anyone('leaderboard.get', { game: 'duel' })).rows, []);
  },
);

withPlatform('what is no record, or of no match of that host, changes nothing', async (world) => {
  const [ada, bob, lobbyId] = await duelOf(world);
  const matchId = await begin(lobbyId, ada, bob);
  const record = recordOf(world.host('h1').started[0]!);
  const tell = (hostId: string, told: unknown) =>
    world.bus.request('match.ended', platformAddress, { hostId, record: told as never }, 1000);
  await tell('h1', { format: 2 });
  await tell('h1', null);
  await tell('h1', { ...record, matchId: 'nobody-knows' });
  await tell('h2', record);
  assert.equal((await world.anyone('match.get', { matchId })).state, 'running');
});

withPlatform(
  'a lobby goes to the host with the most room, and to the next when that one declines',
  async (world) => {
    const [ada, bob, lobbyId] = await duelOf(world);
    world.host('big').answer = async () => ({ started: false, why: 'draining' });
    await begin(lobbyId, ada, bob);
    assert.equal(world.host('big').started.length, 0);
    assert.equal(world.host('small').started.length, 1);
  },
  {
    hosts: [
      { hostId: 'small', matchesMax: 2 },
      { hostId: 'big', matchesMax: 9 },
      { hostId: 'draining', matchesMax: 99, draining: true },
      { hostId: 'other games', matchesMax: 99, games: ['brawl'] },
      { hostId: 'busy', matchesMax: 99, matchesRunning: 98 },
    ],
  },
);

withPlatform(
  'without a host the last to be ready learns it, and the lobby stays',
  async (world) => {
    const [ada, bob, lobbyId] = await duelOf(world);
    const { events } = ada.connect();
    await world.host('h1').announce({ matchesMax: 0 });
    await ada.call('lobby.ready', { lobbyId, ready: true });
    await refused(bob.call('lobby.ready', { lobbyId, ready: true }), 'SERVER_FULL');
    const lobby = await ada.call('lobby.get', { lobbyId });
    assert.equal(lobby.state, 'open');
    assert.deepEqual(
      lobby.members.map(({ ready }) => ready),
      [false, false],
    );
    assert.equal(events.at(-1)?.event, 'lobby.changed');
    await world.host('h1').announce({ matchesMax: 1 });
    await begin(lobbyId, ada, bob);
  },
);

withPlatform('two lobbies do not both get a host’s last place', async (world) => {
  await world.host('h1').announce({ matchesMax: 1 });
  const [ada, , one] = await duelOf(world);
  const [bob, , two] = await duelOf(world);
  await ada.call('lobby.kick', { lobbyId: one, playerId: (await members(ada, one))[1]! });
  await bob.call('lobby.kick', { lobbyId: two, playerId: (await members(bob, two))[1]! });
  await ada.call('lobby.add-bot', { lobbyId: one });
  await bob.call('lobby.add-bot', { lobbyId: two });
  const outcomes = await Promise.allSettled([
    ada.call('lobby.ready', { lobbyId: one, ready: true }),
    bob.call('lobby.ready', { lobbyId: two, ready: true }),
  ]);
  assert.deepEqual(outcomes.map(({ status }) => status).sort(), ['fulfilled', 'rejected']);
  assert.equal(world.host('h1').started.length, 1);
});

const members = async (player: TestPlayer, lobbyId: string) =>
  (await player.call('lobby.get', { lobbyId })).members.map(({ playerId }) => playerId);

withPlatform(
  'a host that is silent gets nothing new, and later its matches are given up',
  async (world) => {
    const [ada, bob, lobbyId] = await duelOf(world);
    const matchId = await begin(lobbyId, ada, bob);
    world.host('h1').silent = true;
    await world.advance(3001);
    const [cyd, , other] = await duelOf(world);
    await cyd.call('lobby.kick', { lobbyId: other, playerId: (await members(cyd, other))[1]! });
    await cyd.call('lobby.add-bot', { lobbyId: other });
    await refused(cyd.call('lobby.ready', { lobbyId: other, ready: true }), 'SERVER_FULL');
    assert.equal((await world.anyone('match.get', { matchId })).state, 'running');
    await world.advance(31_000);
    assert.equal((await world.anyone('match.get', { matchId })).reason, 'abandoned');
    assert.equal((await ada.call('lobby.get', { lobbyId })).state, 'open');
  },
);

withPlatform('when a host goes its matches are abandoned and count for nobody', async (world) => {
  const [ada, bob, lobbyId] = await duelOf(world);
  const { events } = ada.connect();
  const matchId = await begin(lobbyId, ada, bob);
  await world.host('h1').gone();
  await world.platform.settled();
  assert.equal((await world.anyone('match.get', { matchId })).reason, 'abandoned');
  assert.equal(events.at(-1)?.event, 'match.ended');
  const none = await refused(world.anyone('match.replay', { matchId }), 'NO_REPLAY');
  assert.match(none.message, /abandoned/);
  await world.host('h1').end(matchId);
  assert.equal((await world.anyone('match.get', { matchId })).reason, 'abandoned');
  assert.deepEqual((await world.anyone('leaderboard.get', { game: 'duel' })).rows, []);
});

test('a match that ends while it is being placed leaves an open lobby', async () => {
  const store = await openSqliteStore({ file: ':memory:' });
  let early: Promise<void> | undefined;
  const world = await testPlatform({
    store: {
      ...store,
      matches: {
        ...store.matches,
        add: (match) => {
          early = world.host('h1').end(match.id);
          return store.matches.add(match);
        },
      },
    },
  });
  const [ada, bob, lobbyId] = await duelOf(world);
  const matchId = await begin(lobbyId, ada, bob);
  await early;
  await world.platform.settled();
  assert.equal((await ada.call('lobby.get', { lobbyId })).state, 'open');
  assert.equal((await world.anyone('match.get', { matchId })).reason, 'outcome');
  await world.close();
});

withPlatform('after the match everybody has a minute to come back to the lobby', async (world) => {
  const [ada, bob, lobbyId] = await duelOf(world);
  const matchId = await begin(lobbyId, ada, bob);
  await world.advance(400_000);
  await world.host('h1').end(matchId);
  await world.advance(59_999);
  await bob.call('account.me');
  await world.advance(1);
  assert.deepEqual(await members(bob, lobbyId), [bob.player.id]);
});

test('a crash: lobbies and members are as acknowledged, running matches abandoned', async () => {
  const before = await testPlatform();
  const [ada, bob, lobbyId] = await duelOf(before);
  const matchId = await begin(lobbyId, ada, bob);
  const cyd = await before.guest();
  const open = await cyd.call('lobby.create', { game: 'brawl', private: true });

  const after = await before.restart();
  assert.equal((await after.anyone('match.get', { matchId })).reason, 'abandoned');
  const call = (player: TestPlayer, id: string) =>
    after.platform.dispatcher.call(
      { wire: 'test', address: '::1', accessToken: player.session.accessToken },
      'lobby.get',
      { lobbyId: id },
    );
  const lobby = await call(ada, lobbyId);
  assert.equal(lobby.state, 'open');
  assert.deepEqual(
    lobby.members.map(({ playerId, ready }) => [playerId, ready]),
    [
      [ada.player.id, false],
      [bob.player.id, false],
    ],
  );
  assert.deepEqual(await call(cyd, open.id), open);
  await after.advance(60_000);
  assert.deepEqual(await after.store.lobbies.all(), [], 'nobody came back');
  await after.close();
});

test('a clean end stores what still runs as abandoned', async () => {
  const world = await testPlatform();
  const [ada, bob, lobbyId] = await duelOf(world);
  const matchId = await begin(lobbyId, ada, bob);
  await world.platform.close();
  assert.equal((await world.store.matches.byId(matchId))?.end?.reason, 'abandoned');
  await refused(world.anyone('game.list'), 'SHUTTING_DOWN');
  assert.equal(world.time.armedCount, 0, 'no timer is left');
  await world.store.close();
});
