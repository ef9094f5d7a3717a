import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fromHex, toHex } from '../../base/bytes.ts';
import { pad, unpad } from './padding.ts';

test('every length comes back, in the next whole step', () => {
  for (const length of [0, 1, 30, 31, 32, 33, 63, 64, 4_094, 4_095]) {
    const plain = new Uint8Array(length).fill(0x80);
    const padded = pad(plain);
    assert.equal(padded.length, (Math.floor(length / 32) + 1) * 32);
    assert.deepEqual(unpad(padded), plain);
  }
  assert.equal(toHex(pad(fromHex('aabb')!)), `aabb80${'00'.repeat(29)}`);
});

test('plaintext that ends in zeros keeps them', () => {
  const plain = new Uint8Array(40);
  assert.deepEqual(unpad(pad(plain)), plain);
});

test('what pad does not make is refused', () => {
  for (const bytes of [
    new Uint8Array(0),
    new Uint8Array(32),
    new Uint8Array(31).fill(0x80),
    new Uint8Array(32).fill(1),
    // A whole step too much.
    Uint8Array.from({ length: 64 }, (_, i) => (i === 31 ? 0x80 : 0)),
  ]) {
    assert.equal(unpad(bytes), undefined);
  }
});

test('too long a plaintext is the caller’s mistake', () => {
  assert.throws(() => pad(new Uint8Array(4_096)), /4096 bytes, more than 4095/);
});
