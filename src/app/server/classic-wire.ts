// Paperclip 0 as a server runs it: the HTTP companion, the UDP port, and what of it is counted.
// Which lobby a player means over UDP is what the account asked for over HTTP, so the two go
// together.

import type { Log } from '../../contract/telemetry.ts';
import type { RunningPlatform } from '../../domain/create-platform.ts';
import { classicCrypto } from '../../driver/classic-crypto.ts';
import type { DatagramAddress, DatagramPort } from '../../driver/datagram-network.ts';
import { clockMs } from '../../driver/drain-loop.ts';
import { udpNetwork } from '../../driver/udp.ts';
import { ClassicBridge } from '../../gateway/classic/classic-bridge.ts';
import { ClassicUdpServer } from '../../gateway/classic/classic-udp-server.ts';
import { type Companion, createCompanion } from '../../gateway/classic/companion.ts';
import { LobbyIntents } from '../../gateway/classic/lobby-intents.ts';
import type { ClassicIdentity } from './classic-identity.ts';
import type { MetricsRegistry } from './metrics.ts';
import type { ServerConfig } from './server-config.ts';
import { systemClock, systemTimers } from './system-ports.ts';

export interface ClassicWireParts {
  readonly platform: RunningPlatform;
  readonly metrics: MetricsRegistry;
  readonly log: Log;
  /** Absent: that wire is off. */
  readonly classic?: ClassicIdentity;
}

export interface ClassicWire {
  readonly mount: Companion['mount'];
  /** Resolves with the UDP port. */
  open(): Promise<number>;
  /** Tells every player, waits until they know or a few seconds are over, and closes the port. */
  closePort(): Promise<void>;
  /** After the last request. */
  closeCompanion(): Promise<void>;
}

const warning =
  'Paperclip 0 is on: weak by today’s measure, for older clients among people who trust each other';

const reportEveryMs = 5_000;

/** Undefined where it is off. */
export function createClassicWire(
  config: ServerConfig,
  parts: ClassicWireParts,
): ClassicWire | undefined {
  const { platform, log, metrics, classic: identity } = parts;
  const { classic, dispatcher, events } = platform;
  if (config.classic === undefined || identity === undefined || classic === undefined) {
    return undefined;
  }
  const { port: wanted } = config.classic;
  log.warn(warning, { udpPort: wanted });
  const shared = { dispatcher, classic, intents: new LobbyIntents(), timers: systemTimers, log };
  let bound: DatagramPort | undefined;
  const companion = createCompanion({
    ...shared,
    clock: systemClock,
    isTrustedProxy: config.isTrustedProxy,
    lobbyAddress: () => [config.publicAddress, bound?.local.port ?? wanted],
    serverCertificate: identity.certificate,
  });
  const bridge = new ClassicBridge({ ...shared, events, metrics });
  const server = new ClassicUdpServer<DatagramAddress>({
    crypto: classicCrypto,
    certificate: identity.certificate,
    nowMs: clockMs,
    timers: systemTimers,
    transmit: (to, bytes) => bound?.send(bytes, bytes.length, to),
    application: bridge,
    onError: (error) => log.error('classic certificate not checked', { error }),
  });
  let stopReports = (): void => undefined;
  return {
    mount: companion.mount,
    open: async () => {
      const at = { host: config.udpHost, port: wanted };
      bound = await udpNetwork.bind(at, (bytes, start, end, from) =>
        server.handleDatagram(from, bytes.subarray(start, end)),
      );
      stopReports = reportOften(server, metrics);
      return bound.local.port;
    },
    closePort: async () => {
      stopReports();
      bridge.beginClose();
      await server.close();
      await bridge.settled();
      await bound?.close();
    },
    closeCompanion: () => companion.close(),
  };
}

/** Returns the function that stops it. */
function reportOften(
  server: Pick<ClassicUdpServer<DatagramAddress>, 'refusals' | 'handshakes'>,
  metrics: MetricsRegistry,
): () => void {
  const reported = new Map<string, number>();
  let cancel = (): void => undefined;
  const report = (): void => {
    metrics.gauge('paperclip_classic_handshakes', server.handshakes);
    for (const [reason, count] of Object.entries(server.refusals())) {
      const by = count - (reported.get(reason) ?? 0);
      metrics.count('paperclip_classic_datagrams_refused_total', { reason }, by);
      reported.set(reason, count);
    }
    cancel = systemTimers.after(reportEveryMs, report);
  };
  report();
  return () => cancel();
}
