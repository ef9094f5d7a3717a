// A server of the lobby protocol for the client's tests: true sockets on the loopback, in each
// framing, over TLS and WebSocket, whose answers the test gives by hand.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { WebSocketServer } from 'ws';
import { parseJson } from '../../base/json.ts';
import { localIdentity } from '../../driver/local-identity.fixture.ts';
import { listenTcp } from '../../driver/tcp.ts';
import type { ByteStream } from '../../protocol/byte-stream.ts';
import { jsonLineCodec } from '../../protocol/lobby/json-line-codec.ts';
import type { LobbyCodec } from '../../protocol/lobby/lobby-codec.ts';
import { qdatastreamCodec } from '../../protocol/lobby/qdatastream-codec.ts';
import { connectLobby, type LobbyAddress } from './connect-lobby.ts';
import type { LobbyClient, LobbyClientOptions } from './lobby-client.ts';
import type { LobbyEvent } from './lobby-events.ts';
import type { LobbyMessage } from './lobby-messages.ts';
import { WebSocketStream } from './web-socket-stream.ts';

export const transports = ['json', 'qdatastream', 'tls', 'web-socket'] as const;
export type FakeTransport = (typeof transports)[number];

/** The server's end of one connection. */
export class FakeConnection {
  readonly stream: ByteStream;
  readonly #codec: LobbyCodec;
  readonly #heard: unknown[] = [];
  #isClosed = false;
  #wake = (): void => {};

  constructor(stream: ByteStream, codec: LobbyCodec) {
    this.stream = stream;
    this.#codec = codec;
    const decoder = codec.createDecoder();
    stream.onClose = () => {
      this.#isClosed = true;
      this.#wake();
    };
    stream.onData = (bytes) => {
      decoder.handleBytes(bytes);
      for (let next = decoder.poll(); next.kind !== 'more'; next = decoder.poll()) {
        assert.equal(next.kind, 'value');
        if (next.kind === 'value') this.#heard.push(next.value);
      }
      this.#wake();
    };
  }

  say(...messages: readonly object[]): this {
    for (const message of messages) this.stream.write(this.#codec.encode(message));
    return this;
  }

  /** The next message; undefined once the connection is closed. */
  async next(): Promise<unknown> {
    while (this.#heard.length === 0 && !this.#isClosed) {
      await new Promise<void>((done) => {
        this.#wake = done;
      });
    }
    return this.#heard.shift();
  }

  async hears(...expected: readonly (object | undefined)[]): Promise<void> {
    for (const one of expected) assert.deepEqual(await this.next(), one);
  }

  /** Says yes to whoever logs in; gives what they sent. */
  async welcome(
    me: LobbyMessage & { readonly id: number; readonly login: string },
    games: readonly object[] = [],
  ): Promise<unknown> {
    await this.next();
    this.say({ command: 'session', session: 7 });
    const credentials = await this.next();
    this.say(
      { command: 'welcome', me, id: me.id, login: me.login },
      { command: 'player_info', players: [me] },
      { command: 'social', autojoin: [], channels: [], friends: [2], foes: [5], power: 0 },
      { command: 'game_info', games },
    );
    return credentials;
  }
}

/** A client whose events can be waited for. */
export class LobbyVisitor {
  readonly client: LobbyClient;
  readonly #events: LobbyEvent[];
  readonly #waiting: { wake: () => void };

  private constructor(client: LobbyClient, events: LobbyEvent[], waiting: { wake: () => void }) {
    this.client = client;
    this.#events = events;
    this.#waiting = waiting;
  }

  /** Not logged in. */
  static async connect(
    address: LobbyAddress,
    options: Partial<LobbyClientOptions> = {},
  ): Promise<LobbyVisitor> {
    const events: LobbyEvent[] = [];
    const waiting = { wake: () => {} };
    const client = await connectLobby(address, {
      ...options,
      onEvent: (event) => {
        events.push(event);
        waiting.wake();
      },
    });
    return new LobbyVisitor(client, events, waiting);
  }

  async next(): Promise<LobbyEvent> {
    while (this.#events.length === 0) {
      await new Promise<void>((done) => {
        this.#waiting.wake = done;
      });
    }
    return this.#events.shift()!;
  }

