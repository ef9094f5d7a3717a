// The clock of one machine against the true time: it may leap ahead, or stand still for a while and
// then go on, with or without what it missed. It never goes back: monotonic clocks do not.

const roundingMs = 1e-6;

export class StationClock {
  /** From `#runsFromMs` of true time on it shows `#showsMs` and runs; before, `#stoppedMs`. */
  #runsFromMs = 0;
  #showsMs = 0;
  #stoppedMs = 0;

  /** What it shows at a true time that is not before the last change. */
  at(trueMs: number): number {
    if (trueMs < this.#runsFromMs) return this.#stoppedMs;
    return this.#showsMs + (trueMs - this.#runsFromMs);
  }

  /** The true time at which it will show so much, or now where it does already. */
  trueTimeOf(shownMs: number, trueNowMs: number): number {
    if (shownMs <= this.at(trueNowMs)) return trueNowMs;
    const trueMs = this.#runsFromMs + Math.max(0, shownMs - this.#showsMs);
    // Never a rounding too early.
    return this.at(trueMs) >= shownMs ? trueMs : trueMs + roundingMs;
  }

  leap(trueNowMs: number, byMs: number): void {
    this.#set(trueNowMs, trueNowMs, this.at(trueNowMs) + byMs);
  }

  standStill(trueNowMs: number, forMs: number, catchesUp: boolean): void {
    const shown = this.at(trueNowMs);
    this.#set(trueNowMs, trueNowMs + forMs, shown + (catchesUp ? forMs : 0));
  }

  #set(trueNowMs: number, runsFromMs: number, showsMs: number): void {
    this.#stoppedMs = this.at(trueNowMs);
    this.#runsFromMs = runsFromMs;
    this.#showsMs = showsMs;
  }
}
