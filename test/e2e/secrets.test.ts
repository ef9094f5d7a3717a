// A whole server under ordinary and bad use: nothing that is secret is in its log, its metrics or
// its refusals, and every metric moves.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { test } from 'node:test';
import { rps } from '../../games/rps/rules.ts';
import { type RunningServer, serve } from '../../src/app/server/index.ts';
import { createLog } from '../../src/app/server/logging.ts';
import { ClassicRps } from '../../src/client/classic/classic-rps.ts';
import { connect, type MatchDialer, playBot } from '../../src/client/index.ts';
import { udpDialer } from '../../src/client/udp-dialer.ts';
import type { HostTicket, Session } from '../../src/contract/schema.ts';
import { metricTable } from '../../src/contract/telemetry.ts';
import { connectTcp } from '../../src/driver/tcp.ts';
import type { ByteStream } from '../../src/protocol/byte-stream.ts';

const password = 'hunter2 and a half';
const metricsToken = 'scrapers-only-3f1c';

const looksMax = 400;

/** Rows of the metric table that have shown another value than 0. */
class MovedMetrics {
  readonly #url: string;
  readonly moved = new Set<string>();
  readonly texts: string[] = [];

  constructor(url: string) {
    this.#url = url;
  }

  async look(): Promise<void> {
    const headers = { authorization: `Bearer ${metricsToken}` };
    const text = await (await fetch(`${this.#url}/metrics`, { headers })).text();
    this.texts.push(text);
    for (const name of Object.keys(metricTable)) {
      const sample = new RegExp(`^${name}(_count)?(\\{.*\\})? [1-9]`, 'm');
      if (sample.test(text)) this.moved.add(name);
    }
  }

  /** Hosts report every second. */
  async until(...names: readonly string[]): Promise<void> {
    let missing: readonly string[] = names;
    for (let looks = 0; looks < looksMax; looks++) {
      await this.look();
      missing = names.filter((name) => !this.moved.has(name));
      if (missing.length === 0) return;
      await once(AbortSignal.timeout(100), 'abort');
    }
    assert.fail(`these metrics stand still: ${missing.join(', ')}`);
  }
}

/** Every secret and refusal of plain HTTP use, right and wrong. */
async function useHttp(url: string): Promise<{ secrets: string[]; refusals: string[] }> {
  const refusals: string[] = [];
  const ask = async (path: string, body: object, token?: string): Promise<unknown> => {
    const authorization = token === undefined ? undefined : `Bearer ${token}`;
    const response = await fetch(url + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(authorization && { authorization }) },
      body: JSON.stringify(body),
    });
    const text = await response.text();
    if (!response.ok) refusals.push(text);
    return JSON.parse(text);
  };
  const session = (await ask('/v1/accounts', { name: 'Peach', password })) as Session;
  const again = (await ask('/v1/sessions', { name: 'peach', password })) as Session;
  const { accessToken, refreshToken } = session;
  const next = (await ask('/v1/sessions/refresh', { refreshToken })) as Session;
  const secrets = [session, again, next].flatMap((one) => [
    one.accessToken,
    // The first part is the session's id, which is none.
    ...one.refreshToken.split('.').slice(1),
  ]);
  await ask('/v1/sessions', { name: 'Peach', password: `${password}!` });
  await ask('/v1/accounts', { name: 'Peach', password });
  await ask('/v1/accounts', { name: 'Daisy', password, passwordAgain: password });
  await ask('/v1/accounts', { name: { password } });
  await ask('/v1/sessions/refresh', { refreshToken: `${refreshToken}x` });
  await ask('/v1/lobbies', { game: 'no-such-game' }, accessToken);
  await ask('/v1/lobbies', { game: 'rps' }, `${accessToken}x`);
  await ask(`/v1/lobbies/code/${accessToken}`, {}, accessToken);
  assert.ok(refusals.length >= 7);
  return { secrets: [...secrets, password], refusals };
}

const spokenInTheRoom = 'the treasure is under the third palm tree';

