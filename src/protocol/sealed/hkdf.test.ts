import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fromHex, toHex } from '../../base/bytes.ts';
import { createNodeCrypto } from '../../driver/crypto-node.ts';
import { hkdfSha256 } from './hkdf.ts';

const crypto = createNodeCrypto();
const hex = (text: string) => fromHex(text)!;

test('RFC 5869 appendix A.1 and A.3', () => {
  const input = new Uint8Array(22).fill(0x0b);
  assert.equal(
    toHex(
      hkdfSha256(crypto, hex('000102030405060708090a0b0c'), input, hex('f0f1f2f3f4f5f6f7f8f9'), 42),
    ),
    '3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865',
  );
  const none = new Uint8Array(0);
  assert.equal(
    toHex(hkdfSha256(crypto, none, input, none, 42)),
    '8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8',
  );
});

test('a length that HKDF does not have is refused', () => {
  const none = new Uint8Array(0);
  assert.throws(() => hkdfSha256(crypto, none, none, none, 0), RangeError);
  assert.throws(() => hkdfSha256(crypto, none, none, none, 8161), RangeError);
});
