// The true platform as the session-wire suite gives it to a gateway, in virtual time: what passes
// between the two is written down, and can be made to fail. Players of other wires are driven by
// commands. Two games are played by a host: `guess`, and `rps` against a bot.

import assert from 'node:assert/strict';
import guess from '../../games/guess/rules.ts';
import rps from '../../games/rps/rules.ts';
import type { CommandArgs, CommandName, CommandResult } from '../contract/commands.ts';
import { PaperclipError } from '../contract/errors.ts';
import type { Log, LogFields, Metrics } from '../contract/telemetry.ts';
import { wordKeys } from '../domain/account/classic-words.fixture.ts';
import { type PlayingHost, playingHost } from '../domain/host/playing-host.fixture.ts';
import type { CallOrigin, Dispatcher, PlayerEvents } from '../domain/platform.ts';
import type { AccessClaims, Timers } from '../domain/ports.ts';
import { type TestPlatform, testPlatform } from '../domain/test-platform.fixture.ts';

export const password = 'correct horse';
export const ourMistake = 'secret of the house';

/** `authenticate` is what the dispatcher is asked without a command. */
interface Call {
  readonly origin: CallOrigin;
  readonly command: CommandName | 'authenticate';
  /** It was answered, with no error. */
  isDone: boolean;
}

/** An account, on a session of no wire. */
export interface Elsewhere {
  readonly name: string;
  readonly playerId: string;
  readonly sessionId: string;
  call<Name extends CommandName>(
    command: Name,
    args?: CommandArgs<Name>,
  ): Promise<CommandResult<Name>>;
  readonly origin: CallOrigin;
}

/** As `events.connect` was told. */
export interface Connected {
  readonly playerId: string;
  readonly sessionId: string;
}

export const sessionOf = ({ accessToken = '{}' }: CallOrigin): string =>
  (JSON.parse(accessToken) as AccessClaims).sessionId;

const turn = () => new Promise<void>((done) => setImmediate(done));

export class SessionWorld {
  readonly platform: TestPlatform;
  readonly calls: Call[] = [];
  readonly logged: (LogFields & { readonly event: string; readonly level: keyof Log })[] = [];
  /** By name and labels, as last told. */
  readonly gauges = new Map<string, number>();
  readonly connected: Connected[] = [];
  /** Of the gateway: on the platform's events, and timers. */
  listeners = 0;
  armed = 0;
  /** Calls that this says yes to fail with a mistake of ours. */
  fails: (call: Call) => boolean = () => false;
  /** Nobody more gets events. */
  isFull = false;
  readonly #host: PlayingHost;
  #inFlight = 0;
  #accounts = 0;

  private constructor(platform: TestPlatform, host: PlayingHost) {
    this.platform = platform;
    this.#host = host;
  }

  static async start(): Promise<SessionWorld> {
    const deps = { classic: wordKeys(), adminNameKeys: new Set(['op']) };
    const platform = await testPlatform({ hosts: [], games: [guess, rps], deps });
    return new SessionWorld(platform, await playingHost(platform, [guess, rps]));
  }

  readonly #dispatcher: Dispatcher = {
    call: (origin, command, args) =>
      this.#noted({ origin, command, isDone: false }, () =>
        this.platform.platform.dispatcher.call(origin, command, args),
      ),
    authenticate: (origin) =>
      this.#noted({ origin, command: 'authenticate', isDone: false }, () =>
        this.platform.platform.dispatcher.authenticate(origin),
      ),
  };

  readonly #events: PlayerEvents = {
    connect: (playerId, sessionId, listener) => {
      if (this.isFull) throw new PaperclipError('BUSY');
      const end = this.platform.platform.events.connect(playerId, sessionId, listener);
      this.listeners += 1;
      this.connected.push({ playerId, sessionId });
      let isOver = false;
      return () => {
        if (!isOver) this.listeners -= 1;
        isOver = true;
        end();
      };
    },
  };

  readonly #timers: Timers = {
    after: (delayMs, run) => {
      this.armed += 1;
      let isOver = false;
      const over = (): void => {
        if (!isOver) this.armed -= 1;
        isOver = true;
      };
      const cancel = this.platform.time.after(delayMs, () => {
        over();
        run();
      });
      return () => {
        over();
        cancel();
      };
    },
  };

  readonly #log: Log = {
    debug: (event, fields) => this.#write('debug', event, fields),
    info: (event, fields) => this.#write('info', event, fields),
    warn: (event, fields) => this.#write('warn', event, fields),
    error: (event, fields) => this.#write('error', event, fields),
  };

  readonly #metrics: Metrics = {
    count() {},
    gauge: (name, value, labels = {}) =>
      void this.gauges.set([name, ...Object.values(labels)].join(' '), value),
    observe() {},
  };

  /** All that a gateway is given of the platform. */
  readonly ports = {
    ...{ dispatcher: this.#dispatcher, events: this.#events, timers: this.#timers },
    ...{ log: this.#log, metrics: this.#metrics },
  };

  /** With a password, from an address of its own. */
  async account(name: string): Promise<Elsewhere> {
    const { platform } = this;
    this.#accounts += 1;
    const address = `198.51.100.${this.#accounts}`;
    const args = { name, password, digestLogin: true };
    const session = await platform.anyone('account.register', args, address);
    const { accessToken, player } = session;
    const origin = { wire: 'test', address, accessToken };
    return {
      ...{ name, playerId: player.id, sessionId: sessionOf(origin), origin },
      call: (command, given) => platform.platform.dispatcher.call(origin, command, given ?? {}),
    };
  }

  /** Of this wire, as the store has them. */
  async sessions(playerId: string, wire: string) {
    const all = await this.platform.store.sessions.ofPlayer(playerId);
    return all.filter((session) => session.wire === wire);
  }

  mistakesLogged(): number {
    const isOurs = ({ error }: LogFields) => error instanceof Error && error.message === ourMistake;
    return this.logged.filter(isOurs).length;
  }

  /** What is on its way in memory arrives, and the store answers what it was asked. */
  async turn(): Promise<void> {
    await turn();
    // In order, on a thread of its own.
    await this.platform.store.sessions.byId('nobody');
  }

  /** Nothing is under way, and nothing more comes of what was sent, save in time. */
  async quiet(): Promise<void> {
    for (let still = 0; still < 3; still++) {
      const before = this.calls.length;
      for (let turns = 0; turns < 8; turns++) await turn();
      await this.platform.platform.settled();
      await this.turn();
      if (this.#inFlight > 0 || this.calls.length > before) still = -1;
    }
  }

  /** In steps in which nobody is late because of the test. */
  async advance(ms: number): Promise<void> {
    for (let leftMs = ms; leftMs > 0; leftMs -= 250) {
      await this.#host.announce();
      await this.platform.time.advance(Math.min(leftMs, 250), turn);
      await this.quiet();
    }
  }

  /** Within ten seconds of virtual time. */
  async until(what: string, isSo: () => boolean): Promise<void> {
    await this.quiet();
    for (let steps = 0; !isSo(); steps++) {
      if (steps === 40) assert.fail(`it did not come about: ${what}`);
      await this.advance(250);
    }
  }

  async #noted<T>(call: Call, run: () => Promise<T>): Promise<T> {
    this.calls.push(call);
    this.#inFlight += 1;
    try {
      if (this.fails(call)) throw new TypeError(ourMistake);
      const result = await run();
      call.isDone = true;
      return result;
    } finally {
      this.#inFlight -= 1;
    }
  }

  #write(level: keyof Log, event: string, fields?: LogFields): void {
    this.logged.push({ ...fields, level, event });
  }
}