/** What it answers until it hangs up. */
async function sayLines(server: RunningServer, wire: string, lines: readonly string[]) {
  const { host, ports } = server.addresses.lines;
  const stream = await connectTcp({ host, port: ports[wire] ?? 0 });
  let text = '';
  stream.onData = (bytes) => {
    text += new TextDecoder().decode(bytes);
  };
  const closed = new Promise((resolve) => {
    stream.onClose = resolve;
  });
  stream.write(`${lines.join('\n')}\n`);
  await closed;
  return text;
}

/** Right and wrong passwords, and something said, over the wires of lines. */
async function useLines(server: RunningServer): Promise<void> {
  const login = (given: string) =>
    `LOGIN_REQ ${JSON.stringify({ username: 'Peach', ...{ password: given } })}`;
  const said = `BROADCAST_REQ ${JSON.stringify({ message: spokenInTheRoom })}`;
  const text = await sayLines(server, 'text', [
    login(`${password}!`),
    login(password),
    said,
    'BYE',
  ]);
  assert.match(text, /"code":5003.*LOGIN_RESP \{"status":"OK"\}.*BROADCAST_RESP/s);
  const messenger = await sayLines(server, 'messenger', [
    '{"type":0.1,"content":"Peach"}',
    JSON.stringify({ type: 0.2, content: `${password}!` }),
    JSON.stringify({ type: 0.2, content: password }),
    JSON.stringify({ type: 2, content: spokenInTheRoom }),
    '{"type":7,"content":""}',
  ]);
  assert.match(messenger, /"type":102.*"type":103/s);
}

