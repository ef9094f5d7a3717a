// Must not be there: what two players sealed for each other, anywhere at the server. A server in a
// process of its own, with its data in a file and its log at debug; two devices; then the database,
// the log and a heap snapshot are searched. An open message shows that the search finds.

import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, watch } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { connect, type Keyring, openKeyring, type PlayerClient } from '../../src/client/index.ts';
import { defaultCrypto } from '../../src/driver/index.ts';
import { generateRsaKeys, rsaOpen, rsaSeal } from '../../src/driver/rsa-oaep.ts';

const root = join(import.meta.dirname, '../..');
const password = 'correct horse';
const said = {
  open: 'OPEN-MARKER-the-lamp-is-green',
  sealed: 'SEALED-MARKER-the-key-is-under-the-mat',
  answer: 'SEALED-MARKER-thanks-burn-this',
  rsa: 'SEALED-MARKER-the-old-wire-can-do-it-too',
};

interface ServerUnderTest {
  readonly url: string;
  readonly child: ChildProcess;
  readonly log: () => string;
}

async function startServer(folder: string): Promise<ServerUnderTest> {
  const flags = ['--port', '0', '--udp-port', '0', '--hosts', '1', '--log-level', 'debug'];
  const child = spawn(
    process.execPath,
    [
      '--heapsnapshot-signal=SIGUSR2',
      join(root, 'src/app/cli/main.ts'),
      'serve',
      '--json',
      '--log-format',
      'json',
      '--data',
      join(folder, 'data.sqlite'),
      ...flags,
    ],
    { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] },
  );
  let log = '';
  child.stderr.on('data', (text: Buffer) => {
    log += text.toString();
  });
  const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
  return { url: (JSON.parse(line) as { url: string }).url, child, log: () => log };
}

function keyringOf(playerId: string): Promise<Keyring> {
  let text: string | undefined;
  const storage = {
    load: async () => text,
    save: async (changed: string) => {
      text = changed;
    },
  };
  return openKeyring({ crypto: defaultCrypto, storage, playerId });
}

async function publish(me: PlayerClient): Promise<Keyring> {
  const keyring = await keyringOf(me.player.id);
  await me.call('keys.publish', { deviceId: keyring.deviceId, bundle: keyring.bundle });
  return keyring;
}

async function sealTo(me: PlayerClient, keyring: Keyring, to: string, text: string) {
  const { player, devices } = await me.call('keys.get', { player: to });
  const bundles = devices.map(({ bundle }) => bundle);
  const sealed = await keyring.seal(player.id, bundles, text);
  assert.ok(sealed.ok);
  await me.call('chat.send', { to, sealed: sealed.value.envelope });
}

async function openNext(me: PlayerClient, keyring: Keyring): Promise<string> {
  const { messages } = await me.call('chat.inbox', {});
  const message = messages.find(({ sealed }) => sealed !== undefined);
  const opened = await keyring.open(message?.from.id ?? '', message?.sealed ?? '');
  assert.ok(opened.ok);
  await me.call('chat.ack', { upTo: message?.id ?? 0 });
  return opened.value.text;
}

/** Bob is here: a second session of theirs has a connection, which gets what is passed on. */
async function comeOnline(url: string): Promise<WebSocket> {
  const login = await fetch(`${url}/v1/sessions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ name: 'Bob', password }),
  });
  const { accessToken } = (await login.json()) as { accessToken: string };
  const socket = new WebSocket(`${url.replace(/^http/, 'ws')}/v1/ws`);
  const authenticated = new Promise((resolve) => {
    socket.addEventListener('message', resolve, { once: true });
  });
  socket.addEventListener('open', () => {
    socket.send(JSON.stringify({ id: 1, auth: accessToken }));
  });
  await authenticated;
  return socket;
}

/** All bytes that the server has written into the folder, or holds on its heap. */
async function heapSnapshotIn(folder: string, child: ChildProcess): Promise<string> {
  const done = new Promise<void>((resolve) => {
    // Node writes the file in pieces, and its last bytes close the text.
    const look = (): void => {
      const name = readdirSync(folder).find((file) => file.endsWith('.heapsnapshot'));
      if (name === undefined) return;
      if (!readFileSync(join(folder, name), 'utf8').trimEnd().endsWith(']}')) return;
      watcher.close();
      resolve();
    };
    const watcher = watch(folder, look);
  });
  child.kill('SIGUSR2');
  await done;
  const name = readdirSync(folder).find((file) => file.endsWith('.heapsnapshot')) ?? '';
  return readFileSync(join(folder, name), 'utf8');
}

test('what players seal is in no file, no log and no memory of the server', {
  timeout: 120_000,
  skip: process.platform === 'win32' ? 'no signal there asks for a heap snapshot' : false,
}, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'paperclip-sealed-'));
  await using cleanup = new AsyncDisposableStack();
  cleanup.defer(() => rmSync(folder, { recursive: true }));
  const server = await startServer(folder);
  cleanup.defer(async () => {
    server.child.kill('SIGKILL');
    if (server.child.exitCode === null) await once(server.child, 'exit');
  });
  const ada = await connect(server.url, { register: { name: 'Ada', password } });
  const bob = await connect(server.url, { register: { name: 'Bob', password } });
  const [adas, bobs] = [await publish(ada), await publish(bob)];

  await ada.call('chat.send', { to: 'Bob', message: said.open });
  await sealTo(ada, adas, 'Bob', said.sealed);
  assert.equal(await openNext(bob, bobs), said.sealed);
  await sealTo(bob, bobs, 'Ada', said.answer);
  assert.equal(await openNext(ada, adas), said.answer);

  // The text protocol's form goes as signals.
  const keys = await generateRsaKeys();
  const names = { sender: 'Ada', receiver: 'Bob' };
  const rsa = rsaSeal(keys.publicKey, names, said.rsa);
  assert.ok(rsa.ok);
  const socket = await comeOnline(server.url);
  await ada.call('signal.send', { to: 'Bob', kind: 'text.secure-message', body: rsa.value });
  const rsaOpened = rsaOpen(keys.privateKey, names, rsa.value);
  assert.deepEqual(rsaOpened.ok && rsaOpened.value, said.rsa);

  // An offer of a file tells the server its name, for as long as it stands, and nothing else of it.
  const name = 'OFFER-MARKER-plan-of-the-vault.txt';
  const { fileId } = await ada.call('file.offer', { to: 'Bob', name, size: said.sealed.length });

  const heap = await heapSnapshotIn(folder, server.child);
  ada.close();
  bob.close();
  socket.close();
  const files = readdirSync(folder)
    .filter((name) => name.startsWith('data.sqlite'))
    .map((name) => readFileSync(join(folder, name), 'latin1'));
  const places = { heap, files: files.join(''), log: server.log() };
  assert.ok(places.files.includes(said.open), 'the search finds what is in the database');
  assert.match(places.log, /"event":"command"/);
  for (const [name, text] of Object.entries(places)) {
    assert.ok(!text.includes('SEALED-MARKER'), `the ${name} has a sealed text`);
    // Nor in base64, at any of the three places where it can begin.
    for (const start of [0, 1, 2]) {
      const inner = Buffer.from('SEALED-MARKER'.slice(start)).toString('base64').slice(0, 12);
      assert.ok(!text.includes(inner), `the ${name} has a sealed text in base64`);
    }
  }
  assert.ok(!places.log.includes(said.open), 'the log has no message');
  for (const text of [places.files, places.log]) assert.ok(!text.includes(name));
  assert.match(fileId, /^\w+$/);
});
