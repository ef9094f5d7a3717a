// Whether a host has so much to do with newcomers that it asks each of them for a cookie first. It
// goes on at one of three marks (knocks a second, half-open handshakes, delay of the event loop)
// and off only after all three were well below theirs for a while, so that a flood in waves does
// not switch it with each wave.
//
// It is told numbers and knows no clock: the driver measures how late the event loop is.

import { handshakeLimits } from './handshake-limits.ts';
import { TokenBucket } from './token-bucket.ts';

const { loadHalfOpenOn, loadHalfOpenOff, loadDelayMsOn, loadDelayMsOff, loadCalmMs } =
  handshakeLimits;

export class LoadGauge {
  /** Empty: more knock than the host likes. At least half full: few do. */
  readonly #knocks: TokenBucket;
  #isUnderLoad = false;
  #lastHotMs = Number.NEGATIVE_INFINITY;
  #engagedCount = 0;

  constructor(nowMs: number) {
    const { loadKnocksPerSecond, loadKnocksBurst } = handshakeLimits;
    this.#knocks = new TokenBucket(loadKnocksPerSecond, loadKnocksBurst, nowMs);
  }

  /** How often it went on. */
  get engagedCount(): number {
    return this.#engagedCount;
  }

  isUnderLoad(nowMs: number): boolean {
    if (nowMs - this.#lastHotMs >= loadCalmMs) this.#isUnderLoad = false;
    return this.#isUnderLoad;
  }

  /** An AUTH 1 that showed the gate, whatever becomes of it, and how many are half-open. */
  handleKnock(nowMs: number, halfOpenCount: number): void {
    const isEmpty = !this.#knocks.take(nowMs);
    if (isEmpty || halfOpenCount >= loadHalfOpenOn) this.#engage(nowMs);
    else if (this.#knocks.fullness(nowMs) < 0.5 || halfOpenCount >= loadHalfOpenOff) {
      this.#lastHotMs = nowMs;
    }
  }

  /** How much later than it asked to the driver was woken. */
  handleDelay(nowMs: number, delayMs: number): void {
    if (delayMs >= loadDelayMsOn) this.#engage(nowMs);
    else if (delayMs >= loadDelayMsOff) this.#lastHotMs = nowMs;
  }

  #engage(nowMs: number): void {
    this.#lastHotMs = nowMs;
    if (this.#isUnderLoad) return;
    this.#isUnderLoad = true;
    this.#engagedCount++;
  }
}
