// One connection of the lobby protocol, whatever its framing: messages out of and into a
// `FramedConnection`. A reply is sent and awaited, so that a client that does not read is not read;
// a message that others caused is written and waits, within a bound.

import type { Log, Metrics } from '../../contract/telemetry.ts';
import type { Timers } from '../../domain/ports.ts';
import type { ByteStream } from '../../protocol/byte-stream.ts';
import {
  type LobbyCodec,
  type LobbyDecoded,
  type LobbyDecoder,
  malformed,
} from '../../protocol/lobby/lobby-codec.ts';
import { type ConnectionEnd, FramedConnection, type FrameReader } from '../framed-connection.ts';
import type { LobbyLimits } from './lobby-limits.ts';
import { notice } from './lobby-user.ts';

/** What came: a message or anything else that is JSON, or bytes that end the connection. */
export type LobbyFrame = Exclude<LobbyDecoded, { readonly kind: 'more' }>;

export interface LobbyConnectionContext {
  readonly wire: string;
  readonly timers: Timers;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly limits: LobbyLimits;
  readonly held: HeldBytes;
}

export class LobbyConnection extends FramedConnection<LobbyFrame> {
  readonly codec: LobbyCodec;
  readonly #metrics: Metrics;
  readonly #reader: LobbyReader;

  constructor(
    stream: ByteStream,
    codec: LobbyCodec,
    context: LobbyConnectionContext,
    onEnd: (end: ConnectionEnd) => void,
  ) {
    const { limits, held } = context;
    const reader = new LobbyReader(codec.createDecoder(limits.messageBytesMax), limits, held);
    super(stream, {
      ...context,
      reader,
      limits: {
        waitingBytesMax: limits.waitingBytesMax,
        framesPerTurnMax: limits.messagesPerTurnMax,
        unsentBytesMax: limits.unsentBytesMax,
        loginWithinMs: limits.loginWithinMs,
        // What is wrong closes at once.
        abusesMax: 0,
        abuseWindowMs: 0,
      },
      farewell: (reason) =>
        reason === 'shutdown'
          ? codec.encode(notice('info', 'The server is shutting down.'))
          : undefined,
      onEnd: (end) => {
        reader.close();
        onEnd(end);
      },
    });
    this.codec = codec;
    this.#metrics = context.metrics;
    this.#reader = reader;
  }

  /** A reply, or several: resolves when they have left. */
  async send(...messages: readonly object[]): Promise<void> {
    for (const message of messages) {
      this.post(message);
      await this.drained();
    }
  }

  /** What others caused, or nobody waits for. */
  post(message: object): void {
    this.postEncoded(this.codec.encode(message));
  }

  /** One message, in the bytes of this connection's codec. */
  postEncoded(bytes: Uint8Array): void {
    if (!this.isOpen) return;
    this.#metrics.count('paperclip_lobby_messages_sent_total', { codec: this.codec.name });
    this.write(bytes);
  }

  /** Somebody is there now, and may say more at once. */
  override setLoggedIn(): void {
    super.setLoggedIn();
    this.#reader.trust();
  }
}

/** Bytes of messages that have begun, of several connections. */
export class HeldBytes {
  readonly #bytesMax: number;
  #bytes = 0;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  get isFull(): boolean {
    return this.#bytes > this.#bytesMax;
  }

  change(by: number): void {
    this.#bytes += by;
  }
}

class LobbyReader implements FrameReader<LobbyFrame> {
  readonly #decoder: LobbyDecoder;
  readonly #limits: LobbyLimits;
  readonly #held: HeldBytes;
  #isTrusted = false;
  #isClosed = false;
  /** As it was told to `#held`. */
  #heldBytes = 0;

  constructor(decoder: LobbyDecoder, limits: LobbyLimits, held: HeldBytes) {
    this.#decoder = decoder;
    this.#limits = limits;
    this.#held = held;
  }

  get waitingBytes(): number {
    return this.#decoder.waitingBytes;
  }

  trust(): void {
    this.#isTrusted = true;
  }

  close(): void {
    this.#isClosed = true;
    this.#hold(0);
  }

  handleBytes(bytes: Uint8Array): void {
    this.#decoder.handleBytes(bytes);
  }

  handleEnd(): void {
    this.#decoder.handleEnd();
  }

  poll(): LobbyFrame | undefined {
    const decoded = this.#decoder.poll();
    if (decoded.kind !== 'more') return decoded;
    const { waitingBytes } = this.#decoder;
    this.#hold(waitingBytes);
    const isTooMuch = !this.#isTrusted && waitingBytes > this.#limits.strangerMessageBytesMax;
    if (isTooMuch) return malformed('the message is too long before a log-in');
    if (waitingBytes > 0 && this.#held.isFull) {
      return malformed('too many messages have begun');
    }
    return undefined;
  }

  #hold(bytes: number): void {
    const counted = this.#isClosed ? 0 : bytes;
    this.#held.change(counted - this.#heldBytes);
    this.#heldBytes = counted;
  }
}
