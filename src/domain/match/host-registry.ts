// Which hosts are there and how much room they have, from what they announce and from what was
// placed on them since. A place is taken before anything is awaited, so that two lobbies that
// start at once do not both get a host's last one.

import type { Metrics } from '../../contract/telemetry.ts';
import { type Bus, type HostAnnouncement, hostAnnounceEveryMs } from '../bus.ts';
import type { Clock, Timers } from '../ports.ts';

interface KnownHost {
  announcement: HostAnnouncement;
  heardAtMs: number;
  /** Sweeps since it was heard of. */
  silentSweeps: number;
  /** Ours, placed or being placed. */
  readonly matches: Set<string>;
}

/** Missed announcements after which a host gets nothing new. */
const staleAfterMs = 3 * hostAnnounceEveryMs;
/**
 * Sweeps of `staleAfterMs` without a word after which its matches are given up, as if it had said
 * that it goes. Counted and not timed: a machine that slept, or whose clock was set, has hosts that
 * are as alive as we are.
 */
const silentSweepsMax = 10;

export interface HostRegistryOptions {
  readonly bus: Bus;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly metrics: Metrics;
  readonly onGone: (hostId: string) => void;
}

export class HostRegistry {
  readonly #o: HostRegistryOptions;
  readonly #hosts = new Map<string, KnownHost>();
  readonly #ends: (() => void)[];
  /** Undefined while there is no host to sweep. */
  #cancelSweep: (() => void) | undefined;

  constructor(options: HostRegistryOptions) {
    this.#o = options;
    this.#ends = [
      options.bus.subscribe('host.announce', (announcement) => this.#heard(announcement)),
      options.bus.subscribe('host.gone', ({ hostId }) => this.#gone(hostId)),
    ];
  }

  close(): void {
    for (const end of this.#ends) end();
    this.#cancelSweep?.();
  }

  get(hostId: string): HostAnnouncement | undefined {
    return this.#hosts.get(hostId)?.announcement;
  }

  /** The host with the most room, with one of its places taken for the match. */
  reserve(game: string, matchId: string, except: ReadonlySet<string>): string | undefined {
    let best: { host: KnownHost; room: number } | undefined;
    for (const [hostId, host] of this.#hosts) {
      if (except.has(hostId) || !this.#takesMatches(host, game)) continue;
      const { matchesMax, matchesRunning } = host.announcement;
      const room = matchesMax - Math.max(matchesRunning, host.matches.size);
      if (room > (best?.room ?? 0)) best = { host, room };
    }
    best?.host.matches.add(matchId);
    return best?.host.announcement.hostId;
  }

  release(hostId: string, matchId: string): void {
    this.#hosts.get(hostId)?.matches.delete(matchId);
  }

  #takesMatches(host: KnownHost, game: string): boolean {
    const { draining, games } = host.announcement;
    const isFresh = this.#o.clock.now() - host.heardAtMs <= staleAfterMs;
    return isFresh && !draining && games.includes(game);
  }

  #heard(announcement: HostAnnouncement): void {
    const { hostId, matchesRunning, publicKey } = announcement;
    // Each start of a host makes new keys: another one has taken its name, and has none of its
    // matches.
    if (this.#hosts.get(hostId)?.announcement.publicKey !== publicKey) this.#gone(hostId);
    const known = this.#hosts.get(hostId);
    const heardAtMs = this.#o.clock.now();
    const matches = known?.matches ?? new Set();
    this.#hosts.set(hostId, { announcement, heardAtMs, silentSweeps: 0, matches });
    this.#o.metrics.gauge('paperclip_matches_running', matchesRunning, { host: hostId });
    this.#cancelSweep ??= this.#sweepLater();
  }

  #gone(hostId: string): void {
    if (!this.#hosts.delete(hostId)) return;
    this.#o.metrics.gauge('paperclip_matches_running', 0, { host: hostId });
    this.#o.onGone(hostId);
  }

  #sweepLater(): () => void {
    return this.#o.timers.after(staleAfterMs, () => {
      for (const [hostId, host] of this.#hosts) {
        if (++host.silentSweeps > silentSweepsMax) this.#gone(hostId);
      }
      this.#cancelSweep = this.#hosts.size > 0 ? this.#sweepLater() : undefined;
    });
  }
}
