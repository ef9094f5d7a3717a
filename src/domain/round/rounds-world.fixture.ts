// Servers that play open rounds together, in one process and in virtual time: each is a whole
// platform; they share a store and one bus for logs and the announcements of servers. What is asked
// of one of them alone stays on a bus of its own. A server can be cut off, or killed.

import guess from '../../../games/guess/rules.ts';
import { memoryBus } from '../../bus/memory/memory-bus.ts';
import type { EventData, PlatformEvent } from '../../contract/events.ts';
import { defineGame, type Game } from '../../game/define-game.ts';
import { openSqliteStore } from '../../store/open.ts';
import type { PlatformBus } from '../bus.ts';
import type { Timers } from '../ports.ts';
import type { Store } from '../store.ts';
import { type TestPlatform, type TestPlayer, testPlatform } from '../test-platform.fixture.ts';
import { VirtualTime } from '../virtual-time.fixture.ts';

/** The number is 7, always. */
export const guess7 = defineGame({
  ...guess,
  setup: (given) => ({ ...guess.setup(given), number: 7 }),
});

export interface RoundServer {
  readonly platform: TestPlatform;
  readonly isKilled: boolean;
  /** As `kill -9`: it neither hears nor says anything any more. */
  kill(): void;
  /** Its announcements get lost; all else is as it was. */
  mute(): void;
}

export interface RoundPlayer {
  readonly player: TestPlayer;
  readonly events: PlatformEvent[];
  readonly close: () => void;
  /** The newest that it sees. */
  view(): EventData<'round.view'> | undefined;
  guess(number: number): Promise<string>;
}

export class RoundsWorld {
  readonly time = new VirtualTime();
  readonly store: Store;
  readonly shared: PlatformBus;
  readonly servers: RoundServer[] = [];
  readonly #games: readonly Game[];
  #players = 0;

  private constructor(store: Store, games: readonly Game[]) {
    this.store = store;
    this.#games = games;
    this.shared = memoryBus({ timers: this.time });
  }

  static async open(servers = 1, games: readonly Game[] = [guess7]): Promise<RoundsWorld> {
    const world = new RoundsWorld(await openSqliteStore({ file: ':memory:' }), games);
    for (let at = 0; at < servers; at++) await world.addServer();
    return world;
  }

  async addServer(store: Store = this.store): Promise<RoundServer> {
    const state = { isCut: false, isMute: false };
    const bus = this.#busOf(state);
    const seed = this.servers.length + 1;
    const games = this.#games;
    const { time } = this;
    const timers: Timers = {
      after: (delayMs, run) => time.after(delayMs, () => (state.isCut ? undefined : run())),
    };
    const platform = await testPlatform({ seed, bus, store, time, games, deps: { timers } });
    const server: RoundServer = {
      platform,
      get isKilled() {
        return state.isCut;
      },
      kill: () => {
        state.isCut = true;
      },
      mute: () => {
        state.isMute = true;
      },
    };
    this.servers.push(server);
    return server;
  }

  async player(at = 0, join = true): Promise<RoundPlayer> {
    this.#players += 1;
    // No address makes more guests than so many in a minute.
    if (this.#players % 20 === 0) await this.advance(60_000);
    const server = this.servers[at]!;
    const player = await server.platform.guest(`p${this.#players}`);
    const { events, close } = player.connect();
    const one: RoundPlayer = {
      player,
      events,
      close,
      view: () => {
        const last = events.findLast(({ event }) => event === 'round.view');
        return last?.event === 'round.view' ? last.data : undefined;
      },
      guess: async (number) => {
        const roundId = one.view()?.roundId ?? 'none';
        const args = { game: 'guess', roundId, input: { number } };
        return player.call('round.input', args).then(
          () => 'taken',
          (cause: { code?: string }) => cause.code ?? String(cause),
        );
      },
    };
    if (join) await player.call('round.join', { game: 'guess' });
    return one;
  }

  /** Everything that was said has been heard, and what follows from it is stored. */
  async settle(): Promise<void> {
    for (let turn = 0; turn < 3; turn++) {
      await new Promise<void>((done) => setImmediate(done));
      for (const { platform } of this.servers) await platform.platform.settled();
    }
  }

  async advance(ms: number): Promise<void> {
    await this.time.advance(ms, () => this.settle());
  }

  async close(): Promise<void> {
    for (const { platform, isKilled } of this.servers) {
      if (!isKilled) await platform.platform.close();
    }
    await this.store.close();
  }

  #busOf(state: { readonly isCut: boolean; readonly isMute: boolean }): PlatformBus {
    const isCut = (): boolean => state.isCut;
    const own = memoryBus({ timers: this.time });
    const { shared } = this;
    const never = new Promise<never>(() => undefined);
    const isShared = (topic: string): boolean => topic.startsWith('server.');
    return {
      publish: (topic, message) => {
        if (!isShared(topic)) own.publish(topic, message);
        else if (!isCut() && !state.isMute) shared.publish(topic, message);
      },
      subscribe: (topic, handle) =>
        isShared(topic)
          ? shared.subscribe(topic, (message) => (isCut() ? undefined : handle(message)))
          : own.subscribe(topic, handle),
      request: (topic, to, ask, timeoutMs) => own.request(topic, to, ask, timeoutMs),
      serve: (topic, as, answer) => own.serve(topic, as, answer),
      append: (topic, name, entry) => (isCut() ? never : shared.append(topic, name, entry)),
      follow: (topic, name, handle) =>
        shared.follow(topic, name, (news) => (isCut() ? undefined : handle(news))),
      compact: (topic, name, position, base) =>
        isCut() ? never : shared.compact(topic, name, position, base),
    };
  }
}
