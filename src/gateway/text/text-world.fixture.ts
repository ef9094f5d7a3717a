// A text gateway on a whole platform with a host that plays, in virtual time, and clients that
// follow a transcript: who sends what, who gets what, and how long it takes. The same transcript
// runs over streams in memory and over real sockets. The number to guess is always 25.
//
//   bob connects                    bob C> LINE             bob hangs up       bob is silent
//   bob S< LINE (… is any text)     bob closed              wait 10 s
//   account bob                     account zed comes by another wire         zed comes by ...
//   zed does COMMAND {...}          zed takes the seat      zed hears EVENT    the host dies
//   bob sends 70000 letters         zed ends other sessions                    the server stops
//   the file TRANSFER_ID passes
//
// PINGs are answered and not shown, except to who is silent. At the end nothing may be left over.

import assert from 'node:assert/strict';
import guess from '../../../games/guess/rules.ts';
import { utf8 } from '../../base/bytes.ts';
import { type CommandName, commandTable } from '../../contract/commands.ts';
import type { EventName } from '../../contract/events.ts';
import { silentMetrics } from '../../contract/telemetry.ts';
import { type PlayingHost, playingHost } from '../../domain/host/playing-host.fixture.ts';
import {
  type TestPlatform,
  type TestPlatformOptions,
  type TestPlayer,
  testPlatform,
} from '../../domain/test-platform.fixture.ts';
import { defineGame } from '../../game/define-game.ts';
import { LineReader } from '../../protocol/line/line-reader.ts';
import type { LineLimits } from '../line-limits.ts';
import type { LineServer } from '../line-server.ts';
import { arrived, type Carrier, type CountedPair } from './counted-streams.fixture.ts';
import { textGateway } from './text-gateway.ts';

const guess25 = defineGame({ ...guess, setup: (given) => ({ ...guess.setup(given), number: 25 }) });

type Elsewhere = { readonly player: TestPlayer } & ReturnType<TestPlayer['connect']>;

class TextClient {
  readonly pair: CountedPair;
  isSilent = false;
  /** What is being sent, PONGs too, one after the other. */
  sending: Promise<void> = Promise.resolve();
  readonly #carrier: Carrier;
  readonly #reader = new LineReader();
  readonly #lines: string[] = [];
  #wake = (): void => {};

  constructor(carrier: Carrier, pair: CountedPair) {
    this.#carrier = carrier;
    this.pair = pair;
    pair.client.onClose = () => this.#wake();
    pair.client.onData = (bytes) => {
      this.#reader.handleBytes(bytes);
      for (let event = this.#reader.pollLine(); event; event = this.#reader.pollLine()) {
        this.#handleLine(event.kind === 'line' ? event.text : event.kind);
      }
    };
  }

  send(text: string): Promise<void> {
    this.sending = this.sending.then(() => this.#carrier.send(this.pair, utf8(text)));
    return this.sending;
  }

  /** Undefined: it is closed. */
  async next(): Promise<string | undefined> {
    while (this.#lines.length === 0 && !this.pair.client.isClosed) {
      await new Promise<void>((done) => {
        this.#wake = done;
      });
    }
    return this.#lines.shift();
  }

  /** Everything that was sent is answered, in order. */
  async rest(): Promise<readonly string[]> {
    await this.send('FENCE\n');
    const lines: string[] = [];
    for (let line = await this.next(); line !== undefined; line = await this.next()) {
      if (line === 'UNKNOWN_COMMAND') break;
      lines.push(line);
    }
    return lines;
  }

  #handleLine(text: string): void {
    if (text === 'PING' && !this.isSilent) void this.send('PONG\n');
    else this.#lines.push(text);
    this.#wake();
  }
}

export interface TextWorldOptions {
  readonly limits?: Partial<LineLimits>;
  readonly platform?: TestPlatformOptions;
}

