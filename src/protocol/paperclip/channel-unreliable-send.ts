// The sending side of unreliable and unreliable-sequenced in one lane. A message waits for the next
// packet that may leave, no longer than its time to live and no further back than the queue's
// bounds: what is old is lost first. Each piece is sent once; one lost piece loses the message.

import { Deque } from '../../base/ring.ts';
import type { LostReason } from '../link.ts';
import type { MessageOutcomes, SendChannel, WriteStop } from './channel.ts';
import type { QueueDelay } from './lanes.ts';
import { protocolLimits } from './limits.ts';
import type { MessageStore, OutgoingMessage } from './outgoing-message.ts';
import type { PacketBuilder } from './packet-builder.ts';

export interface UnreliableSendParts {
  readonly store: MessageStore;
  readonly outcomes: MessageOutcomes;
  readonly delay: QueueDelay;
  /** The channel's, whichever lanes its messages take. */
  readonly ids: MessageIds;
}

export interface MessageIds {
  next: number;
}

export class UnreliableSendChannel implements SendChannel {
  /** No reliable data: nothing is probed for. */
  readonly oldestSentAtMs = Number.POSITIVE_INFINITY;

  readonly #parts: UnreliableSendParts;
  readonly #queue = new Deque<OutgoingMessage>();
  #queuedBytes = 0;
  #expiresAtMs = Number.POSITIVE_INFINITY;

  constructor(parts: UnreliableSendParts) {
    this.#parts = parts;
  }

  get hasWork(): boolean {
    return this.#queue.length > 0;
  }
  get expiresAtMs(): number {
    return this.#expiresAtMs;
  }

  enqueue(message: OutgoingMessage): void {
    this.#queue.push(message);
    this.#queuedBytes += message.length;
    if (message.expiresAtMs < this.#expiresAtMs) this.#expiresAtMs = message.expiresAtMs;
    const { unreliableQueueMessagesMax, unreliableQueueBytesMax } = protocolLimits;
    while (
      this.#queue.length > 1 &&
      (this.#queue.length > unreliableQueueMessagesMax ||
        this.#queuedBytes > unreliableQueueBytesMax)
    ) {
      this.#lose(this.#shift(), 'dropped');
    }
  }

  write(nowMs: number, packet: PacketBuilder): WriteStop {
    for (;;) {
      const message = this.#queue.peek();
      if (message === undefined) {
        this.#expiresAtMs = Number.POSITIVE_INFINITY;
        return 'nothing-left';
      }
      if (message.expiresAtMs <= nowMs || message.state === 'done') {
        this.#lose(this.#shift(), 'expired');
        continue;
      }
      if (message.id < 0) message.id = this.#parts.ids.next++;
      while (message.nextPiece < message.count) {
        if (!packet.writePiece(nowMs, message, message.nextPiece)) return 'packet-full';
        if (message.nextPiece === 0) this.#parts.delay.onLeft(nowMs - message.queuedAtMs);
        message.nextPiece += 1;
      }
      // From here the packets that carry it hold the references.
      message.state = 'sent';
      this.#parts.store.dropBytes(message);
      this.#parts.store.release(this.#shift());
    }
  }

  expire(nowMs: number): void {
    if (this.#expiresAtMs > nowMs) return;
    let next = Number.POSITIVE_INFINITY;
    for (let left = this.#queue.length; left > 0; left--) {
      const message = this.#shift();
      if (message.expiresAtMs <= nowMs) {
        this.#lose(message, 'expired');
        continue;
      }
      next = Math.min(next, message.expiresAtMs);
      this.#queue.push(message);
      this.#queuedBytes += message.length;
    }
    this.#expiresAtMs = next;
  }

  onPieceAcked(message: OutgoingMessage, piece: number): void {
    if (message.state === 'done' || !message.ackPiece(piece)) return;
    if (message.ackedPieces < message.count) return;
    message.state = 'done';
    this.#parts.outcomes.onDelivered(message);
  }

  onPieceLost(message: OutgoingMessage): void {
    if (message.state === 'done') return;
    message.state = 'done';
    this.#parts.outcomes.onLost(message, 'lost');
  }

  writeProbe(): void {}
  onWindow(): void {}

  end(): void {
    while (this.#queue.length > 0) this.#lose(this.#shift(), 'ended');
    this.#expiresAtMs = Number.POSITIVE_INFINITY;
  }

  #shift(): OutgoingMessage {
    const message = this.#queue.shift()!;
    this.#queuedBytes -= message.length;
    return message;
  }

  /** Lost before it left whole; a piece of it may have been lost before, and told. */
  #lose(message: OutgoingMessage, reason: LostReason): void {
    if (message.state !== 'done') {
      message.state = 'done';
      this.#parts.outcomes.onLost(message, reason);
    }
    this.#parts.store.dropBytes(message);
    this.#parts.store.release(message);
  }
}
