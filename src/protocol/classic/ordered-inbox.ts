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
  /** Moves up as ids from here on come. */
  from: number;
  readonly to: number;
  readonly missedMs: number;
}

export class OrderedInbox {
  readonly #received: ReceivedIds;
  readonly #comingIds: () => Iterable<number>;
  readonly #held = new Map<number, Uint8Array>();
  /** In the order of ids. */
  readonly #gaps: Gap[] = [];
  #heldBytes = 0;
  /** All before it has come or was given up. */
  #next: number;
  #nextTimeoutMs = Infinity;

  /** `comingIds`: RELIABLE messages of which pieces are here. */
  constructor(received: ReceivedIds, comingIds: () => Iterable<number>) {
    this.#received = received;
    this.#comingIds = comingIds;
    this.#next = received.newest + 1;
  }

  get heldMessages(): number {
    return this.#held.size;
  }

  /** As of the last `release`. */
  get nextTimeoutMs(): number {
    return this.#nextTimeoutMs;
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
    this.#nextTimeoutMs = Infinity;
    while (this.#held.size > 0) {
      const lowest = Math.min(...this.#held.keys());
      const blockedUntilMs = this.#blockedUntilMs(nowMs, lowest);
      if (blockedUntilMs !== undefined) {
        this.#nextTimeoutMs = blockedUntilMs;
        break;
      }
      this.#take(lowest, out);
      // One that fills a gap which was given up is late, and changes nothing.
      this.#next = Math.max(this.#next, lowest + 1);
    }
    return out;
  }

  /** All that waits, in order: nothing more will come. */
  flush(): readonly Uint8Array[] {
    const out: Uint8Array[] = [];
    for (const id of [...this.#held.keys()].sort((a, b) => a - b)) this.#take(id, out);
    return out;
  }

  #take(id: number, out: Uint8Array[]): void {
    const message = this.#held.get(id)!;
    this.#held.delete(id);
    this.#heldBytes -= message.length;
    out.push(message);
  }

  /** Undefined: nothing before `id` is still waited for. */
  #blockedUntilMs(nowMs: number, id: number): number | undefined {
    while (this.#gaps[0] !== undefined && this.#gaps[0].to < this.#next) this.#gaps.shift();
    if (this.#held.size > heldMessagesMax || this.#heldBytes > heldBytesMax) return undefined;
    for (const gap of this.#gaps) {
      if (gap.from >= id) break;
      const to = Math.min(gap.to, id - 1);
      gap.from = Math.max(gap.from, this.#next);
      while (gap.from <= to && this.#received.has(gap.from)) gap.from += 1;
      if (gap.from > to) continue;
      if (nowMs < gap.missedMs + holdMs) return gap.missedMs + holdMs;
      const isComing = [...this.#comingIds()].some((coming) => coming >= gap.from && coming <= to);
      const endsMs = gap.missedMs + holdForPiecesMs;
      if (isComing && nowMs < endsMs) return endsMs;
    }
    return undefined;
  }
}
