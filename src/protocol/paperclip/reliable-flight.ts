// What of one reliable channel is on its way: the ids given, the credit spent, and the messages
// that have begun, until all of each is acknowledged. Queues, of which a channel may have one per
// lane, are `channel-reliable-send.ts`.

import { Deque } from '../../base/ring.ts';
import type { MessageOutcomes } from './channel.ts';
import { SendCredit } from './flow-control.ts';
import { protocolLimits } from './limits.ts';
import { MessageBundle } from './message-bundle.ts';
import type { MessageStore, OutgoingMessage } from './outgoing-message.ts';
import type { PacketBuilder } from './packet-builder.ts';

export interface ReliableFlightParts {
  readonly store: MessageStore;
  readonly outcomes: MessageOutcomes;
  readonly windowBytes: number;
}

export class ReliableFlight {
  piecesResent = 0;

  readonly #parts: ReliableFlightParts;
  readonly #credit: SendCredit;
  /** Begun, in the order of their ids, until acknowledged; the front one is not acknowledged. */
  readonly #begun = new Deque<OutgoingMessage | MessageBundle>();
  /** The place of the front one, counted from the start. */
  #frontPlace = 0;
  /** Ids below it are acknowledged. */
  #baseId = 0;
  #nextId = 0;
  /** Where the next probe goes on, so that two probes in a row carry different data. */
  #probePlace = 0;
  #probePiece = 0;

  constructor(parts: ReliableFlightParts) {
    this.#parts = parts;
    this.#credit = new SendCredit(parts.windowBytes);
  }

  /** The id of the next message that gets one. */
  get nextId(): number {
    return this.#nextId;
  }
  get oldestSentAtMs(): number {
    return this.#begun.peek()?.lastSentAtMs ?? Number.POSITIVE_INFINITY;
  }
  /** The span of ids allows one more. */
  get hasId(): boolean {
    return this.#nextId - this.#baseId < protocolLimits.messageSpanMax;
  }

  onWindow(limitBytes: number): void {
    this.#credit.onWindow(limitBytes);
  }

  /** The channel's credit allows it. */
  allows(chargeBytes: number): boolean {
    return this.#credit.allows(chargeBytes);
  }

  /** The first piece of the message left; takes over the caller's reference. */
  begin(message: OutgoingMessage, chargeBytes: number): void {
    this.#credit.spend(chargeBytes);
    this.#nextId += 1;
    message.state = 'sent';
    message.nextPiece = 1;
    this.#begun.push(message);
  }

  /** An id for a message that is queued, and leaves before any that has none yet. */
  takeId(): number {
    return this.#nextId++;
  }

  /** Ids from here on, all of queued messages, are free again. */
  giveBackIds(firstId: number): void {
    this.#nextId = firstId;
  }

  /** So many bytes of a bundle left. */
  beginRange(bundle: MessageBundle, chargeBytes: number): void {
    this.#credit.spend(chargeBytes);
    if (bundle.state !== 'queued') return;
    bundle.state = 'sent';
    bundle.references += 1;
    this.#begun.push(bundle);
  }

  onPieceAcked(message: OutgoingMessage, piece: number): void {
    if (message.state === 'done' || !message.ackPiece(piece)) return;
    if (message.ackedPieces < message.count) return;
    message.state = 'done';
    this.#parts.outcomes.onDelivered(message);
    this.#parts.store.dropBytes(message);
    const { bundle } = message;
    if (bundle !== undefined) this.#ackApart(bundle, message);
    this.#dropDone();
  }

  onRangeAcked(bundle: MessageBundle, from: number, to: number): void {
    if (bundle.state === 'done') return;
    const { outcomes } = this.#parts;
    if (bundle.ackAll(from, to)) {
      outcomes.onBundledDelivered(to - from, bundle.lengthOf(from, to));
      this.#dropDone();
      return;
    }
    for (let i = from; i < to; i++) {
      const apart = bundle.apart(i);
      if (apart !== undefined) this.onPieceAcked(apart, 0);
      else if (bundle.ack(i)) outcomes.onBundledDelivered(1, bundle.lengthOf(i, i + 1));
    }
    this.#dropDone();
  }

