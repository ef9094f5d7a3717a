// The composition root: decides the settings, starts every part in order, and ends them in reverse.
// It is the only place that knows which store, bus and wires a server has; none of them knows it.

import { dirname } from 'node:path';
import { memoryBus } from '../../bus/memory/memory-bus.ts';
import { contractLimits } from '../../contract/limits.ts';
import type { Log } from '../../contract/telemetry.ts';
import { nameKey } from '../../domain/account/names.ts';
import { createPlatform } from '../../domain/create-platform.ts';
import type { CommandHooks } from '../../domain/dispatcher.ts';
import type { Store } from '../../domain/store.ts';
import type { Impairment } from '../../driver/index.ts';
import { createPasswordHasher } from '../../driver/password-hasher.ts';
import { type Game, isGame } from '../../game/index.ts';
import { openSqliteStore } from '../../store/open.ts';
import { createAccessTokens } from './access-tokens.ts';
import { openClassicIdentity } from './classic-identity.ts';
import { ConfigError } from './config-error.ts';
import { loadGames } from './game-loader.ts';
import { createGateways } from './gateways.ts';
import type { HostAddress } from './host-fleet.ts';
import { HostWatch } from './host-watch.ts';
import { makeFolder } from './make-folder.ts';
import { createMetrics } from './metrics.ts';
import type { GivenOptions } from './option-table.ts';
import { createRateLimiter } from './rate-limiter.ts';
import { checkOptions } from './read-options.ts';
import { openSecrets } from './secrets.ts';
import { decideConfig, inMemory, type ServerConfig } from './server-config.ts';
import { startHosts } from './start-hosts.ts';
import { processLog, surroundings } from './surroundings.ts';
import {
  createPlatformKey,
  systemClock,
  systemDigest,
  systemRandom,
  systemStreamDigest,
  systemTimers,
} from './system-ports.ts';

type GivenSettings = { readonly [Name in keyof GivenOptions]?: GivenOptions[Name] };

export interface ServeOptions extends Omit<GivenSettings, 'games'> {
  /** Folders, or games themselves; with these the hosts run in this thread. */
  readonly games?: readonly (string | Game)[];
  /** Default: pino on stderr, as the settings say. */
  readonly log?: Log;
  /** Simulated loss of what the hosts send, for demonstrations and tests. */
  readonly impair?: Impairment;
  /** Your own code around commands: refuse a message, or note what happened. */
  readonly hooks?: CommandHooks;
}

export interface RunningServer {
  /** For HTTP; WebSockets are at `/v1/ws` under it. */
  readonly url: string;
  readonly addresses: ServerAddresses;
  readonly games: readonly string[];
  /** Lets running matches end for a while, then closes everything. Call it as often as you like. */
  close(): Promise<void>;
}

export interface ServerAddresses {
  readonly http: { readonly host: string; readonly port: number };
  /** One per host, as players are told. */
  readonly udp: readonly (HostAddress & { readonly address: string })[];
  /** UDP of Paperclip 0, as players are told; absent: off. */
  readonly classic?: { readonly host: string; readonly port: number };
  /** TCP ports by wire: `text`, `text-tls`, ...; without those that are off or were taken. */
  readonly lines: { readonly host: string; readonly ports: Readonly<Record<string, number>> };
}

/**
 * Starts a server; everything has a default. Rejects with a `ConfigError` when a setting is wrong,
 * and with the cause when something cannot start; then nothing is left running.
 */
export async function serve(options: ServeOptions = {}): Promise<RunningServer> {
  const { games, log, impair, hooks, ...settings } = options;
  const own = games?.filter((game) => typeof game !== 'string') ?? [];
  const given = checkOptions({
    // Several hosts in one thread would share its core.
    ...(own.length > 0 && { hosts: 1 }),
    ...settings,
    ...(games && { games: games.filter((game) => typeof game === 'string') }),
  });
  const config = decideConfig(given, surroundings());
  return startServer(config, {
    log: log ?? processLog(config),
    games: own,
    ...(impair && { impair }),
    ...(hooks && { hooks }),
  });
}

export interface ServerParts {
  readonly log: Log;
  /** Beside those of the folders. */
  readonly games?: readonly Game[];
  readonly impair?: Impairment;
  readonly hooks?: CommandHooks;
}

