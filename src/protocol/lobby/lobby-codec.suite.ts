// What both framings of the lobby protocol owe whoever reads and writes messages, and the published
// vectors of a framing, each in one chunk and byte by byte.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { concatBytes, fromHex, toHex } from '../../base/bytes.ts';
import { type LobbyCodec, type LobbyDecoder, lobbyMessageBytesMax } from './lobby-codec.ts';
import {
  type DecodeVector,
  type EncodeVector,
  type StreamVector,
  skip,
} from './lobby-vectors.fixture.ts';

export type Reading = { readonly value: unknown } | 'malformed';

export interface FramingVectors {
  readonly encode: readonly EncodeVector[];
  /** Each a whole message with its frame. */
  readonly decode: readonly DecodeVector[];
  readonly stream: readonly StreamVector[];
}

/** All that a stream holds, given in these chunks; a malformed one ends it. */
export function readAll(
  codec: LobbyCodec,
  chunks: readonly Uint8Array[],
  options: { readonly messageBytesMax?: number; readonly isEnd?: boolean } = {},
): readonly Reading[] {
  const { messageBytesMax, isEnd = true } = options;
  const decoder = codec.createDecoder(messageBytesMax);
  const readings: Reading[] = [];
  for (const chunk of chunks) {
    decoder.handleBytes(chunk);
    readings.push(...readingsOf(decoder));
    assert.ok(decoder.waitingBytes <= (messageBytesMax ?? lobbyMessageBytesMax) + 1);
  }
  if (isEnd) {
    decoder.handleEnd();
    readings.push(...readingsOf(decoder));
  }
  const end = readings.indexOf('malformed');
  return end < 0 ? readings : readings.slice(0, end + 1);
}

function readingsOf(decoder: LobbyDecoder): readonly Reading[] {
  const readings: Reading[] = [];
  for (let next = decoder.poll(); next.kind !== 'more'; next = decoder.poll()) {
    readings.push(next.kind === 'value' ? { value: next.value } : 'malformed');
    if (next.kind === 'malformed') break;
  }
  return readings;
}

export const byteByByte = (bytes: Uint8Array): readonly Uint8Array[] =>
  [...bytes].map((byte) => Uint8Array.of(byte));

const bytesOf = (hex: string): Uint8Array => fromHex(hex)!;

export function lobbyCodecContract(codec: LobbyCodec, vectors: FramingVectors): void {
  describe(`lobby framing ${codec.name}`, () => {
    for (const vector of vectors.encode) {
      test(`vector: writes and reads ${vector.name}`, { skip }, () => playEncode(codec, vector));
    }
    for (const vector of vectors.decode.filter(({ tier }) => tier === 'must')) {
      test(`vector: reads ${vector.name}`, { skip }, () => playDecode(codec, vector));
    }
    for (const vector of vectors.stream) {
      test(`vector: stream ${vector.name}`, { skip }, () => playStream(codec, vector));
    }
    test('what is written is read, however it is cut', () => {
      const messages = fc.array(fc.dictionary(fc.string(), fc.jsonValue()), { maxLength: 4 });
      const cuts = fc.array(fc.nat(200), { maxLength: 8 });
      fc.assert(
        fc.property(messages, cuts, (sent, at) => {
          const whole = concatBytes(...sent.map((message) => codec.encode(message)));
          const edges = [0, ...at.toSorted((a, b) => a - b), whole.length];
          const pieces = edges.slice(1).map((edge, i) => whole.slice(edges[i], edge));
          const expected = sent.map((message) => ({ value: plain(message) }));
          assert.deepEqual(readAll(codec, pieces).map(plain), expected);
          assert.deepEqual(readAll(codec, byteByByte(whole)).map(plain), expected);
        }),
        { seed: 1, numRuns: 200 },
      );
    });
    test('no bytes make it throw, and one chunk says the same as byte by byte', () => {
      const telling = fc.constantFrom(0, 4, 8, 10, 0x7b, 0x7d, 0x22, 0xff, 0xd8);
      fc.assert(
        fc.property(fc.array(telling, { maxLength: 40 }), (list) => {
          const bytes = Uint8Array.from(list);
          assert.deepEqual(readAll(codec, byteByByte(bytes)), readAll(codec, [bytes]));
        }),
        { seed: 2, numRuns: 500 },
      );
    });
    test('a message over the limit is refused, one at it is read', () => {
      const framed = (payloadBytes: number) => codec.encode({ s: 'x'.repeat(payloadBytes) });
      const perCharacter = codec.name === 'json' ? 1 : 2;
      const overhead = framed(0).length - (codec.name === 'json' ? 1 : 4);
      const messageBytesMax = overhead + 100 * perCharacter;
      const read = (bytes: Uint8Array) => [
        readAll(codec, [bytes], { messageBytesMax }),
        readAll(codec, byteByByte(bytes), { messageBytesMax }),
      ];
      const value = { s: 'x'.repeat(100) };
      assert.deepEqual(read(framed(100)), [[{ value }], [{ value }]]);
      assert.deepEqual(read(framed(101)), [['malformed'], ['malformed']]);
    });
    test('a large message that comes byte by byte is copied a few times', () => {
      const bytes = codec.encode({ s: 'x'.repeat(100_000) });
      const copied = countCopied(() => {
        assert.equal(readAll(codec, byteByByte(bytes)).length, 1);
      });
      assert.ok(copied <= 2 * bytes.length, `${copied} bytes copied`);
    });
  });
}

