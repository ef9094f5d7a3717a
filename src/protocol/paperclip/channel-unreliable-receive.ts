// The receiving side of unreliable and unreliable-sequenced. Packets are never accepted twice and
// unreliable data is never resent, so there are no duplicates to look for. A sequenced channel
// drops what is older than what it has delivered, whole or half-received.

import type { MessageSink, ReceiveChannel } from './channel.ts';
import type { ErrorCodeName } from './error-codes.ts';
import { Reassembler } from './fragments.ts';
import { protocolLimits } from './limits.ts';

export interface UnreliableReceiveOptions {
  readonly channel: number;
  readonly isSequenced: boolean;
  readonly messageBytesMax: number;
  readonly sink: MessageSink;
}

export class UnreliableReceiveChannel implements ReceiveChannel {
  readonly #options: UnreliableReceiveOptions;
  readonly #reassembler = new Reassembler();
  #newestDelivered = -1;

  constructor(options: UnreliableReceiveOptions) {
    this.#options = options;
  }

  get heldBytes(): number {
    return this.#reassembler.bytes;
  }
  get expiresAtMs(): number {
    const oldest = this.#reassembler.oldest;
    if (oldest === undefined) return Number.POSITIVE_INFINITY;
    return oldest.startedAtMs + protocolLimits.unreliableReassemblyMs;
  }

  onMessage(
    messageId: number,
    from: Uint8Array,
    start: number,
    end: number,
    isCompressed: boolean,
  ): ErrorCodeName | undefined {
    const { channel, messageBytesMax, sink } = this.#options;
    if (end - start > messageBytesMax) return 'MESSAGE_SIZE';
    if (!this.#isWanted(messageId)) return undefined;
    this.#onDelivered(messageId);
    sink.deliver(channel, from, start, end, isCompressed);
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
    if (count > protocolLimits.unreliableFragmentsMax) return 'FRAGMENT';
    if (totalBytes > this.#options.messageBytesMax) return 'MESSAGE_SIZE';
    if (!this.#isWanted(messageId)) return undefined;
    if (!this.#reassembler.has(messageId)) {
      if (this.#reassembler.count === protocolLimits.unreliableReassembliesMax) {
        this.#reassembler.drop(this.#reassembler.oldest!.messageId);
      }
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
    const message = this.#reassembler.take(messageId);
    this.#onDelivered(messageId);
    this.#options.sink.deliverOwned(this.#options.channel, message, isCompressed);
    return undefined;
  }

  expire(nowMs: number): void {
    while (this.expiresAtMs <= nowMs) this.#reassembler.drop(this.#reassembler.oldest!.messageId);
  }

  end(): void {
    this.#reassembler.clear();
  }

  #isWanted(messageId: number): boolean {
    return !this.#options.isSequenced || messageId > this.#newestDelivered;
  }

  #onDelivered(messageId: number): void {
    if (!this.#options.isSequenced) return;
    this.#newestDelivered = messageId;
    // What began before can only be older or be dropped as its next piece comes: free it now.
    for (let o = this.#reassembler.oldest; o !== undefined && o.messageId < messageId; ) {
      this.#reassembler.drop(o.messageId);
      o = this.#reassembler.oldest;
    }
  }
}