  /** Writes the oldest unacknowledged data again, where it fits. */
  writeProbe(nowMs: number, packet: PacketBuilder): void {
    const end = this.#frontPlace + this.#begun.length;
    // From the start again when the last probe reached the end, or its place is acknowledged.
    if (this.#probePlace < this.#frontPlace || this.#probePlace >= end) {
      this.#setProbe(this.#frontPlace);
    }
    for (let place = this.#probePlace; place < end; place++) {
      const begun = this.#begun.at(place - this.#frontPlace)!;
      if (place !== this.#probePlace) this.#setProbe(place);
      const isAllWritten =
        begun instanceof MessageBundle
          ? this.#probeBundle(nowMs, packet, begun)
          : this.#probeMessage(nowMs, packet, begun);
      if (!isAllWritten) return;
    }
    this.#setProbe(end);
  }

  end(): void {
    for (let next = this.#begun.shift(); next !== undefined; next = this.#begun.shift()) {
      if (next instanceof MessageBundle) this.#endBundle(next);
      else this.#endMessage(next);
    }
    this.#baseId = this.#nextId;
  }

  #dropDone(): void {
    const { store } = this.#parts;
    for (let front = this.#begun.peek(); front?.isDone; front = this.#begun.peek()) {
      this.#begun.shift();
      this.#frontPlace += 1;
      this.#baseId += front.idCount;
      if (front instanceof MessageBundle) {
        front.state = 'done';
        store.releaseBundle(front);
      } else store.release(front);
    }
  }

  /** What was lost from a bundle has arrived. */
  #ackApart(bundle: MessageBundle, message: OutgoingMessage): void {
    bundle.ack(message.id - bundle.firstId);
    message.bundle = undefined;
    this.#parts.store.release(message);
  }

  #probeMessage(nowMs: number, packet: PacketBuilder, message: OutgoingMessage): boolean {
    if (message.state === 'done') return true;
    for (let piece = this.#probePiece; piece < message.nextPiece; piece++) {
      this.#probePiece = piece;
      if (message.isPieceAcked(piece)) continue;
      if (!packet.writePiece(nowMs, message, piece)) return false;
      this.piecesResent += 1;
    }
    return true;
  }

  #probeBundle(nowMs: number, packet: PacketBuilder, bundle: MessageBundle): boolean {
    for (let i = this.#probePiece; i < bundle.next; i++) {
      this.#probePiece = i;
      const apart = bundle.apart(i);
      if (apart !== undefined && apart.state !== 'done') {
        if (!packet.writePiece(nowMs, apart, 0)) return false;
      } else if (bundle.isOpen(i)) {
        if (packet.fits(bundle, i, i + 1) === i) return false;
        packet.writeRange(nowMs, bundle, i, i + 1);
      } else continue;
      this.piecesResent += 1;
    }
    return true;
  }

  #endMessage(message: OutgoingMessage): void {
    const { store, outcomes } = this.#parts;
    if (message.state !== 'done') {
      message.state = 'done';
      outcomes.onLost(message, 'ended');
      store.dropBytes(message);
    }
    store.release(message);
  }

  #endBundle(bundle: MessageBundle): void {
    const { store, outcomes } = this.#parts;
    for (let i = 0; i < bundle.count; i++) {
      const apart = bundle.apart(i);
      if (apart !== undefined && apart.state !== 'done') this.#endMessage(apart);
      else if (bundle.isOpen(i)) {
        outcomes.onBundledLost(1, bundle.lengthOf(i, i + 1), 'ended');
      }
    }
    bundle.state = 'done';
    store.releaseBundle(bundle);
  }

  #setProbe(place: number): void {
    this.#probePlace = place;
    this.#probePiece = 0;
  }
}