/** Resolves when the pattern is in what came, with its first group. */
function hearing(stream: ByteStream): (pattern: RegExp) => Promise<string> {
  let text = '';
  let wake = (): void => undefined;
  stream.onData = (bytes) => {
    text += new TextDecoder().decode(bytes);
    wake();
  };
  return async (pattern) => {
    for (;;) {
      const found = pattern.exec(text);
      if (found !== null) return found[1] ?? '';
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  };
}

/** Log-ins by the SHA-256 of a password, and a game; gives what is secret of it. */
async function useLobby(server: RunningServer, metrics: MovedMetrics): Promise<readonly string[]> {
  const { host, ports } = server.addresses.lines;
  const body = JSON.stringify({ name: 'Rosalina', password, digestLogin: true });
  const headers = { 'content-type': 'application/json' };
  const made = await fetch(`${server.url}/v1/accounts`, { method: 'POST', headers, body });
  assert.ok(made.ok);
  const stream = await connectTcp({ host, port: ports['lobby-json'] ?? 0 });
  const digest = createHash('sha256').update(password).digest('hex');
  const hello = (given: string) =>
    `${JSON.stringify({ command: 'hello', login: 'Rosalina', password: given })}\n`;
  const closed = new Promise((resolve) => {
    stream.onClose = resolve;
  });
  const heard = hearing(stream);
  const say = (message: object) => stream.write(`${JSON.stringify(message)}\n`);
  stream.write(hello(digest.replace(/./, 'x')) + hello(digest));
  await heard(/authentication_failed.*welcome.*player_info.*player_info/s);
  say({ command: 'game_host', visibility: 'public', title: 'Duel', password: gamePassword });
  await heard(/game_launch/);
  say({ command: 'GameState', target: 'game', args: ['Idle'] });
  await metrics.until('paperclip_external_games', 'paperclip_external_reports_total');
  say({ command: 'no such' });
  await heard(/"invalid"/);
  await closed;
  return [digest, gamePassword];
}

const gamePassword = 'only for those who know';

/** An older client comes and goes. */
async function useClassic(server: RunningServer, metrics: MovedMetrics): Promise<void> {
  const { port } = server.addresses.classic!;
  const junk = createSocket('udp4');
  junk.send('not a datagram of ours', port, '127.0.0.1');
  const onRound = (): void => undefined;
  const player = { url: server.url, name: 'Wario', password, register: true, onRound };
  const game = await ClassicRps.join({ ...player, lobby: 'create' });
  await metrics.until('paperclip_classic_connections', 'paperclip_classic_datagrams_refused_total');
  await game.leave();
  junk.close();
}

const sentInFile = 'the map shows a cave behind the waterfall';

/** A file from HTTP to a guest on the text protocol; gives what nobody else may see of it. */
async function sendFile(server: RunningServer, line: ByteStream): Promise<readonly string[]> {
  const heard = hearing(line);
  const post = async (path: string, body: object, token?: string): Promise<object> => {
    const authorization = token === undefined ? {} : { authorization: `Bearer ${token}` };
    const headers = { 'content-type': 'application/json', ...authorization };
    const response = await fetch(server.url + path, {
      method: 'POST',
      headers,
      body: JSON.stringify(body),
    });
    assert.ok(response.ok, path);
    return response.json() as Promise<object>;
  };
  const { accessToken } = (await post('/v1/accounts', { name: 'Birdo', password })) as Session;
  line.write('LOGIN_REQ {"username":"toad"}\n');
  await heard(/LOGIN_RESP/);
  const offer = { to: 'toad', name: 'map.txt', size: sentInFile.length };
  await post('/v1/file-offers', offer, accessToken);
  await heard(/FILE_TRANSFER_REQUEST/);
  line.write('FILE_TRANSFER_RESPONSE {"sender":"Birdo","status":"ACCEPT","transferId":""}\n');
  const transferId = await heard(/"transferId":"([0-9a-f-]{36})"/);
  const url = `${server.url}/v1/files/${transferId}`;
  const [received] = await Promise.all([
    fetch(url).then((response) => response.text()),
    fetch(url, { method: 'PUT', body: sentInFile }),
  ]);
  assert.equal(received, sentInFile);
  return [accessToken, transferId, sentInFile];
}

/** Metrics that stand still for those who play as they should. */
const onlyUnderAttack: ReadonlySet<string> = new Set([
  'paperclip_handshakes_half_open',
  'paperclip_host_under_load',
  'paperclip_classic_handshakes',
]);

test('no secret is in log, metrics and refusals, and every metric moves', {
  timeout: 60_000,
}, async () => {
  await using cleanup = new AsyncDisposableStack();
  const lines: string[] = [];
  const out = { write: (line: string) => void lines.push(line) };
  const log = createLog({ level: 'debug', format: 'json', isColored: false, out });
  const server = await serve({
    port: 0,
    udpPort: 0,
    hosts: 1,
    classic: true,
    data: ':memory:',
    log,
    metricsToken,
  });
  cleanup.defer(() => server.close());
  const metrics = new MovedMetrics(server.url);
  const { secrets, refusals } = await useHttp(server.url);
  await useLines(server);
  secrets.push(...(await useLobby(server, metrics)));
  await useClassic(server, metrics);
  const { host, ports } = server.addresses.lines;
  const line = await connectTcp({ host, port: ports['text'] ?? 0 });

  const tickets: HostTicket[] = [];
  const dialer: MatchDialer = async () => {
    const { clientPublicKey, dial } = await udpDialer()();
    return {
      clientPublicKey,
      dial: (ticket) => {
        tickets.push(ticket);
        return dial(ticket);
      },
    };
  };
  const mario = await connect(server.url, { register: { name: 'Mario', password } });
  const match = await mario.play(rps, { against: 'bot', dialer });
  const junk = createSocket('udp4');
  junk.send('not a datagram of ours', server.addresses.udp[0]!.port, '127.0.0.1');
  await metrics.until('paperclip_matches_running', 'paperclip_links', 'paperclip_lobbies');
  playBot(match, rps, { seed: 'secrets', thinkMs: 1 });
  await match.result;
  await mario.close();
  secrets.push(...(await sendFile(server, line)));
  await metrics.until(...Object.keys(metricTable).filter((name) => !onlyUnderAttack.has(name)));
  junk.close();
  line.destroy();
  secrets.push(spokenInTheRoom);

  for (const { ticket, host } of tickets) secrets.push(ticket, host.gateKey);
  assert.ok(tickets.length > 0);
  const { seed } = JSON.parse(
    await (await fetch(`${server.url}/v1/matches/${match.id}/replay`)).text(),
  ).record;
  secrets.push(seed, metricsToken);
  const told = {
    log: lines.join(''),
    metrics: metrics.texts.join(''),
    refusals: refusals.join(''),
  };
  assert.match(told.log, /"event":"command"/);
  for (const secret of secrets) {
    assert.ok(secret.length >= 16, secret);
    for (const [where, text] of Object.entries(told)) {
      assert.equal(text.includes(secret), false, `${secret} is in the ${where}`);
    }
  }
});
