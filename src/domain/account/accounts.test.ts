// Accounts and sessions as players meet them: one line, one action, its result.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { contractLimits as limits } from '../../contract/limits.ts';
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

const login = (world: TestPlatform, name: string, password = 'correct horse') =>
  world.anyone('account.login', { name, password });

withPlatform('registering makes an account and a session that works', async (world) => {
  const mario = await world.register('Mario');
  const { player } = await mario.call('account.me');
  assert.deepEqual(player, {
    id: mario.player.id,
    name: 'Mario',
    kind: 'account',
    createdAt: '2026-01-01T00:00:00.000Z',
  });
  assert.equal(mario.session.accessTokenExpiresInS, 600);
});

withPlatform(
  'a name is taken in every case, width and composition of its letters',
  async (world) => {
    await world.register('Straße');
    for (const name of ['straße', 'STRASSE', 'ＳｔｒａＳＳＥ']) {
      await refused(world.register(name), 'NAME_TAKEN');
    }
    await world.register('Zo\u00eb');
    await refused(world.register('ZOE\u0308'), 'NAME_TAKEN');
  },
);

withPlatform('a name is shown in its normal form, with single spaces', async (world) => {
  assert.equal((await world.register('Ｍａｒｉｏ   Ｂ')).player.name, 'Mario B');
});

withPlatform('a name that grows past its limit in normal form is refused', async (world) => {
  // One character of 18 letters when taken apart.
  const body = await refused(world.register('\ufdfa\ufdfa'), 'BAD_REQUEST');
  assert.equal(body.details?.['field'], 'name');
  await refused(world.register(`a${'\u0315'.repeat(9)}b`), 'BAD_REQUEST');
});

withPlatform('a name that looks like another, or like none, is refused', async (world) => {
  await world.register('Mario');
  const [filler, selector, joiner, invisible] = ['\u3164', '\ufe0f', '\u034f', '\u115f'];
  for (const name of [`Mario${filler}`, `Mario${selector}`, `Ma${joiner}rio`, filler + invisible]) {
    const body = await refused(world.register(name), 'BAD_REQUEST');
    assert.equal(body.details?.['field'], 'name');
    await refused(world.guest(name), 'BAD_REQUEST');
  }
  // Zero-width and direction marks are no letters at all.
  for (const mark of ['\u200b', '\u200d', '\u202e', '\u2066', '\ufeff', '\u00ad', '\u2800']) {
    await refused(world.register(`Ma${mark}rio`), 'BAD_REQUEST');
  }
});

withPlatform(
  'reserved names are not given away, and names that merely start so are',
  async (world) => {
    for (const name of ['Admin', 'SYSTEM', 'guest', 'Guest 7', 'bot', 'Bot-1', 'pa.per.clip']) {
      await refused(world.register(name), 'NAME_TAKEN');
    }
    assert.equal((await world.register('Botanist')).player.name, 'Botanist');
  },
);

withPlatform('two who register one name at once: one gets it', async (world) => {
  const tries = ['Mario', 'mario', 'MARIO'].map((name) => world.register(name));
  const outcomes = await Promise.allSettled(tries);
  assert.deepEqual(outcomes.map(({ status }) => status).sort(), [
    'fulfilled',
    'rejected',
    'rejected',
  ]);
});

withPlatform('logging in takes the name in any case and the password in its own', async (world) => {
  await world.register('Mario', 'Correct Horse');
  assert.equal((await login(world, 'mARIO', 'Correct Horse')).player.name, 'Mario');
  await refused(login(world, 'Mario', 'correct horse'), 'WRONG_PASSWORD');
});

withPlatform('a password is the same in every Unicode form of it', async (world) => {
  await world.register('Mario', 'cafe\u0301 au lait');
  assert.equal((await login(world, 'Mario', 'caf\u00e9 au lait')).player.name, 'Mario');
});

withPlatform('an unknown name costs a password check like a known one', async (world) => {
  await world.register('Mario');
  await refused(login(world, 'Nobody'), 'WRONG_PASSWORD');
  await refused(login(world, 'Mario', 'wrong'), 'WRONG_PASSWORD');
  assert.equal(world.passwords.verified, 2);
});

