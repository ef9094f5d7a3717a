// Keys as the text that states hold them in, so that a state is plain JSON data. NOT for a
// stranger's text: a state that does not read back is our own caller's mistake and throws.

import { fromBase64Url, toBase64Url } from '../../base/bytes.ts';
import type { Crypto, KeyPair } from '../crypto.ts';
import { keyBytes } from './limits.ts';

/** 32 bytes as 43 characters of base64url. */
export type KeyText = string;

export const keyText = (bytes: Uint8Array): KeyText => toBase64Url(bytes);

export function keyOf(text: KeyText): Uint8Array {
  const bytes = fromBase64Url(text);
  if (bytes?.length !== keyBytes) throw new TypeError('a key in the state is not 32 bytes');
  return bytes;
}

export const exchangePair = (crypto: Crypto, secret: KeyText): KeyPair =>
  crypto.x25519KeyPair(keyOf(secret));
