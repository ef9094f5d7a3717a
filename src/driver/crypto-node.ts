// `Crypto` over node:crypto alone, for machines on which sodium-native does not load. It gives the
// same bytes and is slower, for it makes an object per packet and per key. Measured in one run on
// the busy 2-core reference machine, beside libsodium: seal 64 bytes 4.4 us (1.3), 1200 bytes
// 7.1 us (5.6); X25519 83 us (31); verify a ticket 142 us (67).
//
// Raw keys are wrapped as node:crypto wants them: a fixed DER prefix and the 32 bytes (RFC 8410).
// One difference: libsodium refuses Ed25519 public keys of small order, for which anybody can
// sign; OpenSSL does not. Our verifiers know their signers' keys beforehand.

import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createHmac,
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  type KeyObject,
  randomFillSync,
  sign,
  timingSafeEqual,
  verify,
} from 'node:crypto';
import { concatBytes, plainView } from '../base/bytes.ts';
import type { AeadKey, Crypto, KeyPair } from '../protocol/crypto.ts';
import {
  keyBytes,
  nonceBytes,
  requireLength,
  signatureBytes,
  tagBytes,
  writeNonce,
} from './crypto-bytes.ts';

export interface NodeCryptoOptions {
  /** For tests that must repeat. Default: the operating system's generator. */
  readonly randomBytes?: (length: number) => Uint8Array;
}

export function createNodeCrypto(options: NodeCryptoOptions = {}): Crypto {
  const randomBytes = options.randomBytes ?? systemRandomBytes;
  return {
    randomBytes,
    aeadKey: (key) => new NodeAeadKey(key),
    sha256,
    hmacSha256,
    x25519KeyPair: (secretKey = randomBytes(keyBytes)) => keyPair('x25519', secretKey),
    x25519,
    ed25519KeyPair: (seed = randomBytes(keyBytes)) => keyPair('ed25519', seed),
    ed25519Sign: (seed, message) => ownView(sign(null, message, privateKey('ed25519', seed))),
    ed25519Verify: (publicKey, message, signature) =>
      publicKey.length === keyBytes &&
      signature.length === signatureBytes &&
      verifies(publicKey, message, signature),
    equal: (a, b) => a.length === b.length && timingSafeEqual(a, b),
  };
}

export function sha256(...parts: readonly Uint8Array[]): Uint8Array {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return ownView(hash.digest());
}

function hmacSha256(key: Uint8Array, ...parts: readonly Uint8Array[]): Uint8Array {
  const mac = createHmac('sha256', key);
  for (const part of parts) mac.update(part);
  return ownView(mac.digest());
}

const systemRandomBytes = (length: number): Uint8Array => randomFillSync(new Uint8Array(length));

type Curve = 'x25519' | 'ed25519';

/** RFC 8410 section 7: PKCS #8 and SubjectPublicKeyInfo, all but the key. */
const privatePrefix: Readonly<Record<Curve, Uint8Array>> = {
  x25519: Uint8Array.of(0x30, 46, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x6e, 4, 34, 4, 32),
  ed25519: Uint8Array.of(0x30, 46, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 34, 4, 32),
};
const publicPrefix: Readonly<Record<Curve, Uint8Array>> = {
  x25519: Uint8Array.of(0x30, 42, 0x30, 5, 6, 3, 0x2b, 0x65, 0x6e, 3, 33, 0),
  ed25519: Uint8Array.of(0x30, 42, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 3, 33, 0),
};

function privateKey(curve: Curve, secret: Uint8Array): KeyObject {
  requireLength(curve === 'x25519' ? 'secretKey' : 'seed', secret, keyBytes);
  const der = concatBytes(privatePrefix[curve], secret);
  return createPrivateKey({ key: Buffer.from(der.buffer), format: 'der', type: 'pkcs8' });
}

function publicKeyOf(curve: Curve, publicKey: Uint8Array): KeyObject {
  const der = concatBytes(publicPrefix[curve], publicKey);
  return createPublicKey({ key: Buffer.from(der.buffer), format: 'der', type: 'spki' });
}

function keyPair(curve: Curve, secret: Uint8Array): KeyPair {
  const spki = createPublicKey(privateKey(curve, secret)).export({ format: 'der', type: 'spki' });
  return {
    publicKey: new Uint8Array(spki.subarray(spki.length - keyBytes)),
    secretKey: new Uint8Array(secret),
  };
}

function x25519(secretKey: Uint8Array, publicKey: Uint8Array): Uint8Array | undefined {
  const ours = privateKey('x25519', secretKey);
  requireLength('publicKey', publicKey, keyBytes);
  try {
    return ownView(
      diffieHellman({ privateKey: ours, publicKey: publicKeyOf('x25519', publicKey) }),
    );
  } catch {
    // With the lengths right, OpenSSL fails here for one reason: the all-zero result.
    return undefined;
  }
}

function verifies(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  try {
    return verify(null, message, publicKeyOf('ed25519', publicKey), signature);
  } catch {
    // Bytes that are no point of the curve.
    return false;
  }
}

class NodeAeadKey implements AeadKey {
  readonly #key: Uint8Array;
  /** Four zero bytes and the counter; one per key, rewritten at each call. */
  readonly #nonce = new Uint8Array(nonceBytes);
  readonly #nonceView = new DataView(this.#nonce.buffer);

  constructor(key: Uint8Array) {
    requireLength('key', key, keyBytes);
    this.#key = new Uint8Array(key);
  }

  seal(
    out: Uint8Array,
    outStart: number,
    plain: Uint8Array,
    plainStart: number,
    plainEnd: number,
    counter: number,
    associated: Uint8Array,
    associatedStart: number,
    associatedEnd: number,
  ): number {
    const length = plainEnd - plainStart;
    const outEnd = outStart + length + tagBytes;
    if (outEnd > out.length) throw new RangeError('out has no room for the sealed bytes');
    writeNonce(this.#nonceView, counter);
    const cipher = createCipheriv('chacha20-poly1305', this.#key, this.#nonce, aeadOptions);
    cipher.setAAD(plainView(associated, associatedStart, associatedEnd), {
      plaintextLength: length,
    });
    out.set(cipher.update(plainView(plain, plainStart, plainEnd)), outStart);
    cipher.final();
    out.set(cipher.getAuthTag(), outEnd - tagBytes);
    return outEnd;
  }

  open(
    out: Uint8Array,
    outStart: number,
    sealed: Uint8Array,
    sealedStart: number,
    sealedEnd: number,
    counter: number,
    associated: Uint8Array,
    associatedStart: number,
    associatedEnd: number,
  ): number {
    const length = sealedEnd - sealedStart - tagBytes;
    if (length < 0) return -1;
    const outEnd = outStart + length;
    if (outEnd > out.length) throw new RangeError('out has no room for the opened bytes');
    writeNonce(this.#nonceView, counter);
    const tagStart = sealedEnd - tagBytes;
    const decipher = createDecipheriv('chacha20-poly1305', this.#key, this.#nonce, aeadOptions);
    decipher.setAuthTag(plainView(sealed, tagStart, sealedEnd));
    decipher.setAAD(plainView(associated, associatedStart, associatedEnd), {
      plaintextLength: length,
    });
    const plain = decipher.update(plainView(sealed, sealedStart, tagStart));
    try {
      decipher.final();
    } catch {
      return -1;
    }
    // Only now: what is not authentic is nobody's to see.
    out.set(plain, outStart);
    return outEnd;
  }
}

const aeadOptions = { authTagLength: tagBytes } as const;

function ownView(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
