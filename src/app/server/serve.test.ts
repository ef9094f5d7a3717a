// A whole server over real sockets, a real store and real hosts: the same answers on both wires,
// what it is when it starts and ends, and what is left when it cannot start.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { describe, test } from 'node:test';
import { rps } from '../../../games/rps/rules.ts';
import { type CommandName, commandTable } from '../../contract/commands.ts';
import type { ErrorBody } from '../../contract/errors.ts';
import type { Session } from '../../contract/schema.ts';
import { type Log, silentLog } from '../../contract/telemetry.ts';
import { ConfigError } from './config-error.ts';
import { type RunningServer, type ServeOptions, serve } from './serve.ts';

const quiet = {
  port: 0,
  udpPort: 0,
  data: ':memory:',
  shutdownGraceMs: 0,
  log: silentLog,
} as const;

const builtInGames = resolve(import.meta.dirname, '../../../games');

/** Ends the thread that it runs in as soon as its match has started. */
const bomb = `
  import { defineGame, t } from ${JSON.stringify(resolve(import.meta.dirname, '../../game/index.ts'))};
  export const game = defineGame({
    name: 'bomb', title: 'Bomb', players: { min: 2, max: 2 }, tickHz: 20, input: t.Object({}),
    setup: () => { setImmediate(() => process.exit(7)); return {}; },
    step: (state) => state, view: () => ({}), outcome: () => undefined, bot: () => undefined,
  });`;

type Answer = Readonly<Record<string, unknown>> & { readonly error?: ErrorBody };

async function ask(
  url: string,
  command: CommandName,
  args: Readonly<Record<string, unknown>> = {},
  accessToken?: string,
): Promise<Answer> {
  const { method, path } = commandTable[command].http;
  const rest = { ...args };
  const filled = path.replace(/:(\w+)/g, (_, member: string) => {
    const value = String(rest[member]);
    delete rest[member];
    return value;
  });
  const response = await fetch(url + filled, {
    method,
    headers: {
      ...(accessToken !== undefined && { authorization: `Bearer ${accessToken}` }),
      ...(method === 'POST' && { 'content-type': 'application/json' }),
    },
    ...(method === 'POST' && { body: JSON.stringify(rest) }),
  });
  return (await response.json()) as Answer;
}

/** A player with a WebSocket; its messages are taken in order. */
class Player {
  readonly url: string;
  readonly token: string;
  readonly socket: WebSocket;
  readonly #messages: Answer[] = [];
  #wake: () => void = () => {};

  private constructor(url: string, token: string) {
    this.url = url;
    this.token = token;
    this.socket = new WebSocket(`${url.replace('http', 'ws')}/v1/ws`);
    this.socket.addEventListener('message', ({ data }) => {
      this.#messages.push(JSON.parse(String(data)) as Answer);
      this.#wake();
    });
  }

  static async guest(url: string): Promise<Player> {
    const { accessToken } = (await ask(url, 'account.guest')) as Answer & Session;
    const player = new Player(url, accessToken);
    await once(player.socket, 'open');
    player.socket.send(JSON.stringify({ id: 0, auth: accessToken }));
    await player.next((message) => message['id'] === 0);
    return player;
  }

  /** Over HTTP. */
  ask(command: CommandName, args?: Readonly<Record<string, unknown>>): Promise<Answer> {
    return ask(this.url, command, args, this.token);
  }

  /** Over WebSocket. */
  async send(command: string, args: object): Promise<Answer> {
    this.socket.send(JSON.stringify({ id: 1, command, args }));
    return this.next((message) => message['id'] === 1);
  }

