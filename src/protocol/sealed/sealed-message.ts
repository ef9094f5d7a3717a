// The bytes of one sealed message, for one device. This file knows the layout and its limits; it
// opens nothing and checks no signature (`sessions.ts` does).
//
//   version 1 (= 1) | kind 1 | sender's device id 16 | receiver's device id 16 |
//   [kind 1, initial: sender's key bundle 165 | receiver's prekey id 4 | base key 32] |
//   ratchet key 32 | length of the previous chain 4 | number 4 | ciphertext 48 to 4112
//
// Kinds: 1 initial, 2 normal. Whole numbers are big-endian. The ciphertext is a multiple of 32
// bytes and a tag of 16. What is accepted encodes to the same bytes.

import { concatBytes } from '../../base/bytes.ts';
import { err, ok, type Result } from '../../base/result.ts';
import { decodeRatchetHeader, type RatchetHeader } from './double-ratchet.ts';
import {
  deviceIdBytes,
  keyBundleBytes,
  ratchetHeaderBytes,
  sealedInitialBytes,
  sealedLimits,
  sealedStartBytes,
  tagBytes,
} from './limits.ts';

/** What starts a session: everything that the responder needs to derive its secret. */
export interface SessionStart {
  /** Bytes of the sender's key bundle, not looked at yet. */
  readonly bundle: Uint8Array;
  /** Which of the receiver's prekeys was used; 1 to 2^32 - 1. */
  readonly prekeyId: number;
  readonly baseKey: Uint8Array;
}

export interface SealedMessage {
  readonly senderDevice: Uint8Array;
  readonly receiverDevice: Uint8Array;
  /** There in an initial message only. */
  readonly start: SessionStart | undefined;
  /** Everything before the ratchet's header. */
  readonly prefix: Uint8Array;
  readonly header: RatchetHeader;
  readonly ciphertext: Uint8Array;
}

export type SealedMalformed = 'length' | 'version' | 'kind' | 'prekey-id';

const version = 1;
const kinds = { initial: 1, normal: 2 } as const;

/** Everything before the ratchet's header: it is authenticated with each message. */
export function encodeSealedPrefix(
  senderDevice: Uint8Array,
  receiverDevice: Uint8Array,
  start: SessionStart | undefined,
): Uint8Array {
  const kind = start === undefined ? kinds.normal : kinds.initial;
  const common = concatBytes(Uint8Array.of(version, kind), senderDevice, receiverDevice);
  if (start === undefined) return common;
  const prekeyId = new Uint8Array(4);
  new DataView(prekeyId.buffer).setUint32(0, start.prekeyId);
  return concatBytes(common, start.bundle, prekeyId, start.baseKey);
}

/** `bytes` must be one whole message. What comes back is a copy and shares no memory with it. */
export function decodeSealedMessage(bytes: Uint8Array): Result<SealedMessage, SealedMalformed> {
  if (bytes.length < sealedStartBytes) return err('length');
  if (bytes[0] !== version) return err('version');
  const kind = bytes[1];
  if (kind !== kinds.initial && kind !== kinds.normal) return err('kind');
  const prefixEnd = sealedStartBytes + (kind === kinds.initial ? sealedInitialBytes : 0);
  const cipherStart = prefixEnd + ratchetHeaderBytes;
  if (!isCiphertextLength(bytes.length - cipherStart)) return err('length');
  const start = kind === kinds.initial ? decodeStart(bytes) : undefined;
  if (start?.prekeyId === 0) return err('prekey-id');
  return ok({
    senderDevice: bytes.slice(2, 2 + deviceIdBytes),
    receiverDevice: bytes.slice(2 + deviceIdBytes, sealedStartBytes),
    start,
    prefix: bytes.slice(0, prefixEnd),
    header: decodeRatchetHeader(bytes.slice(prefixEnd, cipherStart)),
    ciphertext: bytes.slice(cipherStart),
  });
}

function isCiphertextLength(length: number): boolean {
  const padded = length - tagBytes;
  const { paddingStepBytes: step, plaintextBytesMax } = sealedLimits;
  return padded >= step && padded % step === 0 && padded <= plaintextBytesMax + 1;
}

function decodeStart(bytes: Uint8Array): SessionStart {
  const bundleEnd = sealedStartBytes + keyBundleBytes;
  return {
    bundle: bytes.slice(sealedStartBytes, bundleEnd),
    prekeyId: new DataView(bytes.buffer, bytes.byteOffset).getUint32(bundleEnd),
    baseKey: bytes.slice(bundleEnd + 4, sealedStartBytes + sealedInitialBytes),
  };
}
