// Log-ins by the SHA-256 of a password, as players meet them: one line, one action, its result.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { contractLimits as limits } from '../../contract/limits.ts';
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

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

const digestLogin = (world: TestPlatform, name: string, password = 'correct horse') =>
  world.anyone('account.login-digest', { name, passwordSha256: sha256(password) });

const withDigest = (world: TestPlatform, name: string, password = 'correct horse') =>
  world.anyone('account.register', { name, password, digestLogin: true });

withPlatform('an account that enabled it logs in by the SHA-256 of its password', async (world) => {
  const mario = await world.register('Mario');
  await refused(digestLogin(world, 'Mario'), 'WRONG_PASSWORD');
  await mario.call('account.enable-digest-login', { password: 'correct horse' });
  const session = await digestLogin(world, 'mARIO');
  assert.equal(session.player.id, mario.player.id);
  const { logins } = await mario.call('account.logins');
  assert.deepEqual(logins.map(({ outcome }) => outcome).sort(), [
    'ok',
    'registered',
    'wrong-password',
  ]);
});

withPlatform('an account can have it from the start', async (world) => {
  const { player } = await withDigest(world, 'Mario');
  assert.equal((await digestLogin(world, 'Mario')).player.id, player.id);
  const login = world.anyone('account.login', { name: 'Mario', password: 'correct horse' });
  assert.equal((await login).player.id, player.id);
});

withPlatform('the hash is taken in upper case, too, and in no other form', async (world) => {
  await withDigest(world, 'Mario');
  const hex = sha256('correct horse');
  const login = (passwordSha256: string) =>
    world.anyone('account.login-digest', { name: 'Mario', passwordSha256 });
  assert.equal((await login(hex.toUpperCase())).player.name, 'Mario');
  for (const bad of ['', 'correct horse', hex.slice(1), `${hex}0`, `g${hex.slice(1)}`]) {
    assert.equal((await refused(login(bad), 'BAD_REQUEST')).details?.['field'], 'passwordSha256');
  }
});

withPlatform('the SHA-256 is not a password, nor is the password a SHA-256', async (world) => {
  await withDigest(world, 'Mario');
  const password = sha256('correct horse');
  await refused(world.anyone('account.login', { name: 'Mario', password }), 'WRONG_PASSWORD');
  await refused(digestLogin(world, 'Mario', password), 'WRONG_PASSWORD');
});

withPlatform('the password is hashed as it is typed, as clients do', async (world) => {
  await withDigest(world, 'Mario', 'cafe\u0301 au lait');
  assert.equal((await digestLogin(world, 'Mario', 'cafe\u0301 au lait')).player.name, 'Mario');
  await refused(digestLogin(world, 'Mario', 'caf\u00e9 au lait'), 'WRONG_PASSWORD');
});

withPlatform('who enables it proves the password, and guesses count', async (world) => {
  const mario = await world.register('Mario');
  for (let i = 0; i < limits.loginFailuresBeforeLock; i++) {
    const guess = mario.call('account.enable-digest-login', { password: 'wrong' });
    await refused(guess, 'WRONG_PASSWORD');
  }
  const late = mario.call('account.enable-digest-login', { password: 'correct horse' });
  await refused(late, 'ACCOUNT_LOCKED');
  const guest = await world.guest('luigi');
  await refused(guest.call('account.enable-digest-login', { password: 'x' }), 'FORBIDDEN');
});

withPlatform('an unknown name, and one without it, cost a check like another', async (world) => {
  await world.register('Mario');
  await withDigest(world, 'Luigi');
  for (const name of ['Nobody', 'Mario', 'Luigi']) {
    await refused(digestLogin(world, name, 'wrong'), 'WRONG_PASSWORD');
  }
  assert.equal(world.passwords.verified, 3);
});

withPlatform('failures of both ways lock a name together', async (world) => {
  await withDigest(world, 'Mario');
  for (let i = 0; i < limits.loginFailuresBeforeLock; i++) {
    const guess =
      i % 2 === 0
        ? digestLogin(world, 'Mario', 'wrong')
        : world.anyone('account.login', { name: 'Mario', password: 'wrong' });
    await refused(guess, 'WRONG_PASSWORD');
  }
  await refused(digestLogin(world, 'Mario'), 'ACCOUNT_LOCKED');
  await refused(
    world.anyone('account.login', { name: 'Mario', password: 'correct horse' }),
    'ACCOUNT_LOCKED',
  );
  await world.advance(limits.loginLockS * 1000);
  assert.equal((await digestLogin(world, 'Mario')).player.name, 'Mario');
});

test('a banned account does not come in by it', async () => {
  const deps = { adminNameKeys: new Set(['boss']) };
  const world = await testPlatform({ deps });
  try {
    const boss = await world.register('Boss');
    const { player } = await withDigest(world, 'Mario');
    await boss.call('admin.sanction', { player: player.id, kind: 'ban', reason: 'cheats' });
    await refused(digestLogin(world, 'Mario'), 'BANNED');
    await refused(digestLogin(world, 'Mario', 'wrong'), 'WRONG_PASSWORD');
  } finally {
    await world.close();
  }
});

withPlatform('a hash of weaker parameters is renewed, and the password’s stays', async (world) => {
  const { player } = await withDigest(world, 'Mario');
  world.passwords.version = 2;
  await digestLogin(world, 'Mario');
  await world.platform.settled();
  const stored = await world.store.accounts.byId(player.id);
  assert.equal(stored?.digestHash, `fake$2$${sha256('correct horse')}`);
  assert.equal(stored?.passwordHash, 'fake$1$correct horse');
});

withPlatform('it is there after a restart, and in no log', async (world) => {
  await withDigest(world, 'Mario');
  const again = await world.restart();
  assert.equal((await digestLogin(again, 'Mario')).player.name, 'Mario');
  const lines = JSON.stringify([...world.log, ...again.log]);
  assert.ok(!lines.includes(sha256('correct horse')));
  await again.platform.close();
});
