// Copies of small reliable messages, so that one lost packet does not cost a round trip: a message
// that left and is not acknowledged leaves again in the next packets that have room, or in one of
// its own when nothing else leaves for a while. Copies are ordinary MESSAGE frames.
//
// They are a gift within a budget: given up, and not put off, where the budget or the path has no
// room for them. A copy that is lost is not sent again; whether the message is, is its channel's.

import { Deque } from '../../base/ring.ts';
import { messageFrameBytes } from '../../codec/paperclip/frames.ts';
import { tagBytes } from '../../codec/paperclip/packet.ts';
import { protocolLimits } from './limits.ts';
import type { MessageStore, OutgoingMessage } from './outgoing-message.ts';
import type { PacketBuilder } from './packet-builder.ts';

export class Redundancy {
  /** Bytes of copies, with their packets' own where a packet carries nothing else. */
  redundantBytes = 0;

  readonly #store: MessageStore;
  #budget: CopyBudget | undefined;
  /**
   * By the number of copies that they had: messages with another to come, in the order in which
   * they were last sent. Each place holds a reference. None before the first message.
   */
  #rounds: readonly Deque<OutgoingMessage>[] = [];
  #waiting = 0;

  constructor(store: MessageStore) {
    this.#store = store;
  }

  /** When copies leave though nothing else does; infinite when there are none. */
  get dueAtMs(): number {
    return this.#waiting === 0 ? Number.POSITIVE_INFINITY : this.#oldestMs() + waitMs;
  }

  /** There is a copy to come of a message that was sent before. */
  isWaiting(beforeMs: number): boolean {
    return this.#waiting > 0 && this.#oldestMs() < beforeMs;
  }

  /** The message has just been sent. */
  offer(message: OutgoingMessage): void {
    const { redundantMessageBytesMax, redundantMessagesMax } = protocolLimits;
    if (message.length > redundantMessageBytesMax || message.awaitsCopy) return;
    message.awaitsCopy = true;
    message.references += 1;
    if (this.#rounds.length === 0) this.#rounds = newRounds();
    const round = this.#rounds[0]!;
    this.#push(round, message);
    if (round.length > redundantMessagesMax) this.#drop(round);
  }

  /** Of messages sent before `beforeMs`. The budget is a part of `bytesSent`, the connection's. */
  write(nowMs: number, packet: PacketBuilder, bytesSent: number, beforeMs: number): void {
    this.#budget ??= new CopyBudget();
    const budget = this.#budget;
    budget.fill(nowMs, bytesSent);
    // First copies before second ones, which leave half of the budget's burst to those.
    for (let copies = 0; copies < this.#rounds.length; copies++) {
      if (copies > 0 && !budget.isAmple) return;
      if (!this.#writeRound(nowMs, packet, budget, copies, beforeMs)) return;
    }
  }

  /** Everything that could leave now has left: what was due does not wait for better times. */
  giveUpDue(nowMs: number): void {
    if (this.#waiting === 0) return;
    for (const round of this.#rounds) {
      while (lastSentMs(this.#peek(round)) + waitMs <= nowMs) this.#drop(round);
    }
  }

  end(): void {
    for (const round of this.#rounds) while (round.length > 0) this.#drop(round);
  }

  /** False: no room for more, in the packet or in the budget. */
  #writeRound(
    nowMs: number,
    packet: PacketBuilder,
    budget: CopyBudget,
    copies: number,
    beforeMs: number,
  ): boolean {
    const round = this.#rounds[copies]!;
    const nextRound = this.#rounds[copies + 1];
    for (;;) {
      const message = this.#peek(round);
      // What was sent at this same time may be in this packet, or lost in one burst with it.
      if (message === undefined || message.lastSentAtMs >= beforeMs) return true;
      const frameBytes = messageFrameBytes(message.channel, message.id, message.length);
      if (frameBytes > packet.room) return false;
      const bytes = frameBytes + (packet.isAckEliciting ? 0 : packet.framesStart + tagBytes);
      if (!budget.spend(bytes)) return false;
      packet.writePiece(nowMs, message, 0);
      this.redundantBytes += bytes;
      message.copiesInFlight += 1;
      // Its reference goes along to the next round.
      if (nextRound === undefined) this.#drop(round);
      else this.#push(nextRound, this.#shift(round));
    }
  }

  #oldestMs(): number {
    let oldest = Number.POSITIVE_INFINITY;
    for (const round of this.#rounds) oldest = Math.min(oldest, lastSentMs(this.#peek(round)));
    return oldest;
  }

  #peek(round: Deque<OutgoingMessage>): OutgoingMessage | undefined {
    for (;;) {
      const next = round.peek();
      if (next === undefined || next.state !== 'done') return next;
      this.#drop(round);
    }
  }

  #push(round: Deque<OutgoingMessage>, message: OutgoingMessage): void {
    round.push(message);
    this.#waiting += 1;
  }

  #shift(round: Deque<OutgoingMessage>): OutgoingMessage {
    this.#waiting -= 1;
    return round.shift()!;
  }

  #drop(round: Deque<OutgoingMessage>): void {
    const message = this.#shift(round);
    message.awaitsCopy = false;
    this.#store.release(message);
  }
}

const newRounds = (): Deque<OutgoingMessage>[] =>
  Array.from({ length: protocolLimits.redundantCopies }, () => new Deque<OutgoingMessage>());

const waitMs = protocolLimits.redundantWaitMs;

const lastSentMs = (message: OutgoingMessage | undefined): number =>
  message === undefined ? Number.POSITIVE_INFINITY : message.lastSentAtMs;

/**
 * The larger of a rate and a share of what the connection sends: a copy is paid from both, and may
 * leave while either can pay. What is not used is kept up to a burst.
 */
class CopyBudget {
  #ofRateBytes: number = protocolLimits.redundancyBurstBytes;
  #ofShareBytes: number = protocolLimits.redundancyBurstBytes;
  #filledAtMs = 0;
  #countedBytes = 0;

  get isAmple(): boolean {
    const half = protocolLimits.redundancyBurstBytes / 2;
    return this.#ofRateBytes >= half || this.#ofShareBytes >= half;
  }

  fill(nowMs: number, bytesSent: number): void {
    const { redundancyBytesPerSecond, redundancyShare, redundancyBurstBytes } = protocolLimits;
    const earned = ((nowMs - this.#filledAtMs) * redundancyBytesPerSecond) / 1000;
    const shared = (bytesSent - this.#countedBytes) * redundancyShare;
    this.#ofRateBytes = Math.min(redundancyBurstBytes, this.#ofRateBytes + earned);
    this.#ofShareBytes = Math.min(redundancyBurstBytes, this.#ofShareBytes + shared);
    this.#filledAtMs = nowMs;
    this.#countedBytes = bytesSent;
  }

  spend(bytes: number): boolean {
    if (bytes > this.#ofRateBytes && bytes > this.#ofShareBytes) return false;
    this.#ofRateBytes = Math.max(0, this.#ofRateBytes - bytes);
    this.#ofShareBytes = Math.max(0, this.#ofShareBytes - bytes);
    return true;
  }
}
