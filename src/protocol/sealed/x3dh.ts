// X3DH (https://signal.org/docs/specifications/x3dh/, section 3) with X25519 and SHA-256, without
// one-time prekeys: three Diffie-Hellmans become the secret that a session starts from. Who signed
// which key is `key-bundle.ts`'s, and what the secret is used for the ratchet's.

import { concatBytes, utf8 } from '../../base/bytes.ts';
import type { Crypto, KeyPair } from '../crypto.ts';
import { hkdfSha256 } from './hkdf.ts';
import type { KeyBundle } from './key-bundle.ts';

const info = utf8('paperclip sealed x3dh 1');
/** Section 2.2: 32 bytes FF before the secrets, and a salt of zeros. */
const prefix = new Uint8Array(32).fill(0xff);
const salt = new Uint8Array(32);

export interface X3dhStart {
  readonly sharedSecret: Uint8Array;
  /** The initiator's ephemeral key, which names the session. */
  readonly baseKey: Uint8Array;
}

/** Undefined: the bundle has a low-order point, and nothing can be said to its device. */
export function x3dhInitiate(
  crypto: Crypto,
  exchange: KeyPair,
  bundle: Pick<KeyBundle, 'exchangeKey' | 'prekey'>,
): X3dhStart | undefined {
  const ephemeral = crypto.x25519KeyPair();
  const sharedSecret = derive(crypto, [
    crypto.x25519(exchange.secretKey, bundle.prekey),
    crypto.x25519(ephemeral.secretKey, bundle.exchangeKey),
    crypto.x25519(ephemeral.secretKey, bundle.prekey),
  ]);
  if (sharedSecret === undefined) return undefined;
  return { sharedSecret, baseKey: ephemeral.publicKey };
}

/** Undefined: a key of the initiator's is a low-order point. */
export function x3dhRespond(
  crypto: Crypto,
  own: { readonly exchange: KeyPair; readonly prekey: KeyPair },
  exchangeKey: Uint8Array,
  baseKey: Uint8Array,
): Uint8Array | undefined {
  return derive(crypto, [
    crypto.x25519(own.prekey.secretKey, exchangeKey),
    crypto.x25519(own.exchange.secretKey, baseKey),
    crypto.x25519(own.prekey.secretKey, baseKey),
  ]);
}

function derive(
  crypto: Crypto,
  secrets: readonly (Uint8Array | undefined)[],
): Uint8Array | undefined {
  const known = secrets.filter((secret) => secret !== undefined);
  if (known.length < secrets.length) return undefined;
  return hkdfSha256(crypto, salt, concatBytes(prefix, ...known), info, 32);
}
