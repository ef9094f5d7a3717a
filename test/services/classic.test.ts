// The HTTP companion of Paperclip 0 and an older client's tools: Python, its HTTP and its X.509.

import assert from 'node:assert/strict';
import { execFile, spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { serve } from '../../src/app/server/serve.ts';
import { silentLog } from '../../src/contract/telemetry.ts';

const run = promisify(execFile);
const runLimitMs = 60_000;
const hasTools = spawnSync('python3', ['-c', 'import cryptography']).status === 0;
const skip = hasTools ? false : 'python3 with the package cryptography is not installed';

test('a client in Python has an account, a certificate and a lobby', { skip }, async () => {
  const server = await serve({
    port: 0,
    udpPort: 0,
    classicPort: 5000,
    classic: true,
    data: ':memory:',
    shutdownGraceMs: 0,
    log: silentLog,
  });
  try {
    const script = fileURLToPath(new URL('../interop/classic_companion.py', import.meta.url));
    const { stdout } = await run('python3', ['-B', script, server.url], { timeout: runLimitMs });
    const { lobby, ...rest } = JSON.parse(stdout) as Readonly<Record<string, unknown>> & {
      readonly lobby: readonly [number, Readonly<Record<string, unknown>>];
    };
    const id = lobby[1]['lobby-id'];
    const shown = { 'lobby-id': id, 'lobby-addr': ['127.0.0.1', 5000], 'game-id': 1 };
    assert.deepEqual(lobby, [201, shown]);
    assert.deepEqual(rest, {
      registered: [201, { 'account-id': 1, username: 'Mario' }],
      keyBits: 2048,
      validated: [200, { 'account-id': '1', valid: true }],
      ofAnother: [200, { 'account-id': '2', valid: false }],
      server: [200, { 'account-id': null, valid: true }],
      serverSubject: 'CN=127.0.0.1,O=Paperclip',
      serverLifetimeS: 86_400,
      games: [200, { 1: 'RPS', 2: 'guess' }],
      notFound: 404,
      found: [200, shown],
      members: [200, { [String(id)]: [1] }],
      added: 404,
      removed: 404,
      wrong: [401, 'Unauthorized Access'],
    });
  } finally {
    await server.close();
  }
});
