// This device's own keys, as plain data: made once, kept by the keyring, never given away. A device
// is one installation; two of the same player share no key.

import type { Crypto } from '../crypto.ts';
import { deviceIdOf, type KeyBundle, signKeyBundle } from './key-bundle.ts';
import { exchangePair, type KeyText, keyOf, keyText } from './key-text.ts';
import { sealedLimits } from './limits.ts';

export interface SignedPrekey {
  readonly id: number;
  readonly secret: KeyText;
}

export interface OwnDevice {
  /** Ed25519 seed. */
  readonly identitySeed: KeyText;
  readonly exchangeSecret: KeyText;
  /** Newest first; the newest is published. */
  readonly prekeys: readonly SignedPrekey[];
}

export function createOwnDevice(crypto: Crypto): OwnDevice {
  const identitySeed = keyText(crypto.randomBytes(32));
  const exchangeSecret = keyText(crypto.x25519KeyPair().secretKey);
  return rotatePrekey(crypto, { identitySeed, exchangeSecret, prekeys: [] });
}

/**
 * With a new prekey, and without the oldest when that makes too many: sessions that were started
 * with a dropped one and have not arrived yet can no longer be read, by anyone.
 */
export function rotatePrekey(crypto: Crypto, device: OwnDevice): OwnDevice {
  const id = (device.prekeys[0]?.id ?? 0) + 1;
  const prekey = { id, secret: keyText(crypto.x25519KeyPair().secretKey) };
  const prekeys = [prekey, ...device.prekeys].slice(0, sealedLimits.signedPrekeysMax);
  return { ...device, prekeys };
}

export function ownBundle(crypto: Crypto, device: OwnDevice): KeyBundle {
  const newest = device.prekeys[0];
  if (newest === undefined) throw new TypeError('prekeys must have one at least');
  return signKeyBundle(crypto, keyOf(device.identitySeed), {
    exchangeKey: exchangePair(crypto, device.exchangeSecret).publicKey,
    prekeyId: newest.id,
    prekey: exchangePair(crypto, newest.secret).publicKey,
  });
}

export interface OwnPublicKeys {
  readonly identity: Uint8Array;
  readonly exchangeKey: Uint8Array;
  readonly deviceId: Uint8Array;
}

export function ownPublicKeys(crypto: Crypto, device: OwnDevice): OwnPublicKeys {
  const identity = crypto.ed25519KeyPair(keyOf(device.identitySeed)).publicKey;
  const exchangeKey = exchangePair(crypto, device.exchangeSecret).publicKey;
  return { identity, exchangeKey, deviceId: deviceIdOf(crypto, { identity, exchangeKey }) };
}
