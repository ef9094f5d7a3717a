// The guessing wire on a whole platform with a host that plays, over TLS on loopback that clients
// verify against an authority of the test's, and clients that follow a transcript. The number is
// always 7.
//
//   ada connects          ada C> VALUE          ada S< MESSAGE (… is any text)
//   ada hangs up          ada closed            wait 10 s
//
// What one client says at a stretch is sent in one piece, in bytes, or in lines: see `Manner`.

import assert from 'node:assert/strict';
import guess from '../../../games/guess/rules.ts';
import { utf8 } from '../../base/bytes.ts';
import type { LogFields } from '../../contract/telemetry.ts';
import { silentMetrics } from '../../contract/telemetry.ts';
import { type PlayingHost, playingHost } from '../../domain/host/playing-host.fixture.ts';
import { type TestPlatform, testPlatform } from '../../domain/test-platform.fixture.ts';
import { makeAuthority, makeServerCertificate } from '../../driver/certificates.ts';
import { connectTcp, listenTcp } from '../../driver/tcp.ts';
import { defineGame } from '../../game/define-game.ts';
import type { ByteStream, StreamListener } from '../../protocol/byte-stream.ts';
import { JsonValueReader } from '../../protocol/line/json-values.ts';
import type { LineLimits } from '../line-limits.ts';
import { guessGateway } from './guess-gateway.ts';

/** How clients send: a value a line; all in one segment without line ends; or byte by byte. */
export type Manner = 'lines' | 'one segment' | 'bytes';

export const guess7 = defineGame({
  ...guess,
  setup: (given) => ({ ...guess.setup(given), number: 7 }),
});

const day = 86_400_000;
const validity = { notBeforeMs: Date.now() - day, notAfterMs: Date.now() + day };
export const authority = makeAuthority({ name: 'Test authority', ...validity });
const identity = makeServerCertificate(authority, ['localhost', '127.0.0.1'], validity);

const task = () => new Promise<void>((done) => setImmediate(done));

export class GuessClient {
  readonly stream: ByteStream;
  readonly #manner: Manner;
  readonly #reader = new JsonValueReader(4_096);
  readonly #messages: string[] = [];
  #isClosed = false;
  #wake = (): void => {};

  constructor(stream: ByteStream, manner: Manner) {
    this.stream = stream;
    this.#manner = manner;
    stream.onData = (bytes) => {
      this.#reader.handleBytes(bytes);
      for (let event = this.#reader.poll(); event !== undefined; event = this.#reader.poll()) {
        this.#messages.push(event.kind === 'value' ? event.text : event.kind);
      }
      this.#wake();
    };
    stream.onClose = () => {
      this.#isClosed = true;
      this.#wake();
    };
  }

  async say(values: readonly string[]): Promise<void> {
    if (this.#manner === 'lines') this.stream.write(values.map((value) => `${value}\n`).join(''));
    else if (this.#manner === 'one segment') this.stream.write(values.join(''));
    else {
      for (const byte of utf8(values.join(''))) {
        this.stream.write(Uint8Array.of(byte));
        await task();
      }
    }
  }

  /** Undefined: closed. */
  async next(): Promise<string | undefined> {
    while (this.#messages.length === 0 && !this.#isClosed) {
      await new Promise<void>((done) => {
        this.#wake = done;
      });
    }
    return this.#messages.shift();
  }

  /** What has come and was not asked for. */
  get rest(): readonly string[] {
    return this.#messages;
  }
}

export interface GuessWorldOptions {
  readonly manner?: Manner;
  readonly limits?: Partial<LineLimits>;
}

export class GuessWorld {
  readonly platform: TestPlatform;
  readonly host: PlayingHost;
  readonly gateway: ReturnType<typeof guessGateway>;
  readonly listener: StreamListener;
  /** The gateway's log. */
  readonly logged: (LogFields & { readonly event: string })[];
  #connected = 0;
  #accepted = 0;
  readonly #manner: Manner;
  readonly #clients = new Map<string, GuessClient>();

  private constructor(
    platform: TestPlatform,
    host: PlayingHost,
    gateway: ReturnType<typeof guessGateway>,
    listener: StreamListener,
    logged: (LogFields & { readonly event: string })[],
    manner: Manner,
  ) {
    this.platform = platform;
    this.host = host;
    this.gateway = gateway;
    this.listener = listener;
    this.logged = logged;
    this.#manner = manner;
  }

  static async open({ manner = 'lines', limits = {} }: GuessWorldOptions = {}) {
    const platform = await testPlatform({ hosts: [], games: [guess7] });
    const host = await playingHost(platform, [guess7]);
    const logged: (LogFields & { readonly event: string })[] = [];
    const write = (event: string, fields?: LogFields) => void logged.push({ event, ...fields });
    const { dispatcher, events } = platform.platform;
    const gateway = guessGateway({
      ...{ dispatcher, events, limits, timers: platform.time, metrics: silentMetrics },
      log: { debug: write, info: write, warn: write, error: write },
    });
    const listener = await listenTcp({ port: 0, tls: identity }, (stream) => {
      gateway.accept(stream);
      world.#accepted += 1;
    });
    const world = new GuessWorld(platform, host, gateway, listener, logged, manner);
    return world;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const client of this.#clients.values()) client.stream.destroy();
    await this.gateway.close();
    await this.listener.close();
    await this.platform.close();
  }

  client(name: string): GuessClient {
    return this.#clients.get(name) ?? assert.fail(`${name} is not connected`);
  }

  async connect(name: string): Promise<GuessClient> {
    const { port } = this.listener.address;
    const tls = { ca: authority.cert };
    const client = new GuessClient(
      await connectTcp({ host: 'localhost', port, tls }),
      this.#manner,
    );
    this.#clients.set(name, client);
    this.#connected += 1;
    // TLS is done here before it is there.
    while (this.#accepted < this.#connected) await task();
    return client;
  }

  async run(transcript: string): Promise<void> {
    const steps = transcript
      .split('\n')
      .map((step) => step.trim())
      .filter((step) => step !== '' && !step.startsWith('#'));
    for (let at = 0; at < steps.length; at++) {
      const step = steps[at]!;
      const [, name = '', verb, text = ''] =
        /^(\w+) (connects|C>|S<|hangs up|closed|wait)(?: (.*))?$/.exec(step) ?? [];
      const wait = /^wait (\d+) s$/.exec(step);
      if (wait !== null) await this.advance(Number(wait[1]) * 1000);
      else if (verb === 'connects') await this.connect(name);
      else if (verb === 'hangs up') this.client(name).stream.destroy();
      else if (verb === 'closed') assert.equal(await this.client(name).next(), undefined, step);
      else if (verb === 'S<') await this.expect(name, text, step);
      else if (verb === 'C>') {
        const values = [text];
        while (steps[at + 1]?.startsWith(`${name} C> `)) {
          values.push(steps[++at]!.slice(name.length + 4));
        }
        await this.client(name).say(values);
      } else assert.fail(`no step: ${step}`);
    }
    for (const [name, { rest }] of this.#clients) assert.deepEqual(rest, [], `${name} got more`);
  }

  async expect(name: string, expected: string, step = `${name} S< ${expected}`): Promise<void> {
    const message = (await this.client(name).next()) ?? 'closed';
    const pattern = expected.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&').replaceAll('…', '.*');
    if (!new RegExp(`^${pattern}$`, 'u').test(message)) assert.equal(message, expected, step);
  }

  async advance(ms: number): Promise<void> {
    await this.platform.time.advance(ms, () => this.platform.platform.settled());
  }
}
