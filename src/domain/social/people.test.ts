// Friends, blocks, presence and the room as players meet them: one line, one action, its result.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { EventName } from '../../contract/events.ts';
import { contractLimits as limits } from '../../contract/limits.ts';
import { refused } from '../rejects.fixture.ts';
import { type TestPlatform, type TestPlayer, testPlatform } from '../test-platform.fixture.ts';

const withPlatform = (behaviour: string, run: (world: TestPlatform) => Promise<void>) =>
  test(behaviour, async () => {
    const world = await testPlatform();
    try {
      await run(world);
    } finally {
      await world.close();
    }
  });

type Connected = ReturnType<TestPlayer['connect']>;

const eventsNamed = ({ events }: Connected, name: EventName): unknown[] =>
  events.filter(({ event }) => event === name).map(({ data }) => data);

const names = ({ players }: { readonly players: readonly { readonly name: string }[] }) =>
  players.map(({ name }) => name);

async function inRoom(world: TestPlatform, name: string) {
  const player = await world.register(name);
  const line = player.connect();
  await player.call('room.enter');
  return { player, line };
}

withPlatform('two who ask each other are friends, and each is told', async (world) => {
  const [ada, bob] = [await world.register('Ada'), await world.register('Bob')];
  const [atAda, atBob] = [ada.connect(), bob.connect()];
  assert.deepEqual(await ada.call('friend.request', { player: 'bob' }), { state: 'requested' });
  assert.deepEqual(names({ players: [atBob.events[0]?.data as never] }).length, 1);
  await refused(ada.call('friend.request', { player: 'bob' }), 'FRIENDS_ALREADY');
  assert.deepEqual(await bob.call('friend.request', { player: 'Ada' }), { state: 'friends' });
  assert.equal(eventsNamed(atBob, 'friend.requested').length, 1);
  assert.equal(eventsNamed(atAda, 'friend.accepted').length, 1);
  const { friends, incoming, outgoing } = await ada.call('friend.list');
  assert.deepEqual(
    friends.map(({ player, state }) => [player.name, state]),
    [['Bob', 'online']],
  );
  assert.deepEqual([incoming, outgoing], [[], []]);
  await bob.call('friend.remove', { player: 'Ada' });
  assert.equal(eventsNamed(atAda, 'friend.removed').length, 1);
  await refused(bob.call('friend.remove', { player: 'Ada' }), 'NOT_FRIENDS');
});

withPlatform('a request can be accepted, declined and taken back', async (world) => {
  const [ada, bob] = [await world.register('Ada'), await world.register('Bob')];
  await ada.call('friend.request', { player: 'Bob' });
  const waiting = await bob.call('friend.list');
  assert.deepEqual(names({ players: waiting.incoming.map(({ player }) => player) }), ['Ada']);
  await refused(ada.call('friend.accept', { player: 'Bob' }), 'NO_FRIEND_REQUEST');
  await bob.call('friend.decline', { player: 'Ada' });
  await refused(bob.call('friend.accept', { player: 'Ada' }), 'NO_FRIEND_REQUEST');
  await ada.call('friend.request', { player: 'Bob' });
  await ada.call('friend.decline', { player: 'Bob' });
  await ada.call('friend.request', { player: 'Bob' });
  await bob.call('friend.accept', { player: 'Ada' });
  assert.equal((await ada.call('friend.list')).friends.length, 1);
});

withPlatform('nobody befriends a guest, themselves or who blocked them', async (world) => {
  const [ada, bob, guest] = [
    await world.register('Ada'),
    await world.register('Bob'),
    await world.guest('Gus'),
  ];
  await refused(ada.call('friend.request', { player: 'Ada' }), 'TO_YOURSELF');
  await refused(ada.call('friend.request', { player: 'Zoe' }), 'PLAYER_NOT_FOUND');
  await refused(ada.call('friend.request', { player: guest.player.name }), 'NOT_AN_ACCOUNT');
  await bob.call('block.add', { player: 'Ada' });
  await refused(ada.call('friend.request', { player: 'Bob' }), 'BLOCKED');
});

