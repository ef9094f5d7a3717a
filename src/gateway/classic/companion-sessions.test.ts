// What stands behind the passwords and tokens of the companion's requests: few hashes, one session.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { contractLimits } from '../../contract/limits.ts';
import type { Store } from '../../domain/store.ts';
import { type CompanionWorld, companionWorld, password } from './companion.fixture.ts';
import { companionLimits } from './companion-limits.ts';

const withWorld = (behaviour: string, run: (world: CompanionWorld) => Promise<void>) =>
  test(behaviour, async () => {
    const world = await companionWorld();
    try {
      await run(world);
    } finally {
      await world.close();
    }
  });

const from = (address: string) => ({ 'x-forwarded-for': address });

/** Resolves when the next session of anybody has been ended, with its id. */
function sessionEnd({ sessions }: Store): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>();
  const remove = sessions.remove.bind(sessions);
  sessions.remove = async (id) => {
    const wasThere = await remove(id);
    resolve(id);
    return wasThere;
  };
  return promise;
}

async function sessionsOf({ platform }: CompanionWorld, name: string): Promise<number> {
  const player = await platform.store.accounts.byNameKey(name.toLowerCase());
  return (await platform.store.sessions.ofPlayer(player!.id)).length;
}

withWorld('many requests with one password cost one hash and one session', async (world) => {
  const { ask, platform } = world;
  await platform.register('Mario', password);
  const as = `Mario:${password}`;
  const before = platform.passwords.verified;
  const replies = await Promise.all(
    Array.from({ length: 10 }, () => ask('GET /auth/test', { as })),
  );
  assert.deepEqual([...new Set(replies.map(({ status }) => status))], [200]);
  for (let i = 0; i < 5; i++) await ask('GET /games/', { as: `mario:${password}` });
  assert.equal(platform.passwords.verified - before, 1);
  assert.equal(await sessionsOf(world, 'Mario'), 2);
});

withWorld(
  'from another address the password is hashed again, and the session shared',
  async (w) => {
    const as = await w.account('Mario');
    const before = w.platform.passwords.verified;
    for (const address of ['192.0.2.1', '192.0.2.2', '192.0.2.1']) {
      assert.equal((await w.ask('GET /auth/test', { as, headers: from(address) })).status, 200);
    }
    assert.equal(w.platform.passwords.verified - before, 2);
    assert.equal(await sessionsOf(w, 'Mario'), 1);
  },
);

withWorld('a remembered password is asked for again after a while', async (world) => {
  const { ask, platform } = world;
  const as = await world.account('Mario');
  const before = platform.passwords.verified;
  await platform.advance(companionLimits.passwordShownS * 1000 - 1);
  assert.equal((await ask('GET /auth/test', { as })).status, 200);
  assert.equal(platform.passwords.verified, before);
  await platform.advance(1);
  assert.equal((await ask('GET /auth/test', { as })).status, 200);
  assert.equal(platform.passwords.verified, before + 1);
});

withWorld('every wrong password counts, whatever is remembered', async (world) => {
  const { ask } = world;
  const as = await world.account('Mario');
  assert.equal((await ask('GET /auth/test', { as })).status, 200);
  for (let i = 0; i < contractLimits.loginFailuresBeforeLock; i++) {
    assert.equal((await ask('GET /auth/test', { as: `Mario:wrong horse ${i}` })).status, 401);
  }
  const locked = await ask('GET /auth/test', { as });
  assert.equal(locked.status, 423);
  assert.ok(Number(locked.headers['retry-after']) > 0);
  // Who shows it from elsewhere is not kept out.
  assert.equal((await ask('GET /auth/test', { as, headers: from('192.0.2.9') })).status, 200);
  await world.platform.advance(contractLimits.loginLockS * 1000);
  assert.equal((await ask('GET /auth/test', { as })).status, 200);
});

withWorld('a session is renewed while it is used, and ended when nobody does', async (world) => {
  const { ask, platform } = world;
  const as = await world.account('Mario');
  for (let i = 0; i < 10; i++) {
    await platform.advance(300_000);
    assert.equal((await ask('GET /auth/test', { as })).status, 200);
  }
  assert.equal(await sessionsOf(world, 'Mario'), 1);
  const ended = sessionEnd(platform.store);
  await platform.advance((companionLimits.sessionIdleS + 120) * 1000);
  await ended;
  assert.equal(await sessionsOf(world, 'Mario'), 0);
  assert.equal((await ask('GET /auth/test', { as })).status, 200);
});

withWorld('a session that is ended elsewhere takes its tokens with it', async (world) => {
  const { ask, platform } = world;
  const as = await world.account('Mario');
  const { token } = (await ask('GET /auth/token', { as })).body as { readonly token: string };
  const player = await platform.store.accounts.byNameKey('mario');
  const [mine] = await platform.store.sessions.ofPlayer(player!.id);
  const other = await platform.anyone('account.login', { name: 'Mario', password });
  await platform.platform.dispatcher.call(
    { wire: 'test', address: '192.0.2.7', accessToken: other.accessToken },
    'session.revoke',
    { sessionId: mine!.id },
  );
  assert.equal((await ask('GET /auth/test', { as: `${token}:` })).status, 401);
  // The password makes a new one, and tokens of that are good; not the old one again.
  await platform.advance(1000);
  assert.equal((await ask('GET /auth/test', { as })).status, 200);
  assert.equal((await ask('GET /auth/test', { as: `${token}:` })).status, 401);
  const again = (await ask('GET /auth/token', { as })).body as { readonly token: string };
  assert.equal((await ask('GET /auth/test', { as: `${again.token}:` })).status, 200);
});

withWorld('a banned account is told so', async (world) => {
  const { ask, platform } = world;
  const as = await world.account('Mario');
  const player = await platform.store.accounts.byNameKey('mario');
  const root = await platform.register('Root2');
  const { accessToken } = root.session;
  const claims: object = JSON.parse(accessToken);
  await platform.platform.dispatcher.call(
    { wire: 'test', address: 'x', accessToken: JSON.stringify({ ...claims, kind: 'admin' }) },
    'admin.sanction',
    { player: player!.id, kind: 'ban', reason: 'castle' },
  );
  const reply = await ask('GET /auth/test', { as });
  assert.equal(reply.status, 403);
  assert.match(reply.text, /castle/);
});

test('the end of the server ends the sessions', async () => {
  const world = await companionWorld();
  const { platform } = world;
  await world.account('Mario');
  const ended = sessionEnd(platform.store);
  await world.close();
  assert.match(await ended, /^\w+$/);
});
