// The few forms of ASN.1 DER (X.690) that a certificate is written with. Writing only: what comes
// from others is read by OpenSSL.

import { concatBytes, utf8 } from '../base/bytes.ts';

/** Any content under any tag, with the length in the shortest form. */
export function tagged(tag: number, content: Uint8Array): Uint8Array {
  const { length } = content;
  if (length < 0x80) return concatBytes(Uint8Array.of(tag, length), content);
  const lengthBytes: number[] = [];
  for (let left = length; left > 0; left = Math.floor(left / 256)) lengthBytes.unshift(left % 256);
  return concatBytes(Uint8Array.of(tag, 0x80 | lengthBytes.length, ...lengthBytes), content);
}

export const sequence = (...parts: readonly Uint8Array[]): Uint8Array =>
  tagged(0x30, concatBytes(...parts));

export const set = (...parts: readonly Uint8Array[]): Uint8Array =>
  tagged(0x31, concatBytes(...parts));

/** Big-endian and not negative; the first byte is below 128 and, but for zero itself, not zero. */
export const integer = (bytes: Uint8Array): Uint8Array => tagged(0x02, bytes);

export const bytesOf = (bytes: Uint8Array): Uint8Array => tagged(0x04, bytes);

/** A bit string that leaves the last `unusedBits` of the last byte out. */
export const bits = (bytes: Uint8Array, unusedBits: number): Uint8Array =>
  tagged(0x03, concatBytes(Uint8Array.of(unusedBits), bytes));

export const text = (value: string): Uint8Array => tagged(0x0c, utf8(value));

export const yes = tagged(0x01, Uint8Array.of(0xff));

/** NULL, where an algorithm has no parameters and says so. */
export const nothing = tagged(0x05, new Uint8Array(0));

/** `1.2.840` and so on. */
export function oid(dotted: string): Uint8Array {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  const bytes = [first * 40 + second, ...rest].flatMap((arc) => {
    const septets = [arc % 128];
    for (let left = Math.floor(arc / 128); left > 0; left = Math.floor(left / 128)) {
      septets.unshift(0x80 | (left % 128));
    }
    return septets;
  });
  return tagged(0x06, Uint8Array.from(bytes));
}

/** RFC 5280 section 4.1.2.5: two digits for the year before 2050, four from then on. */
export function time(unixMs: number): Uint8Array {
  const iso = new Date(unixMs).toISOString();
  if (!/^\d{4}-/.test(iso)) throw new RangeError('a certificate knows the years to 9999');
  const digits = `${iso.slice(0, 19).replace(/[-:T]/g, '')}Z`;
  const isShort = digits >= '1950' && digits < '2050';
  return isShort ? tagged(0x17, utf8(digits.slice(2))) : tagged(0x18, utf8(digits));
}
