// The true platform behind a lobby gateway, and clients whose conversation reads as a transcript.
// Streams are in memory or true sockets; time is virtual.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { parseJson } from '../../base/json.ts';
import type { LogFields } from '../../contract/telemetry.ts';
import { type TestPlatform, testPlatform } from '../../domain/test-platform.fixture.ts';
import { localIdentity } from '../../driver/local-identity.fixture.ts';
import { connectTcp, listenTcp } from '../../driver/tcp.ts';
import type { ByteStream } from '../../protocol/byte-stream.ts';
import { jsonLineCodec } from '../../protocol/lobby/json-line-codec.ts';
import type { LobbyCodec } from '../../protocol/lobby/lobby-codec.ts';
import { qdatastreamCodec } from '../../protocol/lobby/qdatastream-codec.ts';
import { type Chunking, memoryStreamPair } from '../../testing/memory-streams.ts';
import { type LobbyGateway, lobbyGateway } from './lobby-gateway.ts';
import type { LobbyLimits } from './lobby-limits.ts';
import type { LobbyMessage } from './lobby-user.ts';

export const sha256Hex = (text: string): string => createHash('sha256').update(text).digest('hex');
export const password = 'correct horse';

export class LobbyTester {
  readonly stream: ByteStream;
  /** When the stream is closed. */
  readonly closed: Promise<void>;
  readonly #codec: LobbyCodec;
  readonly #messages: LobbyMessage[] = [];
  #wake = (): void => {};
  #isClosed = false;

  constructor(stream: ByteStream, codec: LobbyCodec) {
    this.stream = stream;
    this.#codec = codec;
    const decoder = codec.createDecoder();
    this.closed = new Promise((done) => {
      stream.onClose = () => {
        this.#isClosed = true;
        this.#wake();
        done();
      };
    });
    stream.onData = (bytes) => {
      decoder.handleBytes(bytes);
      for (let next = decoder.poll(); next.kind !== 'more'; next = decoder.poll()) {
        assert.equal(next.kind, 'value', 'the server sent what is no message');
        if (next.kind === 'value') this.#messages.push(next.value as LobbyMessage);
      }
      this.#wake();
    };
  }

  get framing(): Framing {
    return this.#codec.name;
  }

