// What a server starts with: every setting decided, and refused where a default would hurt. A
// server that others can reach must keep its secrets over restarts and must tell players an address
// that leads to it.

import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import { ConfigError } from './config-error.ts';
import type { GivenOptions } from './option-table.ts';
import { type TrustedProxies, trustedProxies } from './trusted-proxies.ts';

export interface ServerConfig {
  readonly host: string;
  readonly port: number;
  readonly udpHost: string;
  readonly udpPort: number;
  readonly fileBytesMax: number;
  readonly publicAddress: string;
  readonly lines: LineConfig;
  /** Undefined: off. */
  readonly classic: ClassicConfig | undefined;
  /** Names of accounts. */
  readonly admins: readonly string[];
  readonly corsOrigins: readonly string[];
  readonly isTrustedProxy: TrustedProxies;
  readonly gameFolders: readonly string[];
  readonly hosts: number;
  readonly matchesMax: number;
  readonly data: string;
  /** Undefined: secrets are made for this run and forgotten. */
  readonly secretsFile: string | undefined;
  readonly metrics: MetricsAccess;
  readonly shutdownGraceMs: number;
  readonly logLevel: GivenOptions['logLevel'];
  readonly logFormat: 'pretty' | 'json';
  /** Undefined: no traces; no keys. */
  readonly trace: string | undefined;
  readonly keyLogFile: string | undefined;
  readonly json: boolean;
}

/** `off`, or a port; one that nobody asked for by number may be left out when it is taken. */
export type PortChoice = 'off' | { readonly port: number; readonly isAskedFor: boolean };

export interface LineConfig {
  readonly host: string;
  readonly text: PortChoice;
  readonly textTls: PortChoice;
  readonly messenger: PortChoice;
  readonly messengerTls: PortChoice;
  readonly guess: PortChoice;
  readonly files: PortChoice;
  readonly lobby: PortChoice;
  readonly lobbyTls: PortChoice;
  /** Also whether there is `/lobby` over WebSocket. */
  readonly lobbyJson: PortChoice;
  readonly lobbyJsonTls: PortChoice;
  readonly blockDurationS: number;
  readonly idleTimeoutS: number;
  readonly tlsCertFile: string | undefined;
  readonly tlsKeyFile: string | undefined;
  /** Where a made certificate is kept; undefined: for this run alone. */
  readonly certificateFolder: string | undefined;
}

/** Paperclip 0. */
export interface ClassicConfig {
  /** UDP, on `udpHost`. */
  readonly port: number;
  /** Of the server's RSA key; undefined: one is made for this run and forgotten. */
  readonly keyFile: string | undefined;
}

export type MetricsAccess =
  | { readonly access: 'open' }
  | { readonly access: 'token'; readonly token: string }
  | { readonly access: 'off' };

export interface Surroundings {
  /** Whether somebody reads the log on a terminal. */
  readonly isTerminal: boolean;
  readonly builtInGames: string;
}

export const inMemory = ':memory:';

/** Throws a `ConfigError` with every problem there is. */
export function decideConfig(given: GivenOptions, around: Surroundings): ServerConfig {
  const udpHost = given.udpHost ?? given.host;
  const isPublic = !isLoopback(given.host) || !isLoopback(udpHost);
  // A core is left for HTTP and the store.
  const hosts = given.hosts ?? Math.max(1, availableParallelism() - 1);
  const secretsFile =
    given.secretsFile ??
    (given.data === inMemory ? undefined : join(dirname(given.data), 'secrets.json'));
  const config: ServerConfig = {
    host: given.host,
    port: given.port,
    udpHost,
    udpPort: given.udpPort,
    // Who wants any free port for the rest runs beside another server, or in a test.
    fileBytesMax: given.fileBytesMax,
    publicAddress: given.publicAddress ?? udpHost,
    lines: lineConfig(given),
    classic: given.classic
      ? {
          port: given.classicPort ?? given.port,
          keyFile: secretsFile && join(dirname(secretsFile), 'classic-key.pem'),
        }
      : undefined,
    admins: given.admin,
    corsOrigins: given.corsOrigin,
    isTrustedProxy: trustedProxies(given.trustProxy),
    gameFolders: given.games ?? [around.builtInGames],
    hosts,
    matchesMax: given.matchesMax,
    data: given.data,
    secretsFile,
    metrics:
      given.metricsToken !== undefined
        ? { access: 'token', token: given.metricsToken }
        : { access: isPublic ? 'off' : 'open' },
    shutdownGraceMs: given.shutdownGraceMs,
    logLevel: given.logLevel,
    logFormat: given.logFormat ?? (around.isTerminal ? 'pretty' : 'json'),
    trace: given.qlogdir,
    keyLogFile: given.keylogfile,
    json: given.json,
  };
  const problems = [...badValues(config), ...(isPublic ? hurtfulDefaults(config) : [])];
  if (problems.length > 0) throw new ConfigError(...problems);
  return config;
}

