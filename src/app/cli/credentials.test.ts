// The file of sessions: private, whole, and shared between processes.

import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import type { Session } from '../../contract/schema.ts';
import { CredentialFile, sessionsPath } from './credentials.ts';

const server = 'http://localhost:5000';
let folder: string;
let file: CredentialFile;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'paperclip-sessions-'));
  file = new CredentialFile({ XDG_CONFIG_HOME: folder });
});
afterEach(() => rm(folder, { recursive: true }));

const session = (name: string, accessToken = 't1'): Session => ({
  player: { id: `p_${name}`, name, kind: 'account', createdAt: '' },
  accessToken,
  accessTokenExpiresInS: 600,
  refreshToken: 'r',
  refreshTokenExpiresInS: 600,
});

const names = async (at = server): Promise<string[]> =>
  (await file.sessions(at)).map(({ player }) => player.name);

test('the path follows PAPERCLIP_SESSIONS, then XDG_CONFIG_HOME, then HOME', () => {
  const env = { HOME: '/h', XDG_CONFIG_HOME: '/x', PAPERCLIP_SESSIONS: '/s.json' };
  assert.equal(sessionsPath(env), '/s.json');
  assert.equal(sessionsPath({ ...env, PAPERCLIP_SESSIONS: '' }), '/x/paperclip/sessions.json');
  assert.equal(sessionsPath({ HOME: '/h' }), '/h/.config/paperclip/sessions.json');
});

test('a session is there again, by name without regard to case, the last one first', async () => {
  await file.store(server, 'Mario').save(session('Mario'));
  await file.store(server, 'luigi').save(session('luigi'));
  assert.deepEqual(await names(), ['luigi', 'Mario']);
  assert.equal((await file.session(server, 'mARIO'))?.player.name, 'Mario');
  assert.deepEqual(await names('http://elsewhere'), []);
  await file.store(server, 'LUIGI').save(undefined);
  assert.deepEqual(await names(), ['Mario']);
});

test('others cannot read the file or its folder, and no draft is left', async () => {
  await file.store(server, 'mario').save(session('mario'));
  assert.equal((await stat(file.path)).mode & 0o777, 0o600);
  assert.equal((await stat(dirname(file.path))).mode & 0o777, 0o700);
  assert.deepEqual(await readdir(dirname(file.path)), ['sessions.json']);
});

test('names and servers that look like something else are only names', async () => {
  await file.store('__proto__', 'constructor').save(session('constructor'));
  await file.store(server, '__proto__').save(session('__proto__'));
  assert.deepEqual(await names('__proto__'), ['constructor']);
  assert.deepEqual(await names(), ['__proto__']);
  assert.deepEqual(await names('toString'), []);
});

test('a broken file counts as empty and is made anew', async () => {
  await file.store(server, 'mario').save(session('mario'));
  for (const text of ['', '{', '[]', '{"version":2}', '{"version":1,"servers":{"x":{}}}']) {
    await writeFile(file.path, text);
    assert.deepEqual(await names(), []);
  }
  await file.store(server, 'mario').save(session('mario'));
  assert.deepEqual(await names(), ['mario']);
});

test('saves at the same time are all kept', async () => {
  const many = Array.from({ length: 8 }, (_, n) => `player-${n}`);
  await Promise.all(many.map((name) => file.store(server, name).save(session(name))));
  assert.deepEqual((await names()).sort(), many);
});

test('who exchanges a token keeps the others out, and may save', async () => {
  const order: string[] = [];
  const turn = (name: string) => {
    const store = file.store(server, 'mario');
    return store.exclusively?.(async () => {
      order.push(`${name} begins`);
      await store.save(session('mario', name));
      order.push(`${name} ends`);
    });
  };
  await Promise.all([turn('a'), turn('b')]);
  assert.equal(order[0]?.[0], order[1]?.[0]);
  assert.equal(order.length, 4);
});

test('the lock of a process that died is taken over', async () => {
  await file.store(server, 'mario').save(session('mario'));
  const lock = `${file.path}.lock`;
  await writeFile(lock, '');
  await utimes(lock, 0, 0);
  await file.store(server, 'luigi').save(session('luigi'));
  assert.deepEqual(await names(), ['luigi', 'mario']);
});
