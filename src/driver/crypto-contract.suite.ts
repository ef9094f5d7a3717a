// What every `Crypto` must do, whichever library computes it: published vectors, our own mistakes,
// and a stranger's bytes. Run by the test of each.
// Long because it is a list of short cases over one object.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fromHex, toHex, utf8 } from '../base/bytes.ts';
import type { Crypto } from '../protocol/crypto.ts';
import { aeadContract } from './aead.suite.ts';

const hex = (text: string) => fromHex(text.replaceAll(/\s/g, ''))!;
const none = new Uint8Array(0);

type Create = (options?: { readonly randomBytes?: (length: number) => Uint8Array }) => Crypto;

export function cryptoContract(name: string, create: Create): void {
  const crypto = create();
  const run = (what: string, body: () => void) => test(`${name}: ${what}`, body);

  aeadContract(name, crypto.aeadKey);

  run(
    'RFC 7748 section 5.2: the published scalar multiplications, once and a thousand times',
    () => {
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
          assert.equal(
            toHex(next),
            '422c8e7a6227d7bca1350b3e2bb7279f7897b87bb6854b783c60e80311ae3079',
          );
        }
        [scalar, point] = [next, scalar];
      }
      assert.equal(
        toHex(scalar),
        '684cf59ba83309552800ef566f2f4d3c1c3887c49360e3875f2eb94d99532c51',
      );
    },
  );

  run('two X25519 key pairs agree on one secret', () => {
    const a = crypto.x25519KeyPair();
    const b = crypto.x25519KeyPair();
    assert.deepEqual(
      crypto.x25519(a.secretKey, b.publicKey),
      crypto.x25519(b.secretKey, a.publicKey),
    );
  });

  run('RFC 7748 section 6.1: a low-order point gives no shared secret', () => {
    const { secretKey } = crypto.x25519KeyPair();
    for (const point of [
      '0000000000000000000000000000000000000000000000000000000000000000',
      '0100000000000000000000000000000000000000000000000000000000000000',
      'e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800',
    ]) {
      assert.equal(crypto.x25519(secretKey, hex(point)), undefined);
    }
  });

  run('RFC 8032 section 7.1, test 3: Ed25519', () => {
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

  run('RFC 4231 test cases 1, 2 and 6: HMAC-SHA256, also over split input', () => {
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

  run('FIPS 180-4: SHA-256 of "abc", also over split input', () => {
    const expected = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad';
    assert.equal(toHex(crypto.sha256(utf8('abc'))), expected);
    assert.equal(toHex(crypto.sha256(utf8('a'), none, utf8('bc'))), expected);
  });

  run('equal compares contents and length', () => {
    assert.equal(crypto.equal(hex('0102'), hex('0102')), true);
    assert.equal(crypto.equal(hex('0102'), hex('0103')), false);
    assert.equal(crypto.equal(hex('0102'), hex('010200')), false);
  });

  run('an injected generator makes key pairs repeat', () => {
    const seeded = () => create({ randomBytes: (n) => new Uint8Array(n).fill(5) });
    assert.deepEqual(seeded().x25519KeyPair(), seeded().x25519KeyPair());
    assert.deepEqual(seeded().ed25519KeyPair(), seeded().ed25519KeyPair());
  });
}
