// The time that all players of a host share: its monotonic clock, set by its wall clock at the
// start and set again when the two are more than a step apart (an operator, or a machine that
// found its time server). It does NOT follow the small corrections in between: a game wants a
// clock that runs evenly more than one that is right to the millisecond.

import { protocolLimits } from './limits.ts';

export class HostClock {
  readonly #unixTimeMs: (nowMs: number) => number;
  #offsetMs: number;
  #checkedAtMs: number;

  constructor(unixTimeMs: (nowMs: number) => number, nowMs: number) {
    this.#unixTimeMs = unixTimeMs;
    this.#offsetMs = unixTimeMs(nowMs) - nowMs;
    this.#checkedAtMs = nowMs;
  }

  /** What to add to `nowMs` for Unix milliseconds. Looks at the wall clock now and then. */
  offsetMs(nowMs: number): number {
    if (nowMs - this.#checkedAtMs >= protocolLimits.clockCheckMs) {
      this.#checkedAtMs = nowMs;
      const offsetMs = this.#unixTimeMs(nowMs) - nowMs;
      if (Math.abs(offsetMs - this.#offsetMs) > protocolLimits.clockStepMs) {
        this.#offsetMs = offsetMs;
      }
    }
    return this.#offsetMs;
  }
}
