// A rate that somebody set: for networks whose capacity is known, such as a LAN or a rented line.
// It does not look at the path; the window only bounds what is in flight when acknowledgements
// stop.

import type { CongestionController } from './congestion.ts';
import { protocolLimits } from './limits.ts';
import type { RttEstimator } from './rtt.ts';

/** In flight at most: what the rate sends in four round trips, and in a second at least. */
const roundTripsMax = 4;
const windowMsMin = 1000;

export class FixedRate implements CongestionController {
  readonly state = 'fixed rate';
  readonly #bytesPerMs: number;
  #datagramBytes: number;
  #smoothedRttMs: number = protocolLimits.initialRttMs;

  constructor(bytesPerSecond: number, datagramBytes: number) {
    this.#bytesPerMs = bytesPerSecond / 1000;
    this.#datagramBytes = datagramBytes;
  }

  get windowBytes(): number {
    const windowMs = Math.max(windowMsMin, roundTripsMax * this.#smoothedRttMs);
    const minimumBytes = protocolLimits.minimumWindowPackets * this.#datagramBytes;
    const most = Math.min(this.#bytesPerMs * windowMs, protocolLimits.congestionWindowBytesMax);
    return Math.max(most, minimumBytes);
  }

  pacingRate(rtt: RttEstimator): number {
    this.#smoothedRttMs = rtt.smoothedMs;
    return this.#bytesPerMs;
  }

  onSent(): void {}
  onPacketAcked(): void {}
  onAck(): void {}
  onLost(): void {}
  onLossUndone(): void {}

  onDatagramBytes(datagramBytes: number): void {
    this.#datagramBytes = datagramBytes;
  }
}
