// One direction of a bad network, in virtual time: what is put in comes out later, or twice, or
// damaged, or never, as a seeded random source says. It knows neither sockets nor protocols.
//
// Jitter keeps the order, as queues in routers do; only `reorder` lets a datagram be overtaken.

import { Heap } from '../base/heap.ts';
import type { Random } from '../base/prng.ts';
import type { Bottleneck } from './bottleneck.ts';

/** Ethernet's 1,500 less the headers of IPv4 and UDP. */
const mtuBytesDefault = 1_472;

export interface LinkConditions {
  /** One way. */
  readonly delayMs?: number;
  /** Up to this much more, evenly. */
  readonly jitterMs?: number;
  /**
   * UDP payload in bytes; longer datagrams are lost without a word, as behind a bad router.
   * Default: what Ethernet carries, 1,472.
   */
  readonly mtuBytes?: number;
  /** Chance of each datagram to be lost by itself. */
  readonly loss?: number;
  /** Losses in bursts (Gilbert-Elliott): chances per datagram. */
  readonly burst?: {
    readonly enter: number;
    readonly leave: number;
    /** Chance of loss inside a burst. */
    readonly loss: number;
  };
  /** Chance to arrive a second time, a little later. */
  readonly duplicate?: number;
  /** Chance to be held back by up to `reorderMs` (default 20), so that others overtake. */
  readonly reorder?: number;
  readonly reorderMs?: number;
  /** Chance that one bit is flipped. */
  readonly corrupt?: number;
  /** A bottleneck: datagrams queue for it, and are lost when the queue is full. */
  readonly rateBytesPerSecond?: number;
  /** Default: 64 KiB. */
  readonly queueBytes?: number;
  /** One that other links share, instead of the two above. */
  readonly bottleneck?: Bottleneck;
}

export interface LinkCounts {
  sent: number;
  delivered: number;
  lost: number;
  tooLong: number;
  queueDrops: number;
  duplicated: number;
  corrupted: number;
}

interface InTransit {
  readonly atMs: number;
  readonly order: number;
  readonly bytes: Uint8Array;
}

const queueBytesDefault = 64 * 1024;
const reorderMsDefault = 20;

export class SimulatedLink {
  readonly counts: LinkCounts = {
    sent: 0,
    delivered: 0,
    lost: 0,
    tooLong: 0,
    queueDrops: 0,
    duplicated: 0,
    corrupted: 0,
  };
  /** May be replaced while datagrams are on their way. */
  conditions: LinkConditions;

  readonly #random: Random;
  readonly #inTransit = new Heap<InTransit>(
    (a, b) => a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order),
  );
  #order = 0;
  #isInBurst = false;
  #lastArrivalMs = 0;
  /** When the bottleneck has sent all that is queued. */
  #rateFreeAtMs = 0;

  constructor(random: Random, conditions: LinkConditions) {
    this.#random = random;
    this.conditions = conditions;
  }

  /** When the next datagram comes out; infinite when none is on its way. */
  get nextAtMs(): number {
    return this.#inTransit.peek()?.atMs ?? Number.POSITIVE_INFINITY;
  }

  /** Takes a copy of `bytes[0, length)`. */
  send(nowMs: number, bytes: Uint8Array, length: number): void {
    const { duplicate = 0, corrupt = 0, mtuBytes = mtuBytesDefault } = this.conditions;
    this.counts.sent += 1;
    if (length > mtuBytes) {
      this.counts.tooLong += 1;
      return;
    }
    if (this.#isLost()) {
      this.counts.lost += 1;
      return;
    }
    const leavesAtMs = this.#passBottleneck(nowMs, length);
    if (leavesAtMs === undefined) {
      this.counts.queueDrops += 1;
      return;
    }
    const copy = bytes.slice(0, length);
    if (corrupt > 0 && this.#random.chance(corrupt)) {
      copy[this.#random.below(length)]! ^= 1 << this.#random.below(8);
      this.counts.corrupted += 1;
    }
    this.#put(leavesAtMs, copy);
    if (duplicate > 0 && this.#random.chance(duplicate)) {
      this.counts.duplicated += 1;
      this.#put(leavesAtMs, copy);
    }
  }

  /** The next datagram that has arrived by `nowMs`. */
  receive(nowMs: number): Uint8Array | undefined {
    const next = this.#inTransit.peek();
    if (next === undefined || next.atMs > nowMs) return undefined;
    this.#inTransit.pop();
    this.counts.delivered += 1;
    return next.bytes;
  }

  #isLost(): boolean {
    const { loss = 0, burst } = this.conditions;
    if (burst !== undefined) {
      this.#isInBurst = this.#isInBurst
        ? !this.#random.chance(burst.leave)
        : this.#random.chance(burst.enter);
      if (this.#isInBurst && this.#random.chance(burst.loss)) return true;
    }
    return loss > 0 && this.#random.chance(loss);
  }

  /** When the datagram has passed; undefined when the queue before it was full. */
  #passBottleneck(nowMs: number, length: number): number | undefined {
    const { rateBytesPerSecond, queueBytes = queueBytesDefault, bottleneck } = this.conditions;
    if (bottleneck !== undefined) return bottleneck.pass(nowMs, length);
    if (rateBytesPerSecond === undefined) return nowMs;
    const bytesPerMs = rateBytesPerSecond / 1000;
    const startsAtMs = Math.max(nowMs, this.#rateFreeAtMs);
    if ((startsAtMs - nowMs) * bytesPerMs + length > queueBytes) return undefined;
    this.#rateFreeAtMs = startsAtMs + length / bytesPerMs;
    return this.#rateFreeAtMs;
  }

  #put(leavesAtMs: number, bytes: Uint8Array): void {
    const {
      delayMs = 0,
      jitterMs = 0,
      reorder = 0,
      reorderMs = reorderMsDefault,
    } = this.conditions;
    let atMs = leavesAtMs + delayMs;
    if (jitterMs > 0) atMs += jitterMs * this.#random.float();
    if (reorder > 0 && this.#random.chance(reorder)) {
      atMs += reorderMs * this.#random.float();
    } else {
      atMs = Math.max(atMs, this.#lastArrivalMs);
      this.#lastArrivalMs = atMs;
    }
    this.#inTransit.push({ atMs, order: this.#order++, bytes });
  }
}
