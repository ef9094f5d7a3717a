// The server's own key and certificate of the classic wire: kept, renewed, and refused when the
// file holds something else. Then a whole server, and a client that makes its own certificate.

import assert from 'node:assert/strict';
import { createPrivateKey } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { silentLog } from '../../contract/telemetry.ts';
import {
  makeClassicCertificate,
  readClassicCertificate,
} from '../../driver/classic-certificates.ts';
import { openClassicIdentity } from './classic-identity.ts';
import { ConfigError } from './config-error.ts';
import { serve } from './serve.ts';

const hourMs = 3_600_000;

test('the certificate is the key’s, and made anew before its day ends', async () => {
  const time = { nowMs: Date.UTC(2026, 4, 6), now: () => time.nowMs };
  const { certificate, ports } = await openClassicIdentity(undefined, time);
  const first = certificate();
  const read = readClassicCertificate(first);
  assert.equal(read?.accountNumber, undefined);
  assert.equal(read?.isSignedBy(ports.serverPublicKey), true);
  assert.equal(read?.notAfterMs, time.nowMs + 24 * hourMs);
  time.nowMs += 12 * hourMs - 1;
  assert.equal(certificate(), first);
  time.nowMs += 1;
  const second = certificate();
  assert.equal(readClassicCertificate(second)?.notBeforeMs, time.nowMs);
  assert.equal(readClassicCertificate(second)?.isSignedBy(ports.serverPublicKey), true);
  // A clock that is set right again must not leave one that begins tomorrow.
  time.nowMs -= 48 * hourMs;
  assert.equal(readClassicCertificate(certificate())?.notBeforeMs, time.nowMs);
});

test('the key outlives the server, and a file with something else is refused', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'paperclip-classic-'));
  try {
    const file = join(folder, 'classic-key.pem');
    const clock = { now: () => 0 };
    const [first, second] = [
      await openClassicIdentity(file, clock),
      await openClassicIdentity(file, clock),
    ];
    assert.deepEqual(second.ports.serverPublicKey, first.ports.serverPublicKey);
    const bad = join(folder, 'bad.pem');
    writeFileSync(bad, 'no key', { mode: 0o600 });
    await assert.rejects(
      openClassicIdentity(bad, clock),
      (error) => error instanceof ConfigError && /does not hold an RSA key/.test(error.message),
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
});

const quiet = { port: 0, udpPort: 0, data: ':memory:', shutdownGraceMs: 0 } as const;

async function json(response: Response): Promise<Readonly<Record<string, unknown>>> {
  assert.ok(response.ok, `${response.status} ${await response.clone().text()}`);
  return (await response.json()) as Readonly<Record<string, unknown>>;
}

test('a client registers, opens its key, and is known by the certificate that it makes', async () => {
  const warned: string[] = [];
  const log = { ...silentLog, warn: (event: string) => warned.push(event) };
  const server = await serve({ ...quiet, classic: true, log });
  try {
    const ask = (path: string, options: RequestInit & { readonly as?: string } = {}) => {
      const { as, ...init } = options;
      const headers = as === undefined ? {} : { authorization: `Basic ${btoa(as)}` };
      return fetch(server.url + path, { ...init, headers });
    };
    const passphrase = 'päss word 1';
    const body = JSON.stringify({ username: 'Mario', password: passphrase });
    const made = await json(await ask('/auth/register', { method: 'POST', body }));
    const number = made['account-id'];
    assert.ok(typeof number === 'number');
    const as = `Mario:${passphrase}`;
    const { token } = await json(await ask('/auth/token', { as }));
    const { key } = await json(await ask('/auth/key', { as: `${String(token)}:` }));
    const opened = createPrivateKey({
      key: Buffer.from(String(key), 'base64'),
      format: 'der',
      type: 'pkcs8',
      passphrase,
    });
    const nowMs = Date.now();
    const certificate = makeClassicCertificate({
      key: opened,
      account: { number, name: 'Mario' },
      notBeforeMs: nowMs,
      notAfterMs: nowMs + 24 * hourMs,
    });
    const validate = async (der: Uint8Array) => {
      const query = new URLSearchParams({ certificate: Buffer.from(der).toString('base64') });
      return json(await ask(`/auth/certificate/validate?${query}`));
    };
    assert.deepEqual(await validate(certificate), { 'account-id': `${number}`, valid: true });
    const { certificate: own } = await json(await ask('/auth/certificate', { as }));
    const servers = Buffer.from(String(own), 'base64');
    assert.deepEqual(await validate(servers), { 'account-id': null, valid: true });
    const forged = certificate.slice();
    forged[forged.length - 1]! ^= 1;
    assert.deepEqual(await validate(forged), { 'account-id': `${number}`, valid: false });
    assert.equal((await ask('/games/', { as })).status, 200);
    assert.equal(warned.filter((event) => event.startsWith('Paperclip 0 is on')).length, 1);
  } finally {
    await server.close();
  }
});

test('where the wire is off there is nothing of it', async () => {
  const server = await serve({ ...quiet, log: silentLog });
  try {
    for (const path of ['/auth/test', '/games/', '/lobby/all']) {
      assert.equal((await fetch(server.url + path)).status, 404, path);
    }
  } finally {
    await server.close();
  }
});
