// What Paperclip 0 needs of cryptography and compression, as a port: `driver/classic-crypto.ts` has
// it over node:crypto and node:zlib. Certificates are not read here; they are opaque bytes to the
// protocol, and who checks them is the application.

import type { Deflate } from '../deflate.ts';

export interface EcdhKeyPair {
  /** P-384, DER SubjectPublicKeyInfo: 120 bytes. */
  readonly publicKey: Uint8Array;
  /** Opaque to the protocol. */
  readonly privateKey: unknown;
}

/** The compression is raw deflate. */
export interface ClassicCrypto extends Deflate {
  randomBytes(length: number): Uint8Array;
  generateKeyPair(): EcdhKeyPair;
  /** 48 bytes; undefined when the peer's key is not a point on P-384 in that form. */
  sharedSecret(own: EcdhKeyPair, peerPublicKey: Uint8Array): Uint8Array | undefined;
  /** No salt. */
  hkdfSha256(secret: Uint8Array, info: Uint8Array, length: number): Uint8Array;
  hmacSha256(key: Uint8Array, message: Uint8Array): Uint8Array;
  sha256(message: Uint8Array): Uint8Array;
  /** AES-256-CBC with PKCS #7. */
  encrypt(key: Uint8Array, initVector: Uint8Array, plain: Uint8Array): Uint8Array;
  /** Undefined for a wrong length or wrong padding. */
  decrypt(key: Uint8Array, initVector: Uint8Array, cipher: Uint8Array): Uint8Array | undefined;
  /** IEEE, as an unsigned integer. */
  crc32(bytes: Uint8Array): number;
  /** Takes the same time wherever they differ. */
  equalSecrets(a: Uint8Array, b: Uint8Array): boolean;
}
