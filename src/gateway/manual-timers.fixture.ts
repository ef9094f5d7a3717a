// Timers that run when a test says so.

import type { Timers } from '../domain/ports.ts';

export class ManualTimers implements Timers {
  readonly #pending = new Map<number, { readonly atMs: number; readonly run: () => void }>();
  #nowMs = 0;
  #nextId = 0;

  after(delayMs: number, run: () => void): () => void {
    const id = this.#nextId++;
    this.#pending.set(id, { atMs: this.#nowMs + delayMs, run });
    return () => this.#pending.delete(id);
  }

  /** Runs what is due in between, in order, each at its time. */
  advance(ms: number): void {
    const untilMs = this.#nowMs + ms;
    for (;;) {
      const [next] = [...this.#pending]
        .filter(([, timer]) => timer.atMs <= untilMs)
        .toSorted(([, a], [, b]) => a.atMs - b.atMs);
      if (next === undefined) break;
      const [id, { atMs, run }] = next;
      this.#pending.delete(id);
      this.#nowMs = atMs;
      run();
    }
    this.#nowMs = untilMs;
  }

  get nowMs(): number {
    return this.#nowMs;
  }

  get count(): number {
    return this.#pending.size;
  }
}
