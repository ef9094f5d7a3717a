// A WebSocket as a stream of bytes, for the lobby protocol in lines: each text message is a line,
// with its end or without. So the client above needs to know only one kind of connection.
//
// It is NOT for other uses: binary messages have no place in this protocol and end the stream, and
// a WebSocket of a browser cannot be held back, so that `pause` does nothing.

import { utf8 } from '../../base/bytes.ts';
import type { ByteStream, StreamEnd } from '../../protocol/byte-stream.ts';
import type { Socket } from '../event-socket.ts';

/** What is used of the host's `WebSocket`. */
export interface LineSocket extends Socket {
  readonly bufferedAmount: number;
}

export class WebSocketStream implements ByteStream {
  /** A WebSocket does not tell. */
  readonly remoteAddress = '';
  onEnd: (() => void) | undefined;
  onDrain: (() => void) | undefined;
  onClose: ((end: StreamEnd) => void) | undefined;
  readonly #socket: LineSocket;
  readonly #unsentBytesMax: number;
  readonly #text = new TextDecoder();
  #isOpen = true;
  #isClosed = false;
  #end: StreamEnd | undefined;
  #onData: ((bytes: Uint8Array) => void) | undefined;
  /** What came before anybody listened. */
  readonly #early: Uint8Array[] = [];

  /** Of a socket that is open. */
  constructor(socket: LineSocket, unsentBytesMax: number) {
    this.#socket = socket;
    this.#unsentBytesMax = unsentBytesMax;
    socket.addEventListener('message', ({ data }) => this.#handleMessage(data));
    socket.addEventListener('close', ({ code }) => this.#handleClose(code));
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  get bufferedBytes(): number {
    return this.#isClosed ? 0 : this.#socket.bufferedAmount;
  }

  get onData(): ((bytes: Uint8Array) => void) | undefined {
    return this.#onData;
  }

  set onData(handler: ((bytes: Uint8Array) => void) | undefined) {
    this.#onData = handler;
    if (handler !== undefined) for (const bytes of this.#early.splice(0)) handler(bytes);
  }

  /** One line. */
  write(data: Uint8Array | string): boolean {
    if (!this.#isOpen) return false;
    if (this.#socket.bufferedAmount + data.length > this.#unsentBytesMax) {
      this.#close('slow-reader');
      return false;
    }
    this.#socket.send(typeof data === 'string' ? data : this.#text.decode(data));
    return true;
  }

  end(): void {
    this.#close('closed-here');
  }

  destroy(): void {
    this.#close('closed-here');
  }

  pause(): void {}

  resume(): void {}

  #close(end: StreamEnd): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#end ??= end;
    this.#socket.close(1000);
  }

  #handleMessage(data: unknown): void {
    if (!this.#isOpen) return;
    if (typeof data !== 'string') {
      this.#close('lost');
      return;
    }
    const bytes = utf8(data.endsWith('\n') ? data : `${data}\n`);
    if (this.#onData === undefined) this.#early.push(bytes);
    else this.#onData(bytes);
  }

  #handleClose(code: number): void {
    this.#isOpen = false;
    if (this.#isClosed) return;
    this.#isClosed = true;
    // 1006: no close was ever said.
    this.onClose?.(this.#end ?? (code === 1006 ? 'lost' : 'closed-by-peer'));
  }
}