/** Bytes that go from one buffer to another while something runs. */
function countCopied(run: () => void): number {
  const set = Uint8Array.prototype.set;
  let copied = 0;
  Uint8Array.prototype.set = function (source, offset) {
    copied += source.length;
    set.call(this, source, offset);
  };
  try {
    run();
  } finally {
    Uint8Array.prototype.set = set;
  }
  return copied;
}

/** As JSON has it: without a prototype of its own, a minus at zero, or half of a character. */
const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

function playEncode(codec: LobbyCodec, { message, hex, roundtrip, js_exact }: EncodeVector): void {
  const bytes = codec.encode(message);
  const theirs = bytesOf(hex);
  if (js_exact) assert.equal(toHex(bytes), hex);
  for (const framed of [bytes, theirs]) {
    for (const chunks of [[framed], byteByByte(framed)]) {
      assert.deepEqual(readAll(codec, chunks), [{ value: roundtrip }]);
    }
  }
}

function playDecode(codec: LobbyCodec, { hex, ok, message }: DecodeVector): void {
  const bytes = bytesOf(hex);
  const expected = ok ? [{ value: message }] : ['malformed'];
  for (const chunks of [[bytes], byteByByte(bytes)]) {
    assert.deepEqual(readAll(codec, chunks), expected);
  }
}

function playStream(codec: LobbyCodec, vector: StreamVector): void {
  const { eof, limit, results } = vector;
  const chunks = vector.chunks_hex.map(bytesOf);
  const options = { isEnd: eof, ...(limit !== undefined && { messageBytesMax: limit }) };
  const isClean = results.at(-1)?.error === 'DisconnectedError';
  const expected = (isClean ? results.slice(0, -1) : results).map(({ message, error }) =>
    error === undefined ? { value: message } : 'malformed',
  );
  assert.deepEqual(readAll(codec, chunks, options), expected);
  assert.deepEqual(readAll(codec, byteByByte(concatBytes(...chunks)), options), expected);

  const decoder = codec.createDecoder(limit);
  let count = 0;
  for (const [i, chunk] of chunks.entries()) {
    decoder.handleBytes(chunk);
    count += readingsOf(decoder).length;
    assert.equal(count, vector.results_after_chunk[i], `after chunk ${i}`);
  }
  if (vector.pending_at_end) assert.ok(decoder.waitingBytes > 0);
}
