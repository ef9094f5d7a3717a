import assert from 'node:assert/strict';
import { test } from 'node:test';
import { utf8 } from './bytes.ts';
import { GrowingBytes } from './growing-bytes.ts';

test('pieces become one, and nothing is held after a clear', () => {
  const held = new GrowingBytes(1_000);
  const text = 'abc'.repeat(100);
  for (const character of text) held.append(utf8(`<${character}>`), 1, 2);
  assert.equal(held.length, 300);
  assert.deepEqual(held.bytes, utf8(text));
  held.clear();
  assert.equal(held.length, 0);
  assert.equal(held.bytes.buffer.byteLength, 0);
});

test('it grows to its bound and no further', () => {
  const held = new GrowingBytes(300);
  held.append(new Uint8Array(300), 0, 300);
  assert.equal(held.bytes.buffer.byteLength, 300);
  assert.throws(() => held.append(new Uint8Array(1), 0, 1), RangeError);
});
