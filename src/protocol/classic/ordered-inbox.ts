// The order of RELIABLE messages, as far as it can be known. All packets of a side share one
// counter, so an id that has not come may be a RELIABLE message that will be sent again, or an
// acknowledgement that is lost for good; nothing on the wire tells. So:
//
//   a message waits for the ids before it that are missing, up to `holdMs` from when they were
//   first missed, or `holdForPiecesMs` when pieces show that a RELIABLE message is on its way
//   there. After that the gap is given up, and a message that fills it later is given out when it
//   comes.
//
// Nothing is given out twice and nothing that was acknowledged is lost. A sender that has one
// RELIABLE message unacknowledged at a time, as ours has (`outbox.ts`), is never out of order; the
// waiting is for the old one, which sends on.

import { classicLimits } from './limits.ts';
import type { ReceivedIds } from './received-ids.ts';

const { holdMs, holdForPiecesMs, heldMessagesMax, heldBytesMax, gapsMax } = classicLimits;

interface Gap {
  from: number;
  readonly to: number;
  readonly missedMs: number;
}

export class OrderedInbox {
  readonly #received: ReceivedIds;
  readonly #isComing: (id: number) => boolean;
  readonly #held = new Map<number, Uint8Array>();
  readonly #gaps: Gap[] = [];
  #heldBytes = 0;
  /** All before it has come or was given up. */
  #next: number;

  /** `isComing`: pieces of that RELIABLE message are here. */
  constructor(received: ReceivedIds, isComing: (id: number) => boolean) {
    this.#received = received;
    this.#isComing = isComing;
    this.#next = received.newest + 1;
  }

  get heldMessages(): number {
    return this.#held.size;
  }

  get nextTimeoutMs(): number {
    const [gap] = this.#gaps;
    return this.#held.size === 0 || gap === undefined ? Infinity : this.#gapEndsMs(gap, this.#next);
  }

  /**
   * Call for each id before `received` is told. `isWhole`: not only a piece. Ids between the newest
   * and this one are missing from now on.
   */
  handleId(nowMs: number, id: number, isWhole: boolean): void {
    const from = this.#received.newest + 1;
    const to = isWhole ? id - 1 : id;
    if (from > to) return;
    this.#gaps.push({ from, to, missedMs: nowMs });
    if (this.#gaps.length > gapsMax) this.#gaps.shift();
  }

  /** A RELIABLE message that is not a duplicate, after `received` was told. */
  handleMessage(id: number, message: Uint8Array): void {
    this.#held.set(id, message);
    this.#heldBytes += message.length;
  }

  /** What may be given out now, in order. */
  release(nowMs: number): readonly Uint8Array[] {
    const out: Uint8Array[] = [];
    // Late ones fill a gap that was given up.
    for (const id of [...this.#held.keys()].filter((held) => held < this.#next).sort(byNumber)) {
      this.#take(id, out);
    }
    while (this.#held.size > 0) {
      if (this.#held.has(this.#next)) this.#take(this.#next, out);
      else if (!this.#received.has(this.#next) && !this.#isGivenUp(nowMs)) break;
      this.#next += 1;
    }
    return out;
  }

  /** All that waits, in order: nothing more will come. */
  flush(): readonly Uint8Array[] {
    const out: Uint8Array[] = [];
    for (const id of [...this.#held.keys()].sort(byNumber)) this.#take(id, out);
    return out;
  }

  #take(id: number, out: Uint8Array[]): void {
    const message = this.#held.get(id)!;
    this.#held.delete(id);
    this.#heldBytes -= message.length;
    out.push(message);
  }

  /** About the id at `#next`, which has not come. */
  #isGivenUp(nowMs: number): boolean {
    while (this.#gaps[0] !== undefined && this.#gaps[0].to < this.#next) this.#gaps.shift();
    const [gap] = this.#gaps;
    if (gap === undefined || gap.from > this.#next) return true;
    if (this.#held.size > heldMessagesMax || this.#heldBytes > heldBytesMax) return true;
    return this.#gapEndsMs(gap, this.#next) <= nowMs;
  }

  #gapEndsMs(gap: Gap, id: number): number {
    return gap.missedMs + (this.#isComing(id) ? holdForPiecesMs : holdMs);
  }
}

const byNumber = (a: number, b: number): number => a - b;
