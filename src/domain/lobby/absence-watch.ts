// Notices lobby members who are gone: no connection, and nothing heard of for a while. One timer
// per watched player at most; a sign of life only notes the time, and the timer that fires too
// early goes on for the rest.

import type { Clock, Timers } from '../ports.ts';

interface Watched {
  lastSeenMs: number;
  /** Undefined while the player is connected: then nothing can run out. */
  cancel: (() => void) | undefined;
  /** The last connection has gone, and nothing was heard since. */
  hasGone: boolean;
}

export interface AbsenceWatchOptions {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly absenceMs: number;
  readonly isConnected: (playerId: string) => boolean;
  readonly onAbsent: (playerId: string) => void;
}

export class AbsenceWatch {
  readonly #o: AbsenceWatchOptions;
  readonly #players = new Map<string, Watched>();

  constructor(options: AbsenceWatchOptions) {
    this.#o = options;
  }

  /** Start watching, or give a watched player the whole time again. */
  watch(playerId: string): void {
    const watched = this.#players.get(playerId) ?? {
      lastSeenMs: 0,
      cancel: undefined,
      hasGone: false,
    };
    watched.lastSeenMs = this.#o.clock.now();
    this.#players.set(playerId, watched);
    if (watched.cancel === undefined) this.#arm(playerId, watched, this.#o.absenceMs);
  }

  unwatch(playerId: string): void {
    this.#players.get(playerId)?.cancel?.();
    this.#players.delete(playerId);
  }

  /** A command came from the player. */
  seen(playerId: string): void {
    const watched = this.#players.get(playerId);
    if (watched === undefined) return;
    watched.lastSeenMs = this.#o.clock.now();
    watched.hasGone = false;
  }

  /** The player's last connection has gone. */
  disconnected(playerId: string): void {
    const watched = this.#players.get(playerId);
    if (watched === undefined) return;
    watched.hasGone = true;
    this.watch(playerId);
  }

  /** Was here over a connection and is not now. Who never had one is not called away. */
  isAway(playerId: string): boolean {
    return this.#players.get(playerId)?.hasGone === true && !this.#o.isConnected(playerId);
  }

  close(): void {
    for (const { cancel } of this.#players.values()) cancel?.();
    this.#players.clear();
  }

  #arm(playerId: string, watched: Watched, delayMs: number): void {
    watched.cancel = this.#o.timers.after(delayMs, () => {
      watched.cancel = undefined;
      if (this.#players.get(playerId) !== watched || this.#o.isConnected(playerId)) return;
      const leftMs = watched.lastSeenMs + this.#o.absenceMs - this.#o.clock.now();
      if (leftMs > 0) this.#arm(playerId, watched, leftMs);
      else this.#o.onAbsent(playerId);
    });
  }
}
