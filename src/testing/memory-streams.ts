// Two byte streams that are each other's peer, within one process, for tests without sockets. Bytes
// arrive in tasks of their own, in order, in chunks that a seed decides. Nothing is ever `lost`.

import { utf8 } from '../base/bytes.ts';
import { type Random, seededRandom } from '../base/prng.ts';
import type { ByteStream, StreamEnd } from '../protocol/byte-stream.ts';

/** `whole`: as they were written. `bytes`: one at a time. `random`: joined and cut anywhere. */
export type Chunking = 'whole' | 'bytes' | 'random';

export interface MemoryStreamOptions {
  /** Default `whole`. */
  readonly chunking?: Chunking;
  /** Default 0. */
  readonly seed?: number;
  /** What may wait in one direction; past it, the writer cuts its peer off. Default 1 MiB. */
  readonly bufferedBytesMax?: number;
  /** The accepting side sees the other here. Default `192.0.2.1`. */
  readonly clientAddress?: string;
}

export interface MemoryStreamPair {
  readonly host: ByteStream;
  readonly client: ByteStream;
}

/** `write` says false from here on. */
const markBytes = 16 * 1024;
const randomChunkBytesMax = 4 * 1024;

export function memoryStreamPair(options: MemoryStreamOptions = {}): MemoryStreamPair {
  const { chunking = 'whole', seed = 0, bufferedBytesMax = 1024 * 1024 } = options;
  const random = seededRandom('memory streams', seed);
  const cut = (length: number): number => chunkBytes[chunking](length, random);
  const host = new MemoryStream(options.clientAddress ?? '192.0.2.1', cut, bufferedBytesMax);
  const client = new MemoryStream('192.0.2.2', cut, bufferedBytesMax);
  host.peer = client;
  client.peer = host;
  return { host, client };
}

const chunkBytes: Readonly<Record<Chunking, (length: number, random: Random) => number>> = {
  whole: (length) => length,
  bytes: () => 1,
  random: (length, random) => 1 + random.below(Math.min(length, randomChunkBytesMax)),
};

class MemoryStream implements ByteStream {
  readonly remoteAddress: string;
  onEnd: (() => void) | undefined;
  onDrain: (() => void) | undefined;
  onClose: ((end: StreamEnd) => void) | undefined;
  peer: MemoryStream | undefined;
  readonly #cut: (length: number) => number;
  readonly #bufferedBytesMax: number;
  #state: 'open' | 'ending' | 'closed' = 'open';
  #end: StreamEnd | undefined;
  #onData: ((bytes: Uint8Array) => void) | undefined;
  #isPaused = false;
  #hasPeerEnded = false;
  /** On their way to the peer. */
  readonly #outbox: Uint8Array[] = [];
  #bufferedBytes = 0;
  #wantsDrain = false;
  #hasTask = false;

  constructor(remoteAddress: string, cut: (length: number) => number, bufferedBytesMax: number) {
    this.remoteAddress = remoteAddress;
    this.#cut = cut;
    this.#bufferedBytesMax = bufferedBytesMax;
  }

  get isOpen(): boolean {
    return this.#state === 'open';
  }

  get bufferedBytes(): number {
    return this.#bufferedBytes;
  }

  get onData(): ((bytes: Uint8Array) => void) | undefined {
    return this.#onData;
  }

  set onData(handler: ((bytes: Uint8Array) => void) | undefined) {
    this.#onData = handler;
    this.peer?.wake();
  }

  write(data: Uint8Array | string): boolean {
    if (!this.isOpen) return false;
    const bytes = typeof data === 'string' ? utf8(data) : data;
    if (this.#bufferedBytes + bytes.length > this.#bufferedBytesMax) {
      this.#destroy('slow-reader');
      return false;
    }
    if (bytes.length > 0) this.#outbox.push(bytes);
    this.#bufferedBytes += bytes.length;
    this.wake();
    if (this.#bufferedBytes < markBytes) return true;
    this.#wantsDrain = true;
    return false;
  }

  end(): void {
    if (!this.isOpen) return;
    this.#end ??= 'closed-here';
    this.#state = 'ending';
    this.wake();
    this.peer?.wake();
  }

  destroy(): void {
    this.#destroy('closed-here');
  }

  pause(): void {
    this.#isPaused = true;
  }

  resume(): void {
    this.#isPaused = false;
    this.peer?.wake();
  }

  /** One delivery per task, as a socket reads once per turn. */
  wake(): void {
    if (this.#hasTask) return;
    this.#hasTask = true;
    setImmediate(() => {
      this.#hasTask = false;
      this.#deliver();
    });
  }

  #deliver(): void {
    const { peer } = this;
    if (this.#state === 'closed' || peer === undefined || !peer.#takes) return;
    const [first] = this.#outbox;
    if (first === undefined) {
      if (this.#state === 'ending') peer.#handlePeerEnd();
      return;
    }
    const length = Math.min(first.length, this.#cut(first.length));
    if (length === first.length) this.#outbox.shift();
    else this.#outbox[0] = first.subarray(length);
    this.#bufferedBytes -= length;
    if (this.#outbox.length > 0 || this.#state === 'ending') this.wake();
    // A copy, so that the receiver's and the writer's memory have nothing to do with each other.
    if (peer.isOpen) peer.#onData?.(first.slice(0, length));
    if (this.#bufferedBytes === 0 && this.#wantsDrain && this.isOpen) {
      this.#wantsDrain = false;
      this.onDrain?.();
    }
  }

  /** Whoever is closing reads on and throws away, to come to the peer's end. */
  get #takes(): boolean {
    return this.#state !== 'open' || (this.#onData !== undefined && !this.#isPaused);
  }

  #handlePeerEnd(): void {
    if (this.#hasPeerEnded || this.#state === 'closed') return;
    this.#hasPeerEnded = true;
    this.#end ??= 'closed-by-peer';
    if (this.isOpen) {
      if (this.onEnd === undefined) this.end();
      else this.onEnd();
    }
    // The other direction has ended before: nothing is left to come from either side.
    const { peer } = this;
    if (peer === undefined) return;
    if (!peer.#hasPeerEnded) return;
    this.#close();
    peer.#close();
  }

  #destroy(end: StreamEnd): void {
    if (this.#state === 'closed') return;
    if (this.isOpen) this.#end = end;
    this.#state = 'ending';
    const { peer } = this;
    setImmediate(() => {
      this.#close();
      if (peer !== undefined) peer.#handlePeerGone();
    });
  }

  #handlePeerGone(): void {
    if (this.#state === 'closed') return;
    this.#end ??= 'closed-by-peer';
    this.#close();
  }

  #close(): void {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    this.#outbox.length = 0;
    this.#bufferedBytes = 0;
    this.onClose?.(this.#end ?? 'lost');
  }
}
