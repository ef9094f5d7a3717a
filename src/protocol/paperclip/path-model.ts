// What a model-based controller knows of its path: the rate it carries (the largest of the last two
// probing cycles) and its round trip without a queue (the smallest of a while). Both are measured;
// nothing is decided here.

import type { AckSample } from './congestion.ts';

const unknown = Number.POSITIVE_INFINITY;

/** One round trip, from the sending of a packet to its acknowledgement. */
export class Round {
  startedAtMs = 0;
  minRttMs = unknown;
  maxRttMs = 0;
  rttSamples = 0;
  ackedBytes = 0;
  lostBytes = 0;
  /** The largest rate that was measured, in bytes per millisecond. */
  rate = 0;
  isAppLimited = false;

  get lossRate(): number {
    return this.lostBytes / Math.max(1, this.lostBytes + this.ackedBytes);
  }

  add(sample: AckSample): void {
    this.ackedBytes += sample.ackedBytes;
    if (sample.isAppLimited) this.isAppLimited = true;
    if (sample.rate > this.rate) this.rate = sample.rate;
    if (sample.rttMs < 0) return;
    this.rttSamples += 1;
    if (sample.rttMs < this.minRttMs) this.minRttMs = sample.rttMs;
    if (sample.rttMs > this.maxRttMs) this.maxRttMs = sample.rttMs;
  }

  begin(nowMs: number): void {
    this.startedAtMs = nowMs;
    this.minRttMs = unknown;
    this.maxRttMs = 0;
    this.rttSamples = 0;
    this.ackedBytes = 0;
    this.lostBytes = 0;
    this.rate = 0;
    this.isAppLimited = false;
  }
}

export class PathModel {
  /** The round trip without a queue; infinite before the first sample. */
  minRttMs = unknown;
  /** When it was last seen, or almost. */
  minRttAtMs: number;

  /** Of this probing cycle and the one before. */
  #rateNow = 0;
  #rateBefore = 0;
  #floorNowMs = unknown;
  #floorBeforeMs = unknown;

  constructor(nowMs: number) {
    this.minRttAtMs = nowMs;
  }

  /** Bytes per millisecond; 0 before it is known. */
  get rate(): number {
    return Math.max(this.#rateNow, this.#rateBefore);
  }

  /** The largest rate of this cycle alone; 0 before a measurement. */
  get rateNow(): number {
    return this.#rateNow;
  }

  /** The smallest round trip of this cycle and the one before. */
  get floorMs(): number {
    return Math.min(this.#floorNowMs, this.#floorBeforeMs);
  }

  add(nowMs: number, sample: AckSample): void {
    // An application with little to send says nothing against what the path was seen to carry.
    if (sample.rate > this.#rateNow && (!sample.isAppLimited || sample.rate >= this.rate)) {
      this.#rateNow = sample.rate;
    }
    const { rttMs } = sample;
    if (rttMs < 0) return;
    if (rttMs < this.#floorNowMs) this.#floorNowMs = rttMs;
    if (rttMs < this.minRttMs) this.minRttMs = rttMs;
    if (rttMs <= 1.02 * this.minRttMs + 0.5) this.minRttAtMs = nowMs;
  }

  /** What was measured two cycles ago is forgotten; of this one, no more than `rateMax` counts. */
  endCycle(rateMax: number): void {
    this.#floorBeforeMs = this.#floorNowMs;
    this.#floorNowMs = unknown;
    // A cycle in which the application had nothing to send measured nothing.
    if (this.#rateNow === 0) return;
    this.#rateBefore = Math.min(this.#rateNow, rateMax);
    this.#rateNow = 0;
  }

  /** The old minimum has not been seen for long: the path may have become longer. */
  forgetMinRtt(nowMs: number): void {
    this.minRttMs = this.floorMs;
    this.minRttAtMs = nowMs;
  }
}
