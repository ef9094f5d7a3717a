// The lobby protocol from end to end: a whole server, the client that comes with it over every
// transport, and `paperclip lobby` as a program of its own in a pipe.

import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { LobbyProgram } from '../../src/app/cli/lobby-program.fixture.ts';
import { type RunningServer, serve } from '../../src/app/server/index.ts';
import { connect, visit } from '../../src/client/index.ts';
import type { LobbyAddress } from '../../src/client/lobby/connect-lobby.ts';
import { LobbyVisitor } from '../../src/client/lobby/fake-lobby.fixture.ts';
import type { LobbyGame } from '../../src/client/lobby/lobby-messages.ts';
import { makeAuthority, makeServerCertificate } from '../../src/driver/certificates.ts';

const password = 'correct horse';
const off = { text: 'off', textTls: 'off', messenger: 'off', messengerTls: 'off' } as const;
let folder: string;
let ca: string;
let server: RunningServer;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'paperclip-lobby-'));
  const validity = { notBeforeMs: Date.UTC(2025, 0), notAfterMs: Date.UTC(2055, 0) };
  const authority = makeAuthority({ name: 'Paperclip (test)', ...validity });
  const identity = makeServerCertificate(authority, ['localhost', '127.0.0.1'], validity);
  ca = authority.cert;
  const tls = { tlsCert: join(folder, 'cert.pem'), tlsKey: join(folder, 'key.pem') };
  await writeFile(tls.tlsCert, identity.cert);
  await writeFile(tls.tlsKey, identity.key);
  await writeFile(join(folder, 'ca.pem'), ca);
  server = await serve({
    ...{ data: ':memory:', port: 0, udpPort: 0, hosts: 1, logLevel: 'silent', shutdownGraceMs: 0 },
    ...{ ...off, files: 'off', guess: 'off' },
    ...{ lobby: 0, lobbyTls: 0, lobbyJson: 0, lobbyJsonTls: 0, ...tls },
  });
});
after(async () => {
  await server.close();
  await rm(folder, { recursive: true });
});

const portOf = (wire: string): number => server.addresses.lines.ports[wire] ?? 0;

const tcp = (wire: string, format: 'json' | 'qdatastream', tls?: { ca: string }): LobbyAddress => ({
  ...{ kind: 'tcp', host: '127.0.0.1', port: portOf(wire), format },
  ...(tls && { tls }),
});

const addresses: Readonly<Record<string, () => LobbyAddress>> = {
  'lines of JSON': () => tcp('lobby-json', 'json'),
  QDataStream: () => tcp('lobby', 'qdatastream'),
  'lines of JSON over TLS': () => tcp('lobby-json-tls', 'json', { ca }),
  'QDataStream over TLS': () => tcp('lobby-tls', 'qdatastream', { ca }),
  WebSocket: () => ({ kind: 'web-socket', url: `${server.url.replace('http', 'ws')}/lobby` }),
};

let accounts = 0;

/** A name that nobody has had. */
async function register(kind: string): Promise<string> {
  const name = `${kind}${++accounts}`;
  await visit(server.url).call('account.register', { name, password, digestLogin: true });
  return name;
}

async function logIn(address: LobbyAddress, login: string): Promise<LobbyVisitor> {
  const visitor = await LobbyVisitor.connect(address);
  const outcome = await visitor.client.logIn({ login, password });
  assert.ok(outcome.ok, JSON.stringify(outcome));
  await visitor.sees('ready');
  return visitor;
}

/** The next news of players that has this one in it. */
async function hearsOf(visitor: LobbyVisitor, what: 'came' | 'gone', login: string): Promise<void> {
  for (;;) {
    const event = await visitor.sees('players');
    if (event[what].some((player) => player.login === login)) return;
  }
}

