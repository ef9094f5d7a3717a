// A whole platform for tests: the real services, a real SQLite store in memory, the real bus, and
// everything else small, seeded and in virtual time. Players are driven by one-line calls.

import { createHash } from 'node:crypto';
import { systemStreamDigest } from '../app/server/system-ports.ts';
import { type Random, seededRandom } from '../base/prng.ts';
import { memoryBus } from '../bus/memory/memory-bus.ts';
import type { CommandArgs, CommandName, CommandResult } from '../contract/commands.ts';
import type { PlatformEvent } from '../contract/events.ts';
import type { Player, Session } from '../contract/schema.ts';
import { type Log, type LogFields, silentMetrics } from '../contract/telemetry.ts';
import { defineGame, type Game, t } from '../game/define-game.ts';
import type { MatchRecord } from '../game/messages.ts';
import { openSqliteStore } from '../store/open.ts';
import {
  type Bus,
  BusTimeout,
  type HostAnnouncement,
  hostAnnounceEveryMs,
  type PlatformBus,
  platformAddress,
  type StartMatch,
} from './bus.ts';
import { createPlatform, type PlatformDeps, type RunningPlatform } from './create-platform.ts';
import type { AccessClaims, AccessTokens, PasswordHasher, RateLimiter, Timers } from './ports.ts';
import type { Store } from './store.ts';
import { VirtualTime } from './virtual-time.fixture.ts';

/** Two players; has a bot and one setting. */
export const duel = defineGame({
  name: 'duel',
  title: 'Duel',
  players: { min: 2, max: 2 },
  input: t.Object({ strike: t.Boolean() }),
  settings: t.Object({ rounds: t.Integer({ minimum: 1, maximum: 9, default: 3 }) }),
  setup: ({ players }) => ({ players, struck: -1 }),
  step: (state, inputs) => ({ ...state, struck: inputs[0]?.seat ?? state.struck }),
  view: (state) => ({ struck: state.struck }),
  outcome: ({ struck }) => (struck < 0 ? undefined : { ranking: [[struck], [1 - struck]] }),
  bot: () => ({ strike: true }),
});

/** Two to four players; no bot. */
export const brawl = defineGame({
  name: 'brawl',
  title: 'Brawl',
  players: { min: 2, max: 4 },
  input: t.Object({}),
  setup: () => ({}),
  step: (state) => state,
  view: () => ({}),
  outcome: () => undefined,
});

/** Two to four players, or bots. */
export const melee = defineGame({
  name: 'melee',
  title: 'Melee',
  players: { min: 2, max: 4 },
  input: t.Object({}),
  setup: () => ({}),
  step: (state) => state,
  view: () => ({}),
  outcome: () => undefined,
  bot: () => ({}),
});

export interface LogLine extends LogFields {
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly event: string;
}

export interface TestPlatformOptions {
  readonly seed?: number;
  readonly games?: readonly Game[];
  readonly store?: Store;
  readonly bus?: PlatformBus;
  readonly time?: VirtualTime;
  /** Hosts that are there from the start; default one, `h1`, with room for 100 matches. */
  readonly hosts?: readonly (Partial<HostAnnouncement> & { readonly hostId: string })[];
  readonly deps?: Partial<PlatformDeps>;
}

export interface TestHost {
  readonly started: StartMatch[];
  /** What it answers the next requests with; default: started. */
  answer: () => Promise<{ started: true } | { started: false; why: string }>;
  announce(change?: Partial<HostAnnouncement>): Promise<void>;
  /** While true it does not announce itself as time goes by. */
  silent: boolean;
  end(matchId: string, change?: Partial<MatchRecord>): Promise<void>;
  gone(): Promise<void>;
}

export interface TestPlayer {
  readonly player: Player;
  session: Session;
  call<Name extends CommandName>(
    command: Name,
    args?: CommandArgs<Name>,
  ): Promise<CommandResult<Name>>;
  /** Opens a connection; its events gather in the list until the function is called. */
  connect(): { readonly events: PlatformEvent[]; readonly close: () => void };
}

