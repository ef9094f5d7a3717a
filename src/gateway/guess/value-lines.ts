// A stream of JSON values as a stream of lines, so that what all line wires share carries this one
// too: each value becomes a line of its own, however it came. What could not be read becomes a line
// that no value is.

import { utf8 } from '../../base/bytes.ts';
import type { ByteStream, StreamEnd } from '../../protocol/byte-stream.ts';
import { JsonValueReader } from '../../protocol/line/json-values.ts';

/** In the place of a value that was malformed. */
export const malformedLine = '';
/** In the place of one that was too long: no value has a NUL in it. */
export const tooLongLine = '\0';

export class ValueLines implements ByteStream {
  readonly #inner: ByteStream;
  readonly #reader: JsonValueReader;
  #onData: ((bytes: Uint8Array) => void) | undefined;
  #onEnd: (() => void) | undefined;

  constructor(inner: ByteStream, valueBytesMax: number) {
    this.#inner = inner;
    this.#reader = new JsonValueReader(valueBytesMax);
  }

  get remoteAddress(): string {
    return this.#inner.remoteAddress;
  }

  get isOpen(): boolean {
    return this.#inner.isOpen;
  }

  get bufferedBytes(): number {
    return this.#inner.bufferedBytes;
  }

  write(data: Uint8Array | string): boolean {
    return this.#inner.write(data);
  }

  end(): void {
    this.#inner.end();
  }

  destroy(): void {
    this.#inner.destroy();
  }

  pause(): void {
    this.#inner.pause();
  }

  resume(): void {
    this.#inner.resume();
  }

  get onData(): ((bytes: Uint8Array) => void) | undefined {
    return this.#onData;
  }

  set onData(handler: ((bytes: Uint8Array) => void) | undefined) {
    this.#onData = handler;
    this.#inner.onData = (bytes) => {
      this.#reader.handleBytes(bytes);
      this.#passOn();
    };
  }

  get onEnd(): (() => void) | undefined {
    return this.#onEnd;
  }

  set onEnd(handler: (() => void) | undefined) {
    this.#onEnd = handler;
    this.#inner.onEnd = () => {
      this.#reader.handleEnd();
      this.#passOn();
      if (this.#onEnd === undefined) this.end();
      else this.#onEnd();
    };
  }

  get onDrain(): (() => void) | undefined {
    return this.#inner.onDrain;
  }

  set onDrain(handler: (() => void) | undefined) {
    this.#inner.onDrain = handler;
  }

  get onClose(): ((end: StreamEnd) => void) | undefined {
    return this.#inner.onClose;
  }

  set onClose(handler: ((end: StreamEnd) => void) | undefined) {
    this.#inner.onClose = handler;
  }

  #passOn(): void {
    let lines = '';
    for (let event = this.#reader.poll(); event !== undefined; event = this.#reader.poll()) {
      // White space between the parts of a value; inside a text there is no line end.
      if (event.kind === 'value') lines += `${event.text.replace(/[\r\n]+/g, ' ')}\n`;
      else lines += `${event.kind === 'too-long' ? tooLongLine : malformedLine}\n`;
    }
    if (lines !== '') this.#onData?.(utf8(lines));
  }
}