// News of players wait up to a second for each other.
describe('a whole server', { concurrency: true }, () => {
  for (const [name, address] of Object.entries(addresses)) {
    test(`lets players in over ${name}, who see each other come and go`, async () => {
      const [ann, bob] = [await register('ann'), await register('bob')];
      const atAnn = await logIn(address(), ann);
      assert.equal(atAnn.client.me?.login, ann);
      assert.equal(atAnn.client.view.playerNamed(ann)?.id, atAnn.client.me?.id);
      const atBob = await logIn(tcp('lobby-json', 'json'), bob);
      assert.ok(atBob.client.view.playerNamed(ann));
      await hearsOf(atAnn, 'came', bob);
      const id = atAnn.client.view.playerNamed(bob)?.id ?? 0;
      atAnn.client.setRelation(id, 'friend', true);
      atAnn.client.ping();
      await atAnn.sees('pong');
      atBob.client.close();
      await hearsOf(atAnn, 'gone', bob);
      assert.equal(atAnn.client.view.playerNamed(bob), undefined);
      atAnn.client.send({ command: 'no such thing' });
      await atAnn.sees('invalid');
      assert.deepEqual((await atAnn.sees('closed')).end, { reason: 'invalid' });
      const again = await logIn(address(), ann);
      again.client.close();
    });
  }

  test('takes an access token, and signs the first of two connections out', async () => {
    const name = await register('ann');
    const me = await connect(server.url, { login: { name, password } });
    const { accessToken } = await visit(server.url).call('account.login', { name, password });
    const first = await LobbyVisitor.connect(tcp('lobby', 'qdatastream'));
    assert.ok((await first.client.logIn({ token: accessToken })).ok);
    const second = await logIn(tcp('lobby-json', 'json'), name);
    assert.deepEqual((await first.sees('closed')).end, {
      reason: 'signed-out',
      text: 'You have been signed out because you signed in elsewhere.',
    });
    assert.ok(second.client.view.playerNamed(name));
    second.client.close();
    me.close();
  });

  test('refuses an account that has not allowed it, until it does', async () => {
    const name = `eve${++accounts}`;
    await visit(server.url).call('account.register', { name, password });
    const visitor = await LobbyVisitor.connect(tcp('lobby-json', 'json'));
    const refused = await visitor.client.logIn({ login: name, password });
    assert.deepEqual(refused, {
      ok: false,
      error: 'Login not found or password incorrect. They are case sensitive.',
    });
    visitor.client.close();
    const program = LobbyProgram.spawned(
      [...['--host', '127.0.0.1', '--port', `${portOf('lobby-json')}`, '--user', name, '--json']],
      { PAPERCLIP_SERVER: server.url, PAPERCLIP_PASSWORD: password },
    );
    assert.equal(await program.ends(), 1);
    assert.match(program.err.text, /try again with --enable/);
    const enabled = LobbyProgram.spawned(
      [...['--host', '127.0.0.1', '--port', `${portOf('lobby-json')}`, '--user', name, '--enable']],
      { PAPERCLIP_SERVER: server.url, PAPERCLIP_PASSWORD: password },
    );
    assert.equal(await enabled.ends('players'), 0);
    assert.match(enabled.out.text, /may log in by the SHA-256.*\n.*you are logged in/);
  });
});

/** The next game in the news that is in this state. */
async function seesGame(visitor: LobbyVisitor, state: LobbyGame['state']): Promise<LobbyGame> {
  for (;;) {
    const { changed, gone } = await visitor.sees('games');
    const game = [...changed, ...gone].find((one) => one.state === state);
    if (game !== undefined) return game;
  }
}

/** The next message to the game's program. */
async function told(visitor: LobbyVisitor): Promise<readonly unknown[]> {
  const { command, args } = (await visitor.sees('gpgnet')).message;
  return [command, ...args];
}

