// `paperclip accounts import` on true files, with true hashes, and who may log in afterwards.

import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { after, before, test } from 'node:test';
import { openSqliteStore } from '../../store/open.ts';
import { serve } from '../server/index.ts';
import { runCli } from './run-cli.ts';

let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'paperclip-accounts-'));
});
after(() => rm(folder, { recursive: true }));

async function run(...args: readonly string[]) {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const texts = { out: '', err: '' };
  stdout.on('data', (data: Buffer) => {
    texts.out += data.toString();
  });
  stderr.on('data', (data: Buffer) => {
    texts.err += data.toString();
  });
  const code = await runCli(['accounts', ...args], {
    env: {},
    stdin: Readable.from([]),
    stdout,
    stderr,
    onInterrupt: () => () => undefined,
  });
  // What was written last is on its way still.
  await new Promise(setImmediate);
  return { code, ...texts };
}

async function file(name: string, text: string): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, text);
  return path;
}

test('accounts are imported once, problems have their lines, and the owners log in', async () => {
  const data = join(folder, 'new', 'paperclip.sqlite');
  const list = await file(
    'list.txt',
    `hans falcon*solo\nyoda wise@!\nhans again\nbroken\n${'x'.repeat(9_000)} y\n`,
  );
  const first = await run('import', list, '--data', data);
  assert.equal(first.code, 1);
  assert.equal(first.out, `Imported 2 of 5 lines into ${data} (1 duplicates, 2 malformed).\n`);
  assert.match(first.err, /^line 3: hans stands in line 1 already.*\nline 4: has no password\./);
  assert.match(first.err, /\nline 5: has more than a name/);
  assert.doesNotMatch(first.err + first.out, /falcon|again/);
  const clean = await file('clean.txt', 'hans falcon*solo\nyoda wise@!');
  const second = await run('import', clean, '--data', data, '--json');
  assert.equal(second.code, 0);
  const events = second.out
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  assert.deepEqual(events.at(-1), {
    event: 'imported',
    data,
    lines: 2,
    imported: 0,
    malformed: 0,
    duplicates: 0,
    existing: 2,
  });
  const server = await serve({ data, port: 0, udpPort: 0, hosts: 1, logLevel: 'silent' });
  const login = await fetch(`${server.url}/v1/sessions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ name: 'hans', password: 'falcon*solo' }),
  });
  assert.ok(login.ok);
  await server.close();
});

test('a file that a server has is named, and so is one that cannot be read', async () => {
  const data = join(folder, 'busy.sqlite');
  const list = await file('one.txt', 'hans x\n');
  const store = await openSqliteStore({ file: data });
  const busy = await run('import', list, '--data', data);
  await store.close();
  assert.equal(busy.code, 1);
  assert.match(busy.err, /busy\.sqlite is in use by another process/);
  const missing = await run('import', join(folder, 'nothing.txt'), '--data', data);
  assert.equal(missing.code, 2);
  for (const args of [[], ['import'], ['export', list]]) assert.equal((await run(...args)).code, 2);
});
