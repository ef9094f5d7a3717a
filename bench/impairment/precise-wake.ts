// Calls a function at times finer than a timer's millisecond. Far away, it leaves the process to a
// timer; close to the time, it dozes for fractions of a millisecond between turns of the event
// loop, so that it neither misses datagrams nor keeps a core busy that the measured programs need.

import { clockMs } from '../harness/clock.ts';

/** A timer may be this late; it is set so much earlier. */
const timerLateMs = 1.5;
/** Longest time for which arriving datagrams wait unread. */
const dozeMsMax = 0.1;

export class PreciseWake {
  readonly #nextAtMs: () => number;
  readonly #run: (nowMs: number) => void;
  /** Nobody ever wakes it: waiting for it is how a thread sleeps for less than a millisecond. */
  readonly #never = new Int32Array(new SharedArrayBuffer(4));
  #timer: NodeJS.Timeout | undefined;
  #immediate: NodeJS.Immediate | undefined;
  #isStopped = false;

  /** `run` is called when the time that `nextAtMs` says has come. */
  constructor(nextAtMs: () => number, run: (nowMs: number) => void) {
    this.#nextAtMs = nextAtMs;
    this.#run = run;
  }

  /** The next time may have become an earlier one. */
  arm(): void {
    if (this.#isStopped || this.#immediate !== undefined) return;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const waitMs = this.#nextAtMs() - clockMs();
    if (waitMs === Number.POSITIVE_INFINITY) return;
    if (waitMs > timerLateMs + 1) {
      this.#timer = setTimeout(() => this.#turn(), Math.floor(waitMs - timerLateMs));
    } else {
      this.#immediate = setImmediate(() => this.#turn());
    }
  }

  stop(): void {
    this.#isStopped = true;
    clearTimeout(this.#timer);
    clearImmediate(this.#immediate);
  }

  #turn(): void {
    this.#immediate = undefined;
    const waitMs = this.#nextAtMs() - clockMs();
    if (waitMs > 0 && waitMs <= timerLateMs + 1) {
      Atomics.wait(this.#never, 0, 0, Math.min(waitMs, dozeMsMax));
    }
    const nowMs = clockMs();
    if (this.#nextAtMs() <= nowMs) this.#run(nowMs);
    this.arm();
  }
}