withPlatform('a friendship ends with a block', async (world) => {
  const [ada, bob] = [await world.register('Ada'), await world.register('Bob')];
  await ada.call('friend.request', { player: 'Bob' });
  await bob.call('friend.accept', { player: 'Ada' });
  await ada.call('block.add', { player: 'Bob' });
  assert.deepEqual((await bob.call('friend.list')).friends, []);
});

withPlatform('open requests are bounded, and declining one makes room', async (world) => {
  const ada = await world.register('Ada');
  const others: string[] = [];
  for (let i = 0; i <= limits.friendRequestsMax; i++) {
    const other = await world.anyone(
      'account.register',
      { name: `Other ${i}`, password: 'correct horse' },
      `198.51.100.${i}`,
    );
    others.push(other.player.name);
  }
  const last = others.pop() ?? '';
  for (const player of others) {
    await world.advance(2_001);
    await ada.call('friend.request', { player });
  }
  await world.advance(60_000);
  ada.session = await world.anyone('account.refresh', {
    refreshToken: ada.session.refreshToken,
  });
  await refused(ada.call('friend.request', { player: last }), 'FRIENDS_FULL');
  await ada.call('friend.decline', { player: others[0] ?? '' });
  await ada.call('friend.request', { player: last });
});

withPlatform('blocks are listed, refused twice and taken back once', async (world) => {
  const [ada] = [await world.register('Ada'), await world.register('Bob')];
  await ada.call('block.add', { player: 'bob' });
  await refused(ada.call('block.add', { player: 'Bob' }), 'BLOCKED_ALREADY');
  await refused(ada.call('block.add', { player: 'Ada' }), 'TO_YOURSELF');
  assert.deepEqual(names(await ada.call('block.list')), ['Bob']);
  await ada.call('block.remove', { player: 'Bob' });
  await refused(ada.call('block.remove', { player: 'Bob' }), 'NOT_BLOCKED');
  assert.deepEqual(names(await ada.call('block.list')), []);
});

withPlatform('blocks are bounded', async (world) => {
  const ada = await world.register('Ada');
  const store = world.store.blocks;
  for (let i = 0; i < limits.blocksMax; i++) {
    await store.add({ blockerId: ada.player.id, blockedId: `id${i}` }, 1);
  }
  const again = await world.restart();
  await again.register('Bob');
  const later = again.platform.dispatcher.call(
    { wire: 'test', address: '192.0.2.7', accessToken: ada.session.accessToken },
    'block.add',
    { player: 'Bob' },
  );
  await refused(later, 'BLOCKS_FULL');
  await again.platform.close();
});

withPlatform('a block outlives a restart', async (world) => {
  const [ada, bob] = [await world.register('Ada'), await world.register('Bob')];
  await ada.call('block.add', { player: 'Bob' });
  const again = await world.restart();
  const call = again.platform.dispatcher.call(
    { wire: 'test', address: '192.0.2.7', accessToken: bob.session.accessToken },
    'chat.send',
    { to: 'Ada', message: 'hello' },
  );
  await refused(call, 'BLOCKED');
  await again.platform.close();
});

withPlatform('who is in the room hears who comes, what is said and who goes', async (world) => {
  const ada = await inRoom(world, 'Ada');
  const bob = await world.register('Bob');
  const atBob = bob.connect();
  assert.deepEqual(names(await bob.call('room.enter')), ['Ada', 'Bob']);
  assert.deepEqual(await bob.call('room.say', { message: 'hello' }), { someNotReached: false });
  atBob.close();
  assert.deepEqual(
    ada.line.events.map(({ event, data }) => [event, 'message' in data ? data.message : undefined]),
    [
      ['room.joined', undefined],
      ['room.message', 'hello'],
      ['room.left', undefined],
    ],
  );
  assert.deepEqual(eventsNamed(atBob, 'room.message'), []);
  assert.deepEqual(names(await ada.player.call('room.players')), ['Ada']);
});

