// The newest bytes of a stream by their place in it. Large pieces are kept as they came, without a
// copy, and given out as views: who appends one lets go of it, and nobody changes bytes that are
// here. Small pieces are copied together, so that a sender of single bytes costs no more.

/**
 * Gives memory back now: left to the garbage collector, a transfer would hold several windows. Only
 * what is a whole buffer, since others may have views of parts of one. A socket must not have it
 * any more: what a sink has not sent is at most `aheadBytes` old, since the source waits then, and
 * a window is many times as long.
 */
function letGo({ buffer, byteLength }: Uint8Array): void {
  if (buffer instanceof ArrayBuffer && buffer.byteLength === byteLength) buffer.transfer(0);
}

interface Piece {
  /** Place of its first byte in the stream. */
  readonly start: number;
  bytes: Uint8Array;
  /** As many of them are filled. */
  length: number;
}

/** Pieces of so many bytes and more are kept as they are. */
const largeBytesMin = 16 * 1024;
/** What small pieces are copied into; an eighth of a window that is small itself. */
const blockBytesMax = 64 * 1024;

const gone: Piece = { start: 0, bytes: new Uint8Array(0), length: 0 };

export class ReplayWindow {
  readonly #bytesMax: number;
  readonly #blockBytes: number;
  /** In order, without gaps; those before `#first` have gone. */
  #pieces: Piece[] = [];
  #first = 0;
  #end = 0;
  #allocatedBytes = 0;

  /** Holds so many of the newest bytes, and at most one piece more. */
  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
    this.#blockBytes = Math.min(blockBytesMax, Math.ceil(bytesMax / 8));
  }

  /** Of all bytes ever appended, the place after the last. */
  get end(): number {
    return this.#end;
  }

  /** The place of the oldest byte that is still here. */
  get start(): number {
    return this.#pieces[this.#first]?.start ?? 0;
  }

  get allocatedBytes(): number {
    return this.#allocatedBytes;
  }

  /** The bytes are the window’s from now on, and their buffer with them. */
  append(bytes: Uint8Array): void {
    if (bytes.length >= largeBytesMin) {
      this.#trimLast();
      this.#add(bytes, bytes.length);
    } else this.#copy(bytes);
    this.#end += bytes.length;
    this.#forget();
  }

  /** From `offset` on as many as are there in one piece, at most `bytesMax`. A view. */
  read(offset: number, bytesMax: number): Uint8Array {
    if (offset < this.start || offset > this.#end) {
      throw new RangeError(`offset ${offset} is not within ${this.start} and ${this.#end}`);
    }
    const piece = this.#pieces[this.#indexOf(offset)];
    if (piece === undefined || offset === this.#end) return new Uint8Array(0);
    const within = offset - piece.start;
    return piece.bytes.subarray(within, Math.min(piece.length, within + bytesMax));
  }

  /** What is free in a block is lost when a large piece follows: one byte would hold 64 KiB. */
  #trimLast(): void {
    const last = this.#pieces.at(-1);
    if (last === undefined || last.length === last.bytes.length) return;
    this.#allocatedBytes -= last.bytes.length - last.length;
    // Not `transfer`: a sink may have views of the block.
    last.bytes = last.bytes.slice(0, last.length);
  }

  #copy(bytes: Uint8Array): void {
    let last = this.#pieces.at(-1);
    let from = 0;
    let end = this.#end;
    while (from < bytes.length) {
      if (last === undefined || last.length === last.bytes.length) {
        last = this.#add(new Uint8Array(this.#blockBytes), 0, end);
      }
      const length = Math.min(bytes.length - from, last.bytes.length - last.length);
      last.bytes.set(bytes.subarray(from, from + length), last.length);
      last.length += length;
      from += length;
      end += length;
    }
  }

  #add(bytes: Uint8Array, length: number, start = this.#end): Piece {
    const piece: Piece = { start, bytes, length };
    this.#pieces.push(piece);
    this.#allocatedBytes += bytes.length;
    return piece;
  }

  #forget(): void {
    for (;;) {
      const second = this.#pieces[this.#first + 1];
      if (second === undefined || this.#end - second.start < this.#bytesMax) break;
      const bytes = this.#pieces[this.#first]?.bytes ?? gone.bytes;
      this.#allocatedBytes -= bytes.length;
      this.#pieces[this.#first] = gone;
      letGo(bytes);
      this.#first++;
    }
    // In runs, since taking one from the front moves all others.
    if (this.#first > 64 && this.#first * 2 > this.#pieces.length) {
      this.#pieces = this.#pieces.slice(this.#first);
      this.#first = 0;
    }
  }

  #indexOf(offset: number): number {
    let low = this.#first;
    let high = this.#pieces.length - 1;
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if ((this.#pieces[middle]?.start ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}
