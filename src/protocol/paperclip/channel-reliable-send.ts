// The sending side of reliable-unordered and reliable-ordered: they differ on the receiving side
// only. Messages get their ids as they first leave; ids in flight span a bounded range. What was
// lost is sent again by piece, before anything new.

import { Deque } from '../../base/ring.ts';
import type { LostReason } from '../link.ts';
import type { MessageOutcomes, SendChannel, WriteStop } from './channel.ts';
import { messageCharge, SendCredit } from './flow-control.ts';
import { protocolLimits } from './limits.ts';
import type { MessageStore, OutgoingMessage } from './outgoing-message.ts';
import type { PacketBuilder } from './packet-builder.ts';

export interface ReliableSendParts {
  readonly store: MessageStore;
  readonly outcomes: MessageOutcomes;
  readonly connectionCredit: SendCredit;
  readonly windowBytes: number;
}

export class ReliableSendChannel implements SendChannel {
  piecesResent = 0;

  readonly #parts: ReliableSendParts;
  readonly #credit: SendCredit;
  /** Not yet begun. */
  readonly #queue = new Deque<OutgoingMessage>();
  /** Begun, by id from `#baseId`, until acknowledged; the front one is not acknowledged. */
  readonly #begun = new Deque<OutgoingMessage>();
  /** Pieces to send again, in two queues that move together. */
  readonly #resendMessages = new Deque<OutgoingMessage>();
  readonly #resendPieces = new Deque<number>();
  #baseId = 0;
  #nextId = 0;
  /** The begun message whose pieces have not all been sent. */
  #current: OutgoingMessage | undefined;
  #expiresAtMs = Number.POSITIVE_INFINITY;
  /** Where the next probe goes on, so that two probes in a row carry different data. */
  #probeId = 0;
  #probePiece = 0;

  constructor(parts: ReliableSendParts) {
    this.#parts = parts;
    this.#credit = new SendCredit(parts.windowBytes);
  }

  get hasWork(): boolean {
    return this.#queue.length > 0 || this.#current !== undefined || this.#resendMessages.length > 0;
  }
  get expiresAtMs(): number {
    return this.#expiresAtMs;
  }
  get oldestSentAtMs(): number {
    return this.#begun.peek()?.lastSentAtMs ?? Number.POSITIVE_INFINITY;
  }

