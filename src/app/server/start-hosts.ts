// The hosts of a server as its settings want them: in threads of their own, or in this one.

import type { Log } from '../../contract/telemetry.ts';
import type { Bus } from '../../domain/bus.ts';
import type { Impairment } from '../../driver/index.ts';
import type { Game } from '../../game/index.ts';
import { type HostOptions, startHost } from '../host/host.ts';
import { startHostThread } from '../host/host-thread.ts';
import { HostFleet } from './host-fleet.ts';
import type { ServerConfig } from './server-config.ts';
import { systemTimers } from './system-ports.ts';

export interface HostParts {
  readonly bus: Bus;
  readonly log: Log;
  /** Ed25519. */
  readonly ticketKey: Uint8Array;
  /** Given: hosts run in this thread with these. Undefined: in threads that load the folders. */
  readonly games: readonly Game[] | undefined;
  readonly impair: Impairment | undefined;
}

export function startHosts(config: ServerConfig, parts: HostParts): Promise<HostFleet> {
  const { bus, log, games, impair } = parts;
  return HostFleet.start({
    count: config.hosts,
    firstPort: config.udpPort,
    timers: systemTimers,
    log,
    start: (hostId, port) => {
      const options: HostOptions = {
        hostId,
        bindHost: config.udpHost,
        port,
        publicAddress: config.publicAddress,
        matchesMax: config.matchesMax,
        gameFolders: config.gameFolders,
        platformPublicKeys: [parts.ticketKey],
        ...(impair && { impair }),
        ...(config.trace !== undefined && { trace: config.trace }),
        ...(config.keyLogFile !== undefined && { keyLogFile: config.keyLogFile }),
      };
      return games === undefined
        ? startHostThread(options, bus, log, systemTimers)
        : startHost({ ...options, games }, bus, log);
    },
  });
}
