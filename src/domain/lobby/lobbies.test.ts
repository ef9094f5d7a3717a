// Lobbies as their members meet them: one line, one action, its result.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { contractLimits as limits } from '../../contract/limits.ts';
import type { Lobby } from '../../contract/schema.ts';
import { refused } from '../rejects.fixture.ts';
import {
  type TestPlatform,
  type TestPlatformOptions,
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

const guests = async (world: TestPlatform, count: number) =>
  Promise.all(Array.from({ length: count }, () => world.guest()));

const seats = (lobby: Lobby) => lobby.members.map(({ seat, name }) => `${seat} ${name}`);

withPlatform('who opens a lobby owns it and has its first seat', async (world) => {
  const ada = await world.guest('ada');
  const lobby = await ada.call('lobby.create', { game: 'duel' });
  assert.equal(lobby.ownerId, ada.player.id);
  assert.equal(lobby.state, 'open');
  assert.deepEqual(lobby.settings, { rounds: 3 });
  assert.match(lobby.code ?? '', /^[2-9A-HJKMNP-TW-Z]{4}$/);
  assert.deepEqual(seats(lobby), [`0 ${ada.player.name}`]);
  assert.equal((await ada.call('account.me')).lobbyId, lobby.id);
});

withPlatform('what a lobby asks for is held against the game', async (world) => {
  const ada = await world.guest();
  const create = (wish: object) => ada.call('lobby.create', { game: 'duel', ...wish });
  const unknown = await refused(create({ game: 'chess' }), 'GAME_NOT_FOUND');
  assert.match(unknown.message, /It has: duel, brawl, melee\./);
  const settings = await refused(create({ settings: { rounds: 99 } }), 'BAD_SETTINGS');
  assert.equal(settings.details?.['field'], 'settings.rounds');
  await refused(create({ settings: { round: 1 } }), 'BAD_SETTINGS');
  await refused(create({ settings: [] }), 'BAD_SETTINGS');
  await refused(create({ game: 'brawl', bots: 1 }), 'GAME_HAS_NO_BOT');
  await refused(create({ bots: 2 }), 'LOBBY_FULL');
  const lobby = await create({ settings: { rounds: 9 }, bots: 1 });
  assert.deepEqual(lobby.settings, { rounds: 9 });
  assert.deepEqual(
    lobby.members.map(({ kind, ready }) => ({ kind, ready })),
    [
      { kind: 'guest', ready: false },
      { kind: 'bot', ready: true },
    ],
  );
});

withPlatform('a refused lobby leaves nothing behind', async (world) => {
  const ada = await world.guest();
  await refused(ada.call('lobby.create', { game: 'duel', bots: 2 }), 'LOBBY_FULL');
  assert.equal((await ada.call('account.me')).lobbyId, undefined);
  await ada.call('lobby.create', { game: 'duel' });
  await refused(ada.call('lobby.create', { game: 'duel' }), 'ALREADY_IN_LOBBY');
});

withPlatform('joining takes the lowest free seat, until the lobby is full', async (world) => {
  const [ada, bob, cyd, dan, eve] = await guests(world, 5);
  const { id: lobbyId } = await ada!.call('lobby.create', { game: 'brawl' });
  await bob!.call('lobby.join', { lobbyId });
  await cyd!.call('lobby.join', { lobbyId });
  await bob!.call('lobby.leave', { lobbyId });
  const lobby = await dan!.call('lobby.join', { lobbyId });
  assert.deepEqual(seats(lobby), [
    `0 ${ada!.player.name}`,
    `1 ${dan!.player.name}`,
    `2 ${cyd!.player.name}`,
  ]);
  await bob!.call('lobby.join', { lobbyId });
  const full = await refused(eve!.call('lobby.join', { lobbyId }), 'LOBBY_FULL');
  assert.match(full.message, /has 4 of 4 players/);
  await refused(eve!.call('lobby.join', { lobbyId: 'nowhere' }), 'LOBBY_NOT_FOUND');
});

withPlatform('ten who want the last seat at once: one gets it', async (world) => {
  const [ada, ...others] = await guests(world, 11);
  const { id: lobbyId } = await ada!.call('lobby.create', { game: 'duel' });
  const outcomes = await Promise.allSettled(
    others.map((one) => one.call('lobby.join', { lobbyId })),
  );
  assert.equal(outcomes.filter(({ status }) => status === 'fulfilled').length, 1);
  const places = await Promise.all(others.map((one) => one.call('account.me')));
  assert.equal(places.filter((place) => place.lobbyId === lobbyId).length, 1);
});

withPlatform('one who joins two lobbies at once gets into one', async (world) => {
  const [ada, bob, cyd] = await guests(world, 3);
  const a = await ada!.call('lobby.create', { game: 'duel' });
  const b = await bob!.call('lobby.create', { game: 'duel' });
  const outcomes = await Promise.allSettled([
    cyd!.call('lobby.join', { lobbyId: a.id }),
    cyd!.call('lobby.join', { lobbyId: b.id }),
  ]);
  assert.deepEqual(outcomes.map(({ status }) => status).sort(), ['fulfilled', 'rejected']);
});

withPlatform('a private lobby is entered by its code and seen by its members', async (world) => {
  const [ada, bob, cyd] = await guests(world, 3);
  const lobby = await ada!.call('lobby.create', { game: 'brawl', private: true });
  const lobbyId = lobby.id;
  for (const attempt of [
    () => bob!.call('lobby.get', { lobbyId }),
    () => bob!.call('lobby.join', { lobbyId }),
    () => bob!.call('lobby.leave', { lobbyId }),
    () => bob!.call('lobby.ready', { lobbyId, ready: true }),
    () => bob!.call('lobby.add-bot', { lobbyId }),
    () => bob!.call('lobby.kick', { lobbyId, playerId: ada!.player.id }),
    () => bob!.call('lobby.join-code', { code: lobby.code === 'AAAA' ? 'BBBB' : 'AAAA' }),
  ]) {
    await refused(attempt(), 'LOBBY_NOT_FOUND');
  }
  assert.deepEqual((await world.anyone('lobby.list')).lobbies, []);
  await bob!.call('lobby.join-code', { code: lobby.code ?? '' });
  assert.equal((await bob!.call('lobby.get', { lobbyId })).code, lobby.code);
  const open = await cyd!.call('lobby.create', { game: 'duel' });
  assert.equal((await ada!.call('lobby.get', { lobbyId: open.id })).code, undefined);
});

withPlatform(
  'the list shows public lobbies with room, oldest first, page by page',
  async (world) => {
    const players = await guests(world, 6);
    const made: string[] = [];
    for (const player of players.slice(0, 5)) {
      made.push((await player.call('lobby.create', { game: 'duel' })).id);
      await world.advance(10);
    }
    await players[5]!.call('lobby.join', { lobbyId: made[2]! });
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await world.anyone('lobby.list', { limit: 3, ...(cursor && { cursor }) });
      seen.push(...page.lobbies.map(({ id }) => id));
      cursor = page.cursor;
    } while (cursor !== undefined);
    assert.deepEqual(seen, [made[0], made[1], made[3], made[4]]);
    assert.deepEqual((await world.anyone('lobby.list', { game: 'brawl' })).lobbies, []);
    for (const bad of ['x', 'bm9uc2Vuc2U', '!!']) {
      const body = await refused(world.anyone('lobby.list', { cursor: bad }), 'BAD_REQUEST');
      assert.equal(body.details?.['field'], 'cursor');
    }
  },
);

