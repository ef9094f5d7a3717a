// `paperclip lobby` in pipes, against a server that answers by hand.

import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fakeServer, Refusal } from '../../client/fake-server.fixture.ts';
import {
  type FakeConnection,
  FakeLobby,
  type FakeTransport,
} from '../../client/lobby/fake-lobby.fixture.ts';
import { LobbyProgram } from './lobby-program.fixture.ts';

const env = { PAPERCLIP_PASSWORD: 'correct horse' };
const ann = { id: 1, login: 'ann', country: 'NZ' };
const bob = {
  id: 2,
  login: 'bob',
  ratings: { global: { rating: [1512.4, 99], number_of_games: 7 } },
};
const game = (state: string, players = 1): object => ({
  ...{ command: 'game_info', uid: 42, title: 'Duel', state, featured_mod: 'faf', host: 'bob' },
  ...{ mapname: 'scmp_007', num_players: players, max_players: 12, visibility: 'friends' },
  password_protected: true,
});

function flagsOf({ address }: FakeLobby): readonly string[] {
  if (address.kind === 'web-socket') {
    return ['--ws', '--server', address.url.replace(/^ws/, 'http').replace(/\/lobby$/, '')];
  }
  const flags = ['--host', address.host, '--port', `${address.port}`, '--format', address.format];
  return address.tls === undefined ? flags : [...flags, '--tls'];
}

/** Logged in as ann, with bob there and his game. */
async function entered(
  lobby: FakeLobby,
  ...flags: readonly string[]
): Promise<readonly [LobbyProgram, FakeConnection]> {
  const program = LobbyProgram.here([...flagsOf(lobby), '--user', 'ann', ...flags], env);
  const server = await lobby.next();
  await server.welcome(ann, [game('open')]);
  server.say({ command: 'player_info', players: [bob] });
  return [program, server];
}

