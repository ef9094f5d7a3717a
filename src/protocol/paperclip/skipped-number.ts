// A packet number, now and then, that no packet gets (RFC 9000 section 21.4). A peer that
// acknowledges what it has not received, so that it is sent more than its path carries, cannot know
// which one that is: it acknowledges this one as well, and has shown what it does. An honest peer
// sees a gap, as after a loss.
//
// The next is left out only when the last had its chance: something above it was acknowledged.

import type { FrameReader } from '../../codec/paperclip/frames.ts';
import type { Crypto } from '../crypto.ts';
import { acknowledges } from './acknowledges.ts';
import { protocolLimits } from './limits.ts';

export class SkippedNumber {
  readonly #crypto: Pick<Crypto, 'randomBytes'>;
  #number = -1;
  #interval: number = protocolLimits.skipIntervalPackets;
  /** Below it, nothing is to be decided. */
  #fromNumber: number;
  /** `#fromNumber` is the number to leave out, and not where it is drawn. */
  #isDrawn = false;

  constructor(crypto: Pick<Crypto, 'randomBytes'>, firstNumber: number) {
    this.#crypto = crypto;
    this.#fromNumber = firstNumber + this.#interval;
  }

  /** True: `next` is to be left out, and is remembered. */
  isDue(next: number, largestAcked: number): boolean {
    if (next < this.#fromNumber) return false;
    if (!this.#isDrawn) {
      this.#isDrawn = true;
      this.#fromNumber = next + this.#draw();
      return false;
    }
    if (largestAcked < this.#number) return false;
    this.#number = next;
    this.#interval = Math.min(2 * this.#interval, protocolLimits.skipIntervalPacketsMax);
    this.#fromNumber = next + this.#interval;
    this.#isDrawn = false;
    return true;
  }

  /** The peer lies: it cannot have received what was never sent. */
  isIn(frame: FrameReader): boolean {
    return this.#number >= 0 && acknowledges(frame, this.#number);
  }

  /** 0 to one less than the interval, which is a power of two. */
  #draw(): number {
    const [high, low] = this.#crypto.randomBytes(2);
    return ((high! << 8) | low!) & (this.#interval - 1);
  }
}
