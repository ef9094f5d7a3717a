// Which of the peer's sequence ids have come, and which of those as RELIABLE: what acknowledgements
// say and duplicates are known by. It remembers half the circle of 65536, all that can be told
// apart: the newer of two ids is the one that is ahead by less than half.
//
// Ids go around on the wire; here they are numbers that only grow, so that they compare.

import { expandPacketNumber } from '../../base/sequence.ts';
import { sequenceIds } from '../../codec/classic/packet.ts';

const remembered = sequenceIds / 2;
const sequenceIdBytes = 2;

export class ReceivedIds {
  readonly #came = new Uint8Array(remembered / 8);
  readonly #cameReliable = new Uint8Array(remembered / 8);
  readonly #first: number;
  #newest: number;

  /** Nothing before the id with which the peer began counts as new. */
  constructor(firstOnWire: number) {
    this.#first = sequenceIds + firstOnWire;
    this.#newest = this.#first - 1;
  }

  get newest(): number {
    return this.#newest;
  }

  expand(onWire: number): number {
    return expandPacketNumber(this.#newest, onWire, sequenceIdBytes);
  }

  has(id: number): boolean {
    if (id > this.#newest) return false;
    return id < this.#first || id <= this.#newest - remembered || bit(this.#came, id);
  }

  /** By the id on the wire, as one of the sixteen before one that was just acknowledged. */
  hasReliable(onWire: number): boolean {
    const id = this.expand(onWire);
    const isRemembered = id >= this.#first && id <= this.#newest && id > this.#newest - remembered;
    return isRemembered && bit(this.#cameReliable, id);
  }

  /** It has been seen: at least a piece of it. What lies between is missing so far. */
  see(id: number): void {
    if (id - this.#newest >= remembered) {
      this.#came.fill(0);
      this.#cameReliable.fill(0);
      this.#newest = id;
    }
    for (let next = this.#newest + 1; next <= id; ) {
      const at = next % remembered;
      const isWholeByte = (at & 7) === 0 && next + 7 <= id;
      if (isWholeByte) {
        this.#came[at >> 3] = 0;
        this.#cameReliable[at >> 3] = 0;
      } else {
        setBit(this.#came, next, false);
        setBit(this.#cameReliable, next, false);
      }
      next += isWholeByte ? 8 : 1;
    }
    this.#newest = Math.max(this.#newest, id);
  }

  add(id: number, isReliable: boolean): void {
    this.see(id);
    setBit(this.#came, id, true);
    if (isReliable) setBit(this.#cameReliable, id, true);
  }
}

function bit(bits: Uint8Array, id: number): boolean {
  const at = id % remembered;
  return (bits[at >> 3]! & (1 << (at & 7))) !== 0;
}

function setBit(bits: Uint8Array, id: number, value: boolean): void {
  const at = id % remembered;
  if (value) bits[at >> 3]! |= 1 << (at & 7);
  else bits[at >> 3]! &= ~(1 << (at & 7));
}
