// The certificate of the TLS ports: made once, kept, made anew, or the operator's own.

import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { ConfigError } from './config-error.ts';
import { openTlsIdentity } from './tls-identity.ts';

const nowMs = Date.parse('2026-01-01T00:00:00Z');
const dayMs = 24 * 3600 * 1000;

const inFolder = (behaviour: string, run: (folder: string) => void) =>
  test(behaviour, () => {
    const folder = mkdtempSync(join(tmpdir(), 'paperclip-tls-'));
    try {
      run(join(folder, 'certificates'));
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

const options = (folder: string | undefined, change = {}) => ({
  certFile: undefined,
  keyFile: undefined,
  folder,
  names: ['localhost', '127.0.0.1'],
  nowMs,
  ...change,
});

inFolder('a made one hangs under an authority that clients can believe', (folder) => {
  const identity = openTlsIdentity(options(folder));
  const authority = new X509Certificate(readFileSync(identity.authorityFile ?? '', 'utf8'));
  const certificate = new X509Certificate(identity.cert);
  assert.ok(certificate.verify(authority.publicKey));
  assert.equal(certificate.checkHost('localhost'), 'localhost');
  assert.equal(certificate.checkIP('127.0.0.1'), '127.0.0.1');
});

inFolder('a made one is kept, readable by its owner alone', (folder) => {
  const first = openTlsIdentity(options(folder));
  assert.deepEqual(openTlsIdentity(options(folder)), first);
  if (process.platform !== 'win32') {
    assert.equal(statSync(join(folder, 'server-key.pem')).mode & 0o077, 0);
  }
});

inFolder('one that runs out, or lacks a name, or is damaged, is made anew', (folder) => {
  const { cert } = openTlsIdentity(options(folder));
  const later = openTlsIdentity(options(folder, { nowMs: nowMs + 800 * dayMs }));
  assert.notEqual(later.cert, cert);
  const named = openTlsIdentity(options(folder, { names: ['game.example'] }));
  assert.notEqual(named.cert, later.cert);
  writeFileSync(join(folder, 'server.pem'), 'not a certificate');
  assert.notEqual(openTlsIdentity(options(folder, { names: ['game.example'] })).cert, named.cert);
});

inFolder('without a folder nothing is kept', () => {
  const first = openTlsIdentity(options(undefined));
  assert.equal(first.authorityFile, undefined);
  assert.notEqual(openTlsIdentity(options(undefined)).cert, first.cert);
});

inFolder('the operator’s own is taken as it is, and a missing file is named', (folder) => {
  const { authorityFile } = openTlsIdentity(options(folder));
  const own = { certFile: join(folder, 'server.pem'), keyFile: join(folder, 'server-key.pem') };
  assert.deepEqual(openTlsIdentity(options(folder, own)), {
    cert: readFileSync(own.certFile, 'utf8'),
    key: readFileSync(own.keyFile, 'utf8'),
  });
  assert.ok(authorityFile);
  assert.throws(
    () => openTlsIdentity(options(folder, { ...own, keyFile: '/nowhere.pem' })),
    (error) => error instanceof ConfigError && /--tls-key \/nowhere.pem/.test(error.message),
  );
});