withPlatform('a guest cannot be logged in as', async (world) => {
  const guest = await world.guest('mario');
  await refused(login(world, guest.player.name, ''.padEnd(8)), 'WRONG_PASSWORD');
});

withPlatform('too many failures lock a name, known or not, for a minute', async (world) => {
  await world.register('Mario');
  for (const name of ['Mario', 'Nobody']) {
    for (let i = 0; i < limits.loginFailuresBeforeLock; i++) {
      await refused(login(world, name, 'wrong'), 'WRONG_PASSWORD');
    }
    const body = await refused(login(world, name), 'ACCOUNT_LOCKED');
    assert.equal(body.details?.['retryAfterS'], 60);
  }
  await world.advance(59_999);
  await refused(login(world, 'Mario'), 'ACCOUNT_LOCKED');
  await world.advance(1);
  assert.equal((await login(world, 'Mario')).player.name, 'Mario');
});

withPlatform('who fails from elsewhere does not keep a player out', async (world) => {
  await world.register('Mario');
  for (let i = 0; i < 3 * limits.loginFailuresBeforeLock; i++) {
    await world
      .anyone('account.login', { name: 'mario', password: 'wrong' }, '198.51.100.66')
      .catch(() => undefined);
  }
  assert.equal((await login(world, 'Mario')).player.name, 'Mario');
});

withPlatform('a name that is guessed at from everywhere is locked everywhere', async (world) => {
  await world.register('Mario');
  const from = (address: string, password = 'wrong') =>
    world.anyone('account.login', { name: 'Mario', password }, address);
  const most = limits.loginFailuresOfNameBeforeLock;
  for (let i = 0; i < most; i++) await refused(from(`10.0.0.${i}`), 'WRONG_PASSWORD');
  await refused(from('192.0.2.1', 'correct horse'), 'ACCOUNT_LOCKED');
  await world.advance(limits.loginLockS * 1000);
  assert.equal((await from('192.0.2.1', 'correct horse')).player.name, 'Mario');
});

withPlatform('failures are forgotten by a success, and by a quarter of an hour', async (world) => {
  await world.register('Mario');
  const failOften = async () => {
    for (let i = 1; i < limits.loginFailuresBeforeLock; i++) {
      await refused(login(world, 'Mario', 'wrong'), 'WRONG_PASSWORD');
    }
  };
  await failOften();
  await login(world, 'Mario');
  await failOften();
  await world.advance(900_001);
  await failOften();
  assert.equal((await login(world, 'Mario')).player.name, 'Mario');
});

withPlatform('guesses in parallel do not slip past the lock', async (world) => {
  await world.register('Mario');
  const guesses = Array.from({ length: limits.loginsQueuedMax }, () =>
    login(world, 'Mario', 'wrong').catch((error: { code: string }) => error.code),
  );
  const codes = await Promise.all(guesses);
  assert.equal(codes.filter((code) => code === 'WRONG_PASSWORD').length, 5);
  assert.equal(codes.filter((code) => code === 'ACCOUNT_LOCKED').length, 3);
  assert.equal(world.passwords.verified, 5);
});

withPlatform(
  'one log-in too many of a name at once is told that the server is busy',
  async (world) => {
    await world.register('Mario');
    const tries = Array.from({ length: limits.loginsQueuedMax }, () => login(world, 'Mario'));
    await refused(login(world, 'Mario'), 'BUSY');
    await Promise.all(tries);
  },
);

withPlatform('a full queue of hashes is BUSY, and counts as no failure', async (world) => {
  await world.register('Mario');
  world.passwords.isFull = true;
  for (let i = 0; i < 10; i++) await refused(login(world, 'Mario'), 'BUSY');
  await refused(world.register('Luigi'), 'BUSY');
  world.passwords.isFull = false;
  assert.equal((await login(world, 'Mario')).player.name, 'Mario');
});

