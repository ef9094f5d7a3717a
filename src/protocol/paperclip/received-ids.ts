// Which message ids of one reliable channel were received: all below a floor, and a bitmap of the
// span above it. The bitmap is made when the first message comes out of order.

import { protocolLimits } from './limits.ts';

const span = protocolLimits.messageSpanMax;

export class ReceivedIds {
  #floor = 0;
  /** Received ids above the floor. */
  #above = 0;
  #bits: Uint32Array | undefined;

  /** Every lower id was received; this one was not. */
  get floor(): number {
    return this.#floor;
  }

  /** False when an honest sender could not have sent it yet (paper: message span). */
  isInSpan(id: number): boolean {
    return id < this.#floor + span;
  }

  has(id: number): boolean {
    if (id < this.#floor) return true;
    return this.#above > 0 && this.#isSet(id % span);
  }

  /** Only for an id in span that it has not. */
  add(id: number): void {
    if (id !== this.#floor) {
      this.#bits ??= new Uint32Array(span / 32);
      const bit = id % span;
      this.#bits[bit >> 5]! |= 1 << (bit & 31);
      this.#above += 1;
      return;
    }
    this.#floor += 1;
    while (this.#above > 0 && this.#isSet(this.#floor % span)) {
      const bit = this.#floor % span;
      this.#bits![bit >> 5]! &= ~(1 << (bit & 31));
      this.#above -= 1;
      this.#floor += 1;
    }
  }

  #isSet(bit: number): boolean {
    return ((this.#bits![bit >> 5]! >>> (bit & 31)) & 1) === 1;
  }
}
