// Padding of plaintext to steps of 32 bytes: one byte 80, then zeros (ISO/IEC 7816-4). At least one
// byte is added, at most 32, and only the shortest padding is read.

import { sealedLimits } from './limits.ts';

const step = sealedLimits.paddingStepBytes;

/** Throws a RangeError on more than `plaintextBytesMax`. */
export function pad(plain: Uint8Array): Uint8Array {
  if (plain.length > sealedLimits.plaintextBytesMax) {
    throw new RangeError(
      `plain is ${plain.length} bytes, more than ${sealedLimits.plaintextBytesMax}`,
    );
  }
  const padded = new Uint8Array((Math.floor(plain.length / step) + 1) * step);
  padded.set(plain);
  padded[plain.length] = 0x80;
  return padded;
}

/** Undefined when it is not what `pad` makes. */
export function unpad(padded: Uint8Array): Uint8Array | undefined {
  if (padded.length === 0 || padded.length % step !== 0) return undefined;
  let end = padded.length - 1;
  while (padded[end] === 0 && end > padded.length - step) end--;
  return padded[end] === 0x80 ? padded.slice(0, end) : undefined;
}
