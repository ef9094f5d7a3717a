// What of one reliable channel is on its way: the ids given, the credit spent, and the messages
// that have begun, until all of each is acknowledged. Queues, of which a channel may have one per
// lane, are `channel-reliable-send.ts`.

import { Deque } from '../../base/ring.ts';
import type { MessageOutcomes } from './channel.ts';
import { SendCredit } from './flow-control.ts';
import { protocolLimits } from './limits.ts';
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
  /** Begun, by id from `#baseId`, until acknowledged; the front one is not acknowledged. */
  readonly #begun = new Deque<OutgoingMessage>();
  #baseId = 0;
  #nextId = 0;
  /** Where the next probe goes on, so that two probes in a row carry different data. */
  #probeId = 0;
  #probePiece = 0;

  constructor(parts: ReliableFlightParts) {
    this.#parts = parts;
    this.#credit = new SendCredit(parts.windowBytes);
  }

  /** The id of the next message to begin. */
  get nextId(): number {
    return this.#nextId;
  }
  get oldestSentAtMs(): number {
    return this.#begun.peek()?.lastSentAtMs ?? Number.POSITIVE_INFINITY;
  }

  onWindow(limitBytes: number): void {
    this.#credit.onWindow(limitBytes);
  }

  /** The channel's credit, and the span of ids, allow one more message. */
  allows(chargeBytes: number): boolean {
    if (this.#nextId - this.#baseId >= protocolLimits.messageSpanMax) return false;
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

  /** Writes the oldest unacknowledged data again, where it fits. */
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
    const { store, outcomes } = this.#parts;
    for (let m = this.#begun.shift(); m !== undefined; m = this.#begun.shift()) {
      if (m.state !== 'done') {
        m.state = 'done';
        outcomes.onLost(m, 'ended');
        store.dropBytes(m);
      }
      store.release(m);
    }
    this.#baseId = this.#nextId;
  }

  #setProbe(id: number): void {
    this.#probeId = id;
    this.#probePiece = 0;
  }
}
