// Identifiers and join codes: random, in an alphabet that survives being read aloud and typed.

import { toBase64Url, toHex } from '../base/bytes.ts';
import type { SecureRandom } from './ports.ts';

/** Crockford's base 32 in lower case: no i, l, o, u. */
const idAlphabet = '0123456789abcdefghjkmnpqrstvwxyz';
/** Without 0 O 1 I L and U V, which look or sound alike. 29 letters. */
const codeAlphabet = '23456789ABCDEFGHJKMNPQRSTWXYZ';

/** 5 bits a character: 10 for what people type, 16 for what only programs pass on. */
export function newId(random: SecureRandom, characters: number): string {
  let id = '';
  for (const byte of random.bytes(characters)) id += idAlphabet[byte & 31]!;
  return id;
}

/** Version 4 of RFC 9562: 122 random bits. */
export function newUuid(random: SecureRandom): string {
  const bytes = random.bytes(16);
  bytes[6] = (bytes[6]! & 0x0f) | 0x40;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  const hex = toHex(bytes);
  const cuts = [0, 8, 12, 16, 20, 32];
  return cuts
    .slice(1)
    .map((cut, i) => hex.slice(cuts[i], cut))
    .join('-');
}

/** A secret of that many random bytes as base64url. */
export const newSecret = (random: SecureRandom, bytes: number): string =>
  toBase64Url(random.bytes(bytes));

export function newCode(random: SecureRandom, characters: number): string {
  let code = '';
  while (code.length < characters) {
    for (const byte of random.bytes(characters - code.length)) {
      // 29 goes 8 times into 256; the rest is thrown away, so that each letter is equally likely.
      if (byte < 232) code += codeAlphabet[byte % codeAlphabet.length]!;
    }
  }
  return code;
}

/** Decimal digits; a guest's number. */
export function newDigits(random: SecureRandom, digits: number): string {
  let text = '';
  while (text.length < digits) {
    for (const byte of random.bytes(digits - text.length)) if (byte < 250) text += byte % 10;
  }
  return text;
}

export const timestamp = (unixMs: number): string => new Date(unixMs).toISOString();
