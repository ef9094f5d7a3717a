import assert from 'node:assert/strict';
import { createCipheriv } from 'node:crypto';
import { test } from 'node:test';
import { concatBytes, fromHex, toHex, utf8 } from '../base/bytes.ts';
import { createSodiumCrypto } from './crypto-sodium.ts';

const crypto = createSodiumCrypto();
const hex = (text: string) => fromHex(text.replaceAll(/\s/g, ''))!;
const none = new Uint8Array(0);
const key = hex('808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f');

/**
 * An independent AEAD (OpenSSL). The nonce of the RFC's own vector does not begin with four zero
 * bytes, as `AeadKey` fixes it; so the RFC checks this one, and this one checks `AeadKey`.
 */
function reference(nonce: Uint8Array, plain: Uint8Array, associated: Uint8Array): Uint8Array {
  const cipher = createCipheriv('chacha20-poly1305', key, nonce, { authTagLength: 16 });
  cipher.setAAD(associated, { plaintextLength: plain.length });
  return concatBytes(cipher.update(plain), cipher.final(), cipher.getAuthTag());
}

test('RFC 8439 section 2.8.2: the reference seals to the published bytes', () => {
  const plain = utf8(
    "Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future," +
      ' sunscreen would be it.',
  );
  const sealed = reference(hex('070000004041424344454647'), plain, hex('50515253c0c1c2c3c4c5c6c7'));
  assert.equal(
    toHex(sealed),
    toHex(
      hex(`d31a8d34648e60db7b86afbc53ef7ec2 a4aded51296e08fea9e2b5a736ee62d6
        3dbea45e8ca9671282fafb69da92728b 1a71de0a9e060b2905d6a5b67ecd3b36
        92ddbd7f2d778b8c9803aee328091b58 fab324e4fad675945585808b4831d7bc
        3ff4def08e4b7a9de576d26586cec64b 6116 1ae10b594f09e26a7e902ecbd0600691`),
    ),
  );
});

test('sealing equals the reference at every counter size, length and offset', () => {
  const aead = crypto.aeadKey(key);
  const associated = hex('aabb185152535450ccdd');
  for (const counter of [0, 1, 255, 65_536, 2 ** 32 - 1, 2 ** 32, 2 ** 40 + 7, 2 ** 53 - 1]) {
    const nonce = new Uint8Array(12);
    new DataView(nonce.buffer).setBigUint64(4, BigInt(counter), true);
    for (const length of [0, 1, 63, 64, 1177]) {
      const plain = crypto.randomBytes(length);
      const expected = reference(nonce, plain, associated.subarray(2, 7));
      const out = new Uint8Array(1400);
      const end = aead.seal(out, 5, plain, 0, length, counter, associated, 2, 7);
      assert.equal(end, 5 + length + 16);
      assert.equal(toHex(out.subarray(5, end)), toHex(expected));
      assert.equal(aead.open(out, 5, out, 5, end, counter, associated, 2, 7), 5 + length);
      assert.equal(toHex(out.subarray(5, 5 + length)), toHex(plain));
    }
  }
});

test('sealing in place gives what sealing elsewhere gives', () => {
  const aead = crypto.aeadKey(key);
  const buffer = Buffer.alloc(200, 7);
  const elsewhere = new Uint8Array(116);
  aead.seal(elsewhere, 0, buffer, 9, 109, 3, buffer, 0, 9);
  assert.equal(aead.seal(buffer, 9, buffer, 9, 109, 3, buffer, 0, 9), 125);
  assert.equal(toHex(buffer.subarray(9, 125)), toHex(elsewhere));
});

test('opening says -1 for any flipped bit, a wrong counter, and fewer bytes than a tag', () => {
  const aead = crypto.aeadKey(key);
  const packet = new Uint8Array(64);
  const end = aead.seal(packet, 9, utf8('moves'), 0, 5, 11, packet, 0, 9);
  const out = new Uint8Array(64);
  for (let bit = 0; bit < end * 8; bit++) {
    const bent = packet.slice();
    bent[bit >> 3]! ^= 1 << (bit & 7);
    assert.equal(aead.open(out, 0, bent, 9, end, 11, bent, 0, 9), -1);
  }
  assert.equal(aead.open(out, 0, packet, 9, end, 12, packet, 0, 9), -1);
  for (let length = 0; length < 16; length++) {
    assert.equal(aead.open(out, 0, packet, 9, 9 + length, 11, packet, 0, 9), -1);
  }
  assert.equal(aead.open(out, 0, packet, 9, end, 11, packet, 0, 9), 5);
});

