// What the handshake agrees on (paper, section 4): the session key, and the Finished that each side
// proves it with. Finished covers no transcript and is the same both ways; that is the old
// protocol.

import { concatBytes, utf8 } from '../../base/bytes.ts';
import type { ClassicCrypto, EcdhKeyPair } from './classic-crypto.ts';

const sessionKeyBytes = 32;
const hashedMessages = Uint8Array.of(0x13);

export interface Session {
  readonly key: Uint8Array;
  readonly finished: Uint8Array;
}

/** Undefined when the peer's key is none. */
export function agree(
  crypto: ClassicCrypto,
  own: EcdhKeyPair,
  peerPublicKey: Uint8Array,
): Session | undefined {
  const secret = crypto.sharedSecret(own, peerPublicKey);
  if (secret === undefined) return undefined;
  const key = crypto.hkdfSha256(secret, utf8('handshake data'), sessionKeyBytes);
  const label = concatBytes(utf8('node finished'), crypto.sha256(hashedMessages));
  return { key, finished: crypto.hmacSha256(key, label) };
}
