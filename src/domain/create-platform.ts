// Puts the services together: the one place that knows them all. It starts by taking over what the
// store has from before: lobbies come back, matches that a crash interrupted are abandoned.

import type { Log, Metrics } from '../contract/telemetry.ts';
import type { Game } from '../game/define-game.ts';
import { Accounts, type LockOut } from './account/accounts.ts';
import { ClassicKeys, type ClassicPorts } from './account/classic-keys.ts';
import { PlayerNumbers } from './account/player-numbers.ts';
import { Sanctions } from './account/sanctions.ts';
import { Sessions } from './account/sessions.ts';
import { Background } from './background.ts';
import type { PlatformBus } from './bus.ts';
import { DeviceKeys } from './chat/device-keys.ts';
import { DirectMessages } from './chat/direct-messages.ts';
import { Room } from './chat/room.ts';
import { Signals } from './chat/signals.ts';
import { CommandDispatcher, type CommandHooks } from './dispatcher.ts';
import { ExternalGames } from './external/external-games.ts';
import { ExternalMatches } from './external/external-matches.ts';
import { Files } from './file/files.ts';
import { GameCatalog } from './games.ts';
import { makeHandlers, type Services } from './handlers.ts';
import { History } from './history/history.ts';
import { Lobbies } from './lobby/lobbies.ts';
import { LobbyTalk } from './lobby/lobby-talk.ts';
import { Parties } from './lobby/parties.ts';
import { Matches } from './match/matches.ts';
import { RelayedSeats } from './match/relayed-seats.ts';
import type { Platform } from './platform.ts';
import { PlayerEventHub } from './player-events.ts';
import type {
  AccessTokens,
  Clock,
  Digest,
  PasswordHasher,
  RateLimiter,
  SecureRandom,
  StreamDigest,
  TicketSigner,
  Timers,
} from './ports.ts';
import { Leaderboards } from './rating/leaderboards.ts';
import { OpenRounds } from './round/open-rounds.ts';
import { Blocks } from './social/blocks.ts';
import { Friends } from './social/friends.ts';
import { Presence } from './social/presence.ts';
import type { Store } from './store.ts';

export interface PlatformDeps {
  /** Stays the caller's: `close` does not close it. */
  readonly store: Store;
  readonly bus: PlatformBus;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: SecureRandom;
  readonly passwords: PasswordHasher;
  readonly tokens: AccessTokens;
  readonly digest: Digest;
  readonly streamDigest: StreamDigest;
  readonly tickets: TicketSigner;
  readonly limiter: RateLimiter;
  readonly games: readonly Game[];
  readonly log: Log;
  readonly metrics: Metrics;
  /** The largest file that is passed on. Default: `fileBytesMaxDefault`. */
  readonly fileBytesMax?: number;
  readonly hooks?: CommandHooks;
  /** Absent: accounts get no keys of the classic wire, and its certificates mean nothing. */
  readonly classic?: ClassicPorts;
  /** Stricter rules for failed log-ins over some wires; they lock the name for all. */
  readonly lockOuts?: Readonly<Record<string, LockOut>>;
  /** Of accounts that may do what an operator may, as `nameKey` makes them. */
  readonly adminNameKeys?: ReadonlySet<string>;
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
  const { accounts, sessions, lobbies, matches, messages, relayedSeats, files } = services;
  await deps.store.visits.closeAll();
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
    background.run('remove what is over', async () => {
      await sessions.removeExpired();
      await accounts.removeLostGuests((playerIds) => {
        services.blocks.forget(playerIds);
        services.sanctions.forget(playerIds);
        services.numbers.forget(playerIds);
      });
      await messages.removeOld();
    });
    cancelCleaning = timers.after(expiredSessionsEveryMs, clean);
  };
  clean();

  return {
    dispatcher,
    events,
    files,
    ...(deps.classic && { classic: classicKeys(deps, deps.classic, services) }),
    settled: () => background.settled(),
    close: async () => {
      await dispatcher.close();
      cancelCleaning();
      files.close();
      services.external.close();
      await background.settled();
      relayedSeats.close();
      await services.openRounds.close();
      await matches.close();
      lobbies.close();
      await background.settled();
    },
  };
}

const classicKeys = (deps: PlatformDeps, ports: ClassicPorts, services: Services): ClassicKeys =>
  new ClassicKeys({ ...deps, ...ports, ...services, store: deps.store.classicKeys });