function lineConfig(given: GivenOptions): LineConfig {
  const choice = (asked: number | 'off' | undefined, usual: number): PortChoice => {
    if (asked === 'off') return 'off';
    if (asked !== undefined) return { port: asked, isAskedFor: true };
    return { port: given.port === 0 ? 0 : usual, isAskedFor: false };
  };
  return {
    host: given.lineHost,
    text: choice(given.text, 1337),
    textTls: choice(given.textTls, 1338),
    messenger: choice(given.messenger, 4000),
    messengerTls: choice(given.messengerTls, 4001),
    guess: choice(given.guess, 12_345),
    files: choice(given.files, 1339),
    lobby: choice(given.lobby, 8001),
    lobbyTls: choice(given.lobbyTls, 8003),
    lobbyJson: choice(given.lobbyJson, 8002),
    lobbyJsonTls: choice(given.lobbyJsonTls, 8004),
    blockDurationS: given.blockDuration,
    idleTimeoutS: given.idleTimeout,
    tlsCertFile: given.tlsCert,
    tlsKeyFile: given.tlsKey,
    certificateFolder:
      given.data === inMemory ? undefined : join(dirname(given.data), 'certificates'),
  };
}

function badValues(config: ServerConfig): string[] {
  const problems: string[] = [];
  const { tlsCertFile, tlsKeyFile } = config.lines;
  if ((tlsCertFile === undefined) !== (tlsKeyFile === undefined)) {
    problems.push('--tls-cert and --tls-key belong together: give both, or neither.');
  }
  const lastPort = config.udpPort + config.hosts - 1;
  if (config.udpPort !== 0 && lastPort > 65_535) {
    problems.push(
      `--udp-port ${config.udpPort} with ${config.hosts} hosts needs ports up to ${lastPort}, ` +
        'and 65535 is the last.',
    );
  }
  const classicPort = config.classic?.port ?? 0;
  if (classicPort !== 0 && config.udpPort !== 0) {
    if (classicPort >= config.udpPort && classicPort <= lastPort) {
      problems.push(
        `--classic-port ${classicPort} is a host's: they have ${config.udpPort} to ${lastPort}. ` +
          'Give another.',
      );
    }
  }
  for (const origin of config.corsOrigins) {
    if (origin === '*' || URL.parse(origin)?.origin === origin) continue;
    problems.push(
      `--cors-origin ${origin} is not an origin. Write scheme, name and port alone, such as ` +
        'https://game.example.',
    );
  }
  if (!/^[A-Za-z0-9.:_-]{1,253}$/.test(config.publicAddress)) {
    problems.push('--public-address must be a name or an IP address.');
  }
  return problems;
}

function hurtfulDefaults(config: ServerConfig): string[] {
  const where = isLoopback(config.host) ? config.udpHost : config.host;
  const problems: string[] = [];
  if (config.secretsFile === undefined) {
    problems.push(
      `Others can reach ${where}, and with --data :memory: the secrets last for this run only, ` +
        'so every session and ticket would break at a restart. ' +
        'Give --data FILE or --secrets-file FILE, or listen on 127.0.0.1.',
    );
  }
  if (isEveryAddress(config.publicAddress)) {
    problems.push(
      `${config.udpHost} means every address of this machine; players need one to send to. ` +
        'Give --public-address NAME with the name or address that leads here.',
    );
  }
  return problems;
}

export const isLoopback = (host: string): boolean =>
  host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);

const isEveryAddress = (host: string): boolean => ['0.0.0.0', '::', '::0', '*'].includes(host);
