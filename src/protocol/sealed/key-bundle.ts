// What a device publishes, so that others can seal messages to it while it is away: two lasting
// public keys and a prekey that changes, under one signature. The server keeps it and hands it out.
//
//   version 1 (= 1) | identity 32 (Ed25519) | exchange key 32 (X25519) |
//   prekey id 4 (big-endian) | prekey 32 (X25519) | signature 64
//
// The signature is Ed25519 by the identity, over `bundleLabel` and all bytes before it. (X3DH signs
// with its X25519 key by way of XEdDSA; here the identity is an Ed25519 key, which vouches for both
// X25519 keys.) As text it is unpadded base64url. A device's id is a hash of its lasting keys, so
// that another key is another device: no bytes say "same device, new key".

import { fromBase64Url, toBase64Url, utf8 } from '../../base/bytes.ts';
import { err, ok, type Result } from '../../base/result.ts';
import type { Crypto } from '../crypto.ts';
import { deviceIdBytes, keyBundleBytes } from './limits.ts';

export interface KeyBundle {
  /** Ed25519 public key. */
  readonly identity: Uint8Array;
  /** X25519 public key; the IK of X3DH. */
  readonly exchangeKey: Uint8Array;
  /** 1 to 2^32 - 1; a newer prekey of the device has a larger one. */
  readonly prekeyId: number;
  /** X25519 public key; the SPK of X3DH. */
  readonly prekey: Uint8Array;
  readonly signature: Uint8Array;
}

export type KeyBundleMalformed = 'length' | 'version' | 'prekey-id' | 'not-base64url' | 'signature';

/** Keeps a signature over a bundle from being one over anything else. */
const bundleLabel = utf8('paperclip key bundle 1\0');
const deviceLabel = utf8('paperclip device 1\0');

const version = 1;
const signedBytes = keyBundleBytes - 64;

export function signKeyBundle(
  crypto: Crypto,
  identitySeed: Uint8Array,
  keys: Omit<KeyBundle, 'identity' | 'signature'>,
): KeyBundle {
  const identity = crypto.ed25519KeyPair(identitySeed).publicKey;
  const unsigned = { ...keys, identity, signature: new Uint8Array(64) };
  const message = signedPart(encodeKeyBundle(unsigned));
  return { ...unsigned, signature: crypto.ed25519Sign(identitySeed, message) };
}

export function encodeKeyBundle(bundle: KeyBundle): Uint8Array {
  const bytes = new Uint8Array(keyBundleBytes);
  bytes[0] = version;
  bytes.set(bundle.identity, 1);
  bytes.set(bundle.exchangeKey, 33);
  new DataView(bytes.buffer).setUint32(65, bundle.prekeyId);
  bytes.set(bundle.prekey, 69);
  bytes.set(bundle.signature, signedBytes);
  return bytes;
}

export const keyBundleText = (bundle: KeyBundle): string => toBase64Url(encodeKeyBundle(bundle));

/** Checks the signature, too. What comes back is a copy. */
export function readKeyBundle(
  crypto: Crypto,
  bytes: Uint8Array,
): Result<KeyBundle, KeyBundleMalformed> {
  if (bytes.length !== keyBundleBytes) return err('length');
  if (bytes[0] !== version) return err('version');
  const bundle: KeyBundle = {
    identity: bytes.slice(1, 33),
    exchangeKey: bytes.slice(33, 65),
    prekeyId: new DataView(bytes.buffer, bytes.byteOffset).getUint32(65),
    prekey: bytes.slice(69, 101),
    signature: bytes.slice(signedBytes),
  };
  if (bundle.prekeyId === 0) return err('prekey-id');
  const isSigned = crypto.ed25519Verify(bundle.identity, signedPart(bytes), bundle.signature);
  return isSigned ? ok(bundle) : err('signature');
}

export function readKeyBundleText(
  crypto: Crypto,
  text: string,
): Result<KeyBundle, KeyBundleMalformed> {
  // Before it is decoded: a stranger's text may have any length.
  if (text.length !== keyBundleBytes * (4 / 3)) return err('length');
  const bytes = fromBase64Url(text);
  return bytes === undefined ? err('not-base64url') : readKeyBundle(crypto, bytes);
}

/** The name that a device is known by: 16 bytes of a hash over its lasting keys. */
export const deviceIdOf = (
  crypto: Crypto,
  keys: Pick<KeyBundle, 'identity' | 'exchangeKey'>,
): Uint8Array =>
  crypto.sha256(deviceLabel, keys.identity, keys.exchangeKey).slice(0, deviceIdBytes);

function signedPart(bytes: Uint8Array): Uint8Array {
  const message = new Uint8Array(bundleLabel.length + signedBytes);
  message.set(bundleLabel);
  message.set(bytes.subarray(0, signedBytes), bundleLabel.length);
  return message;
}
