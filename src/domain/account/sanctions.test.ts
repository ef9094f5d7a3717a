// What operators and players do about sessions, log-ins and people who misbehave.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { contractLimits as limits } from '../../contract/limits.ts';
import { openSqliteStore } from '../../store/open.ts';
import { type FailingStore, failingStore } from '../failing-store.fixture.ts';
import { refused } from '../rejects.fixture.ts';
import { type TestPlatform, testPlatform } from '../test-platform.fixture.ts';

const withPlatform = (
  behaviour: string,
  run: (world: TestPlatform & { readonly failing: FailingStore }) => Promise<void>,
) =>
  test(behaviour, async () => {
    const deps = {
      adminNameKeys: new Set(['op']),
      lockOuts: { messenger: { failuresMax: 3, lockS: 60 } },
    };
    const failing = failingStore(await openSqliteStore({ file: ':memory:' }));
    const world = await testPlatform({ deps, store: failing.store });
    try {
      await run({ ...world, failing });
    } finally {
      await world.close();
    }
  });

const login = (world: TestPlatform, name: string, wire = 'test', password = 'correct horse') =>
  world.platform.dispatcher.call({ wire, address: '192.0.2.9' }, 'account.login', {
    name,
    password,
  });

withPlatform('a ban ends every session and refuses log-ins until it is over', async (world) => {
  const [op, bob] = [await world.register('Op'), await world.register('Bob')];
  const atBob = bob.connect();
  const ban = { player: 'bob', kind: 'ban', reason: 'castle', forS: 3600 } as const;
  await refused(bob.call('admin.sanction', { ...ban, player: 'Op' }), 'FORBIDDEN');
  await refused(op.call('admin.sanction', { ...ban, player: 'Op' }), 'TO_YOURSELF');
  await op.call('admin.sanction', ban);
  assert.deepEqual(atBob.events.at(-1), {
    event: 'session.ended',
    data: { reason: 'banned', why: 'castle' },
  });
  await refused(bob.call('account.me'), 'UNAUTHENTICATED');
  await refused(login(world, 'Bob'), 'BANNED');
  const again = await world.restart();
  await refused(login(again, 'Bob'), 'BANNED');
  await again.platform.close();
  await world.advance(3_600_001);
  await login(world, 'Bob');
});

withPlatform(
  'a ban ends the session that was being made, a pardon does not bring it back',
  async (world) => {
    const [op, bob] = [await world.register('Op'), await world.register('Bob')];
    const held = world.failing.hold('sessions.add');
    const loggedIn = login(world, 'Bob');
    await held.reached;
    await op.call('admin.sanction', { player: 'Bob', kind: 'ban', reason: 'castle' });
    held.letGo();
    const { accessToken, refreshToken } = await loggedIn;
    assert.deepEqual(await world.store.sessions.ofPlayer(bob.player.id), []);
    await op.call('admin.pardon', { player: 'Bob', kind: 'ban' });
    const origin = { wire: 'test', address: '192.0.2.9', accessToken };
    await refused(world.platform.dispatcher.call(origin, 'account.me', {}), 'UNAUTHENTICATED');
    await refused(world.anyone('account.refresh', { refreshToken }), 'REFRESH_REFUSED');
  },
);

withPlatform('a muted player writes nothing until pardoned', async (world) => {
  const [op, bob] = [await world.register('Op'), await world.register('Bob')];
  bob.connect();
  const { id: lobbyId } = await bob.call('lobby.create', { game: 'duel' });
  await op.call('admin.sanction', { player: 'Bob', kind: 'mute', reason: 'noise' });
  await refused(bob.call('room.say', { message: 'hi' }), 'MUTED');
  await refused(bob.call('chat.send', { to: 'Op', message: 'hi' }), 'MUTED');
  await refused(bob.call('lobby.say', { lobbyId, message: 'hi' }), 'MUTED');
  await refused(bob.call('signal.send', { to: 'Op', kind: 'x', body: 1 }), 'MUTED');
  const { sanctions } = await op.call('admin.sanctions');
  assert.deepEqual(
    sanctions.map(({ player, kind, reason, until }) => [player.name, kind, reason, until]),
    [['Bob', 'mute', 'noise', undefined]],
  );
  await op.call('admin.pardon', { player: 'Bob', kind: 'mute' });
  await refused(op.call('admin.pardon', { player: 'Bob', kind: 'mute' }), 'NOT_SANCTIONED');
  await bob.call('room.say', { message: 'hi' });
});

withPlatform(
  'a kicked player may come back, and everybody hears an announcement',
  async (world) => {
    const [op, bob] = [await world.register('Op'), await world.register('Bob')];
    const atBob = bob.connect();
    assert.deepEqual(await op.call('admin.announce', { message: 'Restart at noon.' }), {
      players: 1,
    });
    assert.equal(atBob.events[0]?.event, 'announcement');
    await op.call('admin.kick', { player: 'Bob', reason: 'idle' });
    await refused(bob.call('account.me'), 'UNAUTHENTICATED');
    await login(world, 'Bob');
  },
);

withPlatform('sessions are listed with where they are from, and revoked', async (world) => {
  const bob = await world.register('Bob');
  await login(world, 'Bob', 'messenger');
  const { sessions } = await bob.call('session.list');
  const other = sessions.find(({ current }) => !current);
  assert.deepEqual([sessions.length, other?.wire, other?.address], [2, 'messenger', '192.0.2.9']);
  await bob.call('session.revoke', { sessionId: other?.id ?? '' });
  await refused(bob.call('session.revoke', { sessionId: other?.id ?? '' }), 'SESSION_NOT_FOUND');
  const eve = await world.register('Eve');
  const bobs = (await bob.call('session.list')).sessions[0]?.id ?? '';
  await refused(eve.call('session.revoke', { sessionId: bobs }), 'SESSION_NOT_FOUND');
});

