// The sending side of reliable-unordered and reliable-ordered in one lane: what waits, and the
// pieces to send again, which go before anything new. The modes differ on the receiving side only.
// Messages get their ids as they first leave, or at `send` where they go in bundles; what is on its
// way is the channel's `ReliableFlight`.

import { Deque } from '../../base/ring.ts';
import type { LostReason } from '../link.ts';
import type { MessageOutcomes, SendChannel, WriteStop } from './channel.ts';
import { messageCharge, type SendCredit } from './flow-control.ts';
import type { QueueDelay } from './lanes.ts';
import { type BundleOwner, bundledBytesMax, type MessageBundle } from './message-bundle.ts';
import type { MessageStore, OutgoingMessage } from './outgoing-message.ts';
import type { PacketBuilder } from './packet-builder.ts';
import type { Redundancy } from './redundancy.ts';
import type { ReliableFlight } from './reliable-flight.ts';

export interface ReliableSendParts {
  readonly store: MessageStore;
  readonly outcomes: MessageOutcomes;
  readonly delay: QueueDelay;
  /** Index into `lanes`. */
  readonly lane: number;
  readonly connectionCredit: SendCredit;
  /** The channel's, whichever lanes its messages take. */
  readonly flight: ReliableFlight;
  readonly redundancy: Redundancy;
  /** Small messages are copied from the first time on, and not only when they are sent again. */
  readonly isRedundant: boolean;
}