export interface TestPlatform {
  readonly platform: RunningPlatform;
  readonly store: Store;
  readonly bus: Bus;
  readonly time: VirtualTime;
  readonly log: readonly LogLine[];
  readonly passwords: FakePasswords;
  readonly host: (hostId: string) => TestHost;
  register(name: string, password?: string): Promise<TestPlayer>;
  /** `exact`: the name alone, without a number. */
  guest(name?: string, exact?: boolean): Promise<TestPlayer>;
  anyone<Name extends CommandName>(
    command: Name,
    args?: unknown,
    address?: string,
  ): Promise<CommandResult<Name>>;
  /** Virtual milliseconds, waiting for what each timer starts. */
  advance(ms: number): Promise<void>;
  /** The same store, bus and time, and a new platform, as after `kill -9`. */
  restart(): Promise<TestPlatform>;
  close(): Promise<void>;
}

export async function testPlatform(options: TestPlatformOptions = {}): Promise<TestPlatform> {
  const seed = options.seed ?? 1;
  const random = seededRandom('test platform', seed);
  const time = options.time ?? new VirtualTime();
  const store = options.store ?? (await openSqliteStore({ file: ':memory:' }));
  const bus = options.bus ?? memoryBus({ timers: time });
  const timers = mortalTimers(time);
  const log: LogLine[] = [];
  const passwords = new FakePasswords();
  const deps: PlatformDeps = {
    store,
    bus,
    clock: time,
    timers,
    random: { bytes: (length) => randomBytes(random, length) },
    passwords,
    tokens: plainTokens,
    digest: { sha256Hex: (text) => createHash('sha256').update(text).digest('hex') },
    streamDigest: systemStreamDigest,
    tickets: { sign: (ticket) => new TextEncoder().encode(JSON.stringify(ticket)) },
    limiter: windowLimiter(time),
    games: options.games ?? [duel, brawl, melee],
    log: logInto(log),
    metrics: silentMetrics,
    checkResults: true,
    ...options.deps,
  };
  const platform = await createPlatform(deps);
  const hosts = new Map<string, TestHost>();
  for (const host of options.hosts ?? [{ hostId: 'h1' }]) {
    const made = testHost(bus, host);
    hosts.set(host.hostId, made);
    await made.announce();
  }
  const player = (session: Session) => testPlayer(platform, session);
  const anyone: TestPlatform['anyone'] = (command, args = {}, address = '192.0.2.1') =>
    platform.dispatcher.call({ wire: 'test', address }, command, args);
  return {
    platform,
    store,
    bus,
    time,
    log,
    passwords,
    host: (hostId) => hosts.get(hostId) ?? unknownHost(hostId),
    anyone,
    register: async (name, password = 'correct horse') =>
      player(await anyone('account.register', { name, password })),
    guest: async (name, exact = false) =>
      player(await anyone('account.guest', name === undefined ? {} : { name, exact })),
    advance: async (ms) => {
      // Hosts are not heard of second by second over hours and days: no match lasts so long.
      const stepMs = ms > 3_600_000 ? ms : hostAnnounceEveryMs;
      for (let leftMs = ms; leftMs > 0; leftMs -= stepMs) {
        for (const host of hosts.values()) if (!host.silent) await host.announce();
        await time.advance(Math.min(leftMs, stepMs), () => platform.settled());
      }
    },
    restart: () => {
      // The old platform is simply left: nothing of it may matter any more.
      timers.kill();
      const freshBus = memoryBus({ timers: time });
      return testPlatform({ ...options, seed: seed + 1, store, time, bus: freshBus });
    },
    close: async () => {
      await platform.close();
      await store.close();
    },
  };
}

/** A killed process runs no timers: one that swept the store would race with its successor. */
function mortalTimers(time: VirtualTime): Timers & { readonly kill: () => void } {
  let isKilled = false;
  return {
    after: (delayMs, run) => time.after(delayMs, () => (isKilled ? undefined : run())),
    kill: () => {
      isKilled = true;
    },
  };
}

function testPlayer(platform: RunningPlatform, session: Session): TestPlayer {
  const one: TestPlayer = {
    player: session.player,
    session,
    call: (command, args) =>
      platform.dispatcher.call(
        { wire: 'test', address: '192.0.2.7', accessToken: one.session.accessToken },
        command,
        args ?? {},
      ),
    connect: () => {
      const events: PlatformEvent[] = [];
      const { sessionId } = JSON.parse(one.session.accessToken) as AccessClaims;
      const close = platform.events.connect(session.player.id, sessionId, (event) => {
        events.push(event);
      });
      return { events, close };
    },
  };
  return one;
}

