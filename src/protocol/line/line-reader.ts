// Lines out of a stream of bytes: LF ends a line, a CR before it is dropped, and each line is UTF-8
// or it is not. It is given bytes as they come and asked for lines as they are wanted, so whoever
// reads decides how far ahead to go.
//
// Calling order: `handleBytes`, then `pollLine` until it gives undefined. A line is scanned and
// copied once, however it is cut; of one that is too long nothing is kept. What has no LF yet is no
// line, also at the end of the stream.

import { plainView, utf8Text } from '../../base/bytes.ts';

export type LineEvent =
  /** Without its end. A NUL or another control character may be in it. */
  | { readonly kind: 'line'; readonly text: string }
  /** Told as soon as it is certain; what follows up to the next LF is skipped. */
  | { readonly kind: 'too-long' }
  /** The line as a whole is left out. */
  | { readonly kind: 'invalid-utf8' };

/** What the text and messenger protocols grant a line, without its end. */
export const lineBytesMaxDefault = 64 * 1024;

/** A beginning of a line is kept in a buffer of at least this, which then doubles. */
const heldBytesMin = 128;
const lf = 10;
const cr = 13;
const nothing = new Uint8Array(0);
const tooLong: LineEvent = { kind: 'too-long' };
const invalidUtf8: LineEvent = { kind: 'invalid-utf8' };

export class LineReader {
  readonly #lineBytesMax: number;
  /** Given and not yet looked at: `#chunks[0]` from `#at` on. */
  readonly #chunks: Uint8Array[] = [];
  #at = 0;
  #waitingBytes = 0;
  /** The beginning of a line whose end has not come, in the first `#heldBytes`. */
  #held: Uint8Array = nothing;
  #heldBytes = 0;
  #isSkipping = false;

  constructor(lineBytesMax = lineBytesMaxDefault) {
    if (!Number.isSafeInteger(lineBytesMax) || lineBytesMax < 1) {
      throw new RangeError(`lineBytesMax must be a whole number from 1, not ${lineBytesMax}`);
    }
    this.#lineBytesMax = lineBytesMax;
  }

  /** Given and not yet asked for; whoever gives bounds it. */
  get waitingBytes(): number {
    return this.#waitingBytes;
  }

  /** Of the line whose end has not come; at most `lineBytesMax + 1`, for the CR. */
  get heldBytes(): number {
    return this.#heldBytes;
  }

  /** The bytes must not be changed until they have been asked for. */
  handleBytes(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    this.#chunks.push(plainView(bytes, 0, bytes.length));
    this.#waitingBytes += bytes.length;
  }

  /** Undefined: it takes more bytes to say. */
  pollLine(): LineEvent | undefined {
    for (let chunk = this.#chunks[0]; chunk !== undefined; chunk = this.#chunks[0]) {
      const event = this.#read(chunk);
      if (event !== undefined) return event;
    }
    return undefined;
  }

  /** Up to one event out of the first chunk, or the rest of it. */
  #read(chunk: Uint8Array): LineEvent | undefined {
    const start = this.#at;
    const found = chunk.indexOf(lf, start);
    const end = found < 0 ? chunk.length : found;
    this.#advance(chunk, found < 0 ? end : end + 1);
    if (this.#isSkipping) {
      this.#isSkipping = found < 0;
      return undefined;
    }
    if (this.#isTooLong(chunk, start, end, found >= 0)) {
      this.#forget();
      this.#isSkipping = found < 0;
      return tooLong;
    }
    if (found < 0) {
      this.#hold(chunk, start, end);
      return undefined;
    }
    if (this.#heldBytes === 0) return lineOf(chunk, start, end);
    this.#hold(chunk, start, end);
    const event = lineOf(this.#held, 0, this.#heldBytes);
    this.#forget();
    return event;
  }

  #advance(chunk: Uint8Array, to: number): void {
    this.#waitingBytes -= to - this.#at;
    if (to === chunk.length) {
      this.#chunks.shift();
      this.#at = 0;
    } else {
      this.#at = to;
    }
  }

  /** One byte more than the limit is fine where that is the CR of the line's end. */
  #isTooLong(chunk: Uint8Array, start: number, end: number, isWhole: boolean): boolean {
    const length = this.#heldBytes + end - start;
    if (length <= this.#lineBytesMax) return false;
    if (length > this.#lineBytesMax + 1) return true;
    const last = end > start ? chunk[end - 1] : isWhole ? this.#held[this.#heldBytes - 1] : cr;
    return last !== cr;
  }

  #hold(chunk: Uint8Array, start: number, end: number): void {
    const length = this.#heldBytes + end - start;
    if (length > this.#held.length) {
      const room = Math.max(heldBytesMin, 2 * this.#held.length, length);
      const grown = new Uint8Array(Math.min(room, this.#lineBytesMax + 1));
      grown.set(this.#held.subarray(0, this.#heldBytes));
      this.#held = grown;
    }
    for (let at = start; at < end; at++) this.#held[this.#heldBytes++] = chunk[at]!;
  }

  /** An idle connection holds nothing. */
  #forget(): void {
    this.#held = nothing;
    this.#heldBytes = 0;
  }
}

function lineOf(bytes: Uint8Array, start: number, end: number): LineEvent {
  const textEnd = end > start && bytes[end - 1] === cr ? end - 1 : end;
  const text = utf8Text(plainView(bytes, start, textEnd));
  return text === undefined ? invalidUtf8 : { kind: 'line', text };
}
