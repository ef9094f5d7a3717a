import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import { toHex } from '../base/bytes.ts';
import { type Digest, HmacSha256, sodiumDigest } from './hmac-sha256.ts';
import { opensslDigest } from './sha256-openssl.ts';
import { loadSodium } from './sodium.ts';

const digests = {
  'sodium-native': sodiumDigest(loadSodium().sodium!),
  openssl: opensslDigest(),
};

for (const [name, digestIn] of Object.entries(digests)) {
  if (digestIn === undefined) test(name, { skip: 'no OpenSSL through koffi here' }, () => {});
  else hmacContract(name, digestIn);
}

function hmacContract(name: string, digestIn: (memory: Uint8Array) => Digest): void {
  test(`${name}: what node:crypto computes, whatever the lengths and however it is cut`, () => {
    const hmac = new HmacSha256(digestIn);
    const lengths = fc.constantFrom(
      0,
      1,
      16,
      31,
      32,
      63,
      64,
      65,
      255,
      256,
      257,
      1_216,
      1_217,
      4_000,
    );
    const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
    const both = fc.tuple(lengths.chain(bytes), lengths.chain(bytes), fc.nat());
    fc.assert(
      fc.property(both, ([key, message, cut]) => {
        const expected = createHmac('sha256', key).update(message).digest('hex');
        const at = cut % (message.length + 1);
        assert.equal(toHex(hmac.mac(key, [message])), expected);
        assert.equal(
          toHex(hmac.mac(key, [message.subarray(0, at), message.subarray(at)])),
          expected,
        );
      }),
      { numRuns: 300 },
    );
  });

  test(`${name}: a result stays what it was when the next is computed`, () => {
    const hmac = new HmacSha256(digestIn);
    const first = hmac.mac(new Uint8Array(32), [new Uint8Array(20)]);
    const copy = first.slice();
    hmac.mac(new Uint8Array(32).fill(1), [new Uint8Array(20)]);
    assert.deepEqual(first, copy);
  });
}

const skip = digests.openssl === undefined && 'no OpenSSL through koffi here';
test('openssl: no place outside of the memory is read or written', { skip }, () => {
  const digest = digests.openssl!(new Uint8Array(100));
  for (const [start, end, to] of [
    [0, 101, 0],
    [-1, 10, 0],
    [20, 10, 0],
    [0, 10, 69],
    [0, 10, -1],
    [0, Number.NaN, 0],
  ] as const) {
    assert.throws(() => digest(start, end, to), RangeError);
  }
  const given = new Uint8Array(100);
  const late = digests.openssl!(given);
  structuredClone(given.buffer, { transfer: [given.buffer] });
  assert.throws(() => late(0, 10, 50), RangeError);
});
