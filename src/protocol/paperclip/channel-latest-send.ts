// The sending side of reliable-latest: per key, only the newest value matters. A newer one takes
// the place of what waits; what is on its way is left to its luck, and a lost piece of it is not
// sent again. Only the newest value of each key is sent until it is acknowledged whole.
//
// There is no credit: what waits is bounded by the keys, and what the receiver holds half-received
// by the span of values in pieces, from the oldest that may still be resent to the newest begun.

import { Deque } from '../../base/ring.ts';
import type { LostReason } from '../link.ts';
import type { MessageOutcomes, SendChannel, WriteStop } from './channel.ts';
import type { QueueDelay } from './lanes.ts';
import { protocolLimits } from './limits.ts';
import type { MessageStore, OutgoingMessage } from './outgoing-message.ts';
import type { PacketBuilder } from './packet-builder.ts';

export interface LatestSendParts {
  readonly store: MessageStore;
  readonly outcomes: MessageOutcomes;
  readonly delay: QueueDelay;
}

/** What there is of one key. */
interface Slot {
  /** The newest value, not begun; its place in the queue is the slot's. */
  waiting: OutgoingMessage | undefined;
  /** The newest value that has begun, until it is acknowledged whole or lost. */
  begun: OutgoingMessage | undefined;
  /** No newer value came since it began: also when that one's time is over, it stays superseded. */
  isBegunNewest: boolean;
}

export class LatestSendChannel implements SendChannel {
  piecesResent = 0;

  readonly #parts: LatestSendParts;
  readonly #slots = new Map<number, Slot>();
  /** Those with a waiting value, in the order in which they got one. */
  readonly #queue = new Deque<Slot>();
  /** Pieces to send again, in two queues that move together. */
  readonly #resendMessages = new Deque<OutgoingMessage>();
  readonly #resendPieces = new Deque<number>();
  /** Values in pieces that have begun: the front one may still be resent. */
  readonly #inPieces = new Deque<OutgoingMessage>();
  /** The begun value whose pieces have not all been sent. It is finished, or none ever would be. */
  #current: OutgoingMessage | undefined;
  #nextId = 0;
  #expiresAtMs = Number.POSITIVE_INFINITY;
  /** The next probe carries values of lower ids: two probes in a row carry different ones. */
  #probeBelowId = Number.POSITIVE_INFINITY;

  constructor(parts: LatestSendParts) {
    this.#parts = parts;
  }

  get hasWork(): boolean {
    return this.#queue.length > 0 || this.#current !== undefined || this.#resendMessages.length > 0;
  }
  get expiresAtMs(): number {
    return this.#expiresAtMs;
  }
  /** Asked for at a probe time-out only: it looks at every key. */
  get oldestSentAtMs(): number {
    let oldestMs = Number.POSITIVE_INFINITY;
    for (const { begun, isBegunNewest } of this.#slots.values()) {
      if (isBegunNewest && begun !== undefined && begun.lastSentAtMs < oldestMs) {
        oldestMs = begun.lastSentAtMs;
      }
    }
    return oldestMs;
  }

