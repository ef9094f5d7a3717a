// Small messages of one reliable channel that follow each other, kept as the frames that will carry
// them: so what fits into a packet is one copy, one entry in the packet's record and one step at
// its ACK, however many messages it is. Their ids are given at `send`.
//
// For messages that nothing is asked about: no time to live, no word of their fate, no copies. And
// for the first time they leave: those that were lost go on as messages of their own.

import { messageFrameBytes, writeMessageHeader } from '../../codec/paperclip/frames.ts';
import type { OutgoingMessage } from './outgoing-message.ts';

/** As many as a number has bits. */
export const bundleMessagesMax = 32;
/** Longer messages gain little. */
export const bundledBytesMax = 256;
/** Full of messages of 64 bytes. */
const bundleBytes = bundleMessagesMax * 72;
/** Of one message in `#marks`: where its frame begins, lengths before it, when it was queued. */
const fields = 3;

export interface BundleOwner {
  onRangeAcked(bundle: MessageBundle, from: number, to: number): void;
  onRangeLost(bundle: MessageBundle, from: number, to: number): void;
}

export class MessageBundle {
  owner: BundleOwner | undefined;
  channel = 0;
  firstId = 0;
  /** Of messages; they are numbered from 0. */
  count = 0;
  /** Messages from here on were never sent. */
  next = 0;
  /** `sent`: it is in its channel's flight. */
  state: 'queued' | 'sent' | 'done' = 'queued';
  lastSentAtMs = 0;
  /** The owner's, the flight's and each tracked packet's. */
  references = 0;

  readonly bytes = new Uint8Array(bundleBytes);
  /** One array, so that what is known of the few messages most bundles have is in one place. */
  readonly #marks = new Float64Array(fields * (bundleMessagesMax + 1));

  /** A bit for each message. */
  #acked = 0;
  #ackedCount = 0;
  /** Those that were lost, as what they go on as. */
  #apart: (OutgoingMessage | undefined)[] | undefined;
  #apartBits = 0;

  begin(owner: BundleOwner, channel: number, firstId: number): void {
    this.owner = owner;
    this.channel = channel;
    this.firstId = firstId;
    this.count = 0;
    this.next = 0;
    this.state = 'queued';
    this.#acked = 0;
    this.#ackedCount = 0;
    this.#apart = undefined;
    this.#apartBits = 0;
  }

  /** Nobody refers to it any more, and it to nobody. */
  forget(): void {
    this.owner = undefined;
    this.#apart = undefined;
  }

  get isDone(): boolean {
    return this.#ackedCount === this.count;
  }
  get idCount(): number {
    return this.count;
  }

  /** False when it is full. The id is the next one. */
  add(nowMs: number, message: Uint8Array): boolean {
    const { count, channel, bytes } = this;
    const marks = this.#marks;
    if (count === bundleMessagesMax) return false;
    const { length } = message;
    const id = this.firstId + count;
    const mark = fields * count;
    const start = marks[mark]!;
    if (start + messageFrameBytes(channel, id, length) > bundleBytes) return false;
    const at = writeMessageHeader(bytes, start, channel, id, length);
    bytes.set(message, at);
    marks[mark + 2] = nowMs;
    marks[mark + fields] = at + length;
    marks[mark + fields + 1] = marks[mark + 1]! + length;
    this.count = count + 1;
    return true;
  }

  /** Bytes of messages `from` to `to`, without their frames. */
  lengthOf(from: number, to: number): number {
    return this.#marks[fields * to + 1]! - this.#marks[fields * from + 1]!;
  }
  /** Frame `i` is `bytes[frameStart(i), frameStart(i + 1))`. */
  frameStart(i: number): number {
    return this.#marks[fields * i]!;
  }
  /** Where message `i` stands in `bytes`. */
  startOf(i: number): number {
    return this.frameStart(i + 1) - this.lengthOf(i, i + 1);
  }
  queuedAtMs(i: number): number {
    return this.#marks[fields * i + 2]!;
  }

  /** Neither acknowledged nor gone on apart. */
  isOpen(i: number): boolean {
    return ((this.#acked | this.#apartBits) & (1 << i)) === 0;
  }
  apart(i: number): OutgoingMessage | undefined {
    return this.#apart?.[i];
  }
  setApart(i: number, message: OutgoingMessage): void {
    this.#apart ??= new Array<OutgoingMessage | undefined>(bundleMessagesMax).fill(undefined);
    this.#apart[i] = message;
    this.#apartBits |= 1 << i;
  }

  /** False when it was acknowledged before. */
  ack(i: number): boolean {
    const bit = 1 << i;
    if ((this.#acked & bit) !== 0) return false;
    this.#acked |= bit;
    this.#ackedCount += 1;
    if (this.#apart !== undefined) this.#apart[i] = undefined;
    return true;
  }
  /** The usual case in one step. False: some of them were acknowledged before, or went apart. */
  ackAll(from: number, to: number): boolean {
    const bits = (-1 >>> (bundleMessagesMax - (to - from))) << from;
    if (((this.#acked | this.#apartBits) & bits) !== 0) return false;
    this.#acked |= bits;
    this.#ackedCount += to - from;
    return true;
  }

  /** Takes those that never left out again: their ids are free. */
  cutUnsent(): void {
    this.count = this.next;
  }
}
