import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { cryptoContract } from './crypto-contract.suite.ts';
import { createNodeCrypto } from './crypto-node.ts';
import { createSodiumCrypto } from './crypto-sodium.ts';

cryptoContract('node', createNodeCrypto);

const node = createNodeCrypto();
const sodium = createSodiumCrypto();
const bytes32 = fc.uint8Array({ minLength: 32, maxLength: 32 });

test('node:crypto and libsodium agree on every key, secret, signature, MAC and hash', () => {
  fc.assert(
    fc.property(bytes32, bytes32, fc.uint8Array({ maxLength: 200 }), (a, b, message) => {
      assert.deepEqual(node.x25519KeyPair(a), sodium.x25519KeyPair(a));
      // Any 32 bytes are somebody's public key, with its top bit set, too.
      assert.deepEqual(node.x25519(a, b), sodium.x25519(a, b));
      const { publicKey } = node.ed25519KeyPair(a);
      assert.deepEqual(publicKey, sodium.ed25519KeyPair(a).publicKey);
      const signature = node.ed25519Sign(a, message);
      assert.deepEqual(signature, sodium.ed25519Sign(a, message));
      assert.equal(node.ed25519Verify(publicKey, message, signature), true);
      const bent = signature.slice();
      bent[b[0]! & 63]! ^= 1 << (b[1]! & 7);
      assert.equal(node.ed25519Verify(publicKey, message, bent), false);
      assert.equal(sodium.ed25519Verify(publicKey, message, bent), false);
      assert.deepEqual(node.hmacSha256(a, message, b), sodium.hmacSha256(a, message, b));
      assert.deepEqual(node.sha256(message, b), sodium.sha256(message, b));
    }),
    { numRuns: 50 },
  );
});

test('what one seals the other opens, at any counter, with any header', () => {
  const counters = fc.maxSafeNat();
  const header = fc.uint8Array({ maxLength: 20 });
  fc.assert(
    fc.property(bytes32, fc.uint8Array({ maxLength: 1200 }), header, counters, (k, m, h, n) => {
      const sealed = new Uint8Array(m.length + 16);
      const opened = new Uint8Array(m.length);
      for (const [one, other] of [
        [node, sodium],
        [sodium, node],
      ] as const) {
        one.aeadKey(k).seal(sealed, 0, m, 0, m.length, n, h, 0, h.length);
        const key = other.aeadKey(k);
        assert.equal(key.open(opened, 0, sealed, 0, sealed.length, n, h, 0, h.length), m.length);
        assert.deepEqual(opened, m);
      }
    }),
    { numRuns: 50 },
  );
});

test('bytes that are no point of the curve verify nothing and throw nothing', () => {
  fc.assert(
    fc.property(bytes32, fc.uint8Array({ minLength: 64, maxLength: 64 }), (key, signature) => {
      assert.equal(node.ed25519Verify(key, key, signature), false);
    }),
    { numRuns: 50 },
  );
});

test('a packet that does not verify leaves nothing of it behind', () => {
  const key = node.aeadKey(new Uint8Array(32));
  const sealed = new Uint8Array(40);
  key.seal(sealed, 0, new Uint8Array(24).fill(7), 0, 24, 0, sealed, 0, 0);
  sealed[39]! ^= 1;
  const out = new Uint8Array(24).fill(1);
  assert.equal(key.open(out, 0, sealed, 0, 40, 0, sealed, 0, 0), -1);
  assert.deepEqual(out, new Uint8Array(24).fill(1));
});