export class TextWorld {
  readonly platform: TestPlatform;
  readonly gateway: LineServer;
  readonly #host: PlayingHost;
  readonly #carrier: Carrier;
  readonly #clients = new Map<string, TextClient>();
  readonly #elsewhere = new Map<string, Elsewhere>();
  #isHostDead = false;

  private constructor(
    platform: TestPlatform,
    host: PlayingHost,
    carrier: Carrier,
    limits: Partial<LineLimits>,
  ) {
    this.platform = platform;
    this.#host = host;
    this.#carrier = carrier;
    const { dispatcher, events } = platform.platform;
    const log = Object.fromEntries(
      (['debug', 'info', 'warn', 'error'] as const).map((level) => [
        level,
        (event: string, fields?: object) => {
          this.logged.push(JSON.stringify({ level, event, ...fields }));
        },
      ]),
    ) as Record<'debug' | 'info' | 'warn' | 'error', (event: string, fields?: object) => void>;
    this.gateway = textGateway({
      ...{ dispatcher, events, log, limits, timers: platform.time },
      metrics: silentMetrics,
      version: '1.2.3',
    });
  }

  /** The gateway's log, a line each. */
  readonly logged: string[] = [];

  static async open(
    makeCarrier: () => Promise<Carrier>,
    options: TextWorldOptions = {},
  ): Promise<TextWorld> {
    const platform = await testPlatform({ hosts: [], games: [guess25], ...options.platform });
    const host = await playingHost(platform, [guess25]);
    return new TextWorld(platform, host, await makeCarrier(), options.limits ?? {});
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { pair } of this.#clients.values()) pair.client.destroy();
    await this.gateway.close();
    await this.#carrier.close();
    await this.platform.close();
  }

  client(name: string): TextClient {
    return this.#clients.get(name) ?? assert.fail(`${name} is not connected`);
  }

  async connect(name: string): Promise<TextClient> {
    const client = new TextClient(this.#carrier, await this.#carrier.open(this.gateway.accept));
    this.#clients.set(name, client);
    return client;
  }

  async run(transcript: string): Promise<void> {
    const steps = transcript
      .split('\n')
      .map((step) => step.trim())
      .filter((step) => step !== '' && !step.startsWith('#'));
    for (let at = 0; at < steps.length; at++) {
      const [, name, text] = /^(\w+) C>(?: (.*))?$/.exec(steps[at]!) ?? [];
      if (name === undefined) {
        await this.#step(steps[at]!);
        continue;
      }
      // What one client says at a stretch may come in one piece.
      let all = `${text ?? ''}\n`;
      while (steps[at + 1]?.startsWith(`${name} C>`)) {
        all += `${steps[++at]!.slice(name.length + 4)}\n`;
      }
      await this.client(name).send(all);
    }
    await this.arrived();
    for (const [name, client] of this.#clients) {
      assert.deepEqual(await client.rest(), [], `${name} got more`);
    }
  }

  async #step(step: string): Promise<void> {
    const [, name = '', verb = '', rest = ''] =
      /^(\w+) (connects|S<|closed|hangs up|is silent|comes|does|takes the seat|hears|sends|ends)(?: (.*))?$/s.exec(
        step,
      ) ?? [];
    const wait = /^wait ([\d.]+) s$/.exec(step);
    const file = /^the file (\S+) passes$/.exec(step);
    const account = /^account (\w+)( comes by another wire)?$/.exec(step);
    if (wait !== null) await this.advance(Number(wait[1]) * 1000);
    else if (file !== null) this.#passFile(file[1]!);
    else if (step === 'the host dies') await this.#die();
    else if (step === 'the server stops') await this.gateway.close();
    else if (account !== null) {
      const player = await this.platform.register(account[1]!);
      if (account[2] !== undefined) await this.#comes(account[1]!, player);
    } else if (verb === 'connects') await this.connect(name);
    else if (verb === 'S<') await this.#expect(name, rest, step);
    else if (verb === 'closed') assert.equal(await this.client(name).next(), undefined, step);
    else if (verb === 'hangs up') this.client(name).pair.client.destroy();
    else if (verb === 'is silent') this.client(name).isSilent = true;
    else if (verb === 'comes') await this.#comes(name, await this.platform.guest(name, true));
    else if (verb === 'does') await this.#does(name, rest);
    else if (verb === 'takes the seat') await this.#takesSeat(name);
    else if (verb === 'hears') await this.#hears(name, rest);
    else if (verb === 'sends') await this.client(name).send('x'.repeat(Number.parseInt(rest, 10)));
    else if (verb === 'ends') await this.#endsOthers(name);
    else assert.fail(`no step: ${step}`);
  }

