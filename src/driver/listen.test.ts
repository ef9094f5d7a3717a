// What `listen` refuses before it has a socket.

import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { test } from 'node:test';
import { generateKeyPair } from './default-crypto.ts';
import { type ListenOptions, listen } from './listen.ts';

const channels = { moves: 'reliable-ordered' } as const;

async function refuses(options: Partial<ListenOptions>, why: RegExp): Promise<void> {
  await assert.rejects(listen({ port: 0, channels, ...options }), why);
}

test('a port that is none is refused, and is not another one', async () => {
  for (const port of [-1, 1.5, 65_536, Number.NaN]) {
    await refuses({ port }, /port must be a whole number from 0 to 65535/);
  }
});

test('a limit of connections that counts nothing is refused: it would let everybody in', async () => {
  for (const connectionsMax of [-1, 0, 0.5, Number.NaN]) {
    await refuses({ connectionsMax }, /connectionsMax must be a whole number from 1/);
  }
});

test('keys of another length are refused by name, and not by the first handshake', async () => {
  const { publicKey, secretKey } = generateKeyPair();
  const short = secretKey.subarray(1);
  await refuses({ keyPair: { publicKey, secretKey: short } }, /keyPair.secretKey must be 32 bytes/);
  await refuses({ keyPair: { publicKey: short, secretKey } }, /keyPair.publicKey must be 32 bytes/);
});

const sockets = '/proc/self/fd';
const skip = process.platform === 'linux' ? false : 'counts open files as Linux shows them';

test('what is refused leaves no socket open', { skip }, async () => {
  const open = readdirSync(sockets).length;
  for (let i = 0; i < 5; i++) await refuses({ port: 70_000 }, /port/);
  assert.equal(readdirSync(sockets).length, open);
});