withPlatform('a hash of weaker parameters is renewed at the next log-in', async (world) => {
  const mario = await world.register('Mario');
  world.passwords.version = 2;
  await login(world, 'Mario');
  await world.platform.settled();
  const stored = await world.store.accounts.byId(mario.player.id);
  assert.equal(stored?.passwordHash, 'fake$2$correct horse');
  assert.equal((await login(world, 'Mario')).player.name, 'Mario');
});

withPlatform('guests get a number that no account can have', async (world) => {
  const [a, b, nameless] = [
    await world.guest('mario'),
    await world.guest('mario'),
    await world.guest(),
  ];
  assert.match(a.player.name, /^mario#\d{4}$/);
  assert.match(nameless.player.name, /^Guest#\d{4}$/);
  assert.notEqual(a.player.name, b.player.name);
  await refused(
    world.anyone('account.register', { name: 'm#1', password: 'x'.repeat(8) }),
    'BAD_REQUEST',
  );
});

withPlatform('a refresh token works once, and the session goes on with the next', async (world) => {
  const mario = await world.register('Mario');
  let token = mario.session.refreshToken;
  for (let i = 0; i < 3; i++) {
    const next = await world.anyone('account.refresh', { refreshToken: token });
    assert.notEqual(next.refreshToken, token);
    mario.session = next;
    token = next.refreshToken;
    await mario.call('account.me');
  }
});

withPlatform('a token used again ends the session for both who have it', async (world) => {
  const mario = await world.register('Mario');
  const { events } = mario.connect();
  const { refreshToken: old } = mario.session;
  const stolen = await world.anyone('account.refresh', { refreshToken: old });
  await world.advance(limits.refreshRepeatS * 1000);
  await refused(world.anyone('account.refresh', { refreshToken: old }), 'REFRESH_REUSED');
  assert.deepEqual(events, [{ event: 'session.ended', data: { reason: 'refresh-reused' } }]);
  await refused(
    world.anyone('account.refresh', { refreshToken: stolen.refreshToken }),
    'REFRESH_REFUSED',
  );
  await refused(mario.call('account.me'), 'UNAUTHENTICATED');
  assert.equal((await login(world, 'Mario')).player.name, 'Mario');
});

withPlatform('two tabs that refresh at once get the same next token, and stay', async (world) => {
  const mario = await world.register('Mario');
  const { refreshToken } = mario.session;
  const tabs = [1, 2, 3].map(() => world.anyone('account.refresh', { refreshToken }));
  const sessions = await Promise.all(tabs);
  assert.equal(new Set(sessions.map((session) => session.refreshToken)).size, 1);
  // An answer that was lost on its way: the client asks again.
  await world.advance(limits.refreshRepeatS * 1000 - 1);
  const again = await world.anyone('account.refresh', { refreshToken });
  assert.equal(again.refreshToken, sessions[0]?.refreshToken);
  mario.session = await world.anyone('account.refresh', { refreshToken: again.refreshToken });
  await mario.call('account.me');
});

withPlatform('a token older than the one before ends the session at once', async (world) => {
  const mario = await world.register('Mario');
  const { refreshToken: first } = mario.session;
  const second = await world.anyone('account.refresh', { refreshToken: first });
  await world.anyone('account.refresh', { refreshToken: second.refreshToken });
  await refused(world.anyone('account.refresh', { refreshToken: first }), 'REFRESH_REUSED');
});

withPlatform('a session that was ended gives nothing again', async (world) => {
  const mario = await world.register('Mario');
  const { refreshToken } = mario.session;
  mario.session = await world.anyone('account.refresh', { refreshToken });
  await mario.call('account.logout');
  for (const token of [refreshToken, mario.session.refreshToken]) {
    const refresh = world.anyone('account.refresh', { refreshToken: token });
    await refused(refresh, 'REFRESH_REFUSED');
  }
});

test('logging out that the store failed at can be tried again', async () => {
  const disk = failingStore(await openSqliteStore({ file: ':memory:' }));
  const world = await testPlatform({ store: disk.store });
  const mario = await world.register('Mario');
  disk.fail('sessions.remove', 1);
  await refused(mario.call('account.logout'), 'INTERNAL');
  await mario.call('account.me');
  await mario.call('account.logout');
  await refused(mario.call('account.me'), 'UNAUTHENTICATED');
  await world.close();
});

withPlatform('a session id alone ends nobody’s session', async (world) => {
  const mario = await world.register('Mario');
  const [id = '', family = ''] = mario.session.refreshToken.split('.');
  for (const refreshToken of [`${id}.x.y`, id, `${id}..`, '...', `x.${family}.y`, `${id}.a.b.c`]) {
    await refused(world.anyone('account.refresh', { refreshToken }), 'REFRESH_REFUSED');
  }
  await mario.call('account.me');
});

withPlatform('no token and no password is in the store or the log', async (world) => {
  const mario = await world.register('Mario', 'hunter22');
  await login(world, 'Mario', 'hunter22');
  await world.anyone('account.refresh', { refreshToken: mario.session.refreshToken });
  const [id = '', family = '', secret = ''] = mario.session.refreshToken.split('.');
  const stored = JSON.stringify(await world.store.sessions.byId(id));
  const logged = JSON.stringify(world.log);
  for (const text of [stored, logged]) {
    for (const hidden of [family, secret, 'hunter22', mario.session.accessToken]) {
      assert.equal(text.includes(hidden), false);
    }
  }
  assert.ok(world.log.some((line) => line['command'] === 'account.register'));
});

withPlatform('an access token lasts ten minutes, a refresh token thirty days', async (world) => {
  const mario = await world.register('Mario');
  await world.advance(599_999);
  await mario.call('account.me');
  await world.advance(1);
  await refused(mario.call('account.me'), 'SESSION_EXPIRED');
  await world.advance(30 * 24 * 3_600_000 - 600_000);
  await refused(
    world.anyone('account.refresh', { refreshToken: mario.session.refreshToken }),
    'REFRESH_REFUSED',
  );
});

withPlatform('expired sessions leave the store by themselves', async (world) => {
  const mario = await world.register('Mario');
  const [id = ''] = mario.session.refreshToken.split('.');
  await world.advance(30 * 24 * 3_600_000 + 3_600_000);
  assert.equal(await world.store.sessions.byId(id), undefined);
});

withPlatform('guests who logged out, or whose session ended, leave the store', async (world) => {
  const [gone, here] = [await world.guest('gone'), await world.guest('here')];
  await gone.call('account.logout');
  await world.advance(2 * 3_600_000);
  assert.equal(await world.store.accounts.byId(gone.player.id), undefined);
  assert.equal((await world.store.accounts.byId(here.player.id))?.name, here.player.name);
  await world.advance(31 * 24 * 3_600_000);
  assert.equal(await world.store.accounts.byId(here.player.id), undefined);
});

withPlatform('an account has a bounded number of sessions', async (world) => {
  const mario = await world.register('Mario');
  const { refreshToken } = mario.session;
  for (let i = 0; i < limits.sessionsPerPlayerMax; i++) {
    await world.advance(1000);
    await login(world, 'Mario');
  }
  await refused(world.anyone('account.refresh', { refreshToken }), 'REFRESH_REFUSED');
});

withPlatform(
  'logging out ends this session, tells its connections, and no other',
  async (world) => {
    const mario = await world.register('Mario');
    const elsewhere = await login(world, 'Mario');
    const { events } = mario.connect();
    await mario.call('account.logout');
    assert.deepEqual(events, [{ event: 'session.ended', data: { reason: 'logged-out' } }]);
    await refused(mario.call('account.me'), 'UNAUTHENTICATED');
    mario.session = elsewhere;
    await mario.call('account.me');
  },
);

test('a session that was ended stays ended over a restart; another goes on', async () => {
  const before = await testPlatform();
  const mario = await before.register('Mario');
  const luigi = await before.register('Luigi');
  await mario.call('account.logout');
  const after = await before.restart();
  const call = (accessToken: string) =>
    after.platform.dispatcher.call({ wire: 'test', address: '::1', accessToken }, 'account.me', {});
  await refused(call(mario.session.accessToken), 'UNAUTHENTICATED');
  assert.equal((await call(luigi.session.accessToken)).player.name, 'Luigi');
  await after.close();
});
