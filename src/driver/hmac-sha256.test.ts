import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import { toHex } from '../base/bytes.ts';
import { HmacSha256 } from './hmac-sha256.ts';
import { loadSodium } from './sodium.ts';

test('it is what node:crypto computes, whatever the lengths and however it is cut', () => {
  const hmac = new HmacSha256(loadSodium().sodium!);
  const lengths = fc.constantFrom(0, 1, 16, 31, 32, 63, 64, 65, 255, 256, 257, 1_216, 1_217, 4_000);
  const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
  const both = fc.tuple(lengths.chain(bytes), lengths.chain(bytes), fc.nat());
  fc.assert(
    fc.property(both, ([key, message, cut]) => {
      const expected = createHmac('sha256', key).update(message).digest('hex');
      const at = cut % (message.length + 1);
      assert.equal(toHex(hmac.mac(key, [message])), expected);
      assert.equal(toHex(hmac.mac(key, [message.subarray(0, at), message.subarray(at)])), expected);
    }),
    { numRuns: 300 },
  );
});

test('a result stays what it was when the next is computed', () => {
  const hmac = new HmacSha256(loadSodium().sodium!);
  const first = hmac.mac(new Uint8Array(32), [new Uint8Array(20)]);
  const copy = first.slice();
  hmac.mac(new Uint8Array(32).fill(1), [new Uint8Array(20)]);
  assert.deepEqual(first, copy);
});
