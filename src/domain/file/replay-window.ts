// The newest bytes of a stream by their place in it: a ring in blocks, of which only those exist
// that bytes have come to. The bytes are copied in and copied out: what the caller holds, and
// what a connection still has to send, never changes under it.

/** Small files cost no more than they have. */
const blockBytesMax = 1024 * 1024;

export class ReplayWindow {
  readonly #blockBytes: number;
  readonly #blocks: (Uint8Array | undefined)[];
  #end = 0;

  /** Rounded up to whole blocks. */
  constructor(bytesMax: number) {
    this.#blockBytes = Math.min(blockBytesMax, bytesMax);
    this.#blocks = new Array(Math.ceil(bytesMax / this.#blockBytes)).fill(undefined);
  }

  /** Of all bytes ever appended, the place after the last. */
  get end(): number {
    return this.#end;
  }

  /** The place of the oldest byte that is still here. */
  get start(): number {
    return Math.max(0, this.#end - this.#blocks.length * this.#blockBytes);
  }

  get allocatedBytes(): number {
    return this.#blocks.filter((block) => block !== undefined).length * this.#blockBytes;
  }

  append(bytes: Uint8Array): void {
    for (let from = 0; from < bytes.length; ) {
      const { block, within } = this.#at(this.#end);
      const length = Math.min(bytes.length - from, this.#blockBytes - within);
      block.set(
        from === 0 && length === bytes.length ? bytes : bytes.subarray(from, from + length),
        within,
      );
      this.#end += length;
      from += length;
    }
  }

  /** From `offset` on as many as are there, at most `bytesMax` and to the end of a block. */
  read(offset: number, bytesMax: number): Uint8Array {
    if (offset < this.start || offset > this.#end) {
      throw new RangeError(`offset ${offset} is not within ${this.start} and ${this.#end}`);
    }
    if (offset === this.#end) return new Uint8Array(0);
    const { block, within } = this.#at(offset);
    const length = Math.min(bytesMax, this.#end - offset, this.#blockBytes - within);
    return block.slice(within, within + length);
  }

  #at(offset: number): { readonly block: Uint8Array; readonly within: number } {
    const index = Math.floor(offset / this.#blockBytes) % this.#blocks.length;
    this.#blocks[index] ??= new Uint8Array(this.#blockBytes);
    return { block: this.#blocks[index], within: offset % this.#blockBytes };
  }
}
