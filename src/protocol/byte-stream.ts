// What a connection that carries a stream of bytes looks like to a gateway: TCP and TLS give it
// (`driver/tcp.ts`), and a pair in memory for tests. All of them run the same contract suite.
//
// It is NOT a `Link`: it knows no messages, channels or players. Where a line begins is
// `protocol/line/line-reader.ts`.

/** Everything that ends a stream; the first of them counts. */
export type StreamEnd =
  /** `end` or `destroy` was called here. */
  | 'closed-here'
  /** The peer said that it sends no more, or hung up in order. */
  | 'closed-by-peer'
  /** Reset, unreachable, silent for the keep-alive, or not what TLS allows. */
  | 'lost'
  /** It did not read: more than `bufferedBytesMax` would have waited for it. */
  | 'slow-reader';

export interface ByteStream {
  /** A numeric address without the port. For rate limits it needs `peerAddress`. */
  readonly remoteAddress: string;
  /** From the start to the first of `end`, `destroy` and the close. */
  readonly isOpen: boolean;
  /** Written and not yet taken by the system. */
  readonly bufferedBytes: number;
  /**
   * True: go on. False: it was taken, but wait for `onDrain` before more; or the stream is not open
   * and nothing was taken. A peer for which more than `bufferedBytesMax` would wait is cut off. The
   * bytes must not be changed afterwards; a string is sent as UTF-8.
   */
  write(data: Uint8Array | string): boolean;
  /**
   * What was written still leaves, then the stream closes; at the latest after a time that the
   * driver bounds. Nothing is received any more.
   */
  end(): void;
  /** At once; what waits is lost. */
  destroy(): void;
  /** No more `onData` until `resume`: the peer is held back, and the memory is bounded. */
  pause(): void;
  resume(): void;

  /**
   * In order; the chunks say nothing. The bytes are the receiver's to keep. Nothing is read before
   * this is set, so nothing is missed.
   */
  onData: ((bytes: Uint8Array) => void) | undefined;
  /**
   * The peer sends no more, and all of it has been given to `onData`; it may still read. To be
   * answered with `end`; without a handler, this side ends by itself.
   */
  onEnd: (() => void) | undefined;
  /** After a `write` that gave false: little or nothing waits now. */
  onDrain: (() => void) | undefined;
  /** Called once, last, and not before the call that caused it has returned. */
  onClose: ((end: StreamEnd) => void) | undefined;
}

/** Why a newcomer was turned away, without a word and without a stream. */
export type StreamRefusal =
  /** As many connections as there may be in all. */
  | 'full'
  /** As many as there may be from one address. */
  | 'address-full'
  /** New ones from one address came faster than they may. */
  | 'address-rate'
  /** TLS did not come about: broken off, too late, or no TLS at all. */
  | 'handshake';

/** The accepting side: one port, many streams. */
export interface StreamListener {
  readonly address: { readonly host: string; readonly port: number };
  /** Open connections, those in their TLS handshake among them. */
  readonly size: number;
  /** Newcomers turned away since the start. */
  refusals(): Readonly<Record<StreamRefusal, number>>;
  /** Accepts no more, destroys the streams that are left, and frees the port. */
  close(): Promise<void>;
}
