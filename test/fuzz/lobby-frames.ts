// Both framings of the lobby protocol against any bytes in any chunks: they say the same however
// the bytes are cut, hold no more than one message, and what they accept can be written again.

import assert from 'node:assert/strict';
import { concatBytes } from '../../src/base/bytes.ts';
import { type Random, seededRandom } from '../../src/base/prng.ts';
import { encodeBlock } from '../../src/codec/qdatastream/qdatastream.ts';
import { parseUntrustedJson } from '../../src/gateway/untrusted-json.ts';
import { jsonLineCodec } from '../../src/protocol/lobby/json-line-codec.ts';
import type { LobbyCodec } from '../../src/protocol/lobby/lobby-codec.ts';
import { qdatastreamCodec } from '../../src/protocol/lobby/qdatastream-codec.ts';
import { damaged, type FuzzTarget, randomBytes } from './target.ts';

const codecs = [jsonLineCodec(parseUntrustedJson), qdatastreamCodec(parseUntrustedJson)];
const messageBytesMax = 512;

const samples: readonly object[] = [
  { command: 'ping' },
  { command: 'pong', nonce: 7 },
  { command: 'hello', login: 'märio 😀', password: 'ab'.repeat(32) },
  { command: 'IceMsg', target: 'game', args: [2, { candidate: null }] },
  { command: 'x', legacy: ['a'], deep: [[[[{}]]]] },
];
const legacy = ['{"command":"ask_session"}', '{"a":1}', 'PING', 'name', '', '[1]', '{"legacy":5}'];

function someBytes(random: Random, codec: LobbyCodec): Uint8Array {
  if (random.chance(0.1)) return randomBytes(random, random.below(300));
  const parts: Uint8Array[] = [];
  for (let left = random.below(6); left > 0; left--) {
    const isLegacy = codec.name === 'qdatastream' && random.chance(0.4);
    const texts = Array.from({ length: 1 + random.below(4) }, () => random.pick(legacy));
    parts.push(isLegacy ? encodeBlock(texts) : codec.encode(random.pick(samples)));
  }
  const bytes = concatBytes(...parts);
  return random.chance(0.6) ? damaged(random, bytes) : bytes;
}

/** Messages, ended by `malformed` where the stream is. */
function read(codec: LobbyCodec, chunks: readonly Uint8Array[]): readonly unknown[] {
  const decoder = codec.createDecoder(messageBytesMax);
  const readings: unknown[] = [];
  const poll = (): boolean => {
    const next = decoder.poll();
    if (next.kind === 'value') readings.push({ value: next.value });
    if (next.kind === 'malformed') readings.push('malformed');
    return next.kind === 'value';
  };
  for (const chunk of chunks) {
    decoder.handleBytes(chunk);
    while (poll());
    if (readings.at(-1) === 'malformed') return readings;
    assert.ok(decoder.waitingBytes <= messageBytesMax + 1, `${decoder.waitingBytes} bytes held`);
  }
  decoder.handleEnd();
  while (poll());
  return readings;
}

function inChunks(random: Random, bytes: Uint8Array): readonly Uint8Array[] {
  const chunks: Uint8Array[] = [];
  const chunkBytesMax = 1 + random.below(random.chance(0.3) ? 1 : 100);
  for (let at = 0; at < bytes.length; ) {
    const length = random.below(chunkBytesMax + 1);
    chunks.push(bytes.subarray(at, at + length));
    at += length;
  }
  return chunks;
}

export const lobbyFrames: FuzzTarget = {
  name: 'lobby-frames',
  promise: 'any bytes in any chunks give the same messages, in bounded memory, in either framing',
  smoke: { seeds: 10, steps: 300 },
  run(seed, steps) {
    const random = seededRandom('lobby frames', seed);
    for (let step = 0; step < steps; step++) {
      const codec = random.pick(codecs);
      const bytes = someBytes(random, codec);
      const whole = read(codec, [bytes]);
      assert.deepEqual(read(codec, inChunks(random, bytes)), whole, `step ${step}`);
      for (const reading of whole) {
        const value = reading === 'malformed' ? undefined : (reading as { value: unknown }).value;
        if (typeof value !== 'object' || value === null) continue;
        const again = codec.encode(value);
        // What is longer in ASCII than it was may be over the limit.
        if (again.length > messageBytesMax) continue;
        const isWord = 'command' in value && /^p[io]ng$/.test(String(value.command));
        if (codec.name === 'json' || !isWord) {
          assert.deepEqual(plain(read(codec, [again])), plain([{ value }]), `step ${step}`);
        }
      }
    }
  },
};

const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));
