// JSON values out of a stream of bytes, with or without line ends between them: an object, an array
// or a text is whole when it closes; any other word is when white space or another value follows,
// and the word `start.` by itself. Bytes that no value can go on with end it at once, so that one
// that was cut off does not swallow what comes after it.
//
// Calling order: `handleBytes`, and `handleEnd` last; `poll` until it gives undefined. Whether a
// word is JSON, and numbers inside a value are, is left to whoever parses it.

import { plainView, utf8Text } from '../../base/bytes.ts';

export type JsonValueEvent =
  /** JSON as far as brackets and texts go, without white space around it; or `start.`. */
  | { readonly kind: 'value'; readonly text: string }
  /** Skipped: from there to the next line end or `{`. */
  | { readonly kind: 'malformed' }
  /** The same, told as soon as it is certain. */
  | { readonly kind: 'too-long' };

/** Arrays and objects inside each other. */
export const jsonValueDepthMax = 32;

const code = (character: string): number => character.charCodeAt(0);
const lf = 10;
const quote = code('"');
const backslash = code('\\');
const [openObject, closeObject] = [code('{'), code('}')] as const;
const [openArray, closeArray] = [code('['), code(']')] as const;
const [colon, comma] = [code(':'), code(',')] as const;

const isSpace = (byte: number): boolean => byte === 32 || byte === 9 || byte === lf || byte === 13;
/** What numbers, true, false and null are written with. */
const isPlain = (byte: number): boolean =>
  (byte >= code('0') && byte <= code('9')) ||
  (byte >= code('a') && byte <= code('z')) ||
  [code('+'), code('-'), code('.'), code('E')].includes(byte);

/** What may come next inside an object or array. */
type Expected = 'value' | 'value-or-end' | 'key' | 'key-or-end' | 'colon' | 'comma-or-end';

/** What a byte came to: it is part of the value, ends it, ended it before, or cannot be. */
type Step = 'more' | 'whole' | 'whole-before' | 'malformed';

const startWord = [...'start.'].map(code);

export class JsonValueReader {
  readonly #valueBytesMax: number;
  readonly #chunks: Uint8Array[] = [];
  #at = 0;
  #waitingBytes = 0;
  #held: number[] = [];
  #isSkipping = false;
  /** Open brackets of the value under way, outermost first; empty for a text or a word. */
  readonly #open: number[] = [];
  #expected: Expected = 'value';
  #isInText = false;
  #isEscaped = false;
  /** Inside an object or array. */
  #isInWord = false;
  #hasEnded = false;

  constructor(valueBytesMax: number) {
    if (!Number.isSafeInteger(valueBytesMax) || valueBytesMax < startWord.length) {
      throw new RangeError(`valueBytesMax must be a whole number, not ${valueBytesMax}`);
    }
    this.#valueBytesMax = valueBytesMax;
  }

  /** Given and not yet asked for; whoever gives bounds it. */
  get waitingBytes(): number {
    return this.#waitingBytes;
  }

  /** The bytes must not be changed until they have been asked for. */
  handleBytes(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    this.#chunks.push(plainView(bytes, 0, bytes.length));
    this.#waitingBytes += bytes.length;
  }

  /** No more bytes come: a word at the end is whole. */
  handleEnd(): void {
    this.#hasEnded = true;
  }

