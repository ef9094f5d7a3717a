// HTTP and WebSocket together: one port, one metrics page, one order of closing.

import { createHash, timingSafeEqual } from 'node:crypto';
import type { Log } from '../../contract/telemetry.ts';
import type { RunningPlatform } from '../../domain/create-platform.ts';
import type { Store } from '../../domain/store.ts';
import { guessGateway } from '../../gateway/guess/guess-gateway.ts';
import { createHttpGateway } from '../../gateway/http/http-gateway.ts';
import { messengerGateway } from '../../gateway/messenger/messenger-gateway.ts';
import { FileBytesServer } from '../../gateway/text/file-bytes.ts';
import { textGateway } from '../../gateway/text/text-gateway.ts';
import { WebSocketGateway } from '../../gateway/websocket/websocket-gateway.ts';
import type { ClassicIdentity } from './classic-identity.ts';
import { createClassicWire } from './classic-wire.ts';
import type { HostWatch } from './host-watch.ts';
import { type LineWire, openLineWires, type RunningLineWires } from './line-wires.ts';
import { type LobbyWires, lobbySocketPath, lobbyWires } from './lobby-wires.ts';
import type { MetricsRegistry } from './metrics.ts';
import type { MetricsAccess, ServerConfig } from './server-config.ts';
import { systemClock, systemTimers } from './system-ports.ts';
import { openTlsIdentity } from './tls-identity.ts';
import { packageVersion } from './version.ts';

export interface GatewayParts {
  readonly platform: RunningPlatform;
  readonly store: Store;
  readonly watch: HostWatch;
  readonly metrics: MetricsRegistry;
  readonly log: Log;
  /** Absent: that wire is off. */
  readonly classic?: ClassicIdentity;
}

export interface Gateways {
  /** Resolves with the port. */
  listen(host: string, port: number): Promise<number>;
  /** Opens the ports of the line wires; resolves with them by name. */
  openLines(): Promise<{ readonly host: string; readonly ports: RunningLineWires['ports'] }>;
  /** Opens the UDP port of Paperclip 0, where that is on; resolves with it as players know it. */
  openClassic(): Promise<{ readonly host: string; readonly port: number } | undefined>;
  close(): Promise<void>;
}

export async function createGateways(config: ServerConfig, parts: GatewayParts): Promise<Gateways> {
  const { platform, metrics, log } = parts;
  const { isTrustedProxy, corsOrigins } = config;
  const { access } = config.metrics;
  const classic = createClassicWire(config, parts);
  const http = await createHttpGateway({
    dispatcher: platform.dispatcher,
    files: platform.files,
    log,
    version: packageVersion(),
    readiness: () => readiness(parts),
    corsOrigins,
    isTrustedProxy,
    ...(classic && { more: classic.mount }),
    ...(access !== 'off' && {
      metrics: {
        contentType: metrics.contentType,
        text: () => metrics.text(),
        allows: mayScrape(config.metrics),
      },
    }),
  });
  const webSocket = new WebSocketGateway({
    dispatcher: platform.dispatcher,
    events: platform.events,
    timers: systemTimers,
    log,
    metrics,
    origins: corsOrigins,
    isTrustedProxy,
  });
  const lobby = lobbyWires(config.lines, isTrustedProxy, {
    ...{ dispatcher: platform.dispatcher, events: platform.events, log, metrics },
    ...{ timers: systemTimers, clock: systemClock },
  });
  http.server.on('upgrade', (request, socket, head) => {
    const isLobby = request.url?.split('?')[0] === lobbySocketPath;
    const server = (isLobby ? lobby.sockets : undefined) ?? webSocket;
    server.handleUpgrade(request, socket, head);
  });
  let lines: RunningLineWires | undefined;
  return {
    openLines: async () => {
      lines = await openLineWires(config.lines.host, lineWires(config, parts, lobby), log);
      return { host: config.lines.host, ports: lines.ports };
    },
    openClassic: async () => {
      if (classic === undefined) return undefined;
      return { host: config.publicAddress, port: await classic.open() };
    },
    listen: (host, port) => http.listen(host, port),
    async close() {
      await Promise.all([lines?.close(), classic?.closePort()]);
      lobby.sockets?.close();
      // First, because the HTTP server waits for its sockets, and these would never end.
      await webSocket.close();
      await http.close();
      await classic?.closeCompanion();
    },
  };
}

function lineWires(
  { lines, publicAddress }: ServerConfig,
  { platform, metrics, log }: GatewayParts,
  lobby: LobbyWires,
): readonly LineWire[] {
  const shared = {
    dispatcher: platform.dispatcher,
    events: platform.events,
    timers: systemTimers,
    log,
    metrics,
    version: packageVersion(),
  };
  const text = textGateway(shared);
  const files = new FileBytesServer({ files: platform.files, timers: systemTimers });
  const messenger = messengerGateway({ ...shared, idleTimeoutS: lines.idleTimeoutS });
  const guess = guessGateway(shared);
  const tlsPorts = [
    ...[lines.textTls, lines.messengerTls, lines.guess],
    ...[lines.lobbyTls, lines.lobbyJsonTls],
  ];
  const isTlsOn = tlsPorts.some((choice) => choice !== 'off');
  const names = ['localhost', '127.0.0.1', '::1', publicAddress];
  const tls = isTlsOn
    ? openTlsIdentity({
        certFile: lines.tlsCertFile,
        keyFile: lines.tlsKeyFile,
        folder: lines.certificateFolder,
        names: [...new Set(names)],
        nowMs: systemClock.now(),
      })
    : undefined;
  return [
    { name: 'text', choice: lines.text, server: text },
    { name: 'messenger', choice: lines.messenger, server: messenger },
    {
      name: 'files',
      choice: lines.files,
      // Its streams end with the port.
      server: { accept: files.accept, close: async () => undefined },
      limits: { endTimeoutMs: fileEndTimeoutMs },
    },
    ...(tls === undefined
      ? []
      : [
          { name: 'text-tls', choice: lines.textTls, server: text, tls },
          { name: 'messenger-tls', choice: lines.messengerTls, server: messenger, tls },
          { name: 'guess-tls', choice: lines.guess, server: guess, tls },
        ]),
    ...lobby.wires(tls),
  ];
}
/** For the last bytes of a file to leave to a slow receiver: a megabyte at 4 KB/s. */
const fileEndTimeoutMs = 300_000;

const storeTimeoutMs = 2_000;

async function readiness({ watch, store, log }: GatewayParts): Promise<readonly string[]> {
  const reasons = [...watch.reasonsNotReady];
  const late = Promise.withResolvers<'late'>();
  const cancel = systemTimers.after(storeTimeoutMs, () => late.resolve('late'));
  try {
    const answer = await Promise.race([store.accounts.byId('readiness'), late.promise]);
    if (answer === 'late') reasons.push(`the store did not answer in ${storeTimeoutMs} ms`);
  } catch (error) {
    log.error('store failed the readiness check', { error });
    reasons.push('the store does not answer');
  } finally {
    cancel();
  }
  return reasons;
}

function mayScrape(metrics: MetricsAccess): (token: string | undefined) => boolean {
  if (metrics.access !== 'token') return () => true;
  // Hashes have one length, so that comparing tells nothing of the token's.
  const hash = (text: string) => createHash('sha256').update(text).digest();
  const expected = hash(metrics.token);
  return (token) => token !== undefined && timingSafeEqual(hash(token), expected);
}
