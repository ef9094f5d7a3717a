// External games as players and their programs meet them: one line, one action, its result.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { contractLimits as limits } from '../../contract/limits.ts';
import { GameCatalog } from '../games.ts';
import { refused } from '../rejects.fixture.ts';
import { duel } from '../test-platform.fixture.ts';
import { type Gamer, gamers, openGame, wish, withWorld } from './external-world.fixture.ts';

withWorld('a player is in one game or lobby at a time', async (world) => {
  const [ada, bob] = (await gamers(world, 'Ada', 'Bob')) as [Gamer, Gamer];
  const number = await openGame(ada);
  const again = await refused(ada.call('external.host', wish), 'ALREADY_IN_LOBBY');
  assert.equal(again.details?.['lobby'], `external-${number}`);
  await refused(ada.call('external.join', { number }), 'ALREADY_IN_LOBBY');
  await refused(ada.call('lobby.create', { game: 'duel' }), 'ALREADY_IN_LOBBY');
  await refused(ada.call('lobby.quick', { game: 'duel' }), 'ALREADY_IN_LOBBY');
  const lobby = await bob.call('lobby.create', { game: 'duel' });
  await refused(bob.call('external.host', wish), 'ALREADY_IN_LOBBY');
  await refused(bob.call('external.join', { number }), 'ALREADY_IN_LOBBY');
  await bob.call('lobby.leave', { lobbyId: lobby.id });
  await bob.call('external.join', { number });
  const wrong = `external-${number + 1}`;
  await refused(ada.call('lobby.leave', { lobbyId: wrong }), 'LOBBY_NOT_FOUND');
  await ada.call('lobby.leave', { lobbyId: `external-${number}` });
  await ada.call('lobby.create', { game: 'duel' });
  const both = await Promise.allSettled([
    bob.call('external.host', wish),
    bob.call('external.host', wish),
    bob.call('lobby.create', { game: 'duel' }),
  ]);
  assert.equal(both.filter(({ status }) => status === 'fulfilled').length, 1);
});

withWorld('joins are refused with the reason', async (world) => {
  const [ada, bob] = (await gamers(world, 'Ada', 'Bob')) as [Gamer, Gamer];
  await refused(bob.call('external.join', { number: 9 }), 'LOBBY_NOT_FOUND');
  const { number } = await ada.call('external.host', { ...wish, password: 'Geheim' });
  const join = (password?: string) =>
    bob.call('external.join', password === undefined ? { number } : { number, password });
  await refused(join('Geheim'), 'GAME_NOT_READY');
  await ada.says('GameState', 'Idle');
  await refused(join('Geheim'), 'GAME_NOT_READY');
  await ada.says('GameState', 'Lobby');
  await refused(join(), 'WRONG_GAME_PASSWORD');
  await refused(join('geheim'), 'WRONG_GAME_PASSWORD');
  assert.equal((await join('Geheim')).hasPassword, true);
  await bob.call('external.leave');
  await ada.says('GameState', 'Launching');
  await refused(join('Geheim'), 'GAME_NOT_READY');
  await ada.says('GameState', 'Ended');
  await refused(join('Geheim'), 'LOBBY_NOT_FOUND');
  assert.ok(!JSON.stringify(world.log).includes('Geheim'));
  const stranger = await world.guest('luigi');
  await refused(stranger.call('external.host', wish), 'NOT_CONNECTED');
});

withWorld('a full game takes nobody more', async (world) => {
  const names = Array.from({ length: limits.externalMembersMax + 1 }, (_, i) => `Player ${i}`);
  const [host, ...guests] = (await gamers(world, ...names)) as [Gamer, ...Gamer[]];
  const last = guests.pop() as Gamer;
  const number = await openGame(host);
  for (const guest of guests) await guest.call('external.join', { number });
  await refused(last.call('external.join', { number }), 'LOBBY_FULL');
});

withWorld('titles, mods and maps are ASCII and not blank', async (world) => {
  const [ada] = (await gamers(world, 'Ada')) as [Gamer];
  const bad = [{ title: '  ' }, { title: 'Zoë' }, { title: 'a\nb' }, { title: 'x'.repeat(129) }];
  for (const change of [...bad, { mod: '' }, { map: 'ü' }, { password: '' }]) {
    const body = await refused(ada.call('external.host', { ...wish, ...change }), 'BAD_REQUEST');
    assert.equal(body.details?.['field'], Object.keys(change)[0]);
  }
});