withPlatform('a player with two sessions comes once and goes with the last', async (world) => {
  const ada = await inRoom(world, 'Ada');
  const bob = await inRoom(world, 'Bob');
  const second = await world.anyone('account.login', { name: 'Bob', password: 'correct horse' });
  const phone: TestPlayer = { ...bob.player, session: second };
  const line = world.platform.events.connect(
    bob.player.player.id,
    JSON.parse(second.accessToken).sessionId,
    () => undefined,
  );
  const origin = { wire: 'test', address: '192.0.2.7', accessToken: second.accessToken };
  await world.platform.dispatcher.call(origin, 'room.enter', {});
  assert.equal(eventsNamed(ada.line, 'room.joined').length, 1);
  bob.line.close();
  assert.equal(eventsNamed(ada.line, 'room.left').length, 0);
  line();
  assert.equal(eventsNamed(ada.line, 'room.left').length, 1);
  assert.equal(phone.player.name, 'Bob');
});

withPlatform('the room is entered with a connection, and left by hand', async (world) => {
  const ada = await world.register('Ada');
  await refused(ada.call('room.enter'), 'NOT_CONNECTED');
  await refused(ada.call('presence.set', { away: true }), 'NOT_CONNECTED');
  ada.connect();
  await ada.call('room.enter');
  await ada.call('room.leave');
  assert.deepEqual(names(await ada.call('room.players')), []);
});

withPlatform('a block hides the blocker, and only the blocker', async (world) => {
  const ada = await inRoom(world, 'Ada');
  const bob = await inRoom(world, 'Bob');
  await ada.player.call('block.add', { player: 'Bob' });
  assert.deepEqual(names(await bob.player.call('room.players')), ['Bob']);
  assert.deepEqual(names(await bob.player.call('presence.online')), []);
  assert.deepEqual(names(await ada.player.call('presence.online')), ['Bob']);
  const seen = await bob.player.call('presence.get', { player: 'Ada' });
  assert.deepEqual([seen.state, seen.lastSeenAt], ['offline', undefined]);
  const said = await bob.player.call('room.say', { message: 'anyone?' });
  assert.deepEqual([said, eventsNamed(ada.line, 'room.message')], [{ someNotReached: true }, []]);
  assert.deepEqual(await ada.player.call('room.say', { message: 'me' }), { someNotReached: false });
  assert.equal(eventsNamed(bob.line, 'room.message').length, 1);
  ada.line.close();
  assert.equal(eventsNamed(bob.line, 'room.left').length, 0);
  assert.deepEqual(names(await bob.player.call('presence.since', { seconds: 60 })), []);
});

withPlatform('who was online in the last seconds is told, each once', async (world) => {
  const ada = await world.register('Ada');
  const [bob, cyd] = [await world.register('Bob'), await world.register('Cyd')];
  const atBob = bob.connect();
  cyd.connect().close();
  await world.advance(30_000);
  atBob.close();
  await world.advance(10_000);
  bob.connect();
  assert.deepEqual(names(await ada.call('presence.since', { seconds: 20 })), ['Bob']);
  assert.deepEqual(names(await ada.call('presence.since', { seconds: 41 })), ['Bob', 'Cyd']);
  assert.deepEqual(names(await ada.call('presence.online')), ['Bob']);
});

withPlatform('friends are told where a player is; strangers are not', async (world) => {
  const [ada, bob, eve] = [
    await world.register('Ada'),
    await world.register('Bob'),
    await world.register('Eve'),
  ];
  await ada.call('friend.request', { player: 'Bob' });
  await bob.call('friend.accept', { player: 'Ada' });
  const [atBob, atEve] = [bob.connect(), eve.connect()];
  const atAda = ada.connect();
  const { id: lobbyId } = await ada.call('lobby.create', { game: 'duel', bots: 1 });
  await ada.call('presence.set', { away: true });
  await ada.call('presence.set', { away: false });
  await ada.call('lobby.ready', { lobbyId, ready: true });
  atAda.close();
  await world.platform.settled();
  assert.deepEqual(
    atBob.events
      .filter((event) => event.event === 'presence.changed')
      .map(({ data }) => data.presence.state),
    ['online', 'in-lobby', 'away', 'in-lobby', 'in-match', 'offline'],
  );
  assert.deepEqual(eventsNamed(atEve, 'presence.changed'), []);
  const { friends } = await bob.call('friend.list');
  assert.equal(friends[0]?.state, 'offline');
  assert.equal(typeof friends[0]?.lastSeenAt, 'string');
});

