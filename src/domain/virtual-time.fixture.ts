// A clock and timers that a test moves by hand.

import type { Clock, Timers } from './ports.ts';

interface Armed {
  readonly atMs: number;
  readonly order: number;
  readonly run: () => void;
}

export class VirtualTime implements Clock, Timers {
  #nowMs: number;
  #order = 0;
  readonly #armed = new Set<Armed>();

  constructor(startMs = Date.UTC(2026, 0, 1)) {
    this.#nowMs = startMs;
  }

  now(): number {
    return this.#nowMs;
  }

  after(delayMs: number, run: () => void): () => void {
    const armed: Armed = { atMs: this.#nowMs + Math.max(0, delayMs), order: this.#order++, run };
    this.#armed.add(armed);
    return () => {
      this.#armed.delete(armed);
    };
  }

  get armedCount(): number {
    return this.#armed.size;
  }

  /** Runs what falls due, in order; `settle` is awaited after each, for what it starts. */
  async advance(ms: number, settle: () => Promise<void> = async () => undefined): Promise<void> {
    const endMs = this.#nowMs + ms;
    for (;;) {
      const due = [...this.#armed]
        .filter(({ atMs }) => atMs <= endMs)
        .sort((a, b) => a.atMs - b.atMs || a.order - b.order)[0];
      if (due === undefined) break;
      this.#armed.delete(due);
      this.#nowMs = Math.max(this.#nowMs, due.atMs);
      due.run();
      await settle();
    }
    this.#nowMs = endMs;
  }
}