export class ReliableSendChannel implements SendChannel, BundleOwner {
  readonly #parts: ReliableSendParts;
  readonly #flight: ReliableFlight;
  /** With messages that never left. They are older than all of `#queue`. */
  readonly #bundles = new Deque<MessageBundle>();
  /** The last one made: it may have room. */
  #lastBundle: MessageBundle | undefined;
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
    if (this.#bundles.length > 0 || this.#queue.length > 0) return true;
    return this.#current !== undefined || this.#resendMessages.length > 0;
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

  /**
   * Queues a message that nobody asks about, by a copy. False: it must be a message of its own. One
   * lane alone may bundle: with two, ids would not leave in their order.
   */
  bundle(nowMs: number, channel: number, message: Uint8Array): boolean {
    if (this.#queue.length > 0 || message.length > bundledBytesMax) return false;
    const { flight, store } = this.#parts;
    if (!flight.hasId) return false;
    let bundle = this.#openBundle();
    if (bundle === undefined || !bundle.add(nowMs, message)) {
      bundle = store.createBundle();
      bundle.begin(this, channel, flight.nextId);
      bundle.add(nowMs, message);
      this.#lastBundle = bundle;
    }
    flight.takeId();
    // The first one, or the first after all others have left. A new bundle has its reference.
    if (bundle.next < bundle.count - 1) return true;
    if (bundle.state === 'sent') bundle.references += 1;
    this.#bundles.push(bundle);
    return true;
  }

  /** Another lane of this channel opens: what never left becomes messages of their own. */
  unbundle(): void {
    const { store, lane, flight } = this.#parts;
    const first = this.#bundles.peek();
    this.#lastBundle = undefined;
    if (first === undefined) return;
    flight.giveBackIds(first.firstId + first.next);
    // Bundles with messages that never left are older than the queue.
    const later = this.#queue.length;
    for (let b = this.#bundles.shift(); b !== undefined; b = this.#bundles.shift()) {
      for (let i = b.next; i < b.count; i++) {
        const message = store.fromBundle(b, i);
        message.lane = lane;
        this.#queue.push(message);
      }
      b.cutUnsent();
      store.releaseBundle(b);
    }
    for (let left = later; left > 0; left--) this.#queue.push(this.#queue.shift()!);
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
      const stop = this.#writeBundles(nowMs, packet) ?? this.#beginNext(nowMs, packet);
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

  onRangeAcked(bundle: MessageBundle, from: number, to: number): void {
    this.#flight.onRangeAcked(bundle, from, to);
  }

  /** They go on as messages of their own, like others that were lost. */
  onRangeLost(bundle: MessageBundle, from: number, to: number): void {
    if (bundle.state === 'done') return;
    for (let i = from; i < to; i++) {
      const message = bundle.apart(i) ?? this.#takeApart(bundle, i);
      if (message !== undefined) this.onPieceLost(message, 0);
    }
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
    for (let b = this.#bundles.shift(); b !== undefined; b = this.#bundles.shift()) {
      // Of others the flight has told.
      if (b.state === 'queued') {
        this.#parts.outcomes.onBundledLost(b.count, b.lengthOf(0, b.count), 'ended');
      }
      this.#parts.store.releaseBundle(b);
    }
    this.#lastBundle = undefined;
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

  /** The last bundle, if the next id is the one behind it. */
  #openBundle(): MessageBundle | undefined {
    const last = this.#lastBundle;
    // One that was given back may be another's now.
    if (last === undefined || last.owner !== this || last.state === 'done') return undefined;
    return last.firstId + last.count === this.#flight.nextId ? last : undefined;
  }

  /** Undefined: all have left. */
  #writeBundles(nowMs: number, packet: PacketBuilder): WriteStop | undefined {
    for (;;) {
      const bundle = this.#bundles.peek();
      if (bundle === undefined) return undefined;
      const { next, count } = bundle;
      const allowed = this.#allowedOf(bundle);
      const to = packet.fits(bundle, next, allowed);
      if (to > next) this.#beginRange(nowMs, packet, bundle, to);
      if (to < allowed) return 'packet-full';
      if (to < count) return this.#creditStop(bundle);
      this.#bundles.shift();
      this.#parts.store.releaseBundle(bundle);
    }
  }

  /** The bundle holds the reference. Undefined: it was acknowledged. */
  #takeApart(bundle: MessageBundle, i: number): OutgoingMessage | undefined {
    if (!bundle.isOpen(i)) return undefined;
    const message = this.#parts.store.fromBundle(bundle, i);
    message.lane = this.#parts.lane;
    message.id = bundle.firstId + i;
    message.state = 'sent';
    message.nextPiece = 1;
    message.lastSentAtMs = bundle.lastSentAtMs;
    message.bundle = bundle;
    bundle.setApart(i, message);
    return message;
  }

  /** How far credit allows the messages of a bundle that have not left. */
  #allowedOf(bundle: MessageBundle): number {
    const { next, count } = bundle;
    if (this.#allows(rangeCharge(bundle, next, count))) return count;
    // Asked at each ACK while the peer's credit is used up: by halves, not one by one.
    let allowed = next;
    let refused = count;
    while (refused - allowed > 1) {
      const middle = (allowed + refused) >> 1;
      if (this.#allows(rangeCharge(bundle, next, middle))) allowed = middle;
      else refused = middle;
    }
    return allowed;
  }

  #allows(charge: number): boolean {
    return this.#flight.allows(charge) && this.#parts.connectionCredit.allows(charge);
  }

  #creditStop(bundle: MessageBundle): WriteStop {
    const { next } = bundle;
    if (!this.#flight.allows(rangeCharge(bundle, next, next + 1))) return 'channel-credit';
    this.#parts.connectionCredit.isHeld = true;
    return 'connection-credit';
  }

  #beginRange(nowMs: number, packet: PacketBuilder, bundle: MessageBundle, to: number): void {
    const { next } = bundle;
    const { connectionCredit, delay } = this.#parts;
    packet.writeRange(nowMs, bundle, next, to);
    const charge = rangeCharge(bundle, next, to);
    connectionCredit.spend(charge);
    this.#flight.beginRange(bundle, charge);
    // Most were queued in one turn of the program.
    const firstMs = bundle.queuedAtMs(next);
    if (bundle.queuedAtMs(to - 1) === firstMs) delay.onLeft(nowMs - firstMs, to - next);
    else for (let i = next; i < to; i++) delay.onLeft(nowMs - bundle.queuedAtMs(i));
    bundle.next = to;
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
    if (!this.#flight.hasId || !this.#flight.allows(charge)) return 'channel-credit';
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

const rangeCharge = (bundle: MessageBundle, from: number, to: number): number =>
  bundle.lengthOf(from, to) + (to - from) * messageCharge(0);