function testHost(bus: Bus, own: Partial<HostAnnouncement> & { hostId: string }): TestHost {
  const { hostId } = own;
  let announcement: HostAnnouncement = {
    address: '127.0.0.1',
    port: 5001,
    publicKey: 'A'.repeat(43),
    gateId: 1,
    gateKey: 'B'.repeat(43),
    matchesRunning: 0,
    matchesMax: 100,
    games: ['duel', 'brawl', 'melee'],
    draining: false,
    ...own,
  };
  const host: TestHost = {
    started: [],
    silent: false,
    answer: async () => ({ started: true }),
    announce: async (change = {}) => {
      announcement = { ...announcement, ...change };
      bus.publish('host.announce', announcement);
      await delivered(bus);
    },
    end: async (matchId, change = {}) => {
      const start = host.started.find((one) => one.matchId === matchId);
      if (start === undefined) throw new Error(`${hostId} has no match ${matchId}`);
      const record = { ...recordOf(start), ...change };
      // As a host does: until it is answered. Virtual time may run past the time-out while the true
      // store is still writing.
      for (;;) {
        try {
          await bus.request('match.ended', platformAddress, { hostId, record }, 5000);
          return;
        } catch (cause) {
          if (!(cause instanceof BusTimeout)) throw cause;
        }
      }
    },
    gone: async () => {
      bus.publish('host.gone', { hostId });
      await delivered(bus);
    },
  };
  bus.serve('host.start', hostId, async (ask) => {
    const answer = await host.answer();
    if (answer.started) host.started.push(ask);
    return answer;
  });
  return host;
}

/** Seat 0 wins. */
export function recordOf(start: StartMatch): MatchRecord {
  return {
    format: 1,
    matchId: start.matchId,
    game: start.game,
    gameVersion: 1,
    settings: start.settings,
    seed: start.seed,
    seats: start.seats.map(({ playerId, name, bot }) => ({ playerId, name, bot })),
    log: [],
    ticks: 0,
    endedAtMs: 1,
    reason: 'outcome',
    outcome: { ranking: start.seats.map(({ seat }) => [seat]) },
    stateHash: 'ab'.repeat(32),
  };
}

/** Resolves when the bus has delivered what was published before. */
async function delivered(bus: Bus): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const end = bus.subscribe('host.stats', () => resolve());
  bus.publish('host.stats', {
    hostId: 'nobody',
    links: 0,
    matchesRunning: 0,
    handshakesHalfOpen: 0,
    isUnderLoad: false,
    datagramsIn: 0,
    datagramsOut: 0,
    bytesIn: 0,
    bytesOut: 0,
    refusals: {},
    linkEnds: {},
  });
  await promise;
  end();
}

/** Text comparison with Argon2's manners; counts how often it was asked. */
export class FakePasswords implements PasswordHasher {
  verified = 0;
  hashed = 0;
  isFull = false;
  version = 1;

  async hash(password: string): Promise<string> {
    this.#refuseWhenFull();
    this.hashed++;
    return `fake$${this.version}$${password}`;
  }

  async verify(phc: string, password: string): Promise<boolean> {
    this.#refuseWhenFull();
    this.verified++;
    return phc.split('$').slice(2).join('$') === password;
  }

  needsRehash(phc: string): boolean {
    return !phc.startsWith(`fake$${this.version}$`);
  }

  #refuseWhenFull(): void {
    if (!this.isFull) return;
    throw Object.assign(new Error('too many hashes wait'), { name: 'QueueFull' });
  }
}

/** Claims as text, unsigned. The real tokens have tests of their own. */
const plainTokens: AccessTokens = {
  issue: async (claims) => JSON.stringify(claims),
  verify: async (token) =>
    token.startsWith('{') ? (JSON.parse(token) as AccessClaims) : 'invalid',
};

function windowLimiter(time: VirtualTime): RateLimiter {
  const windows = new Map<string, { endsAtMs: number; calls: number }>();
  return {
    take: async (key, calls, perS) => {
      const now = time.now();
      const known = windows.get(key);
      const window =
        known !== undefined && known.endsAtMs > now
          ? known
          : { endsAtMs: now + perS * 1000, calls: 0 };
      windows.set(key, window);
      if (window.calls >= calls) return Math.ceil((window.endsAtMs - now) / 1000);
      window.calls++;
      return 0;
    },
  };
}

function logInto(lines: LogLine[]): Log {
  const at = (level: LogLine['level']) => (event: string, fields?: LogFields) => {
    lines.push({ level, event, ...fields });
  };
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}

function randomBytes(random: Random, length: number): Uint8Array {
  return Uint8Array.from({ length }, () => random.below(256));
}

function unknownHost(hostId: string): never {
  throw new Error(`the test has no host ${hostId}`);
}