async function makeServices(
  deps: PlatformDeps,
  background: Background,
  events: PlayerEventHub,
): Promise<Services> {
  const { store } = deps;
  const games = new GameCatalog(deps.games);
  const { accounts, sanctions, sessions } = await makeAccounts(deps, background, events);
  const people = await makePeople(deps, { accounts, sanctions, background, events }, (playerId) => {
    if (matches.matchOf(playerId) !== undefined) return 'in-match';
    return lobbies.of(playerId) === undefined ? external.placeOf(playerId) : 'in-lobby';
  });
  // Lobbies start matches and matches end in lobbies; each knows the other by one function.
  const lobbies: Lobbies = new Lobbies({
    ...deps,
    store: store.lobbies,
    games,
    starter: { start: (lobby) => matches.start(lobby) },
    areKeptApart: (playerId, otherId) => people.blocks.between(playerId, otherId),
    events,
    background,
  });
  const parties = new Parties({
    lobbies,
    games,
    announce: (starterId, event) => people.room.announce(starterId, event),
  });
  const ofMatches = { ...deps, store: store.matches, games, events, background };
  const matches: Matches = new Matches({ ...ofMatches, lobbies });
  const relayedSeats = new RelayedSeats({ ...deps, matches, events, background });
  const external: ExternalGames = makeExternal(deps, background, { ...people, events, lobbies });
  return {
    ...people,
    accounts,
    numbers: new PlayerNumbers(store.numbers, accounts),
    sanctions,
    sessions,
    games,
    lobbies,
    lobbyTalk: new LobbyTalk({ ...people, sanctions, lobbies, events, clock: deps.clock }),
    parties,
    matches,
    relayedSeats,
    openRounds: new OpenRounds(ofMatches),
    external,
    history: new History(store.matches, accounts),
    leaderboards: new Leaderboards(store.ratings, games),
    events,
    clock: deps.clock,
  };
}

async function makeAccounts(deps: PlatformDeps, background: Background, events: PlayerEventHub) {
  const { store } = deps;
  const sanctions = await Sanctions.load(store.sanctions, deps.clock);
  const sessions = new Sessions({
    ...deps,
    store: store.sessions,
    accounts: store.accounts,
    isBanned: (playerId) => sanctions.inForce(playerId, 'ban') !== undefined,
    events,
  });
  const accounts = await Accounts.create({
    ...deps,
    store: store.accounts,
    logins: store.logins,
    sessions,
    sanctions,
    background,
    isConnected: (playerId) => events.isConnected(playerId),
  });
  return { accounts, sanctions, sessions };
}

function makeExternal(
  deps: PlatformDeps,
  background: Background,
  parts: Pick<Services, 'lobbies' | 'blocks' | 'friends' | 'presence' | 'events'>,
): ExternalGames {
  const { store } = deps;
  return new ExternalGames({
    ...deps,
    ...parts,
    store: store.external,
    matches: new ExternalMatches({ ...deps, store: store.matches, background }),
    friendsOf: (playerId) => parts.friends.idsOf(playerId),
    onMoved: (playerId) => parts.presence.moved(playerId),
    background,
  });
}

/** Friends and talk: what stands between accounts and lobbies. */
async function makePeople(
  deps: PlatformDeps,
  parts: Pick<Services, 'accounts' | 'sanctions' | 'events'> & { readonly background: Background },
  placeOf: (playerId: string) => 'in-lobby' | 'in-match' | undefined,
) {
  const { store, clock, limiter } = deps;
  const { accounts, sanctions, events, background } = parts;
  const blocks = await Blocks.load(store.blocks, clock);
  const friends = new Friends({ store: store.friends, blocks, events, clock });
  const presence = new Presence({
    store: store.visits,
    accounts,
    friends,
    blocks,
    events,
    background,
    clock,
    placeOf,
  });
  const room = new Room({ events, blocks, sanctions, limiter, clock });
  const messages = await DirectMessages.load({
    store: store.messages,
    accounts,
    blocks,
    sanctions,
    events,
    clock,
  });
  const signals = new Signals({ events, blocks, sanctions });
  const deviceKeys = new DeviceKeys(store.deviceKeys, clock);
  const files = new Files({ ...deps, events, blocks, sanctions });
  return { blocks, friends, presence, room, messages, signals, deviceKeys, files };
}