test('our own mistakes throw: a short buffer, a counter past 2^53, a key of the wrong size', () => {
  const aead = crypto.aeadKey(key);
  const small = new Uint8Array(20);
  assert.throws(() => aead.seal(small, 0, small, 0, 5, 0, none, 0, 0), /out has no room/);
  assert.throws(() => aead.open(small, 18, small, 0, 20, 0, none, 0, 0), /out has no room/);
  assert.throws(() => aead.seal(small, 0, small, 0, 1, 2 ** 53, none, 0, 0), /counter/);
  assert.throws(() => aead.seal(small, 0, small, 0, 1, -1, none, 0, 0), /counter/);
  assert.throws(() => crypto.aeadKey(small), /key must be 32 bytes/);
});

test('an AEAD key keeps its own copy of the key', () => {
  const mine = key.slice();
  const aead = crypto.aeadKey(mine);
  mine.fill(0);
  const out = new Uint8Array(16);
  aead.seal(out, 0, none, 0, 0, 0, none, 0, 0);
  assert.equal(toHex(out), toHex(reference(new Uint8Array(12), none, none)));
});

test('RFC 7748 section 5.2: the published scalar multiplications, once and a thousand times', () => {
  assert.equal(
    toHex(
      crypto.x25519(
        hex('a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4'),
        hex('e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c'),
      )!,
    ),
    'c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552',
  );
  let scalar: Uint8Array = hex(`09${'00'.repeat(31)}`);
  let point = scalar;
  for (let i = 0; i < 1000; i++) {
    const next = crypto.x25519(scalar, point)!;
    if (i === 0) {
      assert.equal(toHex(next), '422c8e7a6227d7bca1350b3e2bb7279f7897b87bb6854b783c60e80311ae3079');
    }
    [scalar, point] = [next, scalar];
  }
  assert.equal(toHex(scalar), '684cf59ba83309552800ef566f2f4d3c1c3887c49360e3875f2eb94d99532c51');
});

test('two X25519 key pairs agree on one secret', () => {
  const a = crypto.x25519KeyPair();
  const b = crypto.x25519KeyPair();
  assert.deepEqual(
    crypto.x25519(a.secretKey, b.publicKey),
    crypto.x25519(b.secretKey, a.publicKey),
  );
});

test('RFC 7748 section 6.1: a low-order point gives no shared secret', () => {
  const { secretKey } = crypto.x25519KeyPair();
  for (const point of [
    '0000000000000000000000000000000000000000000000000000000000000000',
    '0100000000000000000000000000000000000000000000000000000000000000',
    'e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800',
  ]) {
    assert.equal(crypto.x25519(secretKey, hex(point)), undefined);
  }
});

test('RFC 8032 section 7.1, test 3: Ed25519', () => {
  const seed = hex('c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7');
  const publicKey = 'fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025';
  const signature =
    '6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac' +
    '18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a';
  const message = hex('af82');
  assert.equal(toHex(crypto.ed25519KeyPair(seed).publicKey), publicKey);
  assert.equal(toHex(crypto.ed25519Sign(seed, message)), signature);
  assert.equal(crypto.ed25519Verify(hex(publicKey), message, hex(signature)), true);
  assert.equal(crypto.ed25519Verify(hex(publicKey), hex('af83'), hex(signature)), false);
  assert.equal(crypto.ed25519Verify(hex(publicKey), message, hex(signature).subarray(1)), false);
  assert.equal(crypto.ed25519Verify(new Uint8Array(32), message, hex(signature)), false);
});

test('RFC 4231 test cases 1, 2 and 6: HMAC-SHA256, also over split input', () => {
  const hiThere = 'b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7';
  assert.equal(toHex(crypto.hmacSha256(new Uint8Array(20).fill(11), utf8('Hi There'))), hiThere);
  assert.equal(
    toHex(crypto.hmacSha256(utf8('Jefe'), utf8('what do ya want '), utf8('for nothing?'))),
    '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843',
  );
  const long = utf8('Test Using Larger Than Block-Size Key - Hash Key First');
  assert.equal(
    toHex(crypto.hmacSha256(new Uint8Array(131).fill(0xaa), long)),
    '60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54',
  );
});

test('FIPS 180-4: SHA-256 of "abc", also over split input', () => {
  const expected = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad';
  assert.equal(toHex(crypto.sha256(utf8('abc'))), expected);
  assert.equal(toHex(crypto.sha256(utf8('a'), none, utf8('bc'))), expected);
});

test('equal compares contents and length', () => {
  assert.equal(crypto.equal(hex('0102'), hex('0102')), true);
  assert.equal(crypto.equal(hex('0102'), hex('0103')), false);
  assert.equal(crypto.equal(hex('0102'), hex('010200')), false);
});

test('an injected generator makes key pairs repeat', () => {
  const seeded = () => createSodiumCrypto({ randomBytes: (n) => new Uint8Array(n).fill(5) });
  assert.deepEqual(seeded().x25519KeyPair(), seeded().x25519KeyPair());
  assert.deepEqual(seeded().ed25519KeyPair(), seeded().ed25519KeyPair());
});
