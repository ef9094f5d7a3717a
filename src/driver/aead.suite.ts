// What every AEAD must do, whatever computes it. Run by the test of each.

import assert from 'node:assert/strict';
import { createCipheriv, randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { concatBytes, fromHex, toHex, utf8 } from '../base/bytes.ts';
import type { AeadKey } from '../protocol/crypto.ts';

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

export function aeadContract(name: string, aeadKey: (key: Uint8Array) => AeadKey): void {
  const run = (what: string, body: () => void) => test(`${name}: ${what}`, body);

  run('RFC 8439 section 2.8.2: the reference seals to the published bytes', () => {
    const plain = utf8(
      "Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future," +
        ' sunscreen would be it.',
    );
    const sealed = reference(
      hex('070000004041424344454647'),
      plain,
      hex('50515253c0c1c2c3c4c5c6c7'),
    );
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

  run('sealing equals the reference at every counter size, length and offset', () => {
    const aead = aeadKey(key);
    const associated = hex('aabb185152535450ccdd');
    for (const counter of [0, 1, 255, 65_536, 2 ** 32 - 1, 2 ** 32, 2 ** 40 + 7, 2 ** 53 - 1]) {
      const nonce = new Uint8Array(12);
      new DataView(nonce.buffer).setBigUint64(4, BigInt(counter), true);
      for (const length of [0, 1, 63, 64, 1177]) {
        const plain = randomBytes(length);
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

  run('sealing in place gives what sealing elsewhere gives', () => {
    const aead = aeadKey(key);
    const buffer = Buffer.alloc(200, 7);
    const elsewhere = new Uint8Array(116);
    aead.seal(elsewhere, 0, buffer, 9, 109, 3, buffer, 0, 9);
    assert.equal(aead.seal(buffer, 9, buffer, 9, 109, 3, buffer, 0, 9), 125);
    assert.equal(toHex(buffer.subarray(9, 125)), toHex(elsewhere));
  });

  run('opening says -1 for any flipped bit, a wrong counter, and fewer bytes than a tag', () => {
    const aead = aeadKey(key);
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

  run(
    'our own mistakes throw: a short buffer, a counter past 2^53, a key of the wrong size',
    () => {
      const aead = aeadKey(key);
      const small = new Uint8Array(20);
      assert.throws(() => aead.seal(small, 0, small, 0, 5, 0, none, 0, 0), /out has no room/);
      assert.throws(() => aead.open(small, 18, small, 0, 20, 0, none, 0, 0), /out has no room/);
      assert.throws(() => aead.seal(small, 0, small, 0, 1, 2 ** 53, none, 0, 0), /counter/);
      assert.throws(() => aead.seal(small, 0, small, 0, 1, -1, none, 0, 0), /counter/);
      assert.throws(() => aeadKey(small), /key must be 32 bytes/);
    },
  );

  run('an AEAD key keeps its own copy of the key', () => {
    const mine = key.slice();
    const aead = aeadKey(mine);
    mine.fill(0);
    const out = new Uint8Array(16);
    aead.seal(out, 0, none, 0, 0, 0, none, 0, 0);
    assert.equal(toHex(out), toHex(reference(new Uint8Array(12), none, none)));
  });
}
