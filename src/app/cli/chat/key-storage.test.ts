// Keys on a disk: whose, where, and readable by whom.

import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { keyStorage, keysPath } from './key-storage.ts';

const player = (id: string, kind: 'account' | 'guest') =>
  ({ id, name: 'ada', kind, createdAt: '2026-01-01T00:00:00.000Z' }) as const;

test('an account’s keys are in a file of its own, for its owner alone', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'paperclip-keys-'));
  try {
    const env = { PAPERCLIP_SESSIONS: join(folder, 'sessions.json') };
    const storage = keyStorage(env, 'http://a', player('p_1', 'account'));
    assert.equal(await storage.load(), undefined);
    await storage.exclusively?.(() => storage.save('secret'));
    assert.equal(await storage.load(), 'secret');
    const path = keysPath(env, 'http://a', 'p_1');
    assert.equal((await stat(path)).mode & 0o777, 0o600);
    assert.equal((await stat(dirname(path))).mode & 0o777, 0o700);
    assert.equal((await readdir(dirname(path))).length, 1);
    const elsewhere = keyStorage(env, 'http://b', player('p_1', 'account'));
    assert.equal(await elsewhere.load(), undefined);
  } finally {
    await rm(folder, { recursive: true });
  }
});

test('an id that a server chose names no file elsewhere', () => {
  const env = { PAPERCLIP_SESSIONS: '/s/sessions.json' };
  assert.equal(dirname(keysPath(env, 'http://a', '../../etc/x')), '/s/sessions.json.keys');
});

test('a guest’s keys touch no disk', async () => {
  const env = { PAPERCLIP_SESSIONS: '/nowhere/sessions.json' };
  const storage = keyStorage(env, 'http://a', player('p_2', 'guest'));
  await storage.save('secret');
  assert.equal(await storage.load(), 'secret');
});