for (const transport of ['json', 'qdatastream', 'web-socket'] as const) {
  test(`over ${transport} it shows who comes, games, and what a program is told`, async () => {
    await using lobby = await FakeLobby.start(transport satisfies FakeTransport);
    const [program, server] = await entered(lobby);
    await program.out.until(/ann, you are logged in; .*\n1 player here, 1 game\.\nbob has come\./);
    program.types('players', 'games', 'host map=scmp_009 Two words', 'join bob secret');
    await program.out.until(/ 2 {2}bob +1512 ± 99 +7 {2}friend\n/);
    await program.out.until(/42 {2}Duel +bob +open +1 of 12 +scmp_007 +faf +friends, with a pass/);
    await server.hears(
      {
        ...{ command: 'game_host', title: 'Two words', visibility: 'public', mapname: 'scmp_009' },
        ...{ password: null, rating_min: null, rating_max: null, enforce_rating_range: false },
      },
      { command: 'game_join', uid: 42, password: 'secret' },
    );
    server.say(
      { command: 'game_launch', uid: 42, name: 'Duel', mod: 'faf', args: [] },
      { command: 'HostGame', target: 'game', args: ['scmp_007'] },
      { command: 'ConnectToPeer', target: 'game', args: ['bob', 2, true] },
      game('playing', 2),
      { command: 'player_info', players: [{ ...bob, state: 'offline' }] },
      { command: 'matchmaker_info', queues: [] },
      { command: 'notice', style: 'info', text: 'Look \u001b[2Jhere.' },
    );
    await program.out.until(/Game 42, Duel \(faf\), is yours to start\..*`state Idle`/);
    await program.out.until(/< HostGame \["scmp_007"\] {2}open the game's lobby on scmp_007\n/);
    await program.out.until(/< ConnectToPeer \["bob",2,true\] {2}connect to bob, and begin\n/);
    await program.out.until(/Game 42, Duel, by bob: playing, 2 of 12\.\nbob has left\.\n/);
    await program.out.until(/"matchmaker_info".*\nLook \ufffd\[2Jhere\.\n/);
    program.types('state Idle', 'game IceMsg 2 hello', 'game PlayerOption [1, "Army", null]');
    await program.out.until(/> PlayerOption \[1,"Army",null\]\n/);
    await server.hears(
      { command: 'GameState', target: 'game', args: ['Idle'] },
      { command: 'IceMsg', target: 'game', args: [2, 'hello'] },
      { command: 'PlayerOption', target: 'game', args: [1, 'Army', null] },
    );
    program.types('leave');
    await server.hears({ command: 'ping' });
    server.say({ command: 'pong' });
    await server.hears(undefined);
    assert.equal(await program.code, 0);
    assert.equal(program.err.text, '');
  });
}

test('a script waits for what must have come, also when it came before', async () => {
  await using lobby = await FakeLobby.start();
  const [program, server] = await entered(lobby, '--json');
  const code = program.ends(
    ...['host Duel', 'wait launch', 'state Idle', 'wait HostGame 5', 'wait ConnectToPeer'],
    ...['game GameEnded', 'wait Dance 0.01', 'never typed'],
  );
  await server.next();
  const gpgNet = (command: string, ...args: readonly unknown[]) => ({
    ...{ command, target: 'game', args },
  });
  server.say({ command: 'game_launch', uid: 42, name: 'Duel', mod: 'faf', args: ['/numgames', 0] });
  await server.hears(gpgNet('GameState', 'Idle'));
  server.say(gpgNet('HostGame', 'm'), gpgNet('ConnectToPeer', 'bob', 2, true), { command: 'hm' });
  await server.hears(gpgNet('GameEnded'), { command: 'ping' });
  server.say({ command: 'pong' });
  assert.equal(await code, 1);
  assert.match(program.err.text, /^Dance did not come within 0\.01 s\.\n$/);
  const events = program.events();
  assert.deepEqual(
    events.map(({ event }) => event),
    [
      ...['welcome', 'players', 'social', 'games', 'ready', 'players', 'launch', 'gpgnet'],
      ...['gpgnet', 'other', 'pong', 'closed'],
    ],
  );
  assert.deepEqual(events[0], { event: 'welcome', me: ann });
  assert.deepEqual(events[5], { event: 'players', came: [bob], changed: [], gone: [] });
  assert.deepEqual(events[7], { event: 'gpgnet', command: 'HostGame', args: ['m'] });
  assert.deepEqual(events[9], { event: 'other', message: { command: 'hm' } });
  assert.deepEqual(events.at(-1), { event: 'closed', reason: 'closed-here' });
});

test('mistakes are answered with what to do, and nothing is sent of them', async () => {
  await using lobby = await FakeLobby.start();
  const [program, server] = await entered(lobby);
  for (const [line, answer] of [
    ['gamess', /There is no gamess\. Did you mean games\?/],
    ['constructor', /There is no constructor\. `help` shows what there is\./],
    ['host', /It takes more: host \[KEY=VALUE \.\.\.\] TITLE/],
    ['host visibility=all T', /visibility is public or friends, not "all"/],
    ['join carol', /carol hosts no game/],
    ['friend carol', /nobody here by the name "carol"/],
    ['send ["x"]', /send takes a JSON object/],
    ['wait', /It takes more: wait NAME \[SECONDS\]/],
    ['wait x 0', /wait takes up to 3600 seconds, not "0"/],
    ['/help', /state NAME +Say what the game’s program does/],
  ] as const) {
    program.types(line);
    await program.out.until(answer);
  }
  program.types('', 'foe bob', 'unfriend bob', 'send {"command":"ice_servers"}');
  await server.hears(
    { command: 'social_add', foe: 2 },
    { command: 'social_remove', friend: 2 },
    { command: 'ice_servers' },
  );
  program.interrupt();
  assert.equal(await program.code, 130);
});

test('a log-in that fails says what helps; the password can be the first line', async () => {
  await using lobby = await FakeLobby.start();
  const program = LobbyProgram.here([...flagsOf(lobby), '--user', 'ann']);
  program.types('wrong', 'games');
  const server = await lobby.next();
  await server.next();
  server.say({ command: 'session', session: 7 });
  await server.next();
  server.say({ command: 'authentication_failed', text: 'Login not found.' });
  assert.equal(await program.code, 1);
  assert.match(program.err.text, /^Login not found\.\nAn account .* --enable, or with --register/);
  assert.equal(program.out.text, '');
});

test('a log-out by the server is told, and is no success', async () => {
  await using lobby = await FakeLobby.start();
  const [program, server] = await entered(lobby);
  await program.out.until(/bob has come/);
  const text = 'You have been signed out because you signed in elsewhere.';
  server.say({ command: 'notice', style: 'kick', text }).stream.end();
  assert.equal(await program.code, 1);
  assert.equal(program.err.text, `${text}\n`);
});

test('logs in with a token', async () => {
  await using lobby = await FakeLobby.start();
  const program = LobbyProgram.here([...flagsOf(lobby), '--token'], { PAPERCLIP_TOKEN: 'abc' });
  const sent = await (await lobby.next()).welcome(ann);
  assert.deepEqual(sent, { command: 'auth', token: 'abc', unique_id: 'paperclip' });
  await program.out.until(/ann, you are logged in/);
  program.interrupt();
  assert.equal(await program.code, 130);
});

test('makes an account, or lets one log in like this, before it connects', async () => {
  const player = { id: 'p1', name: 'ann', kind: 'account' };
  const session = {
    ...{ player, accessToken: 'a', refreshToken: 'r' },
    ...{ accessExpiresAt: '2050-01-01T00:00:00Z', refreshExpiresAt: '2050-01-01T00:00:00Z' },
  };
  await using http = await fakeServer({
    'POST /v1/accounts': () => session,
    'POST /v1/sessions': () => session,
    'POST /v1/me/digest-login': () => new Refusal('WRONG_PASSWORD'),
    'DELETE /v1/sessions/current': () => ({}),
  });
  await using lobby = await FakeLobby.start();
  const flags = [...flagsOf(lobby), '--user', 'ann', '--server', http.url];
  const registers = LobbyProgram.here([...flags, '--register'], env);
  await (await lobby.next()).welcome(ann);
  await registers.out.until(/^The account ann is made\.\nann, you are logged in/);
  registers.interrupt();
  await registers.code;
  const enables = LobbyProgram.here([...flags, '--enable'], env);
  assert.equal(await enables.code, 1);
  assert.match(enables.err.text, /WRONG_PASSWORD/);
  const asked = http.asked.map(({ request, body }) => [request, body]);
  const account = { name: 'ann', password: 'correct horse' };
  assert.deepEqual(asked[0], ['POST /v1/accounts', { ...account, digestLogin: true }]);
  assert.deepEqual(asked.at(-1), ['POST /v1/me/digest-login', { password: 'correct horse' }]);
});

test('no server, an authority nobody knows, and wrong flags have their exit codes', async () => {
  const lost = LobbyProgram.here(['--user', 'ann', '--port', '4', '--host', '127.0.0.1'], env);
  assert.equal(await lost.code, 1);
  assert.match(lost.err.text, /SERVER_UNREACHABLE: No server answers at 127\.0\.0\.1:4 \(ECONN/);
  await using lobby = await FakeLobby.start('tls');
  const stranger = LobbyProgram.here([...flagsOf(lobby), '--user', 'ann'], env);
  assert.equal(await stranger.code, 1);
  assert.match(stranger.err.text, /SERVER_NOT_TRUSTED/);
  const folder = await mkdtemp(join(tmpdir(), 'paperclip-lobby-'));
  try {
    const { address } = lobby;
    assert.ok(address.kind === 'tcp');
    const ca = join(folder, 'ca.pem');
    await writeFile(ca, address.tls?.ca ?? '');
    const flags = [...flagsOf(lobby), '--ca', ca, '--user', 'ann'];
    const believer = LobbyProgram.here(flags, env);
    await (await lobby.next()).welcome(ann);
    await believer.out.until(/ann, you are logged in/);
    believer.interrupt();
    assert.equal(await believer.code, 130);
  } finally {
    await rm(folder, { recursive: true });
  }
  for (const flags of [
    [],
    ['--user', 'ann', '--ca', 'x'],
    ['--user', 'ann', '--tls', '--ca', '/no/such.pem'],
    ['--user', 'ann', '--format', 'xml'],
    ['--user', 'ann', '--ws', '--tls'],
    ['--user', 'ann', '--register', '--enable'],
    ['--user', 'ann', '--port', '0'],
  ]) {
    assert.equal(await LobbyProgram.here(flags, env).code, 2, flags.join(' '));
  }
  assert.equal(await LobbyProgram.here(['--token']).code, 2);
  assert.equal(await LobbyProgram.here(['--user', 'ann']).ends(), 2);
});

test('runs as a program of its own, from a pipe to its end', async () => {
  await using lobby = await FakeLobby.start('qdatastream');
  const program = LobbyProgram.spawned([...flagsOf(lobby), '--user', 'ann'], env);
  const code = program.ends('games', 'state Idle');
  const server = await lobby.next();
  await server.welcome(ann, [game('open')]);
  await server.hears({ command: 'GameState', target: 'game', args: ['Idle'] }, { command: 'ping' });
  server.say({ command: 'pong' });
  assert.equal(await code, 0);
  assert.match(program.out.text, /Duel.*\n> GameState \["Idle"\]\n$/);
});
