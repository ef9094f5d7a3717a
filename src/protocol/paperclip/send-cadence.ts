// Whether this end sends at a regular beat, as games do tick by tick, and when its next message is
// to be expected: an acknowledgement may wait for that, and then costs no packet of its own.

import { protocolLimits } from './limits.ts';

const never = Number.POSITIVE_INFINITY;

export class SendCadence {
  /** The first packet of the newest tick. */
  #tickAtMs = -never;
  /** Intervals in a row that were no pause, as far as `cadenceTicksMin`. */
  #ticks = 0;
  /** Smoothed, and how far an interval is from that on the average. */
  #intervalMs = 0;
  #deviationMs = 0;

  /** A packet left with something of the application's. */
  onSent(nowMs: number): void {
    const { cadenceTickMs, cadencePauseMs, cadenceTicksMin } = protocolLimits;
    const intervalMs = nowMs - this.#tickAtMs;
    // One tick may take several packets.
    if (intervalMs < cadenceTickMs) return;
    this.#tickAtMs = nowMs;
    if (intervalMs > cadencePauseMs) {
      this.#ticks = 0;
      return;
    }
    // The gains are those of an RTT and its variance (RFC 6298).
    if (this.#ticks === 0) {
      this.#intervalMs = intervalMs;
      this.#deviationMs = intervalMs / 2;
    } else {
      const difference = intervalMs - this.#intervalMs;
      this.#intervalMs += difference / 8;
      this.#deviationMs += (Math.abs(difference) - this.#deviationMs) / 4;
    }
    if (this.#ticks < cadenceTicksMin) this.#ticks += 1;
  }

  /**
   * By when the next message leaves if the beat goes on, later than nearly all do; infinite where
   * there is no beat, or it was missed.
   */
  expectedByMs(nowMs: number): number {
    const { cadenceTicksMin, timerGranularityMs } = protocolLimits;
    if (this.#ticks < cadenceTicksMin) return never;
    const lateMs = 2 * this.#deviationMs + timerGranularityMs;
    const byMs = this.#tickAtMs + this.#intervalMs + lateMs;
    return byMs > nowMs ? byMs : never;
  }
}
