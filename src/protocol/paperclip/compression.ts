// The sending half of compression: whether a message of a channel that compresses leaves deflated,
// decided once, at `send`. From there on a compressed message is only shorter: queues, credit and
// packets count the bytes that go on the wire. Inflating is the inbox's (`inbox.ts`).

import type { Deflate } from '../deflate.ts';
import { protocolLimits } from './limits.ts';

export class Compression {
  /** Bytes of the messages that were kept compressed, before and after. */
  bytesBefore = 0;
  bytesAfter = 0;

  readonly #deflate: Deflate;

  constructor(deflate: Deflate) {
    this.#deflate = deflate;
  }

  /** Undefined: the message leaves as it is, because deflated it would not be shorter. */
  shrink(message: Uint8Array): Uint8Array | undefined {
    if (message.length < protocolLimits.compressBytesMin) return undefined;
    const deflated = this.#deflate.deflate(message);
    if (deflated.length >= message.length) return undefined;
    this.bytesBefore += message.length;
    this.bytesAfter += deflated.length;
    return deflated;
  }
}