export async function startServer(
  config: ServerConfig,
  parts: ServerParts,
): Promise<RunningServer> {
  const { log } = parts;
  const secrets = openSecrets(config.secretsFile);
  if (secrets.origin === 'made') log.info('made new secrets', { file: config.secretsFile });
  const games = await allGames(parts.games ?? [], config.gameFolders);

  // Ends what was started so far when a later part cannot start, in reverse order.
  await using started = new AsyncDisposableStack();
  const store = await openStore(config);
  started.defer(() => store.close());
  const bus = memoryBus({
    onFault: (topic, error) => log.error('bus subscriber failed', { topic, error }),
  });
  const metrics = createMetrics();
  started.defer(metrics.follow(bus));
  const watch = new HostWatch(bus);
  started.defer(() => watch.close());
  const key = createPlatformKey(secrets.ticketSeed);
  const classic =
    config.classic && (await openClassicIdentity(config.classic.keyFile, systemClock));
  const tokens = await createAccessTokens(secrets.tokenKey, systemClock);
  const platform = await createPlatform({
    ...systemPorts(),
    ...{ store, bus, tokens, tickets: key, games, log, metrics },
    ...policies(config),
    ...(classic && { classic: classic.ports }),
    ...(parts.hooks && { hooks: parts.hooks }),
  });
  started.defer(() => platform.close());
  const shared = { platform, store, watch, metrics, log, ...(classic && { classic }) };
  const gateways = await createGateways(config, shared);
  started.defer(() => gateways.close());
  const fleet = await startHosts(config, {
    bus,
    log,
    ticketKey: key.publicKey,
    // Functions cannot cross into a thread: with games of the caller's, hosts run in this one.
    games: parts.games?.length ? games : undefined,
    impair: parts.impair,
  });
  started.defer(() => {
    watch.drain();
    return fleet.drain(config.shutdownGraceMs);
  });
  await watch.announced(config.hosts);
  // Before its companion tells players of it.
  const classicAddress = await gateways.openClassic();
  const port = await gateways.listen(config.host, config.port);
  const lines = await gateways.openLines();

  const running = started.move();
  let closed: Promise<void> | undefined;
  return {
    url: `http://${urlHost(config.host)}:${port}`,
    addresses: {
      http: { host: config.host, port },
      udp: fleet.addresses.map((host) => ({ ...host, address: config.publicAddress })),
      lines,
      ...(classicAddress && { classic: classicAddress }),
    },
    games: games.map((game) => game.name),
    close: () => {
      closed ??= running.disposeAsync();
      return closed;
    },
  };
}

/** What the operator has decided about players. */
const policies = ({ admins, lines, fileBytesMax }: ServerConfig) => ({
  adminNameKeys: new Set(admins.map(nameKey)),
  lockOuts: { messenger: { failuresMax: 3, lockS: lines.blockDurationS } },
  fileBytesMax,
});

const systemPorts = () => ({
  clock: systemClock,
  timers: systemTimers,
  random: systemRandom,
  digest: systemDigest,
  streamDigest: systemStreamDigest,
  limiter: createRateLimiter(),
  passwords: createPasswordHasher({
    atOnce: contractLimits.passwordHashesAtOnce,
    queuedMax: contractLimits.passwordHashesQueuedMax,
    passes: contractLimits.passwordHashPasses,
    memoryBytes: contractLimits.passwordHashMemoryKiB * 1024,
  }),
});

async function openStore({ data }: ServerConfig): Promise<Store> {
  if (data !== inMemory) {
    try {
      makeFolder(dirname(data));
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause);
      throw new ConfigError(`The folder for --data ${data} cannot be made: ${why}.`);
    }
  }
  return openSqliteStore({ file: data });
}

async function allGames(
  own: readonly Game[],
  folders: readonly string[],
): Promise<readonly Game[]> {
  const strange = own.find((game) => !isGame(game));
  if (strange !== undefined) {
    throw new ConfigError('games must be folders, or what `defineGame` returns.');
  }
  const games = [...own, ...(await loadGames(folders))];
  if (games.length === 0) throw new ConfigError('There is no game. Give a folder that has some.');
  return games;
}

/** An IPv6 address in brackets; for every address of the machine, the one that works here. */
function urlHost(host: string): string {
  if (['0.0.0.0', '::'].includes(host)) return 'localhost';
  return host.includes(':') ? `[${host}]` : host;
}
