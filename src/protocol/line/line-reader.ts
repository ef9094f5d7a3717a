// Lines out of a stream of bytes: LF ends a line, a CR before it is dropped, and each line is UTF-8
// or it is not. It is given bytes as they come and asked for lines as they are wanted, so whoever
// reads decides how far ahead to go.
//
// Calling order: `handleBytes`, then `pollLine` until it gives undefined. A line is scanned and
// copied once, however it is cut; of one that is too long nothing is kept. What has no LF yet is no
// line, also at the end of the stream, unless the protocol says so and asks with `takeRest`.

import { plainView, utf8Text } from '../../base/bytes.ts';
import { GrowingBytes } from '../../base/growing-bytes.ts';

export type LineEvent =
  /** Without its end. A NUL or another control character may be in it. */
  | { readonly kind: 'line'; readonly text: string }
  /** Told as soon as it is certain; what follows up to the next LF is skipped. */
  | { readonly kind: 'too-long' }
  /** The line as a whole is left out. */
  | { readonly kind: 'invalid-utf8' };

/** What the text and messenger protocols grant a line, without its end. */
export const lineBytesMaxDefault = 64 * 1024;

const lf = 10;
const cr = 13;
const tooLong: LineEvent = { kind: 'too-long' };
const invalidUtf8: LineEvent = { kind: 'invalid-utf8' };

export class LineReader {
  readonly #lineBytesMax: number;
  /** Given and not yet looked at: `#chunks[0]` from `#at` on. */
  readonly #chunks: Uint8Array[] = [];
  #at = 0;
  #waitingBytes = 0;
  /** The beginning of a line whose end has not come. */
  readonly #held: GrowingBytes;
  #isSkipping = false;

  constructor(lineBytesMax = lineBytesMaxDefault) {
    if (!Number.isSafeInteger(lineBytesMax) || lineBytesMax < 1) {
      throw new RangeError(`lineBytesMax must be a whole number from 1, not ${lineBytesMax}`);
    }
    this.#lineBytesMax = lineBytesMax;
    this.#held = new GrowingBytes(lineBytesMax + 1);
  }

  /** Given and not yet asked for; whoever gives bounds it. */
  get waitingBytes(): number {
    return this.#waitingBytes;
  }

  /** Of the line whose end has not come; at most `lineBytesMax + 1`, for the CR. */
  get heldBytes(): number {
    return this.#held.length;
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

  /** What came after the last LF, as a line: for a stream that has ended. Empty is no line. */
  takeRest(): LineEvent | undefined {
    if (this.#held.length === 0) return undefined;
    const event = lineOf(this.#held.bytes);
    this.#held.clear();
    return event;
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
      this.#held.clear();
      this.#isSkipping = found < 0;
      return tooLong;
    }
    if (found < 0) {
      this.#held.append(chunk, start, end);
      return undefined;
    }
    if (this.#held.length === 0) return lineOf(plainView(chunk, start, end));
    this.#held.append(chunk, start, end);
    const event = lineOf(this.#held.bytes);
    this.#held.clear();
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
    const length = this.#held.length + end - start;
    if (length <= this.#lineBytesMax) return false;
    if (length > this.#lineBytesMax + 1) return true;
    const last = end > start ? chunk[end - 1] : isWhole ? this.#held.bytes.at(-1) : cr;
    return last !== cr;
  }
}

function lineOf(bytes: Uint8Array): LineEvent {
  const end = bytes.at(-1) === cr ? bytes.length - 1 : bytes.length;
  const text = utf8Text(plainView(bytes, 0, end));
  return text === undefined ? invalidUtf8 : { kind: 'line', text };
}
