// The receiving side of reliable-unordered and reliable-ordered: each message once; ordered ones
// wait for those before them. What waits or is half-received was charged against credit first, so
// its bytes are bounded; ids are bounded by their span.

import type { MessageSink, ReceiveChannel } from './channel.ts';
import type { ErrorCodeName } from './error-codes.ts';
import { Reassembler } from './fragments.ts';
import { ReceivedIds } from './received-ids.ts';

export interface ReliableReceiveOptions {
  readonly channel: number;
  readonly isOrdered: boolean;
  readonly messageBytesMax: number;
  readonly sink: MessageSink;
}

interface Waiting {
  readonly bytes: Uint8Array;
  readonly isCompressed: boolean;
}

export class ReliableReceiveChannel implements ReceiveChannel {
  /** Nothing reliable is given up. */
  readonly expiresAtMs = Number.POSITIVE_INFINITY;

  readonly #options: ReliableReceiveOptions;
  readonly #received = new ReceivedIds();
  readonly #reassembler = new Reassembler();
  /** Ordered: whole messages above the next one to deliver, as they came: credit paid for that. */
  #waiting: Map<number, Waiting> | undefined;
  #waitingBytes = 0;
  #nextDelivered = 0;

  constructor(options: ReliableReceiveOptions) {
    this.#options = options;
  }

  get heldBytes(): number {
    return this.#waitingBytes + this.#reassembler.bytes;
  }

  onMessage(
    messageId: number,
    from: Uint8Array,
    start: number,
    end: number,
    isCompressed: boolean,
  ): ErrorCodeName | undefined {
    if (this.#received.has(messageId)) return undefined;
    // Once begun in fragments, a message does not become whole by another way.
    if (this.#reassembler.count > 0 && this.#reassembler.has(messageId)) return 'FRAGMENT';
    const broken = this.#admit(messageId, end - start);
    if (broken !== undefined) return broken;
    this.#received.add(messageId);
    const { isOrdered, sink, channel } = this.#options;
    if (!isOrdered) sink.deliver(channel, from, start, end, isCompressed);
    else if (messageId === this.#nextDelivered) {
      sink.deliver(channel, from, start, end, isCompressed);
      this.#nextDelivered += 1;
      if (this.#waiting !== undefined) this.#deliverWaiting(this.#waiting);
    } else this.#wait(messageId, from.slice(start, end), isCompressed);
    return undefined;
  }

  onFragment(
    nowMs: number,
    messageId: number,
    totalBytes: number,
    count: number,
    index: number,
    isCompressed: boolean,
    from: Uint8Array,
    start: number,
    end: number,
  ): ErrorCodeName | undefined {
    if (this.#received.has(messageId)) return undefined;
    if (!this.#reassembler.has(messageId)) {
      const broken = this.#admit(messageId, totalBytes);
      if (broken !== undefined) return broken;
      this.#reassembler.begin(nowMs, messageId, totalBytes, count, isCompressed);
    }
    const result = this.#reassembler.add(
      messageId,
      totalBytes,
      count,
      index,
      isCompressed,
      from,
      start,
      end,
    );
    if (result === 'inconsistent') return 'FRAGMENT';
    if (result !== 'complete') return undefined;
    this.#onWhole(messageId, this.#reassembler.take(messageId), isCompressed);
    return undefined;
  }

  expire(): void {}

  end(): void {
    this.#waiting = undefined;
    this.#waitingBytes = 0;
    this.#reassembler.clear();
  }

  /** Size, span and credit of a message that is new here, before any memory is taken for it. */
  #admit(messageId: number, lengthBytes: number): ErrorCodeName | undefined {
    const { channel, messageBytesMax, sink } = this.#options;
    if (lengthBytes > messageBytesMax) return 'MESSAGE_SIZE';
    if (!this.#received.isInSpan(messageId)) return 'FLOW_CONTROL';
    return sink.charge(channel, lengthBytes) ? undefined : 'FLOW_CONTROL';
  }

  #onWhole(messageId: number, message: Uint8Array, isCompressed: boolean): void {
    this.#received.add(messageId);
    const { isOrdered, sink, channel } = this.#options;
    if (isOrdered && messageId !== this.#nextDelivered) {
      this.#wait(messageId, message, isCompressed);
      return;
    }
    sink.deliverOwned(channel, message, isCompressed);
    this.#nextDelivered += 1;
    if (this.#waiting !== undefined) this.#deliverWaiting(this.#waiting);
  }

  #wait(messageId: number, bytes: Uint8Array, isCompressed: boolean): void {
    this.#waiting ??= new Map();
    this.#waiting.set(messageId, { bytes, isCompressed });
    this.#waitingBytes += bytes.length;
  }

  #deliverWaiting(waiting: Map<number, Waiting>): void {
    for (;;) {
      const next = waiting.get(this.#nextDelivered);
      if (next === undefined) return;
      waiting.delete(this.#nextDelivered);
      this.#waitingBytes -= next.bytes.length;
      this.#options.sink.deliverOwned(this.#options.channel, next.bytes, next.isCompressed);
      this.#nextDelivered += 1;
    }
  }
}
