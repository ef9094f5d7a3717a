// A rate with a burst: so many tokens at most, filled at so many a second. It is told the time;
// time that runs backwards fills nothing.

export class TokenBucket {
  readonly #perMs: number;
  readonly #burst: number;
  #tokens: number;
  #filledAtMs: number;

  /** Full at `nowMs`. */
  constructor(perSecond: number, burst: number, nowMs: number) {
    this.#perMs = perSecond / 1_000;
    this.#burst = burst;
    this.#tokens = burst;
    this.#filledAtMs = nowMs;
  }

  /** 0 empty, 1 full. */
  fullness(nowMs: number): number {
    this.#fill(nowMs);
    return this.#tokens / this.#burst;
  }

  /** False: there were not so many. */
  take(nowMs: number, tokens = 1): boolean {
    this.#fill(nowMs);
    if (this.#tokens < tokens) return false;
    this.#tokens -= tokens;
    return true;
  }

  #fill(nowMs: number): void {
    if (nowMs <= this.#filledAtMs) return;
    const filled = this.#tokens + (nowMs - this.#filledAtMs) * this.#perMs;
    this.#tokens = Math.min(this.#burst, filled);
    this.#filledAtMs = nowMs;
  }
}
