// The receiving side of reliable-latest: a value reaches the application when it is newer than what
// its key had, whatever came in between. Nothing waits for order and nothing is charged; values in
// pieces are bounded in number, and the sender's span of them (`channel-latest-send.ts`) sees to it
// that the oldest, which makes room, is none that is still wanted.

import { VarintReader } from '../../base/varint.ts';
import type { MessageSink, ReceiveChannel } from './channel.ts';
import { latestKeyBytesMax } from './channel-modes.ts';
import type { ErrorCodeName } from './error-codes.ts';
import { Reassembler } from './fragments.ts';
import { protocolLimits } from './limits.ts';

export interface LatestReceiveOptions {
  readonly channel: number;
  readonly messageBytesMax: number;
  readonly sink: MessageSink;
}

export class LatestReceiveChannel implements ReceiveChannel {
  /** Half-received values make room for newer ones; age alone ends none. */
  readonly expiresAtMs = Number.POSITIVE_INFINITY;

  readonly #options: LatestReceiveOptions;
  readonly #reassembler = new Reassembler();
  /** By key, the id of the newest value that was delivered, or -1; as long as the keys in use. */
  #newest = new Float64Array(1).fill(-1);
  readonly #reader = new VarintReader();

  constructor(options: LatestReceiveOptions) {
    this.#options = options;
  }

  get heldBytes(): number {
    return this.#reassembler.bytes;
  }

  onMessage(
    messageId: number,
    from: Uint8Array,
    start: number,
    end: number,
    isCompressed: boolean,
  ): ErrorCodeName | undefined {
    return this.#onWhole(messageId, from, start, end, isCompressed);
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
    const { unreliableFragmentsMax, latestReassembliesMax } = protocolLimits;
    const reassembler = this.#reassembler;
    if (count > unreliableFragmentsMax) return 'FRAGMENT';
    if (totalBytes > this.#options.messageBytesMax + latestKeyBytesMax) return 'MESSAGE_SIZE';
    if (!reassembler.has(messageId)) {
      if (reassembler.count === latestReassembliesMax) {
        const { lowestId } = reassembler;
        // A late piece of a value that was given up.
        if (messageId < lowestId) return undefined;
        reassembler.drop(lowestId);
      }
      reassembler.begin(nowMs, messageId, totalBytes, count, isCompressed);
    }
    const result = reassembler.add(
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
    const value = reassembler.take(messageId);
    return this.#onWhole(messageId, value, 0, value.length, isCompressed);
  }

  expire(): void {}

  end(): void {
    this.#reassembler.clear();
  }

  #onWhole(
    messageId: number,
    from: Uint8Array,
    start: number,
    end: number,
    isCompressed: boolean,
  ): ErrorCodeName | undefined {
    const { channel, messageBytesMax, sink } = this.#options;
    const reader = this.#reader;
    reader.reset(from, start, end);
    const key = reader.next();
    if (key < 0 || key > protocolLimits.latestKeyMax) return 'VALUE_KEY';
    if (end - reader.at > messageBytesMax) return 'MESSAGE_SIZE';
    this.#makeRoom(key);
    // An older value, or this one again.
    if (messageId <= this.#newest[key]!) return undefined;
    this.#newest[key] = messageId;
    sink.deliver(channel, from, reader.at, end, isCompressed, key);
    return undefined;
  }

  #makeRoom(key: number): void {
    const { length } = this.#newest;
    if (key < length) return;
    const grown = new Float64Array(2 ** Math.ceil(Math.log2(key + 1))).fill(-1, length);
    grown.set(this.#newest);
    this.#newest = grown;
  }
}
