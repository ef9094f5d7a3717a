// The ack-eliciting packets whose fate is open, in a ring indexed by packet number. Packets that
// elicit no ack are never in flight (RFC 9002 section 2) and are not kept. Records come from a
// pool, and go back to it once neither their fate nor that of any older packet is open.

import { protocolLimits } from './limits.ts';
import type { MessageBundle } from './message-bundle.ts';
import type { OutgoingMessage } from './outgoing-message.ts';

/** Without a record in them. */
const slotsFirst = 2;
/** Bound of a pool, which all connections of a host may share: 3 MiB, and 8 MiB of pieces. */
const spareRecordsMax = 4096;
/** Arrays keep the length that they once had: a jumbo packet's could be thousands. */
const sparePiecesMax = 128;

export type PacketState = 'free' | 'outstanding' | 'acked' | 'lost';

export class SentPacket {
  number = -1;
  state: PacketState = 'free';
  sentAtMs = 0;
  bytes = 0;
  /** As they stood when it left (`delivery-rate.ts`); `inFlightBytes` with this packet. */
  deliveredBytes = 0;
  deliveredAtMs = 0;
  firstSentAtMs = 0;
  lostBytes = 0;
  inFlightBytes = 0;
  isAppLimited = false;
  /** Of `bytes`: the messages of urgent lanes. */
  urgentBytes = 0;
  /** The largest number in the ACK that it carried, or -1. */
  ackLargest = -1;
  carriesTime = false;
  carriesConnectionWindow = false;
  /** The channels whose WINDOW it carried: the first `channelWindowCount`. */
  readonly channelWindows: number[] = [];
  channelWindowCount = 0;
  /** The messages whose pieces it carried: the first `pieceCount` of both. */
  readonly messages: OutgoingMessage[] = [];
  readonly pieces: number[] = [];
  pieceCount = 0;
  /** The bundles it carried messages of, and which: the first `rangeCount` of all three. */
  readonly bundles: MessageBundle[] = [];
  readonly rangeStarts: number[] = [];
  readonly rangeEnds: number[] = [];
  rangeCount = 0;

  /** Something of the application's. */
  get carriesMessages(): boolean {
    return this.pieceCount > 0 || this.rangeCount > 0;
  }

  addPiece(message: OutgoingMessage, piece: number): void {
    message.references += 1;
    this.messages[this.pieceCount] = message;
    this.pieces[this.pieceCount] = piece;
    this.pieceCount += 1;
  }

  addRange(bundle: MessageBundle, from: number, to: number): void {
    bundle.references += 1;
    this.bundles[this.rangeCount] = bundle;
    this.rangeStarts[this.rangeCount] = from;
    this.rangeEnds[this.rangeCount] = to;
    this.rangeCount += 1;
  }

  clear(): void {
    this.urgentBytes = 0;
    this.ackLargest = -1;
    this.carriesTime = false;
    this.carriesConnectionWindow = false;
    this.channelWindowCount = 0;
    this.pieceCount = 0;
    this.rangeCount = 0;
  }
}

/** Records that no packet has. What was given back last is taken first, out of the caches. */
export class SentPacketPool {
  /** Taken and not given back. */
  lent = 0;
  /** For whoever settles the packets of one ACK: nothing in it outlives the call. */
  readonly settled: SentPacket[] = [];

  readonly #spare: SentPacket[] = [];

  take(): SentPacket {
    this.lent += 1;
    return this.#spare.pop() ?? new SentPacket();
  }
  give(packet: SentPacket): void {
    this.lent -= 1;
    packet.number = -1;
    packet.state = 'free';
    packet.clear();
    const isSmall = packet.messages.length <= sparePiecesMax;
    if (isSmall && this.#spare.length < spareRecordsMax) this.#spare.push(packet);
  }
}

export class SentPackets {
  readonly pool: SentPacketPool;
  /** What is in flight makes it grow; an idle connection has one packet out at a time. */
  #slots: (SentPacket | undefined)[] = new Array(slotsFirst).fill(undefined);
  /** No outstanding packet has a lower number. */
  #lowest: number;
  /** Records of lower numbers went back. */
  #kept: number;
  #next: number;
  #count = 0;
  #bytesInFlight = 0;