withPlatform('log-ins are kept, failed ones too', async (world) => {
  const bob = await world.register('Bob');
  await world.advance(1000);
  await refused(login(world, 'Bob', 'test', 'wrong'), 'WRONG_PASSWORD');
  await world.advance(1000);
  await login(world, 'Bob', 'messenger');
  await world.platform.settled();
  const { logins } = await bob.call('account.logins');
  assert.deepEqual(
    logins.map(({ wire, outcome }) => [wire, outcome]),
    [
      ['messenger', 'ok'],
      ['test', 'wrong-password'],
      ['test', 'registered'],
    ],
  );
});

withPlatform(
  'three failures in a row over a strict wire lock the name everywhere',
  async (world) => {
    await world.register('Bob');
    for (let i = 0; i < 2; i++) {
      await refused(login(world, 'Bob', 'messenger', 'wrong'), 'WRONG_PASSWORD');
    }
    await login(world, 'Bob', 'messenger');
    for (let i = 0; i < 2; i++) {
      await refused(login(world, 'Bob', 'messenger', 'wrong'), 'WRONG_PASSWORD');
    }
    await refused(login(world, 'Bob', 'messenger', 'wrong'), 'ACCOUNT_LOCKED');
    const elsewhere = () =>
      world.anyone('account.login', { name: 'bob', password: 'correct horse' }, '203.0.113.1');
    await refused(elsewhere(), 'ACCOUNT_LOCKED');
    await world.advance(60_001);
    await elsewhere();
  },
);

withPlatform('a guest becomes an account and keeps the id', async (world) => {
  const guest = await world.guest('Gus');
  const bob = await world.register('Bob');
  await refused(
    bob.call('account.upgrade', { name: 'Bo', password: 'correct horse' }),
    'NOT_A_GUEST',
  );
  const wish = { name: 'Bob', password: 'correct horse' };
  await refused(guest.call('account.upgrade', wish), 'NAME_TAKEN');
  const { player } = await guest.call('account.upgrade', { ...wish, name: 'Gus' });
  assert.deepEqual([player.id, player.name, player.kind], [guest.player.id, 'Gus', 'account']);
  await refused(guest.call('account.me'), 'UNAUTHENTICATED');
  await login(world, 'gus');
});

const exactGuest = (world: TestPlatform, name: string) =>
  world.anyone('account.guest', { name, exact: true });

withPlatform('an exact guest has the name alone while there', async (world) => {
  await world.register('Bob');
  await refused(exactGuest(world, 'bob'), 'NAME_TAKEN');
  await refused(exactGuest(world, 'admin'), 'NAME_TAKEN');
  const first = await exactGuest(world, 'mario');
  assert.equal(first.player.name, 'mario');
  assert.deepEqual(await world.anyone('account.exists', { name: 'Mario' }), { kind: 'guest' });
  await refused(exactGuest(world, 'MARIO'), 'NAME_TAKEN');
  const leave = world.platform.events.connect(
    first.player.id,
    JSON.parse(first.accessToken).sessionId,
    () => undefined,
  );
  await world.advance(120_000);
  await refused(exactGuest(world, 'mario'), 'NAME_TAKEN');
  leave();
  assert.deepEqual(await world.anyone('account.exists', { name: 'mario' }), {});
  const second = await exactGuest(world, 'mario');
  assert.notEqual(second.player.id, first.player.id);
  const { player } = await world.platform.dispatcher.call(
    { wire: 'test', address: '192.0.2.7', accessToken: first.accessToken },
    'account.me',
    {},
  );
  assert.match(player.name, /^mario#\d{4}$/);
  await world.advance(120_000);
  await world.register('Mario');
});

withPlatform('a guest who is banned while becoming an account has no way in', async (world) => {
  const [op, guest] = [await world.register('Op'), await world.guest('Gus')];
  const held = world.failing.hold('accounts.byNameKey');
  const upgrading = guest.call('account.upgrade', { name: 'Gus', password: 'correct horse' });
  await held.reached;
  const ban = { player: guest.player.id, kind: 'ban', reason: 'castle', forS: 60 } as const;
  await op.call('admin.sanction', ban);
  held.letGo();
  guest.session = await upgrading;
  await refused(guest.call('account.me'), 'UNAUTHENTICATED');
  const { refreshToken } = guest.session;
  await refused(world.anyone('account.refresh', { refreshToken }), 'REFRESH_REFUSED');
  await refused(login(world, 'Gus'), 'BANNED');
});

withPlatform('one session too many ends the oldest, with its connections', async (world) => {
  const bob = await world.register('Bob');
  const atBob = bob.connect();
  for (let i = 1; i < limits.sessionsPerPlayerMax; i++) {
    await world.advance(10_000);
    await login(world, 'Bob');
  }
  assert.deepEqual(atBob.events, []);
  await world.advance(10_000);
  await login(world, 'Bob');
  assert.deepEqual(atBob.events.at(-1), { event: 'session.ended', data: { reason: 'revoked' } });
  await refused(bob.call('account.me'), 'UNAUTHENTICATED');
});
