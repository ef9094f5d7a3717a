// NewReno as RFC 9002 section 7 and appendix B have it: the reference controller, which an oracle
// holds to the RFC's pseudo-code. One deviation, on purpose: the minimum window is 4 packets and
// not 2, so that a 30 Hz game keeps breathing.

import type { CongestionController } from './congestion.ts';
import { protocolLimits } from './limits.ts';
import type { RttEstimator } from './rtt.ts';

export class NewReno implements CongestionController {
  #datagramBytes: number;
  #windowBytes: number;
  #slowStartThreshold = Number.POSITIVE_INFINITY;
  /** Packets sent at or before this time belong to a loss that was already answered. */
  #recoveryStartMs = Number.NEGATIVE_INFINITY;
  /** As they were before the newest reduction. */
  #undoWindowBytes = 0;
  #undoThreshold = Number.POSITIVE_INFINITY;
  #undoRecoveryStartMs = Number.NEGATIVE_INFINITY;

  constructor(datagramBytes: number) {
    this.#datagramBytes = datagramBytes;
    this.#windowBytes = protocolLimits.initialWindowPackets * datagramBytes;
  }

  get windowBytes(): number {
    return this.#windowBytes;
  }

  get slowStartThreshold(): number {
    return this.#slowStartThreshold;
  }

  get state(): string {
    return this.#windowBytes < this.#slowStartThreshold ? 'slow start' : 'avoidance';
  }

  pacingRate(rtt: RttEstimator): number {
    return (protocolLimits.pacingGain * this.#windowBytes) / Math.max(rtt.smoothedMs, 0.001);
  }

  onSent(): void {}

  onPacketAcked(sentAtMs: number, bytes: number, appLimited: boolean): void {
    if (appLimited || sentAtMs <= this.#recoveryStartMs) return;
    if (this.#windowBytes >= protocolLimits.congestionWindowBytesMax) return;
    if (this.#windowBytes < this.#slowStartThreshold) this.#windowBytes += bytes;
    else this.#windowBytes += (this.#datagramBytes * bytes) / this.#windowBytes;
  }

  onAck(): void {}

  onLost(nowMs: number, sentAtMs: number, _bytes: number, persistent: boolean): void {
    const minimumBytes = protocolLimits.minimumWindowPackets * this.#datagramBytes;
    if (sentAtMs > this.#recoveryStartMs) {
      this.#undoWindowBytes = this.#windowBytes;
      this.#undoThreshold = this.#slowStartThreshold;
      this.#undoRecoveryStartMs = this.#recoveryStartMs;
      this.#recoveryStartMs = nowMs;
      this.#slowStartThreshold = this.#windowBytes / 2;
      this.#windowBytes = Math.max(this.#slowStartThreshold, minimumBytes);
    }
    if (persistent) {
      this.#windowBytes = minimumBytes;
      this.#recoveryStartMs = Number.NEGATIVE_INFINITY;
    }
  }

  onLossUndone(): void {
    this.#windowBytes = Math.max(this.#windowBytes, this.#undoWindowBytes);
    this.#slowStartThreshold = this.#undoThreshold;
    this.#recoveryStartMs = this.#undoRecoveryStartMs;
  }

  onDatagramBytes(datagramBytes: number): void {
    this.#datagramBytes = datagramBytes;
    this.#windowBytes = Math.max(
      this.#windowBytes,
      protocolLimits.minimumWindowPackets * datagramBytes,
    );
  }
}
