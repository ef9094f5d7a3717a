// What was received and when to say so: the ranges of an ACK frame, their trimming once the peer
// is known to have seen them, and the delay policy (paper: acknowledgements). Loss detection of
// what THIS end sent is elsewhere; so is the replay window, which forgets nothing early.
//
// Ranges are kept newest first, as ACK writes them. Forgetting an old one is safe: the peer resends
// what it holds unacknowledged, and the channels drop what they had.

import { protocolLimits } from './limits.ts';
import type { SendCadence } from './send-cadence.ts';

const rangesMax = protocolLimits.ackRangesMax;

export class ReceivedPackets {
  /** `low[i]` to `high[i]` inclusive, `i` from 0 (newest) below `count`; ranges never touch. */
  readonly low = [0];
  readonly high = [0];
  count = 0;

  /** What was promised to the peer. */
  readonly #delayMaxMs: number;
  readonly #cadence: SendCadence;
  #largestReceivedAtMs = 0;
  #isLargestNew = false;
  /** Ack-eliciting packets since the last ACK was sent. */
  #unacknowledged = 0;
  #unacknowledgedBytes = 0;
  #dueAtMs = Number.POSITIVE_INFINITY;
  /** Ack-eliciting packets so far, up to `ackAtOncePackets`. */
  #firstOnes = 0;

  /** `cadence` is that of what this end sends: packets that will take the ACK along. */
  constructor(delayMaxMs: number, cadence: SendCadence) {
    this.#delayMaxMs = delayMaxMs;
    this.#cadence = cadence;
  }

  /** When an ACK must leave; infinite when none is owed. */
  get dueAtMs(): number {
    return this.#dueAtMs;
  }
  /** An ack-eliciting packet waits: any packet that leaves anyway takes the ACK with it. */
  get isOwed(): boolean {
    return this.#unacknowledged > 0;
  }

  delayMs(nowMs: number): number {
    return nowMs - this.#largestReceivedAtMs;
  }
  get largestReceivedAtMs(): number {
    return this.#largestReceivedAtMs;
  }
  /** No ACK has named the largest yet. */
  get isLargestNew(): boolean {
    return this.#isLargestNew;
  }

  /** A packet was opened, with so many bytes of frames. */
  onPacket(nowMs: number, packetNumber: number, bytes: number, ackEliciting: boolean): void {
    const inOrder = this.count === 0 || packetNumber === this.high[0]! + 1;
    if (this.count === 0 || packetNumber > this.high[0]!) {
      this.#largestReceivedAtMs = nowMs;
      this.#isLargestNew = true;
    }
    this.#insert(packetNumber);
    if (!ackEliciting) return;
    this.#unacknowledged += 1;
    this.#unacknowledgedBytes += bytes;
    const isFirst = this.#firstOnes < protocolLimits.ackAtOncePackets;
    if (isFirst) this.#firstOnes += 1;
    // RFC 9000 section 13.2.1: at once on a gap.
    const isUrgent = isFirst || !inOrder || this.#isBehindGap(packetNumber);
    this.#dueAtMs = isUrgent ? nowMs : Math.min(this.#dueAtMs, this.#dueMs(nowMs));
  }

  onAckSent(): void {
    this.#unacknowledged = 0;
    this.#unacknowledgedBytes = 0;
    this.#isLargestNew = false;
    this.#dueAtMs = Number.POSITIVE_INFINITY;
  }

  /** The peer acknowledged a packet whose ACK went up to `largest`: it knows all up to there. */
  onAckAcknowledged(largest: number): void {
    let count = this.count;
    // The newest range always stays: it says what the next gap is measured from.
    while (count > 1 && this.high[count - 1]! <= largest) count -= 1;
    this.count = count;
    if (this.low[count - 1]! <= largest) {
      this.low[count - 1] = Math.min(largest + 1, this.high[count - 1]!);
    }
  }

  /** For packets in order: RFC 9000 section 13.2.2, but a regular sender has an ACK ride along. */
  #dueMs(nowMs: number): number {
    const { ackDelayUsualMs, ackRidePacketsMax, ackRideBytesMax } = protocolLimits;
    const count = this.#unacknowledged;
    if (count <= ackRidePacketsMax && this.#unacknowledgedBytes <= ackRideBytesMax) {
      const rideAtMs = this.#cadence.expectedByMs(nowMs);
      if (rideAtMs <= nowMs + this.#delayMaxMs) return rideAtMs;
    }
    return count >= 2 ? nowMs : nowMs + Math.min(ackDelayUsualMs, this.#delayMaxMs);
  }

  /** The ACK that told of the gap may be lost as well: the next packets tell of it again. */
  #isBehindGap(packetNumber: number): boolean {
    return this.count > 1 && packetNumber - this.low[0]! <= protocolLimits.ackAtOnceBehindGap;
  }

  #insert(packetNumber: number): void {
    const { low, high } = this;
    if (this.count > 0 && packetNumber === high[0]! + 1) {
      high[0] = packetNumber;
      return;
    }
    // The first range that does not lie wholly above the number.
    let i = 0;
    while (i < this.count && low[i]! > packetNumber) i += 1;
    if (i < this.count && packetNumber <= high[i]!) return;
    const joinsUpper = i > 0 && low[i - 1]! === packetNumber + 1;
    const joinsLower = i < this.count && high[i]! === packetNumber - 1;
    if (joinsUpper && joinsLower) {
      low[i - 1] = low[i]!;
      this.count -= 1;
      for (let k = i; k < this.count; k++) {
        low[k] = low[k + 1]!;
        high[k] = high[k + 1]!;
      }
    } else if (joinsUpper) low[i - 1] = packetNumber;
    else if (joinsLower) high[i] = packetNumber;
    else this.#insertRange(i, packetNumber);
  }

  #insertRange(i: number, packetNumber: number): void {
    if (i === rangesMax) return;
    const { low, high } = this;
    const kept = Math.min(this.count, rangesMax - 1);
    for (let k = kept; k > i; k--) {
      low[k] = low[k - 1]!;
      high[k] = high[k - 1]!;
    }
    low[i] = packetNumber;
    high[i] = packetNumber;
    this.count = kept + 1;
  }
}
