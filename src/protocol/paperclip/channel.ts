// What a connection asks of a channel mode. The two directions are separate: a mode has a sending
// side, which decides what goes into a packet and what a packet's fate means, and a receiving side,
// which decides what reaches the application. A new mode is a new pair behind these two interfaces.

import type { LostReason } from '../link.ts';
import type { ErrorCodeName } from './error-codes.ts';
import type { OutgoingMessage } from './outgoing-message.ts';
import type { PacketBuilder } from './packet-builder.ts';

/** What becomes of a message, told once each. The channel has forgotten the message by then. */
export interface MessageOutcomes {
  onDelivered(message: OutgoingMessage): void;
  /** The same for messages that nobody asks about. */
  onBundledDelivered(count: number, bytes: number): void;
  onBundledLost(count: number, bytes: number, reason: LostReason): void;
  onLost(message: OutgoingMessage, reason: LostReason): void;
}

/**
 * Why a channel stopped writing. `connection-credit` holds back the reliable channels that are
 * asked after it for the same packet: those of its lane and of lower ones.
 */
export type WriteStop = 'nothing-left' | 'packet-full' | 'channel-credit' | 'connection-credit';

/** One channel in one lane. */
export interface SendChannel {
  /** Takes over the caller's reference. */
  enqueue(message: OutgoingMessage): void;
  /** Writes what fits into the packet. */
  write(nowMs: number, packet: PacketBuilder): WriteStop;
  /** A piece is there to write, if credit allows. */
  readonly hasWork: boolean;
  /** When the first queued message's time is over; infinite when none has a limit. */
  readonly expiresAtMs: number;
  expire(nowMs: number): void;
  onPieceAcked(message: OutgoingMessage, piece: number): void;
  onPieceLost(message: OutgoingMessage, piece: number): void;
  /** When the oldest unacknowledged reliable data was last sent; infinite when there is none. */
  readonly oldestSentAtMs: number;
  /** Writes the oldest unacknowledged reliable data again, where it fits. */
  writeProbe(nowMs: number, packet: PacketBuilder): void;
  /** The peer raised this channel's credit. */
  onWindow(limitBytes: number): void;
  /** Everything that is not delivered is lost. */
  end(): void;
}

/** Where a receiving side puts what is ready for the application. */
export interface MessageSink {
  /**
   * The bytes are copied. Compressed ones stay so until the application takes the message. `key` is
   * that of a value.
   */
  deliver(
    channel: number,
    from: Uint8Array,
    start: number,
    end: number,
    isCompressed: boolean,
    key?: number,
  ): void;
  /** The bytes are given away. */
  deliverOwned(channel: number, message: Uint8Array, isCompressed: boolean, key?: number): void;
  /** Reliable bytes that need the connection's and the channel's credit; false is a violation. */
  charge(channel: number, lengthBytes: number): boolean;
}

export interface ReceiveChannel {
  /** `from[start, end)` is a whole message. Returns the rule that the peer broke, if it did. */
  onMessage(
    messageId: number,
    from: Uint8Array,
    start: number,
    end: number,
    isCompressed: boolean,
  ): ErrorCodeName | undefined;
  onFragment(
    nowMs: number,
    messageId: number,
    totalBytes: number,
    count: number,
    index: number,
    isCompressed: boolean,
    from: Uint8Array,
    start: number,
    end: number,
  ): ErrorCodeName | undefined;
  /** Bytes of messages that are not whole, or wait for an earlier one. */
  readonly heldBytes: number;
  /** When something half-received is given up; infinite when nothing is. */
  readonly expiresAtMs: number;
  expire(nowMs: number): void;
  end(): void;
}
