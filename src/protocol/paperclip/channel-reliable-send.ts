// The sending side of reliable-unordered and reliable-ordered in one lane: what waits, and the
// pieces to send again, which go before anything new. The modes differ on the receiving side only.
// Messages get their ids as they first leave; what is on its way is the channel's `ReliableFlight`.

import { Deque } from '../../base/ring.ts';
import type { LostReason } from '../link.ts';
import type { MessageOutcomes, SendChannel, WriteStop } from './channel.ts';
import { messageCharge, type SendCredit } from './flow-control.ts';
import type { QueueDelay } from './lanes.ts';
import type { MessageStore, OutgoingMessage } from './outgoing-message.ts';
import type { PacketBuilder } from './packet-builder.ts';
import type { Redundancy } from './redundancy.ts';
import type { ReliableFlight } from './reliable-flight.ts';

export interface ReliableSendParts {
  readonly store: MessageStore;
  readonly outcomes: MessageOutcomes;
  readonly delay: QueueDelay;
  readonly connectionCredit: SendCredit;
  /** The channel's, whichever lanes its messages take. */
  readonly flight: ReliableFlight;
  readonly redundancy: Redundancy;
  /** Small messages are copied from the first time on, and not only when they are sent again. */
  readonly isRedundant: boolean;
}

export class ReliableSendChannel implements SendChannel {
  readonly #parts: ReliableSendParts;
  readonly #flight: ReliableFlight;
  /** Not yet begun. */
  readonly #queue = new Deque<OutgoingMessage>();
  /** Pieces to send again, in two queues that move together. */
  readonly #resendMessages = new Deque<OutgoingMessage>();
  readonly #resendPieces = new Deque<number>();
  /** The begun message whose pieces have not all been sent. */
  #current: OutgoingMessage | undefined;
  #expiresAtMs = Number.POSITIVE_INFINITY;

  constructor(parts: ReliableSendParts) {
    this.#parts = parts;
    this.#flight = parts.flight;
  }

  get hasWork(): boolean {
    return this.#queue.length > 0 || this.#current !== undefined || this.#resendMessages.length > 0;
  }
  get expiresAtMs(): number {
    return this.#expiresAtMs;
  }
  get oldestSentAtMs(): number {
    return this.#flight.oldestSentAtMs;
  }

  enqueue(message: OutgoingMessage): void {
    this.#queue.push(message);
    if (message.expiresAtMs < this.#expiresAtMs) this.#expiresAtMs = message.expiresAtMs;
  }

  onWindow(limitBytes: number): void {
    this.#flight.onWindow(limitBytes);
  }

  write(nowMs: number, packet: PacketBuilder): WriteStop {
    for (;;) {
      if (this.#resendMessages.length > 0 && !this.#writeResends(nowMs, packet)) {
        return 'packet-full';
      }
      if (this.#current !== undefined && !this.#writeCurrent(nowMs, packet)) return 'packet-full';
      const stop = this.#beginNext(nowMs, packet);
      if (stop !== undefined) return stop;
    }
  }

  expire(nowMs: number): void {
    if (this.#expiresAtMs > nowMs) return;
    let next = Number.POSITIVE_INFINITY;
    this.#queue.filter((message) => {
      if (message.expiresAtMs <= nowMs) {
        this.#lose(message, 'expired');
        return false;
      }
      next = Math.min(next, message.expiresAtMs);
      return true;
    });
    this.#expiresAtMs = next;
  }

  onPieceAcked(message: OutgoingMessage, piece: number): void {
    this.#flight.onPieceAcked(message, piece);
  }

  onPieceLost(message: OutgoingMessage, piece: number): void {
    if (message.state === 'done') return;
    // Not before the last packet that carries it is lost.
    if (message.copiesInFlight > 0) {
      message.copiesInFlight -= 1;
      return;
    }
    if (message.isPieceAcked(piece) || message.awaitsResend(piece)) return;
    message.setAwaitsResend(piece, true);
    message.references += 1;
    this.#resendMessages.push(message);
    this.#resendPieces.push(piece);
  }

  writeProbe(nowMs: number, packet: PacketBuilder): void {
    this.#flight.writeProbe(nowMs, packet);
  }

  end(): void {
    for (let m = this.#resendMessages.shift(); m !== undefined; m = this.#resendMessages.shift()) {
      this.#resendPieces.shift();
      this.#parts.store.release(m);
    }
    this.#flight.end();
    for (let m = this.#queue.shift(); m !== undefined; m = this.#queue.shift()) {
      this.#lose(m, 'ended');
    }
    this.#current = undefined;
    this.#expiresAtMs = Number.POSITIVE_INFINITY;
  }

  /** False when the packet is full. */
  #writeResends(nowMs: number, packet: PacketBuilder): boolean {
    for (;;) {
      const message = this.#resendMessages.peek();
      if (message === undefined) return true;
      const piece = this.#resendPieces.peek()!;
      if (message.state !== 'done' && !message.isPieceAcked(piece)) {
        if (!packet.writePiece(nowMs, message, piece)) return false;
        this.#flight.piecesResent += 1;
        if (message.count === 1) this.#parts.redundancy.offer(message);
      }
      message.setAwaitsResend(piece, false);
      this.#resendMessages.shift();
      this.#resendPieces.shift();
      this.#parts.store.release(message);
    }
  }

  /** False when the packet is full. */
  #writeCurrent(nowMs: number, packet: PacketBuilder): boolean {
    const message = this.#current!;
    while (message.nextPiece < message.count) {
      if (!packet.writePiece(nowMs, message, message.nextPiece)) return false;
      message.nextPiece += 1;
    }
    this.#current = undefined;
    return true;
  }

  /** Gives the next queued message its id and credit, unless something is in the way. */
  #beginNext(nowMs: number, packet: PacketBuilder): WriteStop | undefined {
    const message = this.#queue.peek();
    if (message === undefined) {
      this.#expiresAtMs = Number.POSITIVE_INFINITY;
      return 'nothing-left';
    }
    if (message.expiresAtMs <= nowMs) {
      this.#lose(this.#queue.shift()!, 'expired');
      return undefined;
    }
    const { connectionCredit, delay, isRedundant, redundancy } = this.#parts;
    const charge = messageCharge(message.length);
    if (!this.#flight.allows(charge)) return 'channel-credit';
    if (!connectionCredit.allows(charge)) {
      connectionCredit.isHeld = true;
      return 'connection-credit';
    }
    // An id is only spent on a message whose first piece fits here.
    message.id = this.#flight.nextId;
    if (!packet.writePiece(nowMs, message, 0)) return 'packet-full';
    connectionCredit.spend(charge);
    this.#flight.begin(this.#queue.shift()!, charge);
    delay.onLeft(nowMs - message.queuedAtMs);
    if (message.count > 1) this.#current = message;
    else if (isRedundant) redundancy.offer(message);
    return undefined;
  }

  #lose(message: OutgoingMessage, reason: LostReason): void {
    message.state = 'done';
    this.#parts.outcomes.onLost(message, reason);
    this.#parts.store.dropBytes(message);
    this.#parts.store.release(message);
  }
}
