// HKDF-SHA256 (RFC 5869) over the HMAC of `Crypto`.

import { concatBytes } from '../../base/bytes.ts';
import type { Crypto } from '../crypto.ts';

const hashBytes = 32;

export function hkdfSha256(
  crypto: Crypto,
  salt: Uint8Array,
  inputKey: Uint8Array,
  info: Uint8Array,
  length: number,
): Uint8Array {
  if (!(length >= 1 && length <= 255 * hashBytes)) throw new RangeError('length is 1 to 8160');
  const pseudoRandomKey = crypto.hmacSha256(salt, inputKey);
  const blocks: Uint8Array[] = [];
  let block = new Uint8Array(0);
  for (let count = 1; (count - 1) * hashBytes < length; count++) {
    block = new Uint8Array(crypto.hmacSha256(pseudoRandomKey, block, info, Uint8Array.of(count)));
    blocks.push(block);
  }
  return concatBytes(...blocks).slice(0, length);
}