  /** Undefined: it takes more bytes to say. */
  poll(): JsonValueEvent | undefined {
    for (let chunk = this.#chunks[0]; chunk !== undefined; chunk = this.#chunks[0]) {
      while (this.#at < chunk.length) {
        const event = this.#take(chunk[this.#at]!);
        if (event !== undefined) return event;
      }
      this.#chunks.shift();
      this.#at = 0;
    }
    if (!this.#hasEnded || this.#held.length === 0) return undefined;
    const isWord = this.#open.length === 0 && !this.#isInText;
    return isWord ? this.#whole() : this.#broken('malformed');
  }

  #take(byte: number): JsonValueEvent | undefined {
    if (this.#isSkipping && byte !== lf && byte !== openObject) return this.#consume();
    this.#isSkipping = false;
    if (this.#held.length === 0 && isSpace(byte)) return this.#consume();
    const step = this.#held.length === 0 ? this.#begin(byte) : this.#goOn(byte);
    switch (step) {
      case 'whole-before':
        return this.#whole();
      case 'malformed':
        // The byte is looked at again: it may end what is skipped.
        return this.#broken('malformed');
      case 'more':
      case 'whole':
        this.#consume();
        this.#held.push(byte);
        if (this.#held.length > this.#valueBytesMax) return this.#broken('too-long');
        return step === 'whole' ? this.#whole() : undefined;
      default:
        return step satisfies never;
    }
  }

  #consume(): undefined {
    this.#at += 1;
    this.#waitingBytes -= 1;
  }

  #whole(): JsonValueEvent {
    const text = utf8Text(Uint8Array.from(this.#held));
    this.#forget();
    return text === undefined ? { kind: 'malformed' } : { kind: 'value', text };
  }

  #broken(kind: 'malformed' | 'too-long'): JsonValueEvent {
    this.#forget();
    this.#isSkipping = true;
    return { kind };
  }

  #forget(): void {
    this.#held = [];
    this.#open.length = 0;
    this.#isInText = false;
    this.#isEscaped = false;
    this.#isInWord = false;
  }

  #begin(byte: number): Step {
    if (byte === openObject || byte === openArray) return this.#openBracket(byte);
    if (byte === quote) this.#isInText = true;
    return 'more';
  }

  #goOn(byte: number): Step {
    if (this.#isInText) return this.#inText(byte);
    if (this.#open.length > 0) return this.#inBrackets(byte);
    // A word: all of it has to be `start.`, since nothing else ends by itself.
    const ends = isSpace(byte) || byte === openObject || byte === openArray || byte === quote;
    if (ends) return 'whole-before';
    const length = this.#held.length + 1;
    const isStart =
      length === startWord.length &&
      byte === startWord.at(-1) &&
      this.#held.every((held, at) => held === startWord[at]);
    return isStart ? 'whole' : 'more';
  }

  #inText(byte: number): Step {
    if (byte < 32) return 'malformed';
    if (this.#isEscaped) this.#isEscaped = false;
    else if (byte === backslash) this.#isEscaped = true;
    else if (byte === quote) {
      this.#isInText = false;
      if (this.#open.length === 0) return 'whole';
    }
    return 'more';
  }

  #inBrackets(byte: number): Step {
    if (this.#isInWord) {
      if (isPlain(byte)) return 'more';
      this.#isInWord = false;
    }
    if (isSpace(byte)) return 'more';
    switch (this.#expected) {
      case 'colon':
        return this.#expect(byte === colon, 'value');
      case 'comma-or-end':
        if (byte !== comma) return this.#closeBracket(byte);
        return this.#expect(true, this.#open.at(-1) === openObject ? 'key' : 'value');
      case 'key':
      case 'key-or-end':
        if (byte !== quote) {
          return this.#expected === 'key' ? 'malformed' : this.#closeBracket(byte);
        }
        this.#isInText = true;
        return this.#expect(true, 'colon');
      case 'value':
      case 'value-or-end':
        return this.#beginInner(byte);
      default:
        return this.#expected satisfies never;
    }
  }

  #beginInner(byte: number): Step {
    if (byte === openObject || byte === openArray) return this.#openBracket(byte);
    if (byte === quote) this.#isInText = true;
    else if (isPlain(byte)) this.#isInWord = true;
    else return this.#expected === 'value' ? 'malformed' : this.#closeBracket(byte);
    return this.#expect(true, 'comma-or-end');
  }

  #openBracket(byte: number): Step {
    if (this.#open.length >= jsonValueDepthMax) return 'malformed';
    this.#open.push(byte);
    return this.#expect(true, byte === openObject ? 'key-or-end' : 'value-or-end');
  }

  #closeBracket(byte: number): Step {
    const closing = this.#open.at(-1) === openObject ? closeObject : closeArray;
    if (byte !== closing) return 'malformed';
    this.#open.pop();
    return this.#open.length === 0 ? 'whole' : this.#expect(true, 'comma-or-end');
  }

  #expect(isRight: boolean, next: Expected): Step {
    this.#expected = next;
    return isRight ? 'more' : 'malformed';
  }
}