withPlatform(
  'lobbies of who is blocked, either way, are neither listed nor joined',
  async (world) => {
    const [ada, bob] = [await world.register('Ada'), await world.register('Bob')];
    const { id: lobbyId } = await ada.call('lobby.create', { game: 'duel' });
    assert.equal((await bob.call('lobby.list')).lobbies.length, 1);
    await bob.call('block.add', { player: 'Ada' });
    assert.equal((await bob.call('lobby.list')).lobbies.length, 0);
    await refused(bob.call('lobby.join', { lobbyId }), 'LOBBY_NOT_FOUND');
    assert.notEqual((await bob.call('lobby.quick', { game: 'duel' })).id, lobbyId);
  },
);

withPlatform('a lobby talks among itself and invites', async (world) => {
  const [ada, bob, cyd] = [
    await world.register('Ada'),
    await world.register('Bob'),
    await world.register('Cyd'),
  ];
  const { id: lobbyId } = await ada.call('lobby.create', { game: 'duel', private: true });
  await refused(ada.call('lobby.invite', { lobbyId, player: 'Bob' }), 'PLAYER_OFFLINE');
  const [atAda, atBob] = [ada.connect(), bob.connect()];
  await refused(ada.call('lobby.invite', { lobbyId, player: 'Ada' }), 'TO_YOURSELF');
  await ada.call('lobby.invite', { lobbyId, player: 'Bob' });
  const invited = atBob.events.find(({ event }) => event === 'lobby.invited');
  assert.ok(invited?.event === 'lobby.invited');
  await bob.call('lobby.join-code', { code: invited.data.lobby.code ?? '' });
  await bob.call('lobby.say', { lobbyId, message: 'here I am' });
  assert.equal(eventsNamed(atAda, 'lobby.message').length, 1);
  await refused(cyd.call('lobby.say', { lobbyId, message: 'me too' }), 'LOBBY_NOT_FOUND');
  await ada.call('block.add', { player: 'Cyd' });
  await refused(cyd.call('signal.send', { to: 'Ada', kind: 'x', body: 1 }), 'BLOCKED');
});

withPlatform('signals reach who is here, and are bounded by blocks', async (world) => {
  const [ada, bob] = [await world.register('Ada'), await world.register('Bob')];
  const send = (to: string) => ada.call('signal.send', { to, kind: 'my.offer', body: { x: 1 } });
  await refused(send('Bob'), 'PLAYER_OFFLINE');
  await refused(send('Ada'), 'TO_YOURSELF');
  await refused(send('Zoe'), 'PLAYER_NOT_FOUND');
  const atBob = bob.connect();
  await send('Bob');
  assert.deepEqual(eventsNamed(atBob, 'signal.received'), [
    {
      from: { id: ada.player.id, name: 'Ada', kind: 'account' },
      kind: 'my.offer',
      body: { x: 1 },
    },
  ]);
});

withPlatform('the room as a whole is bounded', async (world) => {
  const speakers = await Promise.all(
    Array.from({ length: limits.roomMessagesMax / limits.roomMessagesOfPlayerMax + 1 }, (_, i) =>
      world.anyone('account.guest', { name: `Speaker ${i}` }, `198.51.100.${i}`),
    ),
  );
  const say = (accessToken = '') =>
    world.platform.dispatcher.call(
      { wire: 'test', address: '192.0.2.7', accessToken },
      'room.say',
      { message: 'noise' },
    );
  const last = speakers.pop();
  for (const { accessToken } of speakers) {
    for (let i = 0; i < limits.roomMessagesOfPlayerMax; i++) await say(accessToken);
  }
  await refused(say(last?.accessToken), 'ROOM_BUSY');
  await refused(say(speakers[0]?.accessToken), 'RATE_LIMITED');
});