  constructor(firstNumber = 0, pool = new SentPacketPool()) {
    this.pool = pool;
    this.#lowest = firstNumber;
    this.#kept = firstNumber;
    this.#next = firstNumber;
  }

  /** The number of the next packet, tracked or not. */
  get next(): number {
    return this.#next;
  }
  get lowest(): number {
    return this.#lowest;
  }
  get count(): number {
    return this.#count;
  }
  get bytesInFlight(): number {
    return this.#bytesInFlight;
  }
  /** Numbers from the oldest outstanding packet to the newest. */
  get span(): number {
    return this.#count === 0 ? 0 : this.#next - this.#lowest;
  }
  /** One more cannot be tracked before the oldest is settled. */
  get isFull(): boolean {
    return this.span >= protocolLimits.trackedPacketsMax;
  }

  /** The record of a number at or above `lowest`, if that packet was tracked. */
  get(number: number): SentPacket | undefined {
    const slot = this.#slots[number & (this.#slots.length - 1)];
    return slot !== undefined && slot.number === number ? slot : undefined;
  }

  /** Uses up a number without tracking it. */
  skip(): void {
    this.#next += 1;
    if (this.#count === 0) this.#lowest = this.#next;
  }

  /** Keeps `record`, filled by the caller, as the packet `next`. Returns the one to fill next. */
  track(record: SentPacket, nowMs: number, bytes: number): SentPacket {
    const number = this.#next;
    this.#next += 1;
    if (this.#count === 0) this.#lowest = number;
    // More than once after many numbers were skipped: two that are kept must not share a place.
    while (number - this.#lowest >= this.#slots.length) this.#grow();
    record.number = number;
    record.state = 'outstanding';
    record.sentAtMs = nowMs;
    record.bytes = bytes;
    this.#count += 1;
    this.#bytesInFlight += bytes;
    const index = number & (this.#slots.length - 1);
    const older = this.#slots[index];
    this.#slots[index] = record;
    if (older !== undefined) this.pool.give(older);
    return this.pool.take();
  }

  /** The packet's fate is known. The record keeps its contents until `recycle`. */
  settle(packet: SentPacket, state: 'acked' | 'lost'): void {
    packet.state = state;
    this.#count -= 1;
    this.#bytesInFlight -= packet.bytes;
    if (packet.number !== this.#lowest) return;
    let lowest = this.#lowest + 1;
    if (this.#count === 0) lowest = this.#next;
    else while (lowest < this.#next && this.get(lowest)?.state !== 'outstanding') lowest += 1;
    this.#lowest = lowest;
  }

  /** What became of packets has been dealt with: records below the oldest open one go back. */
  recycle(): void {
    const slots = this.#slots;
    for (let number = this.#kept; number < this.#lowest; number++) {
      const index = number & (slots.length - 1);
      const slot = slots[index];
      if (slot === undefined || slot.number !== number) continue;
      slots[index] = undefined;
      this.pool.give(slot);
    }
    this.#kept = this.#lowest;
  }

  /** What is outstanding does not count any more: it is on a path that was left. */
  leavePath(): void {
    for (let number = this.#lowest; number < this.#next && this.#count > 0; number++) {
      const packet = this.get(number);
      if (packet !== undefined) packet.bytes = 0;
    }
    this.#bytesInFlight = 0;
  }

  #grow(): void {
    const old = this.#slots;
    const slots = new Array<SentPacket | undefined>(old.length * 2).fill(undefined);
    for (const slot of old) {
      if (slot !== undefined) slots[slot.number & (slots.length - 1)] = slot;
    }
    this.#slots = slots;
  }
}