withPlatform(
  'quick joins the oldest with room, and opens one when there is none',
  async (world) => {
    const [ada, bob, cyd] = await guests(world, 3);
    const first = await ada!.call('lobby.quick', { game: 'duel' });
    assert.equal((await bob!.call('lobby.quick', { game: 'duel' })).id, first.id);
    assert.notEqual((await cyd!.call('lobby.quick', { game: 'duel' })).id, first.id);
    await refused(cyd!.call('lobby.quick', { game: 'duel' }), 'ALREADY_IN_LOBBY');
    await refused(cyd!.call('lobby.quick', { game: 'chess' }), 'GAME_NOT_FOUND');
  },
);

withPlatform('quick leaves out a lobby of somebody whose connection has gone', async (world) => {
  const [ada, bob, cyd] = await guests(world, 3);
  const { close } = ada!.connect();
  const { id } = await ada!.call('lobby.quick', { game: 'duel' });
  close();
  assert.notEqual((await bob!.call('lobby.quick', { game: 'duel' })).id, id);
  ada!.connect();
  assert.equal((await cyd!.call('lobby.quick', { game: 'duel' })).id, id);
});

withPlatform('after a restart quick leaves out who has not come back yet', async (world) => {
  const ada = await world.guest();
  const { id } = await ada.call('lobby.quick', { game: 'duel' });
  const next = await world.restart();
  const bob = await next.guest();
  assert.notEqual((await bob.call('lobby.quick', { game: 'duel' })).id, id);
  await next.platform.close();
});

