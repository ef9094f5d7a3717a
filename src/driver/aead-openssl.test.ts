import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { AeadKey } from '../protocol/crypto.ts';
import { aeadContract } from './aead.suite.ts';
import { opensslAead } from './aead-openssl.ts';
import { createSodiumCrypto } from './crypto-sodium.ts';

const { aeadKey } = createSodiumCrypto();
const fast = opensslAead(aeadKey);

if (fast === undefined) {
  test('openssl', { skip: 'no OpenSSL through koffi on this machine' }, () => {});
} else {
  aeadContract('openssl', fast);

  test('openssl: keys that take turns do not seal with the key of another', () => {
    const keys = [1, 2, 3].map((fill) => new Uint8Array(32).fill(fill));
    const ours = keys.map(fast);
    const theirs = keys.map(aeadKey);
    const sealed = new Uint8Array(100);
    const opened = new Uint8Array(100);
    for (const i of [0, 1, 1, 0, 2, 0, 2, 2, 1]) {
      const end = theirs[i]!.seal(sealed, 0, opened, 0, 40, i, opened, 0, 9);
      assert.equal(ours[i]!.open(opened, 0, sealed, 0, end, i, opened, 0, 9), 40);
      assert.equal(
        ours[(i + 1) % 3]!.open(new Uint8Array(100), 0, sealed, 0, end, i, opened, 0, 9),
        -1,
      );
      ours[i]!.seal(sealed, 0, opened, 0, 40, i, opened, 0, 9);
      assert.equal(theirs[i]!.open(opened, 0, sealed, 0, end, i, opened, 0, 9), 40);
    }
  });

  test('openssl: no living key loses its bytes to another, while others are collected', async () => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    const bytesOf = (i: number) => new Uint8Array(32).fill(i % 251).fill(i >> 8, 0, 8);
    const kept: { readonly i: number; readonly ours: AeadKey }[] = [];
    for (let round = 0; round < 4; round++) {
      for (let i = 0; i < 1500; i++) {
        const ours = fast(bytesOf(i));
        if (i % 100 === round) kept.push({ i, ours });
      }
      collect();
      // What was collected is told in a task of its own, a turn or two later.
      for (let turn = 0; turn < 5; turn++) await new Promise((done) => setImmediate(done));
    }
    const sealed = new Uint8Array(56);
    const expected = new Uint8Array(56);
    for (const { i, ours } of kept) {
      ours.seal(sealed, 0, sealed, 0, 0, i, sealed, 0, 0);
      aeadKey(bytesOf(i)).seal(expected, 0, expected, 0, 0, i, expected, 0, 0);
      assert.deepEqual(sealed.subarray(0, 16), expected.subarray(0, 16));
    }
  });

  test('openssl: memory that was given away is refused, never read or written', () => {
    const key = fast(new Uint8Array(32));
    const bytes = new Uint8Array(200);
    const kept = new Uint8Array(200);
    key.seal(bytes, 0, bytes, 0, 100, 0, bytes, 0, 0);
    const given = structuredClone(bytes.buffer, { transfer: [bytes.buffer] });
    assert.throws(() => key.seal(bytes, 0, kept, 0, 100, 0, kept, 0, 0), RangeError);
    assert.throws(() => key.seal(kept, 0, bytes, 0, 100, 0, kept, 0, 0), RangeError);
    assert.throws(() => key.open(kept, 0, bytes, 0, 116, 0, kept, 0, 0), RangeError);
    assert.equal(key.open(kept, 0, new Uint8Array(given), 0, 116, 0, kept, 0, 0), 100);
  });

  test("openssl: an answer that is not the reference's is not used", () => {
    const wrong = (): AeadKey => aeadKey(new Uint8Array(32).fill(9));
    assert.equal(opensslAead(wrong), undefined);
  });
}