test('a game over two framings and WebSocket: hosted, joined, wired, played and left', async () => {
  const names = [await register('hugo'), await register('gina'), await register('lars')];
  const host = await logIn(tcp('lobby', 'qdatastream'), names[0]!);
  const guest = await logIn(addresses['WebSocket']!(), names[1]!);
  const late = await logIn(tcp('lobby-json', 'json'), names[2]!);
  const ids = [host, guest, late].map(({ client }) => client.me?.id);
  host.client.hostGame({ title: 'Duel', map: 'scmp_007', password: 'x' });
  const { launch } = await host.sees('launch');
  for (const state of ['Idle', 'Lobby']) host.client.sendToServer('GameState', [state]);
  assert.deepEqual(await told(host), ['HostGame', 'scmp_007']);
  const open = await seesGame(guest, 'open');
  assert.deepEqual(
    [open.uid, open.title, open.host, open.map, open.hasPassword],
    [launch.uid, 'Duel', names[0], 'scmp_007', true],
  );
  guest.client.joinGame(launch.uid, 'y');
  assert.equal((await guest.sees('join-failed')).reason, 'bad_password');
  for (const visitor of [guest, late]) {
    visitor.client.joinGame(launch.uid, 'x');
    await visitor.sees('launch');
    for (const state of ['Idle', 'Lobby']) visitor.client.sendToServer('GameState', [state]);
    assert.deepEqual(await told(visitor), ['JoinGame', names[0], ids[0]]);
  }
  assert.deepEqual(await told(host), ['ConnectToPeer', names[1], ids[1], true]);
  assert.deepEqual(await told(host), ['ConnectToPeer', names[2], ids[2], true]);
  assert.deepEqual(await told(late), ['ConnectToPeer', names[1], ids[1], true]);
  assert.deepEqual(await told(guest), ['ConnectToPeer', names[2], ids[2], false]);
  late.client.sendToServer('IceMsg', [ids[1], { candidate: 'ünder the palm' }]);
  assert.deepEqual(await told(guest), ['IceMsg', ids[2], { candidate: 'ünder the palm' }]);
  late.client.sendToServer('GameState', ['Ended']);
  assert.deepEqual(await told(host), ['DisconnectFromPeer', ids[2]]);
  assert.deepEqual(await told(guest), ['DisconnectFromPeer', ids[2]]);
  // Who has a place plays.
  for (const id of ids.slice(0, 2)) host.client.sendToServer('PlayerOption', [id, 'Team', 2]);
  host.client.sendToServer('GameState', ['Launching']);
  assert.equal((await seesGame(late, 'playing')).players, 2);
  for (const { client } of [host, guest]) client.sendToServer('GameEnded');
  assert.equal((await seesGame(late, 'closed')).uid, launch.uid);
  assert.equal(late.client.view.games.size, 0);
  for (const { client } of [host, guest, late]) client.close();
});

test('two scripts play the parts of two programs', async () => {
  const [host, guest] = [await register('hugo'), await register('gina')];
  const env = { PAPERCLIP_SERVER: server.url, PAPERCLIP_PASSWORD: password };
  const flags = ['--port', `${portOf('lobby-json')}`, '--json'];
  const first = LobbyProgram.spawned(['--user', host, ...flags], env);
  first.types('host map=scmp_007 Script', 'wait launch', 'state Idle', 'state Lobby');
  first.types('wait HostGame');
  await first.out.until(/"HostGame"/);
  // A log-in is told of it: there is nothing to wait for.
  const second = LobbyProgram.spawned(['--user', guest, '--ws', '--json'], env);
  second.types(`join ${host}`, 'wait launch', 'state Idle', 'state Lobby', 'wait JoinGame');
  first.types('wait ConnectToPeer', 'state Launching');
  await first.out.until(/"ConnectToPeer"/);
  assert.equal(await second.ends('game GameEnded'), 0);
  assert.equal(await first.ends('game GameEnded'), 0);
  const gpgNet = (program: LobbyProgram) =>
    program.events().flatMap(({ event, command }) => (event === 'gpgnet' ? [command] : []));
  assert.deepEqual(gpgNet(first), ['HostGame', 'ConnectToPeer']);
  assert.deepEqual(gpgNet(second), ['JoinGame']);
});

test('`paperclip lobby` makes an account and goes in, over TLS and WebSocket', async () => {
  const env = { PAPERCLIP_SERVER: server.url, PAPERCLIP_PASSWORD: password };
  const tls = ['--tls', '--ca', join(folder, 'ca.pem'), '--format', 'qdatastream'];
  const first = LobbyProgram.spawned(
    [...['--user', 'kit', '--register', '--json', '--port', `${portOf('lobby-tls')}`], ...tls],
    env,
  );
  assert.equal(await first.ends('players'), 0);
  const events = first.events().map(({ event }) => event);
  assert.deepEqual(events.slice(0, 6), [
    ...['registered', 'welcome', 'players', 'social', 'games', 'ready'],
  ]);
  assert.ok(events.includes('player-list'));
  assert.deepEqual(first.events().at(-1), { event: 'closed', reason: 'closed-here' });
  const second = LobbyProgram.spawned(['--user', 'kit', '--ws'], env);
  assert.equal(await second.ends('games'), 0);
  assert.match(second.out.text, /^kit, you are logged in/);
});
