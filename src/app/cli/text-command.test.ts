// `paperclip text` against the gateway over real sockets, in this process: two people talk, play
// and send what the server cannot read.

import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';
import { silentLog, silentMetrics } from '../../contract/telemetry.ts';
import { type TestPlatform, testPlatform } from '../../domain/test-platform.fixture.ts';
import { makeAuthority, makeServerCertificate } from '../../driver/certificates.ts';
import { listenTcp } from '../../driver/tcp.ts';
import { FileBytesServer } from '../../gateway/text/file-bytes.ts';
import { textGateway } from '../../gateway/text/text-gateway.ts';
import { Output } from './output.fixture.ts';
import { runCli } from './run-cli.ts';

interface World extends AsyncDisposable {
  readonly platform: TestPlatform;
  readonly port: number;
  readonly filesPort: number;
  readonly stop: () => Promise<void>;
  /** Everything that clients have sent. */
  readonly wire: () => string;
}

const { authority, identity } = (() => {
  const day = 86_400_000;
  const validity = { notBeforeMs: Date.now() - day, notAfterMs: Date.now() + day };
  const authority = makeAuthority({ name: 'Test authority', ...validity });
  return {
    authority,
    identity: makeServerCertificate(authority, ['localhost', '127.0.0.1'], validity),
  };
})();

async function world(isTls = false): Promise<World> {
  const platform = await testPlatform();
  const { dispatcher, events } = platform.platform;
  const gateway = textGateway({
    ...{ dispatcher, events, timers: platform.time },
    ...{ log: silentLog, metrics: silentMetrics, version: '1.2.3' },
  });
  let wire = '';
  const listener = await listenTcp({ port: 0, ...(isTls && { tls: identity }) }, (stream) => {
    gateway.accept(stream);
    const { onData } = stream;
    stream.onData = (bytes) => {
      wire += new TextDecoder().decode(bytes);
      onData?.(bytes);
    };
  });
  const files = new FileBytesServer({ files: platform.platform.files, timers: platform.time });
  const filesListener = await listenTcp({ port: 0 }, files.accept);
  const close = async () => {
    await filesListener.close();
    await gateway.close();
    await listener.close();
    await platform.close();
  };
  return {
    platform,
    port: listener.address.port,
    filesPort: filesListener.address.port,
    stop: () => gateway.close(),
    wire: () => wire,
    [Symbol.asyncDispose]: close,
  };
}

function person(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const [stdin, stdout, stderr] = [new PassThrough(), new Output(), new Output()];
  let interrupt = (): void => {};
  const code = runCli(['text', ...args], {
    ...{ env, stdin, stdout, stderr },
    onInterrupt: (listener) => {
      interrupt = listener;
      return () => undefined;
    },
  });
  const types = (line: string): void => void stdin.write(`${line}\n`);
  const seen = (pattern: RegExp) => stdout.shows(pattern);
  return { stdin, stdout, stderr, code, types, seen, interrupt: () => interrupt() };
}

const named = ({ port }: World, username: string, ...more: readonly string[]) =>
  person(['--host', '127.0.0.1', '--port', `${port}`, '--username', username, ...more]);

test('two people talk, and one tells the other what the server cannot read', async () => {
  await using w = await world();
  const ann = named(w, 'ann');
  await ann.seen(/Welcome to Paperclip 1\.2\.3\nYou are logged in\. .*\nHere: ann\n/);
  const bob = named(w, 'bob');
  await ann.seen(/bob has come\.\n/);
  await bob.seen(/Here: ann, bob\n/);
  bob.types('hello, ann');
  await ann.seen(/bob: hello, ann\n/);
  ann.types('/msg bob psst');
  await bob.seen(/ann \(to you\): psst\n/);
  bob.types('/key');
  const [, own] = await bob.seen(/Your key, until you leave: ([0-9a-f ]{79})\n/);
  ann.types('/secret BOB the treasure is under the palm');
  await bob.seen(/ann \(encrypted, to you\): the treasure is under the palm\n/);
  const [, shown] = await ann.seen(/Key of bob: ([0-9a-f ]{79})\. Compare it/);
  assert.equal(shown, own);
  ann.types('/secret bob and the map is gone');
  await bob.seen(/and the map is gone\n/);
  await ann.seen(/Sent to bob, with the key that you know\.\n/);
  ann.types('/bye');
  assert.equal(await ann.code, 0);
  await bob.seen(/ann has left\.\n/);
  bob.stdin.end();
  assert.equal(await bob.code, 0);
  assert.doesNotMatch(w.wire(), /treasure|palm|map/);
  assert.match(w.wire(), /hello, ann/);
  assert.doesNotMatch(JSON.stringify(w.platform.log), /treasure|palm|map/);
});

