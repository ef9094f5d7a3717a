// Puts the services together: the one place that knows them all. It starts by taking over what the
// store has from before: lobbies come back, matches that a crash interrupted are abandoned.

import type { Log, Metrics } from '../contract/telemetry.ts';
import type { Game } from '../game/define-game.ts';
import { Accounts } from './account/accounts.ts';
import { Sessions } from './account/sessions.ts';
import { Background } from './background.ts';
import type { Bus } from './bus.ts';
import { CommandDispatcher, type CommandHooks } from './dispatcher.ts';
import { GameCatalog } from './games.ts';
import { makeHandlers, type Services } from './handlers.ts';
import { History } from './history/history.ts';
import { Lobbies } from './lobby/lobbies.ts';
import { Matches } from './match/matches.ts';
import type { Platform } from './platform.ts';
import { PlayerEventHub } from './player-events.ts';
import type {
  AccessTokens,
  Clock,
  Digest,
  PasswordHasher,
  RateLimiter,
  SecureRandom,
  TicketSigner,
  Timers,
} from './ports.ts';
import { Leaderboards } from './rating/leaderboards.ts';
import type { Store } from './store.ts';

export interface PlatformDeps {
  /** Stays the caller's: `close` does not close it. */
  readonly store: Store;
  readonly bus: Bus;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: SecureRandom;
  readonly passwords: PasswordHasher;
  readonly tokens: AccessTokens;
  readonly digest: Digest;
  readonly tickets: TicketSigner;
  readonly limiter: RateLimiter;
  readonly games: readonly Game[];
  readonly log: Log;
  readonly metrics: Metrics;
  readonly hooks?: CommandHooks;
  /** Hold results against their schemas; for tests. */
  readonly checkResults?: boolean;
}

export interface RunningPlatform extends Platform {
  /** Resolves when no work is under way that no command waits for. */
  settled(): Promise<void>;
}

const expiredSessionsEveryMs = 3_600_000;

export async function createPlatform(deps: PlatformDeps): Promise<RunningPlatform> {
  const { clock, timers, random, log } = deps;
  const background = new Background(log);
  const events = new PlayerEventHub(log);
  const services = await makeServices(deps, background, events);
  const { accounts, sessions, lobbies, matches } = services;
  await matches.restore();
  await lobbies.restore();

  const dispatcher = new CommandDispatcher({
    handlers: makeHandlers(services),
    authenticate: (accessToken) => sessions.authenticate(accessToken),
    seen: (playerId) => lobbies.seen(playerId),
    limiter: deps.limiter,
    clock,
    random,
    log,
    metrics: deps.metrics,
    ...(deps.hooks === undefined ? {} : { hooks: deps.hooks }),
    checkResults: deps.checkResults ?? false,
  });

  let cancelCleaning = (): void => undefined;
  const clean = (): void => {
    background.run('remove expired sessions and guests', async () => {
      await sessions.removeExpired();
      await accounts.removeLostGuests();
    });
    cancelCleaning = timers.after(expiredSessionsEveryMs, clean);
  };
  clean();

  return {
    dispatcher,
    events,
    settled: () => background.settled(),
    close: async () => {
      await dispatcher.close();
      cancelCleaning();
      await background.settled();
      await matches.close();
      lobbies.close();
      await background.settled();
    },
  };
}

async function makeServices(
  deps: PlatformDeps,
  background: Background,
  events: PlayerEventHub,
): Promise<Services> {
  const { store } = deps;
  const games = new GameCatalog(deps.games);
  const sessions = new Sessions({
    ...deps,
    store: store.sessions,
    accounts: store.accounts,
    events,
  });
  const accounts = await Accounts.create({
    ...deps,
    store: store.accounts,
    sessions,
    background,
  });
  // Lobbies start matches and matches end in lobbies; each knows the other by one function.
  const lobbies: Lobbies = new Lobbies({
    ...deps,
    store: store.lobbies,
    games,
    starter: { start: (lobby) => matches.start(lobby) },
    events,
    background,
  });
  const matches = new Matches({
    ...deps,
    store: store.matches,
    games,
    lobbies,
    events,
    background,
  });
  const history = new History(store.matches, accounts);
  const leaderboards = new Leaderboards(store.ratings, games);
  return { accounts, sessions, games, lobbies, matches, history, leaderboards };
}
