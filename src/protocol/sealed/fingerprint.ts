// Numbers that two people read to each other to find out whether the server gave them each other's
// true keys. In the shape of Signal's numeric fingerprints, with SHA-256: 30 digits for a device of
// a player, in 6 groups of 5; the safety number of two devices is both, the smaller first.

import { utf8 } from '../../base/bytes.ts';
import type { Crypto } from '../crypto.ts';

const label = utf8('paperclip fingerprint 1\0');
/** So that a key whose number looks like another's costs that much more to find. */
const iterations = 5200;
const groups = 6;

export interface FingerprintOf {
  readonly playerId: string;
  /** Ed25519 public key of the device. */
  readonly identity: Uint8Array;
}

/** 30 digits: `12345 67890 12345 67890 12345 67890`. About 99 bits of an iterated hash. */
export function fingerprint(crypto: Crypto, of: FingerprintOf): string {
  let hash = crypto.sha256(label, of.identity, utf8(of.playerId));
  for (let i = 1; i < iterations; i++) hash = crypto.sha256(hash, of.identity);
  const digits = Array.from({ length: groups }, (_, group) => {
    const number = hash
      .subarray(5 * group, 5 * group + 5)
      .reduce((sum, byte) => sum * 256 + byte, 0);
    return String(number % 100_000).padStart(5, '0');
  });
  return digits.join(' ');
}

/** 60 digits, the same on both sides. */
export function safetyNumber(crypto: Crypto, a: FingerprintOf, b: FingerprintOf): string {
  return [fingerprint(crypto, a), fingerprint(crypto, b)].sort().join(' ');
}
