// A host, composed: one UDP port, the matches on it, and what it tells the platform about itself.
// It runs the same in a worker thread (`host-worker.ts`) and in the caller's process.

import { toBase64Url } from '../../base/bytes.ts';
import type { Log } from '../../contract/telemetry.ts';
import type { Bus, HostAnnouncement, HostStats } from '../../domain/bus.ts';
import { MatchHost } from '../../domain/host/match-host.ts';
import { SeatRelay } from '../../domain/host/seat-relay.ts';
import type { Clock, Timers } from '../../domain/ports.ts';
import { type Impairment, listen } from '../../driver/index.ts';
import type { Game } from '../../game/define-game.ts';
import { matchChannels } from '../../game/messages.ts';
import { type MatchGateway, matchGateway } from '../../gateway/udp/match-gateway.ts';
import type { Listener } from '../../protocol/link.ts';

/** Structured-cloneable, so that it can cross into a thread. */
export interface HostOptions {
  readonly hostId: string;
  /** Address to bind: `127.0.0.1`, `0.0.0.0`, `::`, ... */
  readonly bindHost: string;
  /** 0: any free one. */
  readonly port: number;
  /** What players are told to connect to. */
  readonly publicAddress: string;
  readonly matchesMax: number;
  readonly gameFolders: readonly string[];
  /** Ed25519 keys, 32 bytes each, whose tickets are accepted. */
  readonly platformPublicKeys: readonly Uint8Array[];
  /** Simulated loss of what this host sends, for demonstrations and tests. */
  readonly impair?: Impairment;
  /** As `ProtocolOptions` has them: a folder for traces, a file for keys. */
  readonly trace?: string;
  readonly keyLogFile?: string;
}

export interface RunningHost {
  readonly hostId: string;
  readonly port: number;
  readonly publicKey: Uint8Array;
  /** Take no new matches, give running ones `graceMs` to end, record the rest, free the port. */
  drain(graceMs: number): Promise<void>;
  /** Resolves when the host has died without being asked to. */
  readonly crashed: Promise<Error>;
}

export const hostTimes = { announceEveryMs: 1_000, statsEveryMs: 1_000 } as const;

const systemTimers: Timers = {
  after(delayMs, run) {
    const timer = setTimeout(run, delayMs);
    return () => clearTimeout(timer);
  },
};

// A match's timers must not jump when somebody sets the machine's clock.
const monotonicClock: Clock = { now: () => performance.timeOrigin + performance.now() };

export async function startHost(
  options: HostOptions & { readonly games: readonly Game[] },
  bus: Bus,
  log: Log,
): Promise<RunningHost> {
  const listener = await listen({
    host: options.bindHost,
    port: options.port,
    channels: matchChannels,
    platformKeys: options.platformPublicKeys,
    ...(options.impair && { impair: options.impair }),
    ...(options.trace !== undefined && { trace: options.trace }),
    ...(options.keyLogFile !== undefined && { keyLogFile: options.keyLogFile }),
  });
  const matches = new MatchHost({
    hostId: options.hostId,
    games: new Map(options.games.map((game) => [game.name, game])),
    matchesMax: options.matchesMax,
    clock: monotonicClock,
    timers: systemTimers,
    bus,
    log,
  });
  const gateway = matchGateway(listener, matches, systemTimers, log);
  const relay = new SeatRelay({
    hostId: options.hostId,
    host: matches,
    bus,
    clock: monotonicClock,
  });
  const stopServing = bus.serve('host.start', options.hostId, async (ask) => matches.start(ask));
  const announce = () => bus.publish('host.announce', announcement(options, listener, matches));
  const report = () => bus.publish('host.stats', stats(options, listener, matches, gateway));
  const timers = [
    setInterval(announce, hostTimes.announceEveryMs),
    setInterval(report, hostTimes.statsEveryMs),
  ];
  announce();

  return {
    hostId: options.hostId,
    port: listener.address.port,
    publicKey: listener.publicKey,
    crashed: new Promise(() => {}),
    async drain(graceMs) {
      const drained = matches.drain(graceMs);
      announce();
      await drained;
      stopServing();
      relay.close();
      for (const timer of timers) clearInterval(timer);
      await listener.close('the host is shutting down');
      report();
      bus.publish('host.gone', { hostId: options.hostId });
    },
  };
}

function announcement(
  options: HostOptions & { readonly games: readonly Game[] },
  listener: Listener,
  matches: MatchHost,
): HostAnnouncement {
  const gate = listener.gate();
  return {
    hostId: options.hostId,
    address: options.publicAddress,
    port: listener.address.port,
    publicKey: toBase64Url(listener.publicKey),
    gateId: gate.id,
    gateKey: toBase64Url(gate.key),
    matchesRunning: matches.matchesRunning,
    matchesMax: options.matchesMax,
    games: options.games.map((game) => game.name),
    draining: matches.isDraining,
  };
}

function stats(
  options: HostOptions,
  listener: Listener,
  matches: MatchHost,
  gateway: MatchGateway,
): HostStats {
  const load = listener.handshakeLoad();
  return {
    hostId: options.hostId,
    links: gateway.links,
    matchesRunning: matches.matchesRunning,
    handshakesHalfOpen: load.halfOpen,
    isUnderLoad: load.isUnderLoad,
    ...listener.traffic(),
    refusals: listener.refusals(),
    linkEnds: gateway.linkEnds,
  };
}
