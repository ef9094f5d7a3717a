// The one place that chooses cryptography: sodium-native where it loads, node:crypto elsewhere; and
// for `listen` and `dial`, the fastest AEAD and HMAC that this machine has. All of them
// give the same bytes.

import { equalBytes } from '../base/bytes.ts';
import type { Crypto, KeyPair } from '../protocol/crypto.ts';
import { opensslAead } from './aead-openssl.ts';
import { createNodeCrypto } from './crypto-node.ts';
import { createSodiumCrypto } from './crypto-sodium.ts';
import { HmacSha256 } from './hmac-sha256.ts';
import { opensslDigest } from './sha256-openssl.ts';
import { loadSodium } from './sodium.ts';

export type CryptoLibrary = 'sodium-native' | 'node:crypto';

export interface CryptoOptions {
  /** Default: sodium-native where it loads. Throws when it is asked for and does not. */
  readonly library?: CryptoLibrary;
  /** For tests that must repeat. Default: the operating system's generator. */
  readonly randomBytes?: (length: number) => Uint8Array;
}

export function createCrypto(options: CryptoOptions = {}): Crypto {
  const { library = defaultLibrary() } = options;
  return library === 'sodium-native' ? createSodiumCrypto(options) : createNodeCrypto(options);
}

const defaultLibrary = (): CryptoLibrary =>
  loadSodium().sodium === undefined ? 'node:crypto' : 'sodium-native';

const crypto = createCrypto();
const fastAeadKey = opensslAead(crypto.aeadKey);

/** What `listen` and `dial` use when they are given none. */
export const defaultCrypto: Crypto = {
  ...crypto,
  aeadKey: fastAeadKey ?? crypto.aeadKey,
  hmacSha256: fastHmac() ?? crypto.hmacSha256,
};

/** Undefined where OpenSSL is not to be had, or says something else. */
function fastHmac(): Crypto['hmacSha256'] | undefined {
  const digestIn = opensslDigest();
  if (digestIn === undefined) return undefined;
  const hmac = new HmacSha256(digestIn);
  const key = Uint8Array.from({ length: 32 }, (_, i) => i);
  const message = Uint8Array.from({ length: 1_000 }, (_, i) => i);
  const agrees = equalBytes(hmac.mac(key, [message]), crypto.hmacSha256(key, message));
  return agrees ? (macKey, ...parts) => hmac.mac(macKey, parts) : undefined;
}

export interface CryptoInUse {
  readonly library: CryptoLibrary;
  /** Packets are sealed by the OpenSSL of Node, called directly. */
  readonly isDirect: boolean;
  /** Why sodium-native does not load; undefined when it does. */
  readonly problem: string | undefined;
}

/** For people who ask what this machine has. */
export function cryptoInUse(): CryptoInUse {
  const isDirect = fastAeadKey !== undefined;
  return { library: defaultLibrary(), isDirect, problem: loadSodium().problem };
}

/** New static X25519 keys, for a host or for a player. */
export function generateKeyPair(): KeyPair {
  return crypto.x25519KeyPair();
}
