// `ClassicCrypto` over node:crypto and node:zlib: P-384, HKDF and HMAC with SHA-256, AES-256-CBC,
// CRC-32, raw deflate.

import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  hash,
  hkdfSync,
  type KeyObject,
  randomBytes,
  timingSafeEqual,
} from 'node:crypto';
import { crc32 } from 'node:zlib';
import type { ClassicCrypto } from '../protocol/classic/classic-crypto.ts';
import { nodeDeflate } from './node-deflate.ts';

const curve = 'secp384r1';
const cipherName = 'aes-256-cbc';
/** Only the uncompressed form of the named curve has this length: what all peers send. */
const publicKeyBytes = 120;

export const classicCrypto: ClassicCrypto = {
  ...nodeDeflate,
  randomBytes: (length) => plain(randomBytes(length)),
  generateKeyPair() {
    const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: curve });
    return { publicKey: plain(publicKey.export({ type: 'spki', format: 'der' })), privateKey };
  },
  sharedSecret(own, peerPublicKey) {
    const publicKey = readPublicKey(peerPublicKey);
    if (publicKey === undefined) return undefined;
    // Boundary: private keys are opaque to the protocol, and this driver made this one.
    return plain(diffieHellman({ privateKey: own.privateKey as KeyObject, publicKey }));
  },
  hkdfSha256: (secret, info, length) =>
    new Uint8Array(hkdfSync('sha256', secret, new Uint8Array(0), info, length)),
  hmacSha256: (key, message) => plain(createHmac('sha256', key).update(message).digest()),
  sha256: (message) => plain(hash('sha256', message, 'buffer')),
  encrypt(key, initVector, text) {
    const cipher = createCipheriv(cipherName, key, initVector);
    return plain(Buffer.concat([cipher.update(text), cipher.final()]));
  },
  decrypt(key, initVector, text) {
    try {
      const decipher = createDecipheriv(cipherName, key, initVector);
      return plain(Buffer.concat([decipher.update(text), decipher.final()]));
    } catch {
      return undefined;
    }
  },
  crc32: (bytes) => crc32(bytes),
  equalSecrets: (a, b) => a.length === b.length && timingSafeEqual(a, b),
};

/** OpenSSL checks that the point is on the curve. */
function readPublicKey(bytes: Uint8Array): KeyObject | undefined {
  if (bytes.length !== publicKeyBytes) return undefined;
  try {
    const key = createPublicKey({ key: Buffer.from(bytes), format: 'der', type: 'spki' });
    return key.asymmetricKeyDetails?.namedCurve === curve ? key : undefined;
  } catch {
    return undefined;
  }
}

const plain = (bytes: Buffer): Uint8Array => new Uint8Array(bytes);
