import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { fromHex, utf8 } from '../base/bytes.ts';
import { nodeDeflate } from './node-deflate.ts';

const bytesMax = 64 * 1024;
const text = utf8('a lobby, a match, a move; '.repeat(40));

test('what was deflated is inflated again, byte for byte', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 3000 }), fc.nat(9), (bytes, repeats) => {
      const message = new Uint8Array(bytes.length * (repeats + 1));
      for (let i = 0; i <= repeats; i++) message.set(bytes, i * bytes.length);
      assert.deepEqual(nodeDeflate.inflate(nodeDeflate.deflate(message), bytesMax), message);
    }),
    { numRuns: 200 },
  );
});

test('text gets smaller, and the limit is exact', () => {
  const small = nodeDeflate.deflate(text);
  assert.ok(small.length < text.length / 10, `${small.length} bytes`);
  assert.deepEqual(nodeDeflate.inflate(small, text.length), text);
  assert.equal(nodeDeflate.inflate(small, text.length - 1), 'too-long');
});

test('an inflated message keeps no larger buffer alive', () => {
  const message = nodeDeflate.inflate(nodeDeflate.deflate(text), bytesMax);
  assert.ok(message instanceof Uint8Array);
  assert.equal(message.buffer.byteLength, text.length);
  assert.equal(nodeDeflate.deflate(text).buffer.byteLength, nodeDeflate.deflate(text).length);
});

test('a bomb of 1000 to 1 is stopped at the limit', () => {
  const bomb = deflateRawSync(new Uint8Array(16 * 1024 * 1024), { level: 9 });
  assert.ok(bomb.length < 17_000);
  const before = process.memoryUsage().arrayBuffers;
  for (let i = 0; i < 20; i++) assert.equal(nodeDeflate.inflate(bomb, 8960), 'too-long');
  const grown = process.memoryUsage().arrayBuffers - before;
  assert.ok(grown < 4 * 1024 * 1024, `${grown} bytes more`);
});

test('every cut of a stream, and a byte behind its end, is malformed', () => {
  const whole = nodeDeflate.deflate(text);
  for (let length = 0; length < whole.length; length++) {
    assert.equal(nodeDeflate.inflate(whole.subarray(0, length), bytesMax), 'malformed');
  }
  assert.equal(nodeDeflate.inflate(Uint8Array.of(...whole, 0), bytesMax), 'malformed');
  assert.equal(nodeDeflate.inflate(Uint8Array.of(...whole, ...whole), bytesMax), 'malformed');
});

test('zlib and gzip wrappers, reserved blocks and far distances are malformed', () => {
  for (const bytes of [deflateSync(text), gzipSync(text), fromHex('ff')!, fromHex('63001200')!]) {
    assert.equal(nodeDeflate.inflate(bytes, bytesMax), 'malformed');
  }
});

test('a stream of nothing is nothing', () => {
  assert.deepEqual(nodeDeflate.inflate(fromHex('0300')!, bytesMax), new Uint8Array(0));
});

test('no bytes make inflating throw, or give more than the limit', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), fc.integer({ min: 1, max: 2000 }), (b, max) => {
      const result = nodeDeflate.inflate(b, max);
      if (typeof result !== 'string') assert.ok(result.length <= max);
    }),
    { numRuns: 2000 },
  );
});
