// NewReno as RFC 9002 section 7 and appendix B have it: the reference controller. One deviation, on
// purpose: the minimum window is 4 packets and not 2, so that a 30 Hz game keeps breathing.

import type { CongestionController } from './congestion.ts';
import { protocolLimits } from './limits.ts';
import type { RttEstimator } from './rtt.ts';

export class NewReno implements CongestionController {
  readonly #datagramBytes: number;
  readonly #minimumBytes: number;
  #windowBytes: number;
  #slowStartThreshold = Number.POSITIVE_INFINITY;
  /** Packets sent at or before this time belong to a loss that was already answered. */
  #recoveryStartMs = Number.NEGATIVE_INFINITY;
  /** Acknowledged bytes not yet turned into growth, in congestion avoidance. */
  #ackedBytes = 0;

  constructor(datagramBytes: number) {
    this.#datagramBytes = datagramBytes;
    this.#minimumBytes = protocolLimits.minimumWindowPackets * datagramBytes;
    this.#windowBytes = protocolLimits.initialWindowPackets * datagramBytes;
  }

  get windowBytes(): number {
    return this.#windowBytes;
  }

  pacingRate(rtt: RttEstimator): number {
    return (protocolLimits.pacingGain * this.#windowBytes) / Math.max(rtt.smoothedMs, 0.001);
  }

  onSent(): void {}

  onAck(
    _nowMs: number,
    sentAtMs: number,
    bytes: number,
    _rtt: RttEstimator,
    appLimited: boolean,
  ): void {
    if (appLimited || sentAtMs <= this.#recoveryStartMs) return;
    if (this.#windowBytes >= protocolLimits.congestionWindowBytesMax) return;
    if (this.#windowBytes < this.#slowStartThreshold) {
      this.#windowBytes += bytes;
      return;
    }
    this.#ackedBytes += bytes;
    if (this.#ackedBytes < this.#windowBytes) return;
    this.#ackedBytes -= this.#windowBytes;
    this.#windowBytes += this.#datagramBytes;
  }

  onLost(nowMs: number, sentAtMs: number, _bytes: number, persistent: boolean): void {
    if (sentAtMs > this.#recoveryStartMs) {
      this.#recoveryStartMs = nowMs;
      this.#slowStartThreshold = Math.max(this.#windowBytes / 2, this.#minimumBytes);
      this.#windowBytes = this.#slowStartThreshold;
      this.#ackedBytes = 0;
    }
    if (persistent) {
      this.#windowBytes = this.#minimumBytes;
      this.#recoveryStartMs = Number.NEGATIVE_INFINITY;
    }
  }
}