test('a file goes from one folder to another, whole, and over nothing', async () => {
  await using w = await world();
  const folder = await mkdtemp(join(tmpdir(), 'paperclip-text-'));
  try {
    const port = ['--files-port', `${w.filesPort}`];
    const [ann, bob] = [named(w, 'ann', ...port), named(w, 'bob', ...port)];
    await Promise.all([ann.seen(/Here: /), bob.seen(/Here: /)]);
    const [from, to] = [join(folder, 'map.png'), join(folder, 'copy.png')];
    const bytes = Buffer.alloc(3_000_000, 'a map of the island; ');
    await writeFile(from, bytes);
    ann.types(`/send bob ${from}`);
    await bob.seen(/ann offers map\.png \(3\.0 MB\): \/accept ann, or \/reject ann\n/);
    bob.types(`/accept ann ${to}`);
    await Promise.all([ann.seen(/arrived whole/), bob.seen(/Saved as .*copy\.png\.\n/)]);
    assert.ok(bytes.equals(await readFile(to)));
    ann.types(`/send BOB ${from}`);
    await bob.seen(/offers.*offers/s);
    bob.types('/reject ann');
    await ann.seen(/bob did not get the file: it was not wanted\n/);
    ann.types(`/send bob ${from}`);
    await bob.seen(/offers.*offers.*offers/s);
    bob.types(`/accept ann ${to}`);
    await bob.seen(/The file failed: EEXIST/);
    ann.types(`/send bob ${join(folder, 'nothing')}`);
    await ann.seen(/nothing cannot be read: ENOENT/);
    ann.types(`/send nobody ${from}`);
    await ann.seen(/nobody did not get the file: there is no such player here\n/);
    bob.types('/accept zed');
    await bob.seen(/zed has offered nothing\./);
    for (const one of [ann, bob]) one.types('/bye');
    assert.deepEqual(await Promise.all([ann.code, bob.code]), [0, 0]);
  } finally {
    await rm(folder, { recursive: true });
  }
});

test('mistakes are answered, and nothing is sent of them', async () => {
  await using w = await world();
  const ann = named(w, 'ann');
  await ann.seen(/Here: ann\n/);
  for (const [line, answer] of [
    ['/nothing', /There is no \/nothing\./],
    ['/msg bob', /It takes more: \/msg NAME TEXT/],
    ['/guess', /It takes more: \/guess N/],
    ['/constructor', /There is no \/constructor\./],
    ['/msg nobody hello', /There is no such player here\. \(6001\)/],
    ['/secret nobody hello', /Not sent to nobody: there is no such player here\./],
    ['/guess 7', /There is no game now; \/start one\. \(6005\)/],
    ['/help', /\/secret NAME TEXT +A message that the server cannot read\./],
  ] as const) {
    ann.types(line);
    await ann.seen(answer);
  }
  ann.interrupt();
  assert.equal(await ann.code, 130);
});

test('a pipe sends its lines, waits for its answers and leaves; --json is for programs', async () => {
  await using w = await world();
  const ann = named(w, 'ann', '--json');
  ann.stdin.end('/users\nhello\n/secret nobody x\n');
  assert.equal(await ann.code, 0);
  const events = ann.stdout.text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  const headers = events.map(({ event, header }) => header ?? event);
  assert.deepEqual(headers, [
    'WELCOME',
    'LOGIN_RESP',
    'LIST_USERS_RESP',
    'LIST_USERS_RESP',
    'BROADCAST_RESP',
    'secret',
    'BYE_RESP',
  ]);
});

test('a name that is taken, an account without its password, a server that is not there', async () => {
  await using w = await world();
  await w.platform.register('dora');
  const dora = named(w, 'dora');
  assert.equal(await dora.code, 1);
  assert.match(dora.stderr.text, /this is not its password\. \(5003\)/);
  const right = person(['--host', '127.0.0.1', '--port', `${w.port}`, '--username', 'DORA'], {
    PAPERCLIP_PASSWORD: 'correct horse',
  });
  await right.seen(/Here: dora\n/);
  right.types('/bye');
  assert.equal(await right.code, 0);
  const lost = named({ ...w, port: 4 }, 'ann');
  assert.equal(await lost.code, 1);
  assert.match(lost.stderr.text, /SERVER_UNREACHABLE: No server answers at 127\.0\.0\.1:4/);
  assert.equal(await person([]).code, 2);
  assert.equal(await person(['--ca', 'x', '--username', 'ann']).code, 2);
});

test('a server that stops ends it', async () => {
  await using w = await world();
  const ann = named(w, 'ann');
  await ann.seen(/Here: ann\n/);
  await w.stop();
  assert.equal(await ann.code, 1);
  assert.match(ann.stdout.text, /The server closed the connection: it is shutting down\.\n/);
});

test('over TLS it believes only whom it is told to', async () => {
  await using w = await world(true);
  const stranger = named(w, 'ann', '--tls');
  assert.equal(await stranger.code, 1);
  assert.match(stranger.stderr.text, /SERVER_UNREACHABLE/);
  const folder = await mkdtemp(join(tmpdir(), 'paperclip-text-'));
  try {
    const file = join(folder, 'ca.pem');
    await writeFile(file, authority.cert);
    const ann = named(w, 'ann', '--tls', '--ca', file);
    await ann.seen(/Here: ann\n/);
    ann.types('/bye');
    assert.equal(await ann.code, 0);
  } finally {
    await rm(folder, { recursive: true });
  }
});
