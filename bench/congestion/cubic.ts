// A TCP of today, as far as its neighbours feel it: CUBIC (RFC 9438) with its Reno-friendly region,
// without HyStart, over our loss detection. It is here to be competed with, not to be used.

import type { CongestionController } from '../../src/protocol/paperclip/congestion.ts';
import type { RttEstimator } from '../../src/protocol/paperclip/rtt.ts';

const c = 0.4;
const beta = 0.7;

export class Cubic implements CongestionController {
  readonly state = 'cubic';
  windowBytes: number;

  readonly #datagramBytes: number;
  #threshold = Number.POSITIVE_INFINITY;
  #recoveryStartMs = Number.NEGATIVE_INFINITY;
  #epochStartMs = -1;
  /** In packets. */
  #windowMax = 0;
  #friendly = 0;
  #rttMs = 100;
  #nowMs = 0;

  constructor(datagramBytes: number) {
    this.#datagramBytes = datagramBytes;
    this.windowBytes = 10 * datagramBytes;
  }

  pacingRate(rtt: RttEstimator): number {
    return (2 * this.windowBytes) / Math.max(rtt.smoothedMs, 0.001);
  }

  onSent(nowMs: number): void {
    this.#nowMs = nowMs;
  }

  onPacketAcked(sentAtMs: number, bytes: number, appLimited: boolean): void {
    if (appLimited || sentAtMs <= this.#recoveryStartMs) return;
    if (this.windowBytes < this.#threshold) {
      this.windowBytes += bytes;
      return;
    }
    const window = this.windowBytes / this.#datagramBytes;
    if (this.#epochStartMs < 0) {
      this.#epochStartMs = this.#nowMs;
      this.#windowMax = Math.max(this.#windowMax, window);
      this.#friendly = window;
    }
    const k = Math.cbrt((this.#windowMax * (1 - beta)) / c);
    const t = (this.#nowMs - this.#epochStartMs + this.#rttMs) / 1000;
    const cubic = c * (t - k) ** 3 + this.#windowMax;
    const acked = bytes / this.#datagramBytes;
    this.#friendly += ((3 * (1 - beta)) / (1 + beta)) * (acked / window);
    const target = Math.min(Math.max(cubic, this.#friendly), 1.5 * window);
    if (target > window) {
      this.windowBytes += this.#datagramBytes * ((target - window) / window) * acked;
    }
  }

  onAck(nowMs: number, sample: { readonly smoothedRttMs: number }): void {
    this.#nowMs = nowMs;
    if (sample.smoothedRttMs > 0) this.#rttMs = sample.smoothedRttMs;
  }

  onLost(nowMs: number, sentAtMs: number, _bytes: number, persistent: boolean): void {
    if (sentAtMs > this.#recoveryStartMs) {
      const window = this.windowBytes / this.#datagramBytes;
      this.#recoveryStartMs = nowMs;
      this.#windowMax = window < this.#windowMax ? (window * (1 + beta)) / 2 : window;
      this.windowBytes = Math.max(beta * this.windowBytes, 2 * this.#datagramBytes);
      this.#threshold = this.windowBytes;
      this.#epochStartMs = -1;
    }
    if (persistent) this.windowBytes = 2 * this.#datagramBytes;
  }

  onLossUndone(): void {}
  onDatagramBytes(): void {}
}