withPlatform('all who look for the same game at once find each other', async (world) => {
  const players = await guests(world, 8);
  const lobbies = await Promise.all(
    players.map((one) => one.call('lobby.quick', { game: 'brawl' })),
  );
  assert.equal(new Set(lobbies.map(({ id }) => id)).size, 2);
});

withPlatform('leaving hands the lobby to who came next, and the last closes it', async (world) => {
  const [ada, bob, cyd] = await guests(world, 3);
  const { id: lobbyId } = await ada!.call('lobby.create', { game: 'brawl' });
  await bob!.call('lobby.join', { lobbyId });
  await cyd!.call('lobby.join', { lobbyId });
  await ada!.call('lobby.leave', { lobbyId });
  assert.equal((await cyd!.call('lobby.get', { lobbyId })).ownerId, bob!.player.id);
  await refused(ada!.call('lobby.leave', { lobbyId }), 'NOT_IN_LOBBY');
  await bob!.call('lobby.leave', { lobbyId });
  await cyd!.call('lobby.leave', { lobbyId });
  await refused(cyd!.call('lobby.get', { lobbyId }), 'LOBBY_NOT_FOUND');
  assert.deepEqual(await world.store.lobbies.all(), []);
});

withPlatform('a bot never becomes the owner, whenever it came', async (world) => {
  const [ada, bob] = await guests(world, 2);
  const { id: lobbyId } = await ada!.call('lobby.create', { game: 'melee', bots: 1 });
  await bob!.call('lobby.join', { lobbyId });
  await ada!.call('lobby.leave', { lobbyId });
  assert.equal((await bob!.call('lobby.get', { lobbyId })).ownerId, bob!.player.id);
});

withPlatform('bots alone keep no lobby', async (world) => {
  const ada = await world.guest();
  const { id: lobbyId } = await ada.call('lobby.create', { game: 'duel', bots: 1 });
  await ada.call('lobby.leave', { lobbyId });
  await refused(ada.call('lobby.get', { lobbyId }), 'LOBBY_NOT_FOUND');
});

withPlatform(
  'the owner removes members, who cannot come back, and bots, who can',
  async (world) => {
    const [ada, bob] = await guests(world, 2);
    const { id: lobbyId, code = '' } = await ada!.call('lobby.create', { game: 'duel' });
    await bob!.call('lobby.join', { lobbyId });
    const { events } = bob!.connect();
    const playerId = bob!.player.id;
    await refused(bob!.call('lobby.kick', { lobbyId, playerId: ada!.player.id }), 'NOT_OWNER');
    await ada!.call('lobby.kick', { lobbyId, playerId });
    assert.deepEqual(events.at(-1), {
      event: 'lobby.removed',
      data: { lobbyId, reason: 'kicked' },
    });
    await refused(bob!.call('lobby.join', { lobbyId }), 'KICKED');
    await refused(bob!.call('lobby.join-code', { code }), 'KICKED');
    assert.notEqual((await bob!.call('lobby.quick', { game: 'duel' })).id, lobbyId);
    await refused(ada!.call('lobby.kick', { lobbyId, playerId }), 'NOT_IN_LOBBY');
    await refused(ada!.call('lobby.kick', { lobbyId, playerId: ada!.player.id }), 'BAD_REQUEST');
    const lobby = await ada!.call('lobby.add-bot', { lobbyId });
    await refused(ada!.call('lobby.add-bot', { lobbyId }), 'LOBBY_FULL');
    assert.equal(lobby.members[1]?.name, 'Bot 1');
    await ada!.call('lobby.kick', { lobbyId, playerId: 'bot:1' });
    await ada!.call('lobby.add-bot', { lobbyId });
  },
);