  async next(fits: (message: Answer) => boolean): Promise<Answer> {
    for (;;) {
      const at = this.#messages.findIndex(fits);
      if (at >= 0) return this.#messages.splice(at, 1)[0]!;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  async hostOf(matchId: string): Promise<{ readonly address: string; readonly port: number }> {
    const clientPublicKey = Buffer.alloc(32, 9).toString('base64url');
    const ticket = await this.ask('match.ticket', { matchId, clientPublicKey });
    return ticket['host'] as { readonly address: string; readonly port: number };
  }

  async startMatch(game = 'rps'): Promise<string> {
    const { id } = await this.ask('lobby.create', { game, bots: 1 });
    await this.ask('lobby.ready', { lobbyId: id, ready: true });
    const placed = await this.next((message) => message['event'] === 'match.placed');
    return (placed['data'] as { readonly matchId: string }).matchId;
  }
}

async function using(
  run: (server: RunningServer) => Promise<void>,
  options: ServeOptions = { games: [rps] },
): Promise<void> {
  const server = await serve({ ...quiet, ...options });
  try {
    await run(server);
  } finally {
    await server.close();
  }
}

async function inFolder(run: (folder: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'paperclip-serve-'));
  try {
    await run(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

describe('a server', () => {
  test('answers mistakes alike on HTTP and on WebSocket, naming the field', () =>
    using(async ({ url }) => {
      const player = await Player.guest(url);
      const mistakes: [CommandName, Record<string, unknown>, string][] = [
        ['lobby.create', {}, 'BAD_REQUEST'],
        ['lobby.create', { game: 7 }, 'BAD_REQUEST'],
        ['lobby.create', { game: 'rps', cheat: 1 }, 'BAD_REQUEST'],
        ['lobby.create', { game: 'rps', bots: -1 }, 'BAD_REQUEST'],
        ['lobby.create', { game: 'chess' }, 'GAME_NOT_FOUND'],
        ['lobby.create', { game: 'rps', settings: { firstTo: 'x' } }, 'BAD_SETTINGS'],
        ['lobby.get', { lobbyId: 'nope' }, 'LOBBY_NOT_FOUND'],
        ['lobby.join-code', { code: 'AAAA' }, 'LOBBY_NOT_FOUND'],
        ['lobby.join-code', { code: 'a'.repeat(200) }, 'BAD_REQUEST'],
        ['account.login', { name: 'nobody', password: 'wrong' }, 'WRONG_PASSWORD'],
        ['account.refresh', { refreshToken: 'x' }, 'REFRESH_REFUSED'],
        ['match.get', { matchId: 'nope' }, 'MATCH_NOT_FOUND'],
        ['match.ticket', { matchId: 'nope', clientPublicKey: 'short' }, 'BAD_REQUEST'],
        ['leaderboard.get', { game: 'chess' }, 'GAME_NOT_FOUND'],
      ];
      for (const [command, args, code] of mistakes) {
        const { error: overHttp } = await player.ask(command, args);
        const { error: overSocket } = await player.send(command, args);
        assert.equal(overHttp?.code, code, `${command} ${JSON.stringify(args)}`);
        assert.deepEqual(overSocket, overHttp);
        if (code === 'BAD_REQUEST') assert.ok(overHttp.details?.['field'], command);
      }
      const { error } = await ask(url, 'account.me');
      assert.equal(error?.code, 'UNAUTHENTICATED');
    }));

  test('is found by its address, with its hosts in threads, and counts what they do', () =>
    using(
      async ({ url, addresses, games }) => {
        assert.deepEqual(games, ['guess', 'rps']);
        assert.equal(new Set(addresses.udp.map(({ port }) => port)).size, 2);
        assert.equal(url, `http://127.0.0.1:${addresses.http.port}`);
        const ready = await fetch(`${url}/ready`);
        assert.equal(ready.status, 200);
        const player = await Player.guest(url);
        const matchId = await player.startMatch();
        const { address, port } = await player.hostOf(matchId);
        assert.equal(address, '127.0.0.1');
        assert.ok(addresses.udp.some((host) => host.port === port));
        const metrics = await (await fetch(`${url}/metrics`)).text();
        assert.match(metrics, /^paperclip_websockets 1$/m);
        assert.match(metrics, /paperclip_commands_total\{.*"lobby.create",outcome="ok"\} 1/);
      },
      { hosts: 2 },
    ));

  test('records the matches that outlive the grace, tells players, and closes everything', () =>
    inFolder(async (folder) => {
      const data = join(folder, 'p.sqlite');
      const options = { games: [rps], data, shutdownGraceMs: 0 };
      let matchId = '';
      let token = '';
      await using(async (server) => {
        const player = await Player.guest(server.url);
        token = player.token;
        matchId = await player.startMatch();
        const closed = once(player.socket, 'close');
        await server.close();
        const [event] = (await closed) as [CloseEvent];
        assert.equal(event.code, 1001);
        await assert.rejects(fetch(`${server.url}/health`));
      }, options);
      await using(async ({ url }) => {
        const match = await ask(url, 'match.get', { matchId });
        assert.deepEqual([match['state'], match['reason']], ['ended', 'abandoned']);
        // The secrets were kept beside the data, so the session holds.
        const me = await ask(url, 'account.me', {}, token);
        assert.equal(me.error, undefined);
      }, options);
    }));

  test('outlives a host that dies, and starts it again on its port', () =>
    inFolder(async (folder) => {
      writeFileSync(join(folder, 'bomb.ts'), bomb);
      const restarted = Promise.withResolvers<void>();
      const log: Log = {
        ...silentLog,
        info: (event) => event === 'host restarted' && restarted.resolve(),
      };
      await using(
        async ({ url, addresses }) => {
          const player = await Player.guest(url);
          const matchId = await player.startMatch('bomb');
          const ended = await player.next((message) => message['event'] === 'match.ended');
          const { match } = ended['data'] as { readonly match: Record<string, unknown> };
          assert.deepEqual([match['id'], match['reason']], [matchId, 'abandoned']);
          await restarted.promise;
          const other = await Player.guest(url);
          const { port } = await other.hostOf(await other.startMatch('rps'));
          assert.equal(port, addresses.udp[0]?.port);
        },
        { games: [folder, builtInGames], hosts: 1, log },
      );
    }));

  test('can be closed twice, and two can live in one process', () =>
    using((a) =>
      using(async (b) => {
        const { accessToken } = (await ask(a.url, 'account.guest')) as Answer & Session;
        const { error } = await ask(b.url, 'account.me', {}, accessToken);
        assert.equal(error?.code, 'UNAUTHENTICATED');
        await Promise.all([b.close(), b.close()]);
      }),
    ));
});

describe('a server that cannot start', () => {
  test('says which setting is wrong, and has made nothing', () =>
    inFolder(async (folder) => {
      const data = join(folder, 'deep', 'p.sqlite');
      for (const [options, sentence] of [
        [{ port: -1 }, /^port must be/],
        [{ host: '0.0.0.0', data: ':memory:' }, /secrets last for this run only/],
        [{ games: [] }, /There is no game/],
        [{ games: [{ name: 'rps' } as never] }, /what `defineGame` returns/],
        [{ games: [join(folder, 'nowhere')] }, /There is no folder of games/],
        [{ prot: 1 } as ServeOptions, /There is no option prot\. Did you mean port\?/],
      ] as [ServeOptions, RegExp][]) {
        await assert.rejects(
          serve({ ...quiet, data, ...options }),
          (error) => error instanceof ConfigError && sentence.test(error.message),
        );
      }
      assert.equal(existsSync(data), false);
    }));

  test('frees what it has taken already', () =>
    inFolder(async (folder) => {
      const other = createServer().listen(0, '127.0.0.1');
      await once(other, 'listening');
      const taken = other.address();
      const port = typeof taken === 'object' && taken !== null ? taken.port : 0;
      const options = { ...quiet, games: [rps], data: join(folder, 'p.sqlite') };
      await assert.rejects(serve({ ...options, port }), { code: 'EADDRINUSE' });
      other.close();
      // The store is locked as long as somebody has it.
      const server = await serve(options);
      await server.close();
    }));
});