  say(...messages: readonly object[]): this {
    for (const message of messages) this.stream.write(this.#codec.encode(message));
    return this;
  }

  /** The beginning of a message, and no more of it. */
  begin(message: object, bytes: number): this {
    this.stream.write(this.#codec.encode(message).subarray(0, bytes));
    return this;
  }

  /** The next message; undefined once the stream is closed. */
  async next(): Promise<LobbyMessage | undefined> {
    while (this.#messages.length === 0 && !this.#isClosed) {
      await new Promise<void>((done) => {
        this.#wake = done;
      });
    }
    return this.#messages.shift();
  }

  /** The next messages are these, in this order. */
  async hears(...expected: readonly object[]): Promise<void> {
    for (const one of expected) assert.deepEqual(await this.next(), one);
  }

  /** The next message is such a one. */
  async hearsCommand(command: string): Promise<LobbyMessage> {
    const message = await this.next();
    assert.equal(message?.['command'], command, JSON.stringify(message));
    return message;
  }

  /** Everything said so far has been answered, and this is what came. */
  async soFar(): Promise<readonly LobbyMessage[]> {
    this.say({ command: 'ping' });
    const messages: LobbyMessage[] = [];
    for (;;) {
      const message = await this.next();
      if (message === undefined || message['command'] === 'pong') return messages;
      messages.push(message);
    }
  }

  /** All that is to come until the stream closes. */
  async rest(): Promise<readonly LobbyMessage[]> {
    await this.closed;
    return this.#messages.splice(0);
  }
}

export type Framing = keyof LobbyGateway;
export type Transport = Chunking | 'tcp' | 'tls';
export const framings: readonly Framing[] = ['json', 'qdatastream'];

export interface LobbyWorldOptions {
  readonly transport?: Transport;
  /** Of clients that do not say. */
  readonly framing?: Framing;
  readonly limits?: Partial<LobbyLimits>;
}

export interface ConnectOptions {
  readonly framing?: Framing;
  readonly address?: string;
}

const codecs: Readonly<Record<Framing, LobbyCodec>> = {
  json: jsonLineCodec(parseJson),
  qdatastream: qdatastreamCodec(parseJson),
};

interface Parts {
  readonly platform: TestPlatform;
  readonly gateway: LobbyGateway;
  readonly logged: readonly { readonly event: string }[];
  readonly counted: readonly string[];
  readonly open: (framing: Framing, address: string) => Promise<ByteStream>;
  readonly framing: Framing;
  readonly stop: () => Promise<void>;
}

export class LobbyWorld {
  readonly #parts: Parts;

  private constructor(parts: Parts) {
    this.#parts = parts;
  }

  static async start(options: LobbyWorldOptions = {}): Promise<LobbyWorld> {
    const { transport = 'whole', framing = 'json', limits = {} } = options;
    const platform = await testPlatform({ deps: { adminNameKeys: new Set(['op']) } });
    const logged: { readonly event: string }[] = [];
    const counted: string[] = [];
    const note = (event: string, fields?: LogFields): void => {
      logged.push({ event, ...fields });
    };
    const gateway = lobbyGateway({
      ...platform.platform,
      ...{ timers: platform.time, clock: platform.time, limits },
      log: { debug: note, info: note, warn: note, error: note },
      metrics: {
        count: (name, labels) =>
          void counted.push([name, ...Object.values(labels ?? {})].join(' ')),
        gauge() {},
        observe() {},
      },
    });
    const listening = await listen(gateway, transport);
    return new LobbyWorld({ ...{ platform, gateway, logged, counted, framing }, ...listening });
  }

  get platform(): TestPlatform {
    return this.#parts.platform;
  }

  /** Connections of both framings. */
  get size(): number {
    const { json, qdatastream } = this.#parts.gateway;
    return json.size + qdatastream.size;
  }

  get gateway(): LobbyGateway {
    return this.#parts.gateway;
  }

  get logged(): readonly { readonly event: string }[] {
    return this.#parts.logged;
  }

  /** Counters as they were counted: the name, and the labels' values. */
  get counted(): readonly string[] {
    return this.#parts.counted;
  }

  async connect(options: ConnectOptions = {}): Promise<LobbyTester> {
    const { framing = this.#parts.framing, address = '192.0.2.1' } = options;
    return new LobbyTester(await this.#parts.open(framing, address), codecs[framing]);
  }

  async register(...names: readonly string[]): Promise<void> {
    for (const name of names) {
      await this.platform.anyone('account.register', { name, password, digestLogin: true });
    }
  }

  /** Logged in, with a new account if there is none; the answer is still to be heard. */
  async hello(name: string, options: ConnectOptions = {}): Promise<LobbyTester> {
    const { kind } = await this.platform.anyone('account.exists', { name });
    if (kind === undefined) await this.register(name);
    return (await this.connect(options)).say({
      ...{ command: 'hello', login: name, password: sha256Hex(password) },
      unique_id: 'some_id',
    });
  }

  /** The same, and the answer heard. */
  async logIn(name: string, options: ConnectOptions = {}): Promise<LobbyTester> {
    const client = await this.hello(name, options);
    for (const command of ['welcome', 'player_info', 'social', 'game_info']) {
      await client.hearsCommand(command);
    }
    return client;
  }

  async advance(seconds: number): Promise<void> {
    await this.platform.advance(seconds * 1000);
  }

  async close(): Promise<void> {
    const { gateway, stop, platform } = this.#parts;
    const closed = Promise.all([gateway.json.close(), gateway.qdatastream.close()]);
    await platform.time.advance(5_000);
    await closed;
    await stop();
    await platform.close();
  }
}

async function listen(
  gateway: LobbyGateway,
  transport: Transport,
): Promise<Pick<Parts, 'open' | 'stop'>> {
  if (transport !== 'tcp' && transport !== 'tls') {
    const open = async (framing: Framing, clientAddress: string) => {
      const { host, client } = memoryStreamPair({ chunking: transport, clientAddress });
      gateway[framing].accept(host);
      return client;
    };
    return { open, stop: async () => {} };
  }
  const { server, client } = transport === 'tls' ? localIdentity() : {};
  const options = { port: 0, ...(server && { tls: server }) };
  const json = await listenTcp(options, gateway.json.accept);
  const qdatastream = await listenTcp(options, gateway.qdatastream.accept);
  const ports = { json: json.address.port, qdatastream: qdatastream.address.port };
  return {
    open: (framing) =>
      connectTcp({ host: '127.0.0.1', port: ports[framing], ...(client && { tls: client }) }),
    stop: async () => void (await Promise.all([json.close(), qdatastream.close()])),
  };
}

/** A test in a world of its own. */
export const inWorld =
  (run: (world: LobbyWorld) => Promise<void>, options: LobbyWorldOptions = {}) =>
  async (): Promise<void> => {
    const world = await LobbyWorld.start(options);
    try {
      await run(world);
    } finally {
      await world.close();
    }
  };

/** A player as one hears of them who has no games behind them. */
export const seen = (id: number, login: string, state?: 'offline'): object => ({
  ...{ id, login, country: '' },
  ratings: {
    global: { rating: [1500, 500], number_of_games: 0 },
    ladder_1v1: { rating: [1500, 500], number_of_games: 0 },
  },
  ...{ global_rating: [1500, 500], ladder_rating: [1500, 500], number_of_games: 0 },
  ...(state && { state }),
});

export const playerInfo = (...players: readonly object[]): object => ({
  command: 'player_info',
  players,
});

export const notice = (style: string, text: string): object => ({
  ...{ command: 'notice', style, text },
});
