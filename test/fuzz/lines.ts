// The reader of lines against any bytes in any chunks: it says what a plain reading of the whole
// text says, and holds no more than one line.

import assert from 'node:assert/strict';
import { utf8, utf8Text } from '../../src/base/bytes.ts';
import { type Random, seededRandom } from '../../src/base/prng.ts';
import { LineReader } from '../../src/protocol/line/line-reader.ts';
import { damaged, type FuzzTarget, randomBytes } from './target.ts';

const samples = [
  'LOGIN_REQ {"username":"mario"}\r\n',
  'PONG\n',
  'BROADCAST_REQ {"message":"it’s-a me 😀"}\n',
  '\n',
  '\r\n',
  '{"type":0.1,"content":"luigi"}\n',
];

function someText(random: Random): Uint8Array {
  if (random.chance(0.1)) return randomBytes(random, random.below(300));
  let text = '';
  for (let left = random.below(8); left > 0; left--) text += random.pick(samples);
  return random.chance(0.5) ? damaged(random, utf8(text)) : utf8(text);
}

/** The whole at once, without a thought for memory. An open line counts when it is too long. */
function plainReading(bytes: Uint8Array, lineBytesMax: number): readonly string[] {
  const said: string[] = [];
  for (let start = 0; start < bytes.length; ) {
    const found = bytes.indexOf(10, start);
    const isOpen = found < 0;
    const end = isOpen ? bytes.length : found;
    const hasCr = end > start && bytes[end - 1] === 13;
    const line = bytes.slice(start, hasCr ? end - 1 : end);
    if (line.length > lineBytesMax) said.push('<too-long>');
    else if (!isOpen) said.push(utf8Text(line) ?? '<invalid-utf8>');
    start = end + 1;
  }
  return said;
}

function inChunks(random: Random, bytes: Uint8Array, lineBytesMax: number): readonly string[] {
  const reader = new LineReader(lineBytesMax);
  const said: string[] = [];
  const chunkBytesMax = 1 + random.below(random.chance(0.3) ? 1 : 100);
  const poll = (): boolean => {
    const event = reader.pollLine();
    if (event !== undefined) said.push(event.kind === 'line' ? event.text : `<${event.kind}>`);
    return event !== undefined;
  };
  for (let at = 0; at < bytes.length; ) {
    const length = random.below(chunkBytesMax + 1);
    reader.handleBytes(bytes.subarray(at, at + length));
    at += length;
    // Sometimes it goes on before it was asked for everything.
    if (random.chance(0.2)) poll();
    else while (poll());
    assert.ok(reader.heldBytes <= lineBytesMax + 1);
  }
  while (poll());
  assert.equal(reader.waitingBytes, 0);
  return said;
}

export const lines: FuzzTarget = {
  name: 'lines',
  promise: 'any bytes in any chunks give the lines of a plain reading, in bounded memory',
  smoke: { seeds: 10, steps: 300 },
  run(seed, steps) {
    const random = seededRandom('lines', seed);
    for (let step = 0; step < steps; step++) {
      const bytes = someText(random);
      const lineBytesMax = random.pick([1, 2, 16, 30, 31, 32, 64, 1024]);
      const expected = plainReading(bytes, lineBytesMax);
      assert.deepEqual(inChunks(random, bytes, lineBytesMax), expected, `step ${step}`);
    }
  },
};
