// Which of the newest 1024 packet numbers were received (the idea of RFC 6479: a ring of words that
// is cleared as it moves). It is asked before the AEAD and told only after it: a forged number
// must not move the window.

import { protocolLimits } from './limits.ts';

const windowPackets = protocolLimits.replayWindowPackets;

export class ReplayWindow {
  /** Bit `number % window` is set when `number`, in the window, was received. */
  readonly #words: number[] = new Array(windowPackets / 32).fill(0);
  #largest: number;

  constructor(firstNumber = 0) {
    this.#largest = firstNumber - 1;
  }

  /** The largest authenticated packet number; the one before the first, when there is none. */
  get largest(): number {
    return this.#largest;
  }

  /** True when the number may be new: above the window's lower edge and not seen. */
  isFresh(packetNumber: number): boolean {
    if (packetNumber > this.#largest) return true;
    if (packetNumber <= this.#largest - windowPackets) return false;
    const bit = packetNumber % windowPackets;
    return ((this.#words[bit >> 5]! >>> (bit & 31)) & 1) === 0;
  }

  /** The packet was authentic. Only for numbers that `isFresh` allowed. */
  accept(packetNumber: number): void {
    if (packetNumber > this.#largest) {
      this.#clear(packetNumber);
      this.#largest = packetNumber;
    }
    const bit = packetNumber % windowPackets;
    this.#words[bit >> 5]! |= 1 << (bit & 31);
  }

  /** The numbers from largest + 1 to `upTo` come into the window, none of them seen. */
  #clear(upTo: number): void {
    if (upTo - this.#largest >= windowPackets) {
      this.#words.fill(0);
      return;
    }
    for (let number = this.#largest + 1; number <= upTo; number++) {
      const bit = number % windowPackets;
      this.#words[bit >> 5]! &= ~(1 << (bit & 31));
    }
  }
}
