// Whether others fill the queue whatever is given away to them. Flows of our kind empty it every
// other second; where one stands for long although all was given away that may be, yielding ends
// for a while, or the others would get all of the path.

/** A queue below this is none. */
const emptyQueueMs = 4;
/** Part of the last seconds with a long queue, from which others are taken to fill it. */
const crowdedPart = 0.55;
const crowdingMs = 2000;
/** From here on it may be so, and no more is given away than an equal would give. */
const suspectedPart = 0.1;
/** So long no way is given; then it is tried again. */
const crowdedMs = 10_000;

export interface StandingQueue {
  /** In the round that ended, and the smallest of two cycles. */
  readonly queueMs: number;
  readonly floorMs: number;
  readonly queueMsMax: number;
  /** Two datagrams, at our rate. */
  readonly packetsMs: number;
}

export class Crowding {
  /** 0 to 1: how much of the last seconds had a long queue. */
  #part = 0;
  #untilMs = -1;
  /** Cycles in a row in which all was given away that may be, and the queue stayed. */
  #vainCycles = 0;

  get isSuspected(): boolean {
    return this.#part > suspectedPart;
  }

  isNow(nowMs: number): boolean {
    return nowMs < this.#untilMs;
  }

  /** True once, when a time without yielding is over. */
  hasEnded(nowMs: number): boolean {
    if (this.#untilMs < 0 || nowMs < this.#untilMs) return false;
    this.#untilMs = -1;
    this.#part = 0;
    return true;
  }

  endCycle(hasGivenAll: boolean): void {
    this.#vainCycles = hasGivenAll && this.#part > crowdedPart / 2 ? this.#vainCycles + 1 : 0;
  }

  /** After a round; true when a time without yielding begins. */
  watch(nowMs: number, roundMs: number, queue: StandingQueue): boolean {
    // On a slow path two datagrams are a queue that counts for nothing: so much more than 4 ms.
    const slackMs = Math.max(0, queue.packetsMs - emptyQueueMs);
    let sign = 0;
    if (queue.queueMs > 0.8 * queue.queueMsMax + slackMs) sign = 1;
    else if (queue.queueMs < emptyQueueMs + slackMs) sign = -1;
    const part = Math.min(0.5, roundMs / crowdingMs);
    this.#part = Math.max(0, this.#part + part * (sign - this.#part));
    if (this.#part < crowdedPart || this.isNow(nowMs)) return false;
    // Not before two cycles gave away all they may, or went by without an empty queue.
    const neverEmpty = queue.floorMs > 0.6 * queue.queueMsMax + slackMs;
    if (this.#vainCycles < 2 && !neverEmpty) return false;
    this.#untilMs = nowMs + crowdedMs;
    return true;
  }
}
