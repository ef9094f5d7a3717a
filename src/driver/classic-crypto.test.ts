import assert from 'node:assert/strict';
import { createECDH, createPrivateKey } from 'node:crypto';
import { describe, test } from 'node:test';
import { toBase64Url, toHex } from '../base/bytes.ts';
import {
  classicVectors,
  hex,
  skipWithoutVectors as skip,
} from '../codec/classic/vectors.fixture.ts';
import type { EcdhKeyPair } from '../protocol/classic/classic-crypto.ts';
import { agree } from '../protocol/classic/session-key.ts';
import { classicCrypto as crypto } from './classic-crypto.ts';

/** The vectors give scalars; node:crypto takes keys. */
function keyPairOf(scalar: Uint8Array, publicKey: Uint8Array): EcdhKeyPair {
  const ecdh = createECDH('secp384r1');
  ecdh.setPrivateKey(scalar);
  const point = new Uint8Array(ecdh.getPublicKey());
  const jwk = {
    kty: 'EC',
    crv: 'P-384',
    d: toBase64Url(scalar),
    x: toBase64Url(point.subarray(1, 49)),
    y: toBase64Url(point.subarray(49)),
  };
  return { publicKey, privateKey: createPrivateKey({ key: jwk, format: 'jwk' }) };
}

describe('classic cryptography', () => {
  test('both sides of the published handshake agree on its key and Finished', { skip }, () => {
    const vector = classicVectors().handshake;
    const sides = ['client', 'server'].map((side) =>
      keyPairOf(hex(vector[`${side}_ec_private_scalar`]!), hex(vector[`${side}_ec_public_spki`]!)),
    );
    const [client, server] = sides as [EcdhKeyPair, EcdhKeyPair];
    const secret = crypto.sharedSecret(client, server.publicKey)!;
    assert.equal(toHex(secret), vector['ecdh_shared_secret']);
    for (const session of [
      agree(crypto, client, server.publicKey),
      agree(crypto, server, client.publicKey),
    ]) {
      assert.equal(toHex(session!.key), vector['session_key']);
      assert.equal(toHex(session!.finished), vector['finished']);
    }
  });

  test('the published texts encrypt and decrypt', { skip }, () => {
    for (const { key, iv, plain, cipher } of classicVectors().aes_cbc) {
      assert.equal(toHex(crypto.encrypt(hex(key), hex(iv), hex(plain))), cipher);
      assert.equal(toHex(crypto.decrypt(hex(key), hex(iv), hex(cipher))!), plain);
    }
  });

  test('the published checksums hold', { skip }, () => {
    for (const { data, crc } of classicVectors().crc32) {
      assert.equal(crypto.crc32(hex(data)).toString(16).padStart(8, '0'), crc);
    }
  });

  test('what is no P-384 key in its usual form agrees on nothing', () => {
    const own = crypto.generateKeyPair();
    const bent = own.publicKey.slice();
    bent[119]! ^= 1;
    const p256 = createECDH('prime256v1');
    p256.generateKeys();
    for (const key of [new Uint8Array(0), new Uint8Array(120), bent, p256.getPublicKey()]) {
      assert.equal(crypto.sharedSecret(own, key), undefined);
    }
    assert.equal(crypto.sharedSecret(own, own.publicKey)?.length, 48);
  });

  test('what was not encrypted with the key does not decrypt, and nothing throws', () => {
    const key = crypto.randomBytes(32);
    const initVector = crypto.randomBytes(16);
    for (const length of [0, 1, 15, 17]) {
      assert.equal(crypto.decrypt(key, initVector, crypto.randomBytes(length)), undefined);
    }
    assert.equal(crypto.decrypt(key, initVector, new Uint8Array(16)), undefined);
  });
});
