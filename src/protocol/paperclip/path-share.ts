// What part of a path is ours, as probes show it. On a path that others fill as well, a flow that
// sends x% more gets x% times the others' part: of a small flow's probe most arrives, of a large
// one's little, and nothing of one that is alone. So a small flow probes on while that works, and
// a large one gives way further when a queue stands. Nothing here knows the phases of a controller.

/** When less of what a probe adds arrives than this, it is the last of its series. */
const successPart = 0.6;
/** A probe that worked is followed by one of twice as much, up to this part of the rate. */
const extraMax = 0.25;
/** Round trips after a probe, when the acknowledgements of all of it are in. */
const judgedRoundTrips = 1.3;
/** One probe is no proof: others' probes fall into it. */
const smoothing = 0.5;
/** What a flow that has all of the path gives away until its next probe; others, their part. */
const yieldMostMax = 0.3;
/** Less than this would be no help to anybody. */
const yieldMostMin = 0.03;
/** Rounds in which all of that is given away. */
const yieldRounds = 5;
/** A queue that stands, and one that is gone, in ms: between them, others gave way. */
const standingMs = 3;
const goneMs = 1.5;

export class PathShare {
  /** 0 to 1. Nobody knows before a probe. */
  part = 0.5;

  /** What was measured, and what was sent, before the probe, in bytes per millisecond. */
  #measuredRate = 0;
  #sentRate = 0;
  /** Probes in a row of which most arrived. */
  #successes = 0;
  #isJudged = true;
  #hasQueueStood = false;

  beginSeries(): void {
    this.#successes = 0;
    this.#hasQueueStood = false;
  }

  begin(measuredRate: number, sentRate: number): void {
    // A round without a measurement measured what the model already knew.
    this.#measuredRate = measuredRate > 0 ? measuredRate : sentRate;
    this.#sentRate = sentRate;
    this.#isJudged = false;
  }

  /** The part of the rate that the next probe adds. */
  extra(first: number): number {
    return Math.max(first, Math.min(extraMax, first * 2 ** this.#successes));
  }

  /**
   * Of a probe that has been sent with such a gain, `roundTrips` ago: true as soon as it is worth
   * another, undefined while more of its acknowledgements may come.
   */
  judge(rate: number, gain: number, roundTrips: number, mayGoOn: boolean): boolean | undefined {
    if (this.#isJudged) return false;
    const added = gain * this.#sentRate - this.#measuredRate;
    // A flow that had just given way may probe with less than was measured before.
    const arrived = added > 0 ? Math.max(0, Math.min(1, (rate - this.#measuredRate) / added)) : 0;
    const isSuccess = mayGoOn && arrived >= successPart;
    if (!isSuccess && roundTrips < judgedRoundTrips) return undefined;
    this.#isJudged = true;
    this.part += smoothing * (1 - arrived - this.part);
    if (isSuccess) this.#successes += 1;
    return isSuccess;
  }

  /** True once after others gave way: the queue stood, and is gone. What they left is free. */
  isLeftByOthers(queueMs: number): boolean {
    if (queueMs > standingMs) this.#hasQueueStood = true;
    else if (queueMs < goneMs && this.#hasQueueStood) {
      this.#hasQueueStood = false;
      return true;
    }
    return false;
  }

  /** The part of the rate that may be given away until the next probe. */
  yieldMost(isCrowding: boolean): number {
    // Beside flows that fill queues, the same as theirs is enough.
    const part = isCrowding ? Math.min(0.5, this.part) : this.part;
    return Math.max(yieldMostMin, yieldMostMax * part);
  }

  yieldStep(isCrowding: boolean): number {
    return this.yieldMost(isCrowding) / yieldRounds;
  }
}
