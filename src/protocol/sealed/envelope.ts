// All copies of one message, one for each device of the receiver, as one text: for wires that carry
// a direct message as a text and hand it to every session. Each device takes its own copy out.
//
//   version 1 (= 1) | copies 1 (1 to 8) | per copy: length 2 (big-endian) | sealed message
//
// As text it is unpadded base64url. A receiver's device stands in one copy only. The envelope is
// not authenticated: who drops or reorders copies could have dropped the message.

import { equalBytes, fromBase64Url, toBase64Url } from '../../base/bytes.ts';
import { err, ok, type Result } from '../../base/result.ts';
import { sealedLimits } from './limits.ts';
import { decodeSealedMessage, type SealedMalformed, type SealedMessage } from './sealed-message.ts';

export type EnvelopeMalformed =
  | 'too-long'
  | 'not-base64url'
  | 'truncated'
  | 'envelope-version'
  | 'copies'
  | 'trailing-bytes'
  | 'device-twice'
  | SealedMalformed;

const version = 1;
const { devicesPerPlayerMax, envelopeBytesMax, sealedBytesMax } = sealedLimits;

/** 1 to 8 copies, as they were sealed. */
export function encodeEnvelope(copies: readonly Uint8Array[]): string {
  if (copies.length < 1 || copies.length > devicesPerPlayerMax) {
    throw new RangeError(`copies must be 1 to ${devicesPerPlayerMax}, not ${copies.length}`);
  }
  const bytes = new Uint8Array(copies.reduce((sum, copy) => sum + 2 + copy.length, 2));
  const view = new DataView(bytes.buffer);
  bytes[0] = version;
  bytes[1] = copies.length;
  let at = 2;
  for (const copy of copies) {
    view.setUint16(at, copy.length);
    bytes.set(copy, at + 2);
    at += 2 + copy.length;
  }
  return toBase64Url(bytes);
}

/** The copies, each of them well-formed. */
export function decodeEnvelope(text: string): Result<readonly SealedMessage[], EnvelopeMalformed> {
  // Before it is decoded: a stranger's text may have any length.
  if (text.length > Math.ceil((envelopeBytesMax * 4) / 3)) return err('too-long');
  const bytes = fromBase64Url(text);
  if (bytes === undefined) return err('not-base64url');
  if (bytes.length < 2) return err('truncated');
  if (bytes[0] !== version) return err('envelope-version');
  const count = bytes[1]!;
  if (count < 1 || count > devicesPerPlayerMax) return err('copies');
  const view = new DataView(bytes.buffer);
  const copies: SealedMessage[] = [];
  let at = 2;
  while (copies.length < count) {
    if (at + 2 > bytes.length) return err('truncated');
    const end = at + 2 + view.getUint16(at);
    if (end > bytes.length) return err('truncated');
    if (end - at - 2 > sealedBytesMax) return err('length');
    const copy = decodeSealedMessage(bytes.subarray(at + 2, end));
    if (!copy.ok) return copy;
    if (copyFor(copies, copy.value.receiverDevice) !== undefined) return err('device-twice');
    copies.push(copy.value);
    at = end;
  }
  return at === bytes.length ? ok(copies) : err('trailing-bytes');
}

export const copyFor = (
  copies: readonly SealedMessage[],
  device: Uint8Array,
): SealedMessage | undefined => copies.find((copy) => equalBytes(copy.receiverDevice, device));
