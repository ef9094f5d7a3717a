// The reader of JSON values against any bytes in any chunks: it says the same however the bytes are
// cut, gives values within its bound, and finds a value that comes after noise and a line end.

import assert from 'node:assert/strict';
import { utf8 } from '../../src/base/bytes.ts';
import { type Random, seededRandom } from '../../src/base/prng.ts';
import { JsonValueReader } from '../../src/protocol/line/json-values.ts';
import { damaged, type FuzzTarget, randomBytes } from './target.ts';

const samples = [
  'start.',
  '{"key":5}',
  '{"mode":"multi"}\n',
  '{"command":"exit"}\r\n',
  ' [1,{"a":[true,"}{\\"",null]}] ',
  '"it’s-a me 😀"',
  '-1.5e9 \n',
  '{"a":{"b":',
];

const probe = '{"probe":1}';

function someText(random: Random): Uint8Array {
  if (random.chance(0.1)) return randomBytes(random, random.below(300));
  let text = '';
  for (let left = random.below(8); left > 0; left--) text += random.pick(samples);
  return random.chance(0.5) ? damaged(random, utf8(text)) : utf8(text);
}

function said(bytes: Uint8Array, valueBytesMax: number, nextChunk: () => number): string[] {
  const reader = new JsonValueReader(valueBytesMax);
  const all: string[] = [];
  for (let at = 0; at < bytes.length; ) {
    const length = nextChunk();
    reader.handleBytes(bytes.subarray(at, at + length));
    at += length;
    for (let event = reader.poll(); event !== undefined; event = reader.poll()) {
      if (event.kind === 'value') assert.ok(utf8(event.text).length <= valueBytesMax);
      all.push(event.kind === 'value' ? event.text : `<${event.kind}>`);
    }
    assert.equal(reader.waitingBytes, 0);
  }
  return all;
}

export const jsonValues: FuzzTarget = {
  name: 'json-values',
  promise: 'any bytes say the same in any chunks, and a value after noise is found',
  smoke: { seeds: 10, steps: 200 },
  run(seed, steps) {
    const random = seededRandom('json values', seed);
    for (let step = 0; step < steps; step++) {
      const valueBytesMax = random.pick([16, 31, 64, 1024]);
      // A line end in a text breaks it, and the second comes after whatever is skipped.
      const bytes = Uint8Array.from([...someText(random), ...utf8(`"\n"\n${probe}${probe}`)]);
      const whole = said(bytes, valueBytesMax, () => bytes.length);
      const cut = said(bytes, valueBytesMax, () => 1 + random.below(40));
      assert.deepEqual(cut, whole, `step ${step}`);
      assert.equal(whole.at(-1), probe, `step ${step}`);
    }
  },
};