withWorld('a game for friends is seen, joined and followed by friends alone', async (world) => {
  const [ada, bob, cyd] = (await gamers(world, 'Ada', 'Bob', 'Cyd')) as [Gamer, Gamer, Gamer];
  await ada.call('friend.request', { player: 'Bob' });
  await bob.call('friend.accept', { player: 'Ada' });
  const { number } = await ada.call('external.host', { ...wish, visibility: 'friends' });
  await ada.runs();
  await world.tick();
  const hears = (name: string) => [`${name}: open [] teams`];
  assert.deepEqual(world.heard(), ['Ada: host scmp_007', ...hears('Ada'), ...hears('Bob')]);
  assert.equal((await bob.call('external.list')).games.length, 1);
  assert.equal((await cyd.call('external.list')).games.length, 0);
  await refused(cyd.call('external.join', { number }), 'LOBBY_NOT_FOUND');
  assert.deepEqual((await cyd.call('lobby.list')).lobbies, []);
  // Friendships change while the game is open.
  await cyd.call('friend.request', { player: 'Ada' });
  await ada.call('friend.accept', { player: 'Cyd' });
  await ada.call('friend.remove', { player: 'Bob' });
  await world.platform.settled();
  assert.equal((await cyd.call('external.list')).games.length, 1);
  assert.equal((await bob.call('external.list')).games.length, 0);
  await cyd.call('external.join', { number });
});

withWorld('whoever the host has blocked sees and joins nothing', async (world) => {
  const [ada, bob] = (await gamers(world, 'Ada', 'Bob')) as [Gamer, Gamer];
  await ada.call('block.add', { player: 'Bob' });
  const number = await openGame(ada);
  await world.tick();
  assert.deepEqual(world.heard(), ['Ada: host scmp_007', 'Ada: open [] teams']);
  assert.equal((await bob.call('external.list')).games.length, 0);
  assert.equal((await bob.call('lobby.list')).lobbies.length, 0);
  await refused(bob.call('external.join', { number }), 'BLOCKED');
  await ada.call('block.remove', { player: 'Bob' });
  assert.equal((await bob.call('external.list')).games.length, 1);
});

withWorld('other wires see open games as lobbies that they cannot join', async (world) => {
  const [ada, bob] = (await gamers(world, 'Ada', 'Bob')) as [Gamer, Gamer];
  const early = await bob.call('lobby.create', { game: 'brawl' });
  await world.advance(1);
  const number = await openGame(ada);
  await world.advance(1);
  const cyd = await world.guest('cyd');
  await cyd.call('lobby.create', { game: 'duel' });
  const { lobbies } = await bob.call('lobby.list');
  assert.deepEqual(
    lobbies.map(({ kind, game }) => [kind, game]),
    [
      [undefined, 'brawl'],
      ['external', 'external-faf'],
      [undefined, 'duel'],
    ],
  );
  const first = await bob.call('lobby.list', { limit: 1 });
  const second = await bob.call('lobby.list', { limit: 1, cursor: first.cursor ?? '' });
  assert.deepEqual(second.lobbies, [lobbies[1]]);
  assert.equal((await bob.call('lobby.list', { game: 'duel' })).lobbies.length, 1);
  assert.equal((await bob.call('lobby.list', { game: 'external-faf' })).lobbies.length, 1);
  const lobbyId = `external-${number}`;
  assert.deepEqual(await bob.call('lobby.get', { lobbyId }), lobbies[1]);
  const nobody = await world.guest('dan');
  const body = await refused(nobody.call('lobby.join', { lobbyId }), 'PLAYED_ELSEWHERE');
  assert.match(body.message, /over the lobby protocol/);
  assert.equal(early.kind, undefined);
  await ada.says('GameState', 'Launching');
  assert.equal((await bob.call('lobby.list')).lobbies.length, 2);
});

withWorld('friends see that a player is in a game, and plays', async (world) => {
  const [ada, bob] = (await gamers(world, 'Ada', 'Bob')) as [Gamer, Gamer];
  await ada.call('friend.request', { player: 'Bob' });
  await bob.call('friend.accept', { player: 'Ada' });
  const { events } = bob.connect();
  await openGame(ada);
  await ada.says('GameState', 'Launching');
  await world.platform.settled();
  await ada.says('GameState', 'Ended');
  await world.platform.settled();
  const states = events.flatMap((event) =>
    event.event === 'presence.changed' ? [event.data.presence.state] : [],
  );
  assert.deepEqual(states, ['in-lobby', 'in-match', 'online']);
});

withWorld('after a kill the games are gone and their numbers go on', async (world) => {
  const [ada, bob] = (await gamers(world, 'Ada', 'Bob')) as [Gamer, Gamer];
  const number = await openGame(ada, bob);
  await ada.says('GameState', 'Launching');
  const again = await world.restart();
  const login = await again.anyone('account.login', { name: 'Ada', password: 'correct horse' });
  const origin = { wire: 'test', address: '192.0.2.7', accessToken: login.accessToken };
  const { sessionId } = JSON.parse(login.accessToken) as { sessionId: string };
  again.platform.events.connect(login.player.id, sessionId, () => undefined);
  const { dispatcher } = again.platform;
  assert.deepEqual(await dispatcher.call(origin, 'external.list', {}), { games: [] });
  const next = await dispatcher.call(origin, 'external.host', wish);
  assert.equal(next.number, number + 1);
  await again.platform.close();
});

test('a server’s own game cannot have a name of theirs', () => {
  const game = { ...duel, name: 'external-faf' };
  assert.throws(() => new GameCatalog([game]), /external-faf: names in external-/);
});