  /** The next event of this kind; what comes before it is skipped. */
  async sees<Kind extends LobbyEvent['kind']>(
    kind: Kind,
  ): Promise<Extract<LobbyEvent, { readonly kind: Kind }>> {
    for (;;) {
      const event = await this.next();
      // Boundary: the kind says which event it is.
      if (event.kind === kind) return event as Extract<LobbyEvent, { readonly kind: Kind }>;
      assert.notEqual(event.kind, 'closed', JSON.stringify(event));
    }
  }
}

export class FakeLobby {
  readonly address: LobbyAddress;
  readonly #accepted: FakeConnection[] = [];
  readonly #parts: Parts;
  #wake = (): void => {};

  private constructor(parts: Parts) {
    this.address = parts.address;
    this.#parts = parts;
  }

  static async start(transport: FakeTransport = 'json'): Promise<FakeLobby> {
    const accepted = (stream: ByteStream, codec: LobbyCodec): void => {
      lobby.#accepted.push(new FakeConnection(stream, codec));
      lobby.#wake();
    };
    const parts = await (transport === 'web-socket'
      ? startWebSocket(accepted)
      : startTcp(transport, accepted));
    const lobby = new FakeLobby(parts);
    return lobby;
  }

  /** The next connection. */
  async next(): Promise<FakeConnection> {
    while (this.#accepted.length === 0) {
      await new Promise<void>((done) => {
        this.#wake = done;
      });
    }
    return this.#accepted.shift()!;
  }

  /** A binary message, to all. */
  sendBytes(): void {
    this.#parts.sendBytes?.();
  }

  /** A client and its connection. */
  async connect(
    options: Partial<LobbyClientOptions> = {},
  ): Promise<readonly [LobbyVisitor, FakeConnection]> {
    return [await LobbyVisitor.connect(this.address, options), await this.next()];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#parts.close();
  }
}

interface Parts {
  readonly address: LobbyAddress;
  readonly close: () => Promise<void>;
  readonly sendBytes?: () => void;
}

type Accepted = (stream: ByteStream, codec: LobbyCodec) => void;

async function startTcp(
  transport: Exclude<FakeTransport, 'web-socket'>,
  accepted: Accepted,
): Promise<Parts> {
  const format = transport === 'qdatastream' ? transport : 'json';
  const codec = format === 'json' ? jsonLineCodec(parseJson) : qdatastreamCodec(parseJson);
  const { server, client } = transport === 'tls' ? localIdentity() : {};
  const listener = await listenTcp({ port: 0, ...(server && { tls: server }) }, (stream) =>
    accepted(stream, codec),
  );
  const { host, port } = listener.address;
  const address: LobbyAddress = {
    ...{ kind: 'tcp', host, port, format },
    ...(client && { tls: { ca: client.ca } }),
  };
  return { address, close: () => listener.close() };
}

async function startWebSocket(accepted: Accepted): Promise<Parts> {
  const http = createServer();
  const sockets = new WebSocketServer({ server: http, path: '/lobby' });
  sockets.on('connection', (socket) => {
    // Boundary: the one difference is how a listener's text is typed.
    const stream = new WebSocketStream(socket as unknown as WebSocket, 1024 * 1024);
    accepted(stream, jsonLineCodec(parseJson));
  });
  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
  const { port } = http.address() as AddressInfo;
  const close = async (): Promise<void> => {
    for (const socket of sockets.clients) socket.terminate();
    http.close();
    await once(http, 'close');
  };
  const sendBytes = (): void => {
    for (const socket of sockets.clients) socket.send(Uint8Array.of(1));
  };
  const url = `ws://127.0.0.1:${port}/lobby`;
  return { address: { kind: 'web-socket', url }, close, sendBytes };
}

export const credentials = { login: 'ann', password: 'correct horse' };
export const ann = {
  ...{ id: 1, login: 'ann', country: 'NZ', clan: 'PPC' },
  ratings: { global: { rating: [1500, 500], number_of_games: 3 } },
};
type Scene = (visitor: LobbyVisitor, server: FakeConnection, lobby: FakeLobby) => Promise<void>;

/** With one connection, over lines of JSON. */
export const connected =
  (scene: Scene, options: Partial<LobbyClientOptions> = {}) =>
  async (): Promise<void> => {
    await using lobby = await FakeLobby.start();
    const [visitor, server] = await lobby.connect(options);
    await scene(visitor, server, lobby);
  };

/** The same, logged in. */
export const loggedIn = (scene: Scene, options: Partial<LobbyClientOptions> = {}) =>
  connected(async (visitor, server, lobby) => {
    const entering = visitor.client.logIn(credentials);
    await server.welcome(ann);
    assert.ok((await entering).ok);
    await visitor.sees('ready');
    await scene(visitor, server, lobby);
  }, options);
