// Spreads packets over the round trip (RFC 9002 section 7.7): a bucket of bytes that fills at the
// controller's rate and lets a bounded burst pass at once. A sender that was quiet may burst; one
// that is held by the window goes at the rate.

import { protocolLimits } from './limits.ts';

export class Pacer {
  #datagramBytes: number;
  #tokensBytes: number;
  #capacityBytes: number;
  #updatedAtMs: number;
  /** When the packet that waits may leave; infinite when none waits. */
  #dueAtMs = Number.POSITIVE_INFINITY;

  constructor(nowMs: number, datagramBytes: number) {
    this.#datagramBytes = datagramBytes;
    this.#capacityBytes = protocolLimits.pacingBurstPackets * this.#burstUnitBytes;
    this.#tokensBytes = this.#capacityBytes;
    this.#updatedAtMs = nowMs;
  }

  /** Another path: what was sent on the last one is not owed here. */
  reset(nowMs: number): void {
    this.#capacityBytes = protocolLimits.pacingBurstPackets * this.#burstUnitBytes;
    this.#tokensBytes = this.#capacityBytes;
    this.#updatedAtMs = nowMs;
  }

  onDatagramBytes(datagramBytes: number): void {
    this.#datagramBytes = datagramBytes;
  }

  /** What a burst counts in: 256 jumbo packets at once would overflow a socket's buffer. */
  get #burstUnitBytes(): number {
    return Math.min(this.#datagramBytes, protocolLimits.mtuProbeBytesHigh);
  }

  /** When a full packet may leave: `nowMs` itself, or later. `rate` is in bytes per ms. */
  readyAtMs(nowMs: number, rate: number): number {
    this.#fill(nowMs, rate);
    const missing = this.#datagramBytes - this.#tokensBytes;
    // A byte of tolerance: at its own time, rounding must not put a wake-up off once more.
    if (missing <= 1) return nowMs;
    this.#dueAtMs = nowMs + missing / rate;
    return this.#dueAtMs;
  }

  /** May go below zero: probes and acks do not wait, but count. */
  onSent(bytes: number): void {
    this.#tokensBytes -= bytes;
  }

  #fill(nowMs: number, rate: number): void {
    const { pacingBurstPackets, pacingBurstPacketsMax, pacingBurstMs, pacingCatchUpMs } =
      protocolLimits;
    const burst = Math.max(pacingBurstPackets * this.#burstUnitBytes, rate * pacingBurstMs);
    const burstMax = pacingBurstPacketsMax * this.#burstUnitBytes;
    this.#capacityBytes = Math.min(burst, burstMax);
    const elapsedMs = nowMs - this.#updatedAtMs;
    this.#updatedAtMs = nowMs;
    // Woken late with a packet waiting: the machine's fault, and what it cost may be made up for.
    const lateMs = Math.min(Math.max(0, nowMs - this.#dueAtMs), pacingCatchUpMs);
    // What is left of that is good for the rest of the burst, which takes its time, too.
    const left = elapsedMs < pacingBurstMs ? this.#tokensBytes : 0;
    const most = Math.max(this.#capacityBytes, Math.min(lateMs * rate, burstMax), left);
    this.#tokensBytes = Math.min(most, this.#tokensBytes + elapsedMs * rate);
    this.#dueAtMs = Number.POSITIVE_INFINITY;
  }
}
