// The true platform behind a messenger gateway, and clients whose conversation reads as a
// transcript: `MESSAGE ["hans","hello"]`. Streams are in memory or true sockets; time is virtual.

import assert from 'node:assert/strict';
import { type MessageType, messageTypes } from '../../codec/messenger/messages.ts';
import type { LogFields } from '../../contract/telemetry.ts';
import { type TestPlatform, testPlatform } from '../../domain/test-platform.fixture.ts';
import { localIdentity } from '../../driver/local-identity.fixture.ts';
import { connectTcp, listenTcp } from '../../driver/tcp.ts';
import type { ByteStream } from '../../protocol/byte-stream.ts';
import { type Chunking, memoryStreamPair } from '../../testing/memory-streams.ts';
import { LineClient } from '../line-client.fixture.ts';
import type { LineLimits } from '../line-limits.ts';
import type { LineServer } from '../line-server.ts';
import { messengerGateway } from './messenger-gateway.ts';

type TypeName = keyof typeof messageTypes;
const names = new Map<number, string>(
  Object.entries(messageTypes).map(([name, number]) => [number, name]),
);

export class MessengerTester {
  readonly lines: LineClient;

  constructor(stream: ByteStream) {
    this.lines = new LineClient(stream);
  }

  /** One message; several calls in one turn may travel in one segment. */
  say(type: TypeName, content?: unknown): this {
    this.lines.say(JSON.stringify({ type: messageTypes[type], content }));
    return this;
  }

  async next(): Promise<string> {
    const line = await this.lines.next();
    return line === undefined ? 'closed' : shown(line);
  }

  /** The next messages are these, in this order. */
  async hears(...expected: readonly string[]): Promise<void> {
    for (const one of expected) assert.equal(await this.next(), one);
  }

  /** Says it, and the next thing that is heard is the answer. */
  async gets(type: TypeName, content: unknown, ...expected: readonly string[]): Promise<void> {
    this.say(type, content);
    await this.hears(...expected);
  }

  async rest(): Promise<readonly string[]> {
    return (await this.lines.rest()).map(shown);
  }
}

function shown(line: string): string {
  const { type, content }: { type: MessageType; content: unknown } = JSON.parse(line);
  return `${names.get(type)} ${typeof content === 'string' ? content : JSON.stringify(content)}`;
}

export type Transport = Chunking | 'tcp' | 'tls';
export const transports: readonly Transport[] = ['whole', 'bytes', 'random', 'tcp', 'tls'];

export interface MessengerWorldOptions {
  readonly transport?: Transport;
  readonly idleTimeoutS?: number;
  readonly limits?: Partial<LineLimits>;
}

export class MessengerWorld {
  readonly platform: TestPlatform;
  readonly gateway: LineServer;
  /** What the gateway logged; the platform's own log is in `platform`. */
  readonly logged: readonly unknown[];
  /** The client's end of a new connection. */
  readonly open: (address: string) => Promise<ByteStream>;
  /** Of TCP and TLS. */
  readonly port: number;
  /** Of TLS: what a client is to believe, in PEM. */
  readonly authority: string;
  readonly #stop: () => Promise<void>;

  private constructor(
    platform: TestPlatform,
    gateway: LineServer,
    logged: readonly unknown[],
    open: (address: string) => Promise<ByteStream>,
    port: number,
    authority: string,
    stop: () => Promise<void>,
  ) {
    this.port = port;
    this.authority = authority;
    this.platform = platform;
    this.gateway = gateway;
    this.logged = logged;
    this.open = open;
    this.#stop = stop;
  }

  static async start(options: MessengerWorldOptions = {}): Promise<MessengerWorld> {
    const { transport = 'whole', idleTimeoutS = 60, limits = {} } = options;
    const lockOuts = { messenger: { failuresMax: 3, lockS: 60 } };
    const platform = await testPlatform({ deps: { lockOuts, adminNameKeys: new Set(['op']) } });
    const logged: unknown[] = [];
    const note = (event: string, fields?: LogFields): void => {
      logged.push({ event, ...fields });
    };
    const gateway = messengerGateway({
      ...platform.platform,
      timers: platform.time,
      log: { debug: note, info: note, warn: note, error: note },
      metrics: { count() {}, gauge() {}, observe() {} },
      version: '1.2.3',
      idleTimeoutS,
      limits,
    });
    if (transport !== 'tcp' && transport !== 'tls') {
      const connect = async (clientAddress: string) => {
        const { host, client } = memoryStreamPair({ chunking: transport, clientAddress });
        gateway.accept(host);
        return client;
      };
      return new MessengerWorld(platform, gateway, logged, connect, 0, '', async () => {});
    }
    const { server, client } = transport === 'tls' ? localIdentity() : {};
    const listener = await listenTcp({ port: 0, ...(server && { tls: server }) }, gateway.accept);
    const { port } = listener.address;
    const connect = () => connectTcp({ host: '127.0.0.1', port, ...(client && { tls: client }) });
    const stop = () => listener.close();
    return new MessengerWorld(platform, gateway, logged, connect, port, client?.ca ?? '', stop);
  }

  async connect(address = '192.0.2.1'): Promise<MessengerTester> {
    return new MessengerTester(await this.open(address));
  }

  /** Logged in, with a new account if there is none, and the welcome heard. */
  async logIn(name: string, address?: string): Promise<MessengerTester> {
    const user = await this.connect(address);
    user.say('LOGIN_USERNAME', name);
    const isNew = (await user.next()).startsWith('REQUEST_NEW_USER');
    user.say(isNew ? 'LOGIN_NEW_PASSWORD' : 'LOGIN_PASSWORD', 'correct horse');
    await user.hears(`ANNOUNCEMENT Welcome, ${name}. This is Paperclip 1.2.3.`);
    return user;
  }

  /** One after the other, each told of those who came later. */
  async logInAll(...all: readonly string[]): Promise<MessengerTester[]> {
    const users: MessengerTester[] = [];
    for (const name of all) {
      const user = await this.logIn(name);
      // The log-in is done when the next command is answered.
      user.say('WHOELSE');
      await user.next();
      for (const other of users) await other.hears(`ANNOUNCEMENT ${name} has logged in.`);
      users.push(user);
    }
    return users;
  }

  async advance(seconds: number): Promise<void> {
    await this.platform.advance(seconds * 1000);
  }

  async close(): Promise<void> {
    const closed = this.gateway.close();
    await this.platform.time.advance(5_000);
    await closed;
    await this.#stop();
    await this.platform.close();
  }
}

/** A test in a world of its own. */
export const inWorld =
  (run: (world: MessengerWorld) => Promise<void>, options: MessengerWorldOptions = {}) =>
  async (): Promise<void> => {
    const world = await MessengerWorld.start(options);
    try {
      await run(world);
    } finally {
      await world.close();
    }
  };