withPlatform('the owner hands over to a member, not to a bot or a stranger', async (world) => {
  const [ada, bob, cyd] = await guests(world, 3);
  const { id: lobbyId } = await ada!.call('lobby.create', { game: 'brawl' });
  await bob!.call('lobby.join', { lobbyId });
  const to = (playerId: string) => ada!.call('lobby.hand-over', { lobbyId, playerId });
  await refused(to(cyd!.player.id), 'NOT_IN_LOBBY');
  assert.equal((await to(bob!.player.id)).ownerId, bob!.player.id);
  await refused(to(ada!.player.id), 'NOT_OWNER');
  const duel = await cyd!.call('lobby.create', { game: 'duel', bots: 1 });
  await refused(
    cyd!.call('lobby.hand-over', { lobbyId: duel.id, playerId: 'bot:1' }),
    'BAD_REQUEST',
  );
  await refused(bob!.call('lobby.add-bot', { lobbyId }), 'GAME_HAS_NO_BOT');
});

withPlatform('members are told of every change; strangers of none', async (world) => {
  const [ada, bob, cyd] = await guests(world, 3);
  const stranger = cyd!.connect();
  const { events } = ada!.connect();
  const { id: lobbyId } = await ada!.call('lobby.create', { game: 'brawl' });
  await bob!.call('lobby.join', { lobbyId });
  await bob!.call('lobby.ready', { lobbyId, ready: true });
  await bob!.call('lobby.ready', { lobbyId, ready: true });
  await bob!.call('lobby.leave', { lobbyId });
  assert.deepEqual(
    events.map((event) => event.event === 'lobby.changed' && event.data.lobby.members.length),
    [1, 2, 2, 1],
  );
  assert.deepEqual(stranger.events, []);
});

withPlatform('members nobody hears of for a minute lose their seat', async (world) => {
  const [ada, bob] = await guests(world, 2);
  const { id: lobbyId } = await ada!.call('lobby.create', { game: 'brawl' });
  await bob!.call('lobby.join', { lobbyId });
  const { events } = ada!.connect();
  await world.advance(limits.lobbyAbsenceS * 1000 - 1);
  await bob!.call('account.me');
  await world.advance(limits.lobbyAbsenceS * 1000 - 1);
  assert.equal((await ada!.call('lobby.get', { lobbyId })).members.length, 2);
  await world.advance(1);
  assert.deepEqual(seats(await ada!.call('lobby.get', { lobbyId })), [`0 ${ada!.player.name}`]);
  assert.equal(events.length, 1);
});

withPlatform(
  'a connection keeps the seat; a minute after the last one it is gone',
  async (world) => {
    const ada = await world.guest();
    const [one, two] = [ada.connect(), ada.connect()];
    await ada.call('lobby.create', { game: 'duel' });
    await world.advance(599_000);
    one.close();
    two.close();
    await world.advance(59_999);
    assert.equal((await world.store.lobbies.all()).length, 1);
    const back = ada.connect();
    await world.advance(59_999);
    assert.equal((await world.store.lobbies.all()).length, 1);
    back.close();
    await world.advance(60_000);
    assert.deepEqual(await world.store.lobbies.all(), []);
    assert.equal(world.time.armedCount, 2, 'only the platform’s own timers are left');
  },
);

withPlatform('the server holds so many lobbies and no more', async (world) => {
  const realMax = limits.lobbiesMax;
  const many = Array.from({ length: realMax }, (_, i) => i);
  // Straight into the store: a restart takes them over.
  const codes = codesOf(realMax);
  await Promise.all(
    many.map((i) =>
      world.store.lobbies.save({
        id: `l${i}`,
        code: codes[i]!,
        game: 'duel',
        state: 'open',
        private: true,
        ownerId: `p${i}`,
        members: [{ playerId: `p${i}`, name: 'x', kind: 'guest', seat: 0, ready: false }],
        banned: [],
        settings: {},
        createdAtMs: i,
      }),
    ),
  );
  const full = await world.restart();
  const ada = await full.guest();
  await refused(ada.call('lobby.create', { game: 'duel' }), 'SERVER_FULL');
  await refused(ada.call('lobby.quick', { game: 'duel' }), 'SERVER_FULL');
  await full.platform.close();
});

function codesOf(count: number): string[] {
  const letters = 'ABCDEFGHJK';
  return Array.from({ length: count }, (_, i) =>
    [...String(i).padStart(4, '0')].map((digit) => letters[Number(digit)]).join(''),
  );
}
