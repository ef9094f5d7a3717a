// Which of the servers that have players in open rounds are alive: each says so once a second, and
// one that has not for too long is reported, so that its players can be taken out. It decides
// nothing about rounds, and counts nobody who has no players there.

import { type Bus, serverAnnounceEveryMs } from '../bus.ts';
import type { Clock, Timers } from '../ports.ts';
import { roundLimits as limits } from './round-limits.ts';

export interface RoundServersOptions {
  readonly bus: Bus;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly serverId: string;
  /** Called again after the same time if the server is still among the present ones. */
  readonly onSilent: (serverId: string) => void;
}

const silentAfterMs = (limits.announcementsMissedMax + 0.5) * serverAnnounceEveryMs;

export class RoundServers {
  readonly #o: RoundServersOptions;
  readonly #heardMs = new Map<string, number>();
  readonly #stopListening: () => void;
  #hasOwn = false;
  #lastTickMs = 0;
  #cancel: (() => void) | undefined;

  constructor(options: RoundServersOptions) {
    this.#o = options;
    this.#stopListening = options.bus.subscribe('server.announce', ({ serverId }) => {
      if (this.#heardMs.has(serverId)) this.#heardMs.set(serverId, options.clock.now());
    });
  }

  /** Servers that have players in a room now. */
  setPresent(serverIds: ReadonlySet<string>): void {
    const { serverId: own, clock } = this.#o;
    this.#hasOwn = serverIds.has(own);
    for (const known of this.#heardMs.keys()) {
      if (!serverIds.has(known)) this.#heardMs.delete(known);
    }
    for (const other of serverIds) {
      if (other !== own && !this.#heardMs.has(other)) this.#heardMs.set(other, clock.now());
    }
    if (serverIds.size === 0) {
      this.#cancel?.();
      this.#cancel = undefined;
    } else if (this.#cancel === undefined) {
      this.#lastTickMs = clock.now();
      this.#tick();
    }
  }

  close(): void {
    this.#stopListening();
    this.#cancel?.();
    this.#heardMs.clear();
  }

  #tick(): void {
    const { bus, clock, timers, serverId, onSilent } = this.#o;
    this.#cancel = timers.after(serverAnnounceEveryMs, () => this.#tick());
    const nowMs = clock.now();
    // It was this server that stood still: what the others said waits to be read.
    const wasStill = nowMs - this.#lastTickMs > 2 * serverAnnounceEveryMs;
    this.#lastTickMs = nowMs;
    if (this.#hasOwn) bus.publish('server.announce', { serverId });
    for (const [other, heardMs] of this.#heardMs) {
      if (!wasStill && nowMs - heardMs <= silentAfterMs) continue;
      this.#heardMs.set(other, nowMs);
      if (!wasStill) onSilent(other);
    }
  }
}
