import assert from 'node:assert/strict';
import { test } from 'node:test';
import { concatBytes, utf8 } from '../../base/bytes.ts';
import { hkdfSha256 } from './hkdf.ts';
import { seededCrypto } from './sealed.fixture.ts';
import { x3dhInitiate, x3dhRespond } from './x3dh.ts';

const crypto = seededCrypto('x3dh');
const alice = crypto.x25519KeyPair();
const bob = { exchange: crypto.x25519KeyPair(), prekey: crypto.x25519KeyPair() };
const published = { exchangeKey: bob.exchange.publicKey, prekey: bob.prekey.publicKey };

test('both ends derive the secret of section 3.3', () => {
  const begun = x3dhInitiate(crypto, alice, published)!;
  const derived = x3dhRespond(crypto, bob, alice.publicKey, begun.baseKey);
  assert.deepEqual(derived, begun.sharedSecret);
  const inputs = concatBytes(
    new Uint8Array(32).fill(0xff),
    crypto.x25519(bob.prekey.secretKey, alice.publicKey)!,
    crypto.x25519(bob.exchange.secretKey, begun.baseKey)!,
    crypto.x25519(bob.prekey.secretKey, begun.baseKey)!,
  );
  const info = utf8('paperclip sealed x3dh 1');
  assert.deepEqual(derived, hkdfSha256(crypto, new Uint8Array(32), inputs, info, 32));
});

test('each beginning has a secret of its own, and each key tells', () => {
  const begun = x3dhInitiate(crypto, alice, published)!;
  assert.notDeepEqual(x3dhInitiate(crypto, alice, published)!.sharedSecret, begun.sharedSecret);
  const other = crypto.x25519KeyPair();
  for (const [own, exchangeKey, baseKey] of [
    [{ ...bob, prekey: other }, alice.publicKey, begun.baseKey],
    [{ ...bob, exchange: other }, alice.publicKey, begun.baseKey],
    [bob, other.publicKey, begun.baseKey],
    [bob, alice.publicKey, other.publicKey],
  ] as const) {
    assert.notDeepEqual(x3dhRespond(crypto, own, exchangeKey, baseKey), begun.sharedSecret);
  }
});

test('a point of low order gives no secret', () => {
  const low = new Uint8Array(32);
  assert.equal(x3dhInitiate(crypto, alice, { ...published, prekey: low }), undefined);
  assert.equal(x3dhInitiate(crypto, alice, { ...published, exchangeKey: low }), undefined);
  assert.equal(x3dhRespond(crypto, bob, low, alice.publicKey), undefined);
  assert.equal(x3dhRespond(crypto, bob, alice.publicKey, low), undefined);
});
