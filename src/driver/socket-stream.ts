// A `ByteStream` over one socket of node:net or node:tls. The socket must allow half-open ends: a
// peer that has said everything may still wait for the answers.
//
// It does NOT open, accept or count sockets; `tcp.ts` does.

import type { Socket } from 'node:net';
import type { ByteStream, StreamEnd } from '../protocol/byte-stream.ts';
import type { StreamLimits } from './stream-limits.ts';
import type { TurnWrites } from './turn-writes.ts';

export type SocketStreamLimits = Pick<StreamLimits, 'bufferedBytesMax' | 'endTimeoutMs'>;

export class SocketStream implements ByteStream {
  readonly remoteAddress: string;
  onEnd: (() => void) | undefined;
  onDrain: (() => void) | undefined;
  onClose: ((end: StreamEnd) => void) | undefined;
  readonly #socket: Socket;
  readonly #limits: SocketStreamLimits;
  readonly #writes: TurnWrites;
  #state: 'open' | 'ending' | 'closed' = 'open';
  /** Why it closes, as soon as that is known. */
  #end: StreamEnd | undefined;
  #onData: ((bytes: Uint8Array) => void) | undefined;
  #isPaused = false;
  #endTimer: NodeJS.Timeout | undefined;

  constructor(socket: Socket, limits: SocketStreamLimits, writes: TurnWrites) {
    this.#socket = socket;
    this.#limits = limits;
    this.#writes = writes;
    this.remoteAddress = socket.remoteAddress ?? '';
    socket.on('end', () => this.#handleEnd());
    socket.on('drain', () => {
      if (this.#state === 'open') this.onDrain?.();
    });
    socket.on('error', () => {
      this.#end ??= 'lost';
    });
    socket.on('close', () => this.#handleClose());
  }

  get isOpen(): boolean {
    return this.#state === 'open' && !this.#socket.destroyed;
  }

  get bufferedBytes(): number {
    return this.#state === 'closed' ? 0 : this.#socket.writableLength;
  }

  get onData(): ((bytes: Uint8Array) => void) | undefined {
    return this.#onData;
  }

  set onData(handler: ((bytes: Uint8Array) => void) | undefined) {
    const isFirst = this.#onData === undefined;
    this.#onData = handler;
    if (!isFirst || handler === undefined || this.#state !== 'open') return;
    // Listening starts the reading, also where it was paused before.
    this.#socket.on('data', (bytes: Uint8Array) => {
      if (this.#state === 'open') this.#onData?.(bytes);
    });
    if (this.#isPaused) this.#socket.pause();
  }

  write(data: Uint8Array | string): boolean {
    if (!this.isOpen) return false;
    // As bytes, since the socket would count a string by its characters.
    const bytes = typeof data === 'string' ? Buffer.from(data) : data;
    if (this.#socket.writableLength + bytes.length > this.#limits.bufferedBytesMax) {
      this.#destroy('slow-reader');
      return false;
    }
    return this.#writes.write(this.#socket, bytes);
  }

  end(): void {
    if (!this.isOpen) return;
    this.#state = 'ending';
    this.#end ??= 'closed-here';
    this.#endTimer = setTimeout(() => this.#socket.destroy(), this.#limits.endTimeoutMs).unref();
    this.#socket.end();
    // Unread bytes in the kernel would turn the close into a reset, and the last words be lost.
    this.#socket.resume();
  }

  destroy(): void {
    this.#destroy('closed-here');
  }

  pause(): void {
    this.#isPaused = true;
    if (this.#state === 'open') this.#socket.pause();
  }

  resume(): void {
    this.#isPaused = false;
    if (this.#onData !== undefined) this.#socket.resume();
  }

  #destroy(end: StreamEnd): void {
    if (this.#state === 'closed') return;
    if (this.#state === 'open') this.#end = end;
    this.#state = 'ending';
    this.#socket.destroy();
  }

  #handleEnd(): void {
    this.#end ??= 'closed-by-peer';
    if (this.#state !== 'open') return;
    if (this.onEnd === undefined) this.end();
    else this.onEnd();
  }

  #handleClose(): void {
    this.#state = 'closed';
    clearTimeout(this.#endTimer);
    this.onClose?.(this.#end ?? 'lost');
  }
}
