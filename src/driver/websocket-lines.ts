// Lines over WebSocket as a `ByteStream`: each text message is a line, with or without its LF, and
// each `write` is one text message. So a wire of lines serves browsers and programs that speak
// WebSocket alone, and knows nothing of it.
//
// It does NOT open a port: the HTTP server's `upgrade` event, for the path of such a wire, goes to
// `handleUpgrade`. A page of any origin may connect, since who one is is said in the lines.

import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import type { ByteStream, StreamEnd } from '../protocol/byte-stream.ts';
import { StreamAdmission } from './stream-admission.ts';
import { type StreamLimits, streamLimits } from './stream-limits.ts';

export interface WebSocketLinesOptions {
  /** Where the peer is, as far as limits and the stream go. */
  readonly addressOf: (request: IncomingMessage) => string;
  /** Of one text message; a longer one ends the connection. */
  readonly messageBytesMax: number;
  readonly limits?: Partial<StreamLimits>;
}

/** `write` says false from here on. */
const markBytes = 16 * 1024;
const lf = 10;
const oneLf = Uint8Array.of(lf);

export class WebSocketLines {
  readonly #options: WebSocketLinesOptions;
  readonly #limits: StreamLimits;
  readonly #admission: StreamAdmission;
  readonly #server: WebSocketServer;
  readonly #onStream: (stream: ByteStream) => void;
  readonly #streams = new Set<WebSocketLineStream>();
  #isClosed = false;

  constructor(options: WebSocketLinesOptions, onStream: (stream: ByteStream) => void) {
    this.#options = options;
    this.#limits = { ...streamLimits, ...options.limits };
    this.#admission = new StreamAdmission(this.#limits);
    this.#onStream = onStream;
    this.#server = serverOf(options.messageBytesMax, this.#limits.endTimeoutMs);
  }

  /** For the HTTP server's `upgrade` event. */
  readonly handleUpgrade = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    // Until ws takes the socket nobody else listens for its errors.
    const ignore = (): void => {};
    socket.on('error', ignore);
    const address = this.#options.addressOf(request);
    const isRefused = this.#isClosed || this.#admission.admit(address, performance.now());
    if (isRefused) {
      socket.end('HTTP/1.1 503 Refused\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
      return;
    }
    const leave = (): void => this.#admission.release(address);
    socket.once('close', leave);
    this.#server.handleUpgrade(request, socket, head, (webSocket) => {
      socket.off('error', ignore);
      const stream = new WebSocketLineStream(webSocket, address, this.#limits);
      this.#streams.add(stream);
      webSocket.once('close', () => this.#streams.delete(stream));
      this.#onStream(stream);
    });
  };

  /** Takes nobody any more, and destroys the streams that are left. */
  close(): void {
    this.#isClosed = true;
    for (const stream of [...this.#streams]) stream.destroy();
    this.#server.close();
  }
}

/** By way of a constant, because the types of ws do not know closeTimeout yet. */
function serverOf(maxPayload: number, closeTimeout: number): WebSocketServer {
  const options = {
    ...{ noServer: true, clientTracking: false, perMessageDeflate: false },
    ...{ maxPayload, closeTimeout },
  };
  return new WebSocketServer(options);
}

class WebSocketLineStream implements ByteStream {
  readonly remoteAddress: string;
  onEnd: (() => void) | undefined;
  onDrain: (() => void) | undefined;
  onClose: ((end: StreamEnd) => void) | undefined;
  readonly #socket: WebSocket;
  readonly #bufferedBytesMax: number;
  #onData: ((bytes: Uint8Array) => void) | undefined;
  /** What ws gave out although it was paused: the rest of what it had read. */
  readonly #pending: Uint8Array[] = [];
  #isPaused = false;
  #wantsDrain = false;
  #end: StreamEnd | undefined;

  constructor(socket: WebSocket, remoteAddress: string, limits: StreamLimits) {
    this.#socket = socket;
    this.remoteAddress = remoteAddress;
    this.#bufferedBytesMax = limits.bufferedBytesMax;
    socket.on('message', (data: Uint8Array, isBinary) => this.#handleMessage(data, isBinary));
    // ws closes by itself then; a message over the limit is such an error, too.
    socket.on('error', () => {
      this.#end ??= 'lost';
    });
    socket.on('close', () => {
      this.#pending.length = 0;
      this.onClose?.(this.#end ?? 'closed-by-peer');
    });
    socket.pause();
  }

  get isOpen(): boolean {
    return this.#end === undefined && this.#socket.readyState === this.#socket.OPEN;
  }

  get bufferedBytes(): number {
    return this.#socket.readyState === this.#socket.CLOSED ? 0 : this.#socket.bufferedAmount;
  }

  get onData(): ((bytes: Uint8Array) => void) | undefined {
    return this.#onData;
  }

  set onData(handler: ((bytes: Uint8Array) => void) | undefined) {
    this.#onData = handler;
    this.#flow();
  }

  write(data: Uint8Array | string): boolean {
    if (!this.isOpen) return false;
    const bytes = typeof data === 'string' ? Buffer.from(data) : data;
    if (this.#socket.bufferedAmount + bytes.length > this.#bufferedBytesMax) {
      this.#destroy('slow-reader');
      return false;
    }
    this.#socket.send(bytes, { binary: false }, () => this.#handleSent());
    if (this.#socket.bufferedAmount < markBytes) return true;
    this.#wantsDrain = true;
    return false;
  }

  end(): void {
    if (!this.isOpen) return;
    this.#end = 'closed-here';
    this.#socket.close(1000);
    // The peer's own close must be read.
    this.#socket.resume();
  }

  destroy(): void {
    this.#destroy('closed-here');
  }

  pause(): void {
    this.#isPaused = true;
    this.#socket.pause();
  }

  resume(): void {
    this.#isPaused = false;
    this.#flow();
  }

  #destroy(end: StreamEnd): void {
    this.#end ??= end;
    this.#socket.terminate();
  }

  #handleMessage(data: Uint8Array, isBinary: boolean): void {
    if (this.#end !== undefined) return;
    if (isBinary) {
      this.#end = 'lost';
      this.#socket.close(1003, 'messages are text');
      return;
    }
    this.#pending.push(data);
    this.#flow();
  }

  #flow(): void {
    while (this.#onData !== undefined && !this.#isPaused) {
      const line = this.#pending.shift();
      if (line === undefined) {
        this.#socket.resume();
        return;
      }
      if (this.#end !== undefined) return;
      this.#onData(line);
      if (line.at(-1) !== lf) this.#onData(oneLf);
    }
  }

  #handleSent(): void {
    if (!this.#wantsDrain || !this.isOpen || this.#socket.bufferedAmount >= markBytes) return;
    this.#wantsDrain = false;
    this.onDrain?.();
  }
}