  enqueue(message: OutgoingMessage): void {
    const slot = this.#slotOf(message);
    const older = slot.waiting;
    slot.waiting = message;
    slot.isBegunNewest = false;
    if (message.expiresAtMs < this.#expiresAtMs) this.#expiresAtMs = message.expiresAtMs;
    if (older === undefined) this.#queue.push(slot);
    else this.#lose(older, 'superseded');
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
    this.#queue.filter((slot) => {
      const message = slot.waiting!;
      if (message.expiresAtMs <= nowMs) {
        slot.waiting = undefined;
        this.#lose(message, 'expired');
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
    this.#leaveSlot(message);
  }

  onPieceLost(message: OutgoingMessage, piece: number): void {
    if (message.state === 'done') return;
    if (message.isPieceAcked(piece) || message.awaitsResend(piece)) return;
    if (this.#isSuperseded(message)) {
      this.#giveUp(message, 'superseded');
      return;
    }
    message.setAwaitsResend(piece, true);
    message.references += 1;
    this.#resendMessages.push(message);
    this.#resendPieces.push(piece);
  }

  /** The newest unacknowledged values again, where they fit. */
  writeProbe(nowMs: number, packet: PacketBuilder): void {
    for (;;) {
      const message = this.#newestBelow(this.#probeBelowId);
      if (message === undefined) break;
      for (let piece = 0; piece < message.nextPiece; piece++) {
        if (message.isPieceAcked(piece)) continue;
        if (!packet.writePiece(nowMs, message, piece)) return;
        this.piecesResent += 1;
      }
      this.#probeBelowId = message.id;
    }
    this.#probeBelowId = Number.POSITIVE_INFINITY;
  }

  onWindow(): void {}

  end(): void {
    const { store } = this.#parts;
    for (let m = this.#resendMessages.shift(); m !== undefined; m = this.#resendMessages.shift()) {
      this.#resendPieces.shift();
      if (m.state !== 'done') this.#giveUp(m, 'ended');
      store.release(m);
    }
    for (const slot of this.#slots.values()) {
      if (slot.begun !== undefined) this.#giveUp(slot.begun, 'ended');
      if (slot.waiting !== undefined) this.#lose(slot.waiting, 'ended');
      slot.waiting = undefined;
    }
    while (this.#queue.length > 0) this.#queue.shift();
    for (let m = this.#inPieces.shift(); m !== undefined; m = this.#inPieces.shift()) {
      store.release(m);
    }
    this.#current = undefined;
    this.#expiresAtMs = Number.POSITIVE_INFINITY;
  }

  #slotOf(message: OutgoingMessage): Slot {
    let slot = this.#slots.get(message.key);
    if (slot === undefined) {
      slot = { waiting: undefined, begun: undefined, isBegunNewest: false };
      this.#slots.set(message.key, slot);
    }
    return slot;
  }

  /** Of a begun message. */
  #isSuperseded(message: OutgoingMessage): boolean {
    const { begun, isBegunNewest } = this.#slotOf(message);
    return begun !== message || !isBegunNewest;
  }

  /** False when the packet is full. */
  #writeResends(nowMs: number, packet: PacketBuilder): boolean {
    for (;;) {
      const message = this.#resendMessages.peek();
      if (message === undefined) return true;
      const piece = this.#resendPieces.peek()!;
      if (message.state !== 'done' && !message.isPieceAcked(piece)) {
        if (this.#isSuperseded(message)) this.#giveUp(message, 'superseded');
        else if (!packet.writePiece(nowMs, message, piece)) return false;
        else this.piecesResent += 1;
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

  /** Begins the next waiting value, unless something is in the way. */
  #beginNext(nowMs: number, packet: PacketBuilder): WriteStop | undefined {
    const slot = this.#queue.peek();
    if (slot === undefined) {
      this.#expiresAtMs = Number.POSITIVE_INFINITY;
      return 'nothing-left';
    }
    const message = slot.waiting!;
    if (message.expiresAtMs <= nowMs) {
      this.#queue.shift();
      slot.waiting = undefined;
      this.#lose(message, 'expired');
      return undefined;
    }
    // The next acknowledgement of the oldest makes room; until then those behind it wait, too.
    if (message.count > 1 && !this.#mayBeginInPieces()) return 'channel-credit';
    message.id = this.#nextId;
    if (!packet.writePiece(nowMs, message, 0)) return 'packet-full';
    this.#nextId += 1;
    this.#queue.shift();
    this.#begin(slot, message);
    this.#parts.delay.onLeft(nowMs - message.queuedAtMs);
    return undefined;
  }

  #begin(slot: Slot, message: OutgoingMessage): void {
    const older = slot.begun;
    slot.waiting = undefined;
    slot.begun = message;
    slot.isBegunNewest = true;
    message.state = 'sent';
    message.nextPiece = 1;
    this.#probeBelowId = Number.POSITIVE_INFINITY;
    if (message.count > 1) {
      this.#current = message;
      message.references += 1;
      this.#inPieces.push(message);
    }
    // Its fate is told by the packets that carry it, which hold references of their own.
    if (older !== undefined) this.#drop(older);
  }

  /** The receiver holds no more half-received values, and forgets the oldest beyond. */
  #mayBeginInPieces(): boolean {
    for (let front = this.#inPieces.peek(); front !== undefined; front = this.#inPieces.peek()) {
      if (front.state !== 'done' && !this.#isSuperseded(front)) break;
      this.#parts.store.release(this.#inPieces.shift()!);
    }
    return this.#inPieces.length < protocolLimits.latestReassembliesMax;
  }

  #newestBelow(id: number): OutgoingMessage | undefined {
    let newest: OutgoingMessage | undefined;
    for (const { begun, isBegunNewest } of this.#slots.values()) {
      if (!isBegunNewest || begun === undefined || begun.id >= id) continue;
      if (newest === undefined || begun.id > newest.id) newest = begun;
    }
    return newest;
  }

  /** A begun value that can no longer arrive whole, or whose connection ends. */
  #giveUp(message: OutgoingMessage, reason: LostReason): void {
    message.state = 'done';
    if (this.#current === message) this.#current = undefined;
    this.#parts.outcomes.onLost(message, reason);
    this.#leaveSlot(message);
  }

  #leaveSlot(message: OutgoingMessage): void {
    const slot = this.#slotOf(message);
    if (slot.begun !== message) return;
    slot.begun = undefined;
    this.#drop(message);
  }

  /** A value that never began. */
  #lose(message: OutgoingMessage, reason: LostReason): void {
    message.state = 'done';
    this.#parts.outcomes.onLost(message, reason);
    this.#drop(message);
  }

  #drop(message: OutgoingMessage): void {
    this.#parts.store.dropBytes(message);
    this.#parts.store.release(message);
  }
}
