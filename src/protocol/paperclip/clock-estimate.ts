// How far another machine's clock is ahead of ours, from round trips (paper: clock). A packet that
// left at `sent` by our clock and came at `received` by theirs took some time and not less than
// none, so their clock is ahead by at most `received - sent`; the answer bounds it from the other
// side. Each bound keeps the best that was ever seen, which is what the fastest packet of that
// direction gave, and widens with time by as much as two quartz clocks may drift apart.
//
// So the truth is always between the bounds, however uneven and unfair the path; the estimate is
// their middle. What the other clock counts from is not known here.

import { protocolLimits } from './limits.ts';

/** Both ends' clocks may be off by so much: milliseconds of doubt per millisecond that goes by. */
const driftMax = (2 * protocolLimits.clockDriftPpm) / 1e6;
/** Times travel in steps of 1 and 8 microseconds. */
const roundingMs = 0.005;

export class ClockEstimate {
  #lowMs = Number.NEGATIVE_INFINITY;
  #highMs = Number.POSITIVE_INFINITY;
  #atMs = 0;
  /** When the newest sample was taken by our clock; minus infinity before the first. */
  sampledAtMs = Number.NEGATIVE_INFINITY;

  /** `sent` and `arrived` by our clock, `received` and `answered` by theirs. */
  onSample(sentMs: number, receivedMs: number, answeredMs: number, arrivedMs: number): void {
    const roundTripMs = arrivedMs - sentMs;
    const high = receivedMs - sentMs + roundingMs + roundTripMs * driftMax;
    const low = answeredMs - arrivedMs - roundingMs;
    // They answered before it can have come, or after the answer was here: not a measurement.
    if (!(low <= high)) return;
    this.#age(arrivedMs);
    this.sampledAtMs = arrivedMs;
    this.#highMs = Math.min(this.#highMs, high);
    this.#lowMs = Math.max(this.#lowMs, low);
    if (this.#lowMs <= this.#highMs) return;
    // What was true before is not any more: a clock stood still, as in a machine that slept.
    this.#highMs = high;
    this.#lowMs = low;
  }

  get hasSample(): boolean {
    return this.sampledAtMs !== Number.NEGATIVE_INFINITY;
  }

  /** Milliseconds to add to our clock for theirs, and how far that may be from the truth. */
  get offsetMs(): number {
    return (this.#lowMs + this.#highMs) / 2;
  }
  errorMs(nowMs: number): number {
    return (this.#highMs - this.#lowMs) / 2 + driftMax * Math.max(0, nowMs - this.#atMs);
  }

  #age(nowMs: number): void {
    const widerMs = driftMax * Math.max(0, nowMs - this.#atMs);
    this.#lowMs -= widerMs;
    this.#highMs += widerMs;
    this.#atMs = nowMs;
  }
}