  async #expect(name: string, expected: string, step: string): Promise<void> {
    const line = await this.client(name).next();
    const pattern = expected.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&').replaceAll('…', '.*');
    if (!new RegExp(`^${pattern}$`, 'u').test(line ?? 'closed')) {
      assert.equal(line ?? 'closed', expected, step);
    }
  }

  async #die(): Promise<void> {
    this.#isHostDead = true;
    await this.#host.die();
  }

  async #comes(name: string, player: TestPlayer): Promise<void> {
    this.#elsewhere.set(name, { player, ...player.connect() });
    await player.call('room.enter');
  }

  #one(name: string): Elsewhere {
    return this.#elsewhere.get(name) ?? assert.fail(`${name} has not come by another wire`);
  }

  async #does(name: string, wish: string): Promise<void> {
    const space = wish.indexOf(' ');
    const command = space < 0 ? wish : wish.slice(0, space);
    assert.ok(Object.hasOwn(commandTable, command), command);
    const args = space < 0 ? {} : JSON.parse(wish.slice(space));
    await this.#one(name).player.call(command as CommandName, args);
  }

  async #takesSeat(name: string): Promise<void> {
    await this.#hears(name, 'match.placed');
    const { events, player } = this.#one(name);
    const placed = events.findLast(({ event }) => event === 'match.placed');
    assert.ok(placed?.event === 'match.placed');
    await player.call('match.attach', { matchId: placed.data.matchId });
  }

  /** The bytes `abc`, as the files port would. */
  #passFile(transferId: string): void {
    const { files } = this.platform.platform;
    const user = { write: () => {}, resume: () => {}, closed: () => {}, bufferedBytes: 0 };
    const sink = files.openSink(transferId, 0, user);
    const source = files.openSource(transferId, 0, user);
    assert.ok(typeof sink === 'object' && typeof source === 'object');
    source.push(utf8('abc'));
    source.finish();
  }

  async #endsOthers(name: string): Promise<void> {
    const { player } = this.#one(name);
    const { sessions } = await player.call('session.list');
    for (const { id, current } of sessions) {
      if (!current) await player.call('session.revoke', { sessionId: id });
    }
  }

  /** Now, or soon. */
  async #hears(name: string, event: string): Promise<void> {
    const { events } = this.#one(name);
    while (!events.some((one) => one.event === (event as EventName))) await this.#turn();
  }

  async #turn(): Promise<void> {
    await new Promise<void>((done) => setImmediate(done));
    await this.platform.platform.settled();
  }

  /** What is on its way has arrived, and what the platform does about it is done. */
  async arrived(): Promise<void> {
    for (let turn = 0; turn < 3; turn++) {
      for (const { sending, pair } of this.#clients.values()) {
        await sending;
        await arrived(pair);
      }
      await this.#turn();
      // The store answers in order.
      await this.platform.store.sessions.byId('nobody');
    }
  }

  /** In steps in which nobody is late because of the test. */
  async advance(ms: number): Promise<void> {
    await this.arrived();
    for (let left = ms; left > 0; left -= 500) {
      if (!this.#isHostDead) await this.#host.announce();
      await this.platform.time.advance(Math.min(left, 500), () => this.platform.platform.settled());
      await this.arrived();
    }
  }
}
