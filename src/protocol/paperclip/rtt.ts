// Round-trip time as in RFC 9002 section 5. All values in milliseconds, with fractions.

import { protocolLimits } from './limits.ts';

export class RttEstimator {
  #hasSample = false;
  #latestMs = 0;
  #minMs = 0;
  #smoothedMs: number = protocolLimits.initialRttMs;
  #varianceMs: number = protocolLimits.initialRttMs / 2;
  #jitterMs = 0;
  /** The longest that the peer let an ACK wait lately: rises at once, and falls by and by. */
  #ackDelayMs = 0;

  get hasSample(): boolean {
    return this.#hasSample;
  }
  get latestMs(): number {
    return this.#latestMs;
  }
  get minMs(): number {
    return this.#minMs;
  }
  get smoothedMs(): number {
    return this.#smoothedMs;
  }
  get varianceMs(): number {
    return this.#varianceMs;
  }

  /** How much a sample differs from the one before it, smoothed as in RFC 3550 section 6.4.1. */
  get jitterMs(): number {
    return this.#jitterMs;
  }

  /** Another path: nothing is known. */
  reset(): void {
    this.#hasSample = false;
    this.#jitterMs = 0;
    this.#latestMs = 0;
    this.#minMs = 0;
    this.#smoothedMs = protocolLimits.initialRttMs;
    this.#varianceMs = protocolLimits.initialRttMs / 2;
  }

  /** `ackDelayMs` is what the peer says it waited, already cut to the most it may wait. */
  onSample(latestMs: number, ackDelayMs: number): void {
    this.#ackDelayMs = Math.max(
      ackDelayMs,
      this.#ackDelayMs + (ackDelayMs - this.#ackDelayMs) / 16,
    );
    if (this.#hasSample) {
      this.#jitterMs += (Math.abs(latestMs - this.#latestMs) - this.#jitterMs) / 16;
    }
    this.#latestMs = latestMs;
    if (!this.#hasSample) {
      this.#hasSample = true;
      this.#minMs = latestMs;
      this.#smoothedMs = latestMs;
      this.#varianceMs = latestMs / 2;
      return;
    }
    this.#minMs = Math.min(this.#minMs, latestMs);
    // Section 5.3 takes the delay off or leaves it; games send one message at a time, each of them
    // acknowledged late, and would see the delay as RTT whenever a sample is a little below both.
    const adjusted = Math.max(this.#minMs, latestMs - ackDelayMs);
    this.#varianceMs = (3 * this.#varianceMs + Math.abs(this.#smoothedMs - adjusted)) / 4;
    this.#smoothedMs = (7 * this.#smoothedMs + adjusted) / 8;
  }

  /** An ACK came so much later than the round trip alone takes. */
  onLateAck(delayMs: number): void {
    this.#ackDelayMs = Math.max(this.#ackDelayMs, delayMs);
  }

  /**
   * Section 6.1.2: how long after it was sent a packet counts as lost, once a later one is
   * acknowledged. `threshold` is in round trips.
   */
  lossDelayMs(threshold: number): number {
    const rtt = Math.max(this.#latestMs, this.#smoothedMs);
    return Math.max(threshold * rtt, protocolLimits.timerGranularityMs);
  }

  /**
   * Section 6.2.1, without back-off; but the peer's delay counts as it was seen of late, or as the
   * usual one, and not as the longest that it promised not to go past: most peers never take that.
   */
  ptoMs(ackDelayMaxMs: number): number {
    const { timerGranularityMs, ackDelayUsualMs, ackDelayMargin } = protocolLimits;
    const spread = Math.max(4 * this.#varianceMs, timerGranularityMs);
    const delayMs = Math.max(ackDelayUsualMs, ackDelayMargin * this.#ackDelayMs);
    return this.#smoothedMs + spread + Math.min(delayMs, ackDelayMaxMs);
  }
}
