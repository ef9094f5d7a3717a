// Secrets over real files: made once, kept, and refused when they are not secret or not whole.

import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { ConfigError } from './config-error.ts';
import { openSecretKey, openSecrets } from './secrets.ts';

const inFolder = (run: (path: string) => void) => () => {
  const folder = mkdtempSync(join(tmpdir(), 'paperclip-secrets-'));
  try {
    run(join(folder, 'deep', 'secrets.json'));
  } finally {
    rmSync(folder, { recursive: true });
  }
};

const refusedWith = (path: string, sentence: RegExp) =>
  assert.throws(
    () => openSecrets(path),
    (error) => error instanceof ConfigError && sentence.test(error.message),
  );

test(
  'the first start makes them for the owner alone, the next reads the same',
  inFolder((path) => {
    const made = openSecrets(path);
    assert.equal(made.origin, 'made');
    assert.equal(statSync(path).mode & 0o777, 0o600);
    assert.deepEqual(openSecrets(path), { ...made, origin: 'read' });
    assert.equal(made.tokenKey.length, 32);
    assert.notDeepEqual(made.tokenKey, made.ticketSeed);
  }),
);

test('without a file they differ from run to run', () => {
  const first = openSecrets(undefined);
  assert.equal(first.origin, 'unsaved');
  assert.notDeepEqual(openSecrets(undefined).tokenKey, first.tokenKey);
});

test(
  'a file that others may read is refused, with the command that mends it',
  { skip: process.platform === 'win32' && 'Windows has no such mode bits' },
  inFolder((path) => {
    openSecrets(path);
    chmodSync(path, 0o644);
    refusedWith(path, /Others may read .* \(mode 644\)\. Run: chmod 600 /);
  }),
);

test(
  'what is no secrets file is refused, saying what is wrong with it, and left as it is',
  inFolder((path) => {
    openSecrets(path);
    const good = JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>;
    const bad: [string, RegExp][] = [
      ['', /it is not JSON/],
      ['null', /it is not JSON/],
      ['{}', /its format is not 1/],
      [JSON.stringify({ ...good, tokenKey: 'short' }), /tokenKey is not 32 bytes/],
      [JSON.stringify({ ...good, ticketSeed: undefined }), /ticketSeed is not 32 bytes/],
      [JSON.stringify({ ...good, tokenKey: 'A'.repeat(43) }), /tokenKey is no secret/],
    ];
    for (const [text, sentence] of bad) {
      writeFileSync(path, text);
      refusedWith(path, sentence);
      assert.equal(readFileSync(path, 'utf8'), text);
    }
  }),
);

test('a place where no file can be is refused', () => {
  refusedWith('/dev/null/secrets.json', /cannot be (made|read)/);
});

test('a key of its own file is made once, for the owner alone, and read from then on', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'paperclip-secrets-'));
  try {
    const path = join(folder, 'deep', 'key.pem');
    assert.equal(await openSecretKey(path, async () => 'first'), 'first');
    assert.equal(await openSecretKey(path, async () => 'second'), 'first');
    assert.equal(await openSecretKey(undefined, async () => 'third'), 'third');
    // Two servers at once: who came second takes what the first has written.
    const late = join(folder, 'late.pem');
    const made = await openSecretKey(late, () => openSecretKey(late, async () => 'faster'));
    assert.equal(made, 'faster');
    if (process.platform !== 'win32') {
      assert.equal(statSync(path).mode & 0o777, 0o600);
      chmodSync(path, 0o640);
      await assert.rejects(
        openSecretKey(path, async () => 'x'),
        /Others may read .*chmod 600/,
      );
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
});
