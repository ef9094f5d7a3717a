// Byte streams of which a test can tell when nothing is on its way any more, in memory or over a
// socket: both ends count what they have written and got.

import { utf8 } from '../../base/bytes.ts';
import { connectTcp, listenTcp } from '../../driver/tcp.ts';
import type { ByteStream, StreamEnd } from '../../protocol/byte-stream.ts';
import { memoryStreamPair } from '../../testing/memory-streams.ts';

export class CountedStream implements ByteStream {
  onEnd: (() => void) | undefined;
  onDrain: (() => void) | undefined;
  onClose: ((end: StreamEnd) => void) | undefined;
  written = 0;
  got = 0;
  isClosed = false;
  readonly #inner: ByteStream;
  #onData: ((bytes: Uint8Array) => void) | undefined;

  constructor(inner: ByteStream) {
    this.#inner = inner;
    inner.onEnd = () => (this.onEnd === undefined ? inner.end() : this.onEnd());
    inner.onDrain = () => this.onDrain?.();
    inner.onClose = (end) => {
      this.isClosed = true;
      this.onClose?.(end);
    };
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

  get onData(): ((bytes: Uint8Array) => void) | undefined {
    return this.#onData;
  }

  set onData(handler: ((bytes: Uint8Array) => void) | undefined) {
    this.#onData = handler;
    this.#inner.onData = (bytes) => {
      this.got += bytes.length;
      this.#onData?.(bytes);
    };
  }

  write(data: Uint8Array | string): boolean {
    const bytes = typeof data === 'string' ? utf8(data) : data;
    if (this.isOpen) this.written += bytes.length;
    return this.#inner.write(bytes);
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
}

export interface CountedPair {
  readonly host: CountedStream;
  readonly client: CountedStream;
}

export interface Carrier {
  /** The host's end is accepted before the client's is given back. */
  open(accept: (stream: ByteStream) => void): Promise<CountedPair>;
  send(pair: CountedPair, bytes: Uint8Array): Promise<void>;
  close(): Promise<void>;
}

const task = () => new Promise<void>((done) => setImmediate(done));

/** Nothing is on its way from either side to the other. */
export async function arrived({ host, client }: CountedPair): Promise<void> {
  const isQuiet = () => host.got === client.written && client.got === host.written;
  while (!isQuiet() && !(host.isClosed && client.isClosed)) await task();
}

async function memory(): Promise<Carrier> {
  return {
    open: async (accept) => {
      const ends = memoryStreamPair({ bufferedBytesMax: 8 * 1024 * 1024 });
      const pair = { host: new CountedStream(ends.host), client: new CountedStream(ends.client) };
      accept(pair.host);
      return pair;
    },
    send: async ({ client }, bytes) => void client.write(bytes),
    close: async () => {},
  };
}

async function tcp(isByByte: boolean): Promise<Carrier> {
  let onStream = (_stream: ByteStream): void => {};
  const listener = await listenTcp({ port: 0 }, (stream) => onStream(stream));
  return {
    open: async (accept) => {
      const accepted = new Promise<CountedStream>((done) => {
        onStream = (stream) => {
          const host = new CountedStream(stream);
          accept(host);
          done(host);
        };
      });
      const client = new CountedStream(await connectTcp(listener.address));
      return { host: await accepted, client };
    },
    send: async (pair, bytes) => {
      if (!isByByte) pair.client.write(bytes);
      for (let at = 0; isByByte && at < bytes.length; at++) {
        pair.client.write(bytes.slice(at, at + 1));
        while (pair.host.got < pair.client.written && pair.host.isOpen) await task();
      }
    },
    close: () => listener.close(),
  };
}

export const carriers = {
  'streams in memory': memory,
  'TCP, one byte at a time': () => tcp(true),
  'TCP, in one segment': () => tcp(false),
} as const;
