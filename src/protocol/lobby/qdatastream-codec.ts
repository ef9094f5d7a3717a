// The lobby protocol as blocks of QDataStream. The length in front of a block is looked at before
// anything is kept of it, and what is kept grows with what has come: a length costs its sender
// nothing, and so must not cost us memory. An empty block, one that is too long and a stream that
// ends inside of one are errors.

import { plainView } from '../../base/bytes.ts';
import { GrowingBytes } from '../../base/growing-bytes.ts';
import type { ParseJson } from '../../codec/json-line/json-line.ts';
import {
  decodeMessageBlock,
  encodeMessageBlock,
  lengthBytes,
} from '../../codec/qdatastream/qdatastream.ts';
import {
  type LobbyCodec,
  type LobbyDecoded,
  type LobbyDecoder,
  lobbyMessageBytesMax,
  malformed,
  moreWanted,
} from './lobby-codec.ts';

export const qdatastreamCodec = (parse: ParseJson): LobbyCodec => ({
  name: 'qdatastream',
  encode: encodeMessageBlock,
  createDecoder: (messageBytesMax = lobbyMessageBytesMax) =>
    new BlockDecoder(parse, messageBytesMax),
});

class BlockDecoder implements LobbyDecoder {
  readonly #parse: ParseJson;
  readonly #blockBytesMax: number;
  /** Given and not yet looked at: `#chunks[0]` from `#at` on. */
  readonly #chunks: Uint8Array[] = [];
  #at = 0;
  #unreadBytes = 0;
  /** What has come of a length or a block that is not whole. */
  readonly #held: GrowingBytes;
  /** Undefined: a length comes next. */
  #blockBytes: number | undefined;
  #hasEnded = false;
  #malformed: LobbyDecoded | undefined;

  constructor(parse: ParseJson, blockBytesMax: number) {
    this.#parse = parse;
    this.#blockBytesMax = blockBytesMax;
    this.#held = new GrowingBytes(Math.max(blockBytesMax, lengthBytes));
  }

  get waitingBytes(): number {
    return this.#unreadBytes + this.#held.length;
  }

  handleBytes(bytes: Uint8Array): void {
    if (bytes.length === 0 || this.#malformed !== undefined) return;
    this.#chunks.push(plainView(bytes, 0, bytes.length));
    this.#unreadBytes += bytes.length;
  }

  handleEnd(): void {
    this.#hasEnded = true;
  }

  poll(): LobbyDecoded {
    if (this.#malformed !== undefined) return this.#malformed;
    const decoded = this.#next();
    if (decoded.kind === 'malformed') {
      this.#malformed = decoded;
      this.#held.clear();
      this.#chunks.length = 0;
      this.#unreadBytes = 0;
    }
    return decoded;
  }

  #next(): LobbyDecoded {
    if (this.#blockBytes === undefined) {
      const length = this.#take(lengthBytes);
      if (length === undefined) return this.#wanting(this.#held.length > 0);
      const blockBytes = new DataView(length.buffer, length.byteOffset).getUint32(0);
      if (blockBytes === 0) return malformed('the block is empty');
      if (blockBytes > this.#blockBytesMax) {
        return malformed(`the block has ${blockBytes} of ${this.#blockBytesMax} bytes`);
      }
      this.#blockBytes = blockBytes;
    }
    const block = this.#take(this.#blockBytes);
    if (block === undefined) return this.#wanting(true);
    this.#blockBytes = undefined;
    const decoded = decodeMessageBlock(block, this.#parse);
    return decoded.ok
      ? { kind: 'value', value: decoded.value }
      : malformed(`the block ${decoded.error}`);
  }

  #wanting(isInside: boolean): LobbyDecoded {
    return this.#hasEnded && isInside ? malformed('the stream ends inside a block') : moreWanted;
  }

  /** So many bytes as one; undefined: they are not all there, and what there is is kept. */
  #take(count: number): Uint8Array | undefined {
    for (let chunk = this.#chunks[0]; chunk !== undefined; chunk = this.#chunks[0]) {
      const start = this.#at;
      const end = Math.min(chunk.length, start + count - this.#held.length);
      this.#unreadBytes -= end - start;
      this.#at = end;
      if (end === chunk.length) {
        this.#chunks.shift();
        this.#at = 0;
      }
      if (end - start === count) return plainView(chunk, start, end);
      this.#held.append(chunk, start, end);
      if (this.#held.length === count) {
        const taken = this.#held.bytes;
        this.#held.clear();
        return taken;
      }
    }
    return undefined;
  }
}
