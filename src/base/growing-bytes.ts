// Bytes that come in pieces and are wanted as one: a buffer that doubles, up to a bound. However
// the bytes are cut, each is copied a few times at most. It does NOT decide what a whole is.

const roomMin = 128;
const nothing = new Uint8Array(0);

export class GrowingBytes {
  readonly #bytesMax: number;
  #room: Uint8Array = nothing;
  #length = 0;

  /** Appending past `bytesMax` is the caller's mistake. */
  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  get length(): number {
    return this.#length;
  }

  /** Good until the next `append`. */
  get bytes(): Uint8Array {
    return this.#room.subarray(0, this.#length);
  }

  append(from: Uint8Array, start: number, end: number): void {
    const length = this.#length + end - start;
    if (length > this.#bytesMax) throw new RangeError(`more than ${this.#bytesMax} bytes`);
    if (length > this.#room.length) {
      const wanted = Math.max(roomMin, 2 * this.#room.length, length);
      const grown = new Uint8Array(Math.min(wanted, this.#bytesMax));
      grown.set(this.bytes);
      this.#room = grown;
    }
    for (let at = start; at < end; at++) this.#room[this.#length++] = from[at]!;
  }

  /** Gives the memory back: whoever waits for the next piece holds nothing. */
  clear(): void {
    this.#room = nothing;
    this.#length = 0;
  }
}