  enqueue(message: OutgoingMessage): void {
    this.#queue.push(message);
    if (message.expiresAtMs < this.#expiresAtMs) this.#expiresAtMs = message.expiresAtMs;
  }

  onWindow(limitBytes: number): void {
    this.#credit.onWindow(limitBytes);
  }

  write(nowMs: number, packet: PacketBuilder): WriteStop {
    for (;;) {
      if (!this.writeBegun(nowMs, packet)) return 'packet-full';
      const stop = this.#beginNext(nowMs, packet);
      if (stop !== undefined) return stop;
    }
  }

  /** What has its credit: lost pieces, then the rest of a begun message. False: packet full. */
  writeBegun(nowMs: number, packet: PacketBuilder): boolean {
    if (this.#resendMessages.length > 0 && !this.#writeResends(nowMs, packet)) return false;
    return this.#current === undefined || this.#writeCurrent(nowMs, packet);
  }

  expire(nowMs: number): void {
    if (this.#expiresAtMs > nowMs) return;
    let next = Number.POSITIVE_INFINITY;
    this.#queue.filter((message) => {
      if (message.expiresAtMs <= nowMs) {
        this.#finish(message, 'expired');
        return false;
      }
      next = Math.min(next, message.expiresAtMs);
      return true;
    });
    this.#expiresAtMs = next;
  }

  onPieceAcked(message: OutgoingMessage, piece: number): void {
    if (message.state === 'done' || !message.ackPiece(piece)) return;
    if (message.ackedPieces < message.count) return;
    message.state = 'done';
    this.#parts.outcomes.onDelivered(message);
    this.#parts.store.dropBytes(message);
    while (this.#begun.peek()?.state === 'done') {
      this.#baseId += 1;
      this.#parts.store.release(this.#begun.shift()!);
    }
  }

  onPieceLost(message: OutgoingMessage, piece: number): void {
    if (message.state === 'done') return;
    if (message.isPieceAcked(piece) || message.awaitsResend(piece)) return;
    message.setAwaitsResend(piece, true);
    message.references += 1;
    this.#resendMessages.push(message);
    this.#resendPieces.push(piece);
  }

  writeProbe(nowMs: number, packet: PacketBuilder): void {
    // From the start again when the last probe reached the end, or its place is acknowledged.
    if (this.#probeId < this.#baseId || this.#probeId >= this.#nextId) this.#setProbe(this.#baseId);
    for (let id = this.#probeId; id < this.#nextId; id++) {
      const message = this.#begun.at(id - this.#baseId)!;
      const first = id === this.#probeId ? this.#probePiece : 0;
      if (id !== this.#probeId) this.#setProbe(id);
      if (message.state === 'done') continue;
      for (let piece = first; piece < message.nextPiece; piece++) {
        this.#probePiece = piece;
        if (message.isPieceAcked(piece)) continue;
        if (!packet.writePiece(nowMs, message, piece)) return;
        this.piecesResent += 1;
      }
    }
    this.#setProbe(this.#nextId);
  }

  end(): void {
    const { store } = this.#parts;
    for (let m = this.#resendMessages.shift(); m !== undefined; m = this.#resendMessages.shift()) {
      this.#resendPieces.shift();
      store.release(m);
    }
    for (let m = this.#begun.shift(); m !== undefined; m = this.#begun.shift()) {
      if (m.state === 'done') store.release(m);
      else this.#finish(m, 'ended');
    }
    for (let m = this.#queue.shift(); m !== undefined; m = this.#queue.shift()) {
      this.#finish(m, 'ended');
    }
    this.#current = undefined;
    this.#baseId = this.#nextId;
    this.#expiresAtMs = Number.POSITIVE_INFINITY;
  }

  #setProbe(id: number): void {
    this.#probeId = id;
    this.#probePiece = 0;
  }

  /** False when the packet is full. */
  #writeResends(nowMs: number, packet: PacketBuilder): boolean {
    for (;;) {
      const message = this.#resendMessages.peek();
      if (message === undefined) return true;
      const piece = this.#resendPieces.peek()!;
      if (message.state !== 'done' && !message.isPieceAcked(piece)) {
        if (!packet.writePiece(nowMs, message, piece)) return false;
        this.piecesResent += 1;
      }
      message.setAwaitsResend(piece, false);
      this.#resendMessages.shift();
      this.#resendPieces.shift();
      this.#parts.store.release(message);
    }
  }

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
      this.#finish(this.#queue.shift()!, 'expired');
      return undefined;
    }
    // An id is only spent on a message whose first piece fits here.
    message.id = this.#nextId;
    const charge = messageCharge(message.length);
    if (this.#nextId - this.#baseId >= protocolLimits.messageSpanMax) return 'channel-credit';
    if (!this.#credit.allows(charge)) return 'channel-credit';
    if (!this.#parts.connectionCredit.allows(charge)) return 'connection-credit';
    if (!packet.writePiece(nowMs, message, 0)) return 'packet-full';
    this.#credit.spend(charge);
    this.#parts.connectionCredit.spend(charge);
    this.#nextId += 1;
    message.state = 'sent';
    message.nextPiece = 1;
    this.#begun.push(this.#queue.shift()!);
    if (message.count > 1) this.#current = message;
    return undefined;
  }

  #finish(message: OutgoingMessage, reason: LostReason): void {
    message.state = 'done';
    this.#parts.outcomes.onLost(message, reason);
    this.#parts.store.dropBytes(message);
    this.#parts.store.release(message);
  }
}
